# SPDX-License-Identifier: ISC
# Each harness twice: replay_NAME reads its corpus, in make check, and fuzz_NAME
# searches for more (tests/fuzz/run; clang, "make fuzzers").

FUZZ_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(SSL_CFLAGS) $(EVENT_CFLAGS) \
	$(BSD_CFLAGS)
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_replays =
fuzzers =

fuzz_replays += tests/fuzz/replay_startup
fuzzers += tests/fuzz/fuzz_startup
tests_fuzz_replay_startup_CPPFLAGS = $(FUZZ_CPPFLAGS) \
	-DCORPUS='"$(abs_srcdir)/tests/fuzz/corpus/startup"'
tests_fuzz_replay_startup_SOURCES = tests/fuzz/fuzz_startup.c \
	tests/fuzz/fuzz.h tests/fuzz/replay.c
tests_fuzz_replay_startup_LDADD = common/pg/libpg.a common/libcommon.a \
	$(BSD_LIBS)
tests_fuzz_fuzz_startup_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_startup_SOURCES = tests/fuzz/fuzz_startup.c \
	tests/fuzz/fuzz.h
tests_fuzz_fuzz_startup_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_startup_LDADD = $(tests_fuzz_replay_startup_LDADD)

fuzz_replays += tests/fuzz/replay_login
fuzzers += tests/fuzz/fuzz_login
tests_fuzz_replay_login_CPPFLAGS = $(FUZZ_CPPFLAGS) \
	-DCORPUS='"$(abs_srcdir)/tests/fuzz/corpus/login"'
tests_fuzz_replay_login_SOURCES = tests/fuzz/fuzz_login.c tests/fuzz/fuzz.h \
	tests/fuzz/replay.c
tests_fuzz_replay_login_LDADD = common/pg/libpg.a common/libcommon.a \
	$(BSD_LIBS)
tests_fuzz_fuzz_login_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_login_SOURCES = tests/fuzz/fuzz_login.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_login_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_login_LDADD = $(tests_fuzz_replay_login_LDADD)

fuzz_replays += tests/fuzz/replay_keywire
fuzzers += tests/fuzz/fuzz_keywire
tests_fuzz_replay_keywire_CPPFLAGS = $(FUZZ_CPPFLAGS) \
	-DCORPUS='"$(abs_srcdir)/tests/fuzz/corpus/keywire"'
tests_fuzz_replay_keywire_SOURCES = tests/fuzz/fuzz_keywire.c \
	tests/fuzz/fuzz.h tests/fuzz/replay.c
tests_fuzz_replay_keywire_LDADD = common/wire/libwire.a
tests_fuzz_fuzz_keywire_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_keywire_SOURCES = tests/fuzz/fuzz_keywire.c \
	tests/fuzz/fuzz.h
tests_fuzz_fuzz_keywire_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_keywire_LDADD = $(tests_fuzz_replay_keywire_LDADD)

fuzz_replays += tests/fuzz/replay_dialwire
fuzzers += tests/fuzz/fuzz_dialwire
tests_fuzz_replay_dialwire_CPPFLAGS = $(FUZZ_CPPFLAGS) \
	-DCORPUS='"$(abs_srcdir)/tests/fuzz/corpus/dialwire"'
tests_fuzz_replay_dialwire_SOURCES = tests/fuzz/fuzz_dialwire.c \
	tests/fuzz/fuzz.h tests/fuzz/replay.c
tests_fuzz_replay_dialwire_LDADD = common/wire/libwire.a
tests_fuzz_fuzz_dialwire_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_dialwire_SOURCES = tests/fuzz/fuzz_dialwire.c \
	tests/fuzz/fuzz.h
tests_fuzz_fuzz_dialwire_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_dialwire_LDADD = $(tests_fuzz_replay_dialwire_LDADD)

fuzz_replays += tests/fuzz/replay_tbs
fuzzers += tests/fuzz/fuzz_tbs
tests_fuzz_replay_tbs_CPPFLAGS = $(FUZZ_CPPFLAGS) \
	-DCORPUS='"$(abs_srcdir)/tests/fuzz/corpus/tbs"'
tests_fuzz_replay_tbs_SOURCES = tests/fuzz/fuzz_tbs.c tests/fuzz/fuzz.h \
	tests/fuzz/replay.c common/provider/tbs.c
tests_fuzz_replay_tbs_LDADD = common/wire/libwire.a
tests_fuzz_fuzz_tbs_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_tbs_SOURCES = tests/fuzz/fuzz_tbs.c tests/fuzz/fuzz.h \
	common/provider/tbs.c
tests_fuzz_fuzz_tbs_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_tbs_LDADD = $(tests_fuzz_replay_tbs_LDADD)

fuzz_replays += tests/fuzz/replay_log_text
fuzzers += tests/fuzz/fuzz_log_text
tests_fuzz_replay_log_text_CPPFLAGS = $(FUZZ_CPPFLAGS) \
	-DCORPUS='"$(abs_srcdir)/tests/fuzz/corpus/log_text"'
tests_fuzz_replay_log_text_SOURCES = tests/fuzz/fuzz_log_text.c \
	tests/fuzz/fuzz.h tests/fuzz/replay.c
tests_fuzz_replay_log_text_LDADD = common/libcommon.a $(BSD_LIBS)
tests_fuzz_fuzz_log_text_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_log_text_SOURCES = tests/fuzz/fuzz_log_text.c \
	tests/fuzz/fuzz.h
tests_fuzz_fuzz_log_text_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_log_text_LDADD = $(tests_fuzz_replay_log_text_LDADD)

fuzz_replays += tests/fuzz/replay_hba
fuzzers += tests/fuzz/fuzz_hba
tests_fuzz_replay_hba_CPPFLAGS = $(FUZZ_CPPFLAGS) \
	-DCORPUS='"$(abs_srcdir)/tests/fuzz/corpus/hba"'
tests_fuzz_replay_hba_SOURCES = tests/fuzz/fuzz_hba.c tests/fuzz/fuzz.h \
	tests/fuzz/replay.c tests/fuzz/pieces.c tests/fuzz/pieces.h \
	tests/fuzz/rules_input.c tests/fuzz/rules_input.h
tests_fuzz_replay_hba_LDADD = common/pg/libpg.a common/libcommon.a \
	$(BSD_LIBS)
tests_fuzz_fuzz_hba_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_hba_SOURCES = tests/fuzz/fuzz_hba.c tests/fuzz/fuzz.h \
	tests/fuzz/pieces.c tests/fuzz/pieces.h tests/fuzz/rules_input.c \
	tests/fuzz/rules_input.h
tests_fuzz_fuzz_hba_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_hba_LDADD = $(tests_fuzz_replay_hba_LDADD)

fuzz_replays += tests/fuzz/replay_hba_image
fuzzers += tests/fuzz/fuzz_hba_image
tests_fuzz_replay_hba_image_CPPFLAGS = $(FUZZ_CPPFLAGS) \
	-DCORPUS='"$(abs_srcdir)/tests/fuzz/corpus/hba_image"'
tests_fuzz_replay_hba_image_SOURCES = tests/fuzz/fuzz_hba_image.c \
	tests/fuzz/fuzz.h tests/fuzz/replay.c tests/fuzz/pieces.c \
	tests/fuzz/pieces.h tests/fuzz/rules_input.c tests/fuzz/rules_input.h
tests_fuzz_replay_hba_image_LDADD = common/pg/libpg.a common/libcommon.a \
	$(BSD_LIBS)
tests_fuzz_fuzz_hba_image_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_hba_image_SOURCES = tests/fuzz/fuzz_hba_image.c \
	tests/fuzz/fuzz.h tests/fuzz/pieces.c tests/fuzz/pieces.h \
	tests/fuzz/rules_input.c tests/fuzz/rules_input.h
tests_fuzz_fuzz_hba_image_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_hba_image_LDADD = $(tests_fuzz_replay_hba_image_LDADD)

fuzz_replays += tests/fuzz/replay_config
fuzzers += tests/fuzz/fuzz_config
tests_fuzz_replay_config_CPPFLAGS = $(FUZZ_CPPFLAGS) \
	-DCORPUS='"$(abs_srcdir)/tests/fuzz/corpus/config"'
tests_fuzz_replay_config_SOURCES = tests/fuzz/fuzz_config.c \
	tests/fuzz/fuzz.h tests/fuzz/replay.c tests/fuzz/pieces.c \
	tests/fuzz/pieces.h listener/metrics_address.c listener/networks.c \
	listener/settings.c
tests_fuzz_replay_config_LDADD = common/pg/libpg.a $(COMMON_LIBS)
tests_fuzz_fuzz_config_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c tests/fuzz/fuzz.h \
	tests/fuzz/pieces.c tests/fuzz/pieces.h listener/metrics_address.c \
	listener/networks.c listener/settings.c
tests_fuzz_fuzz_config_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_config_LDADD = $(tests_fuzz_replay_config_LDADD)

fuzz_replays += tests/fuzz/replay_pemkey
fuzzers += tests/fuzz/fuzz_pemkey
tests_fuzz_replay_pemkey_CPPFLAGS = $(FUZZ_CPPFLAGS) \
	-DCORPUS='"$(abs_srcdir)/tests/fuzz/corpus/pemkey"'
tests_fuzz_replay_pemkey_SOURCES = tests/fuzz/fuzz_pemkey.c \
	tests/fuzz/fuzz.h tests/fuzz/replay.c keyd/unlock/pemkey.c
tests_fuzz_replay_pemkey_LDADD = $(COMMON_LIBS) $(CRYPTO_LIBS)
tests_fuzz_fuzz_pemkey_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_pemkey_SOURCES = tests/fuzz/fuzz_pemkey.c tests/fuzz/fuzz.h \
	keyd/unlock/pemkey.c
tests_fuzz_fuzz_pemkey_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_pemkey_LDADD = $(tests_fuzz_replay_pemkey_LDADD)

fuzz_replays += tests/fuzz/replay_session
fuzzers += tests/fuzz/fuzz_session
tests_fuzz_replay_session_CPPFLAGS = $(FUZZ_CPPFLAGS) \
	-DCORPUS='"$(abs_srcdir)/tests/fuzz/corpus/session"'
tests_fuzz_replay_session_SOURCES = tests/fuzz/fuzz_session.c \
	tests/fuzz/fuzz.h tests/fuzz/replay.c tests/fuzz/datagrams.c \
	tests/fuzz/datagrams.h
tests_fuzz_replay_session_LDADD = keyd/signer/libsigner.a \
	common/wire/libwire.a $(COMMON_LIBS) $(CRYPTO_LIBS) -lpthread
tests_fuzz_fuzz_session_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_session_SOURCES = tests/fuzz/fuzz_session.c \
	tests/fuzz/fuzz.h tests/fuzz/datagrams.c tests/fuzz/datagrams.h
tests_fuzz_fuzz_session_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_session_LDADD = $(tests_fuzz_replay_session_LDADD)

fuzz_replays += tests/fuzz/replay_key_link
fuzzers += tests/fuzz/fuzz_key_link
tests_fuzz_replay_key_link_CPPFLAGS = $(FUZZ_CPPFLAGS) \
	-DCORPUS='"$(abs_srcdir)/tests/fuzz/corpus/key_link"'
tests_fuzz_replay_key_link_SOURCES = tests/fuzz/fuzz_key_link.c \
	tests/fuzz/fuzz.h tests/fuzz/replay.c tests/fuzz/datagrams.c \
	tests/fuzz/datagrams.h
tests_fuzz_replay_key_link_LDADD = common/provider/libprovider.a \
	common/wire/libwire.a $(COMMON_LIBS) $(CRYPTO_LIBS)
tests_fuzz_fuzz_key_link_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_key_link_SOURCES = tests/fuzz/fuzz_key_link.c \
	tests/fuzz/fuzz.h tests/fuzz/datagrams.c tests/fuzz/datagrams.h
tests_fuzz_fuzz_key_link_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_key_link_LDADD = $(tests_fuzz_replay_key_link_LDADD)

fuzz_replays += tests/fuzz/replay_client
fuzzers += tests/fuzz/fuzz_client
fuzz_client_scene = tests/fuzz/fuzz.h tests/fuzz/fuzz_client.c \
	tests/fuzz/scene_keyd.c tests/fuzz/scene_keyd.h \
	tests/fuzz/worker_scene.c tests/fuzz/worker_scene.h \
	listener/memory_pair.c keyd/signer/policy.c
tests_fuzz_replay_client_CPPFLAGS = $(FUZZ_CPPFLAGS) \
	-DCORPUS='"$(abs_srcdir)/tests/fuzz/corpus/client"'
tests_fuzz_replay_client_SOURCES = $(fuzz_client_scene) tests/fuzz/replay.c
tests_fuzz_replay_client_LDADD = $(worker_libs)
tests_fuzz_fuzz_client_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_client_SOURCES = $(fuzz_client_scene)
tests_fuzz_fuzz_client_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_client_LDADD = $(tests_fuzz_replay_client_LDADD)

check_PROGRAMS += $(fuzz_replays)
TESTS += $(fuzz_replays)
EXTRA_PROGRAMS += $(fuzzers)
replays: $(fuzz_replays)
fuzzers: $(fuzzers)
.PHONY: fuzzers replays
EXTRA_DIST += tests/fuzz/run tests/fuzz/corpus
