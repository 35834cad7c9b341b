# SPDX-License-Identifier: ISC

signer_fixture = \
	tests/unit/keyd/signer/client.c tests/unit/keyd/signer/client.h \
	tests/unit/keyd/signer/keys.c tests/unit/keyd/signer/keys.h
signer_program = \
	keyd/counters.c \
	tests/unit/keyd/signer/program.c tests/unit/keyd/signer/program.h
signer_libs = keyd/signer/libsigner.a common/wire/libwire.a \
	common/libcommon.a $(BSD_LIBS) $(CRYPTO_LIBS) $(CHECK_LIBS) -lpthread

unit_tests += tests/unit/keyd/signer/test_audit
tests_unit_keyd_signer_test_audit_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_keyd_signer_test_audit_SOURCES = \
	tests/unit/keyd/signer/test_audit.c
tests_unit_keyd_signer_test_audit_LDADD = $(signer_libs)

unit_tests += tests/unit/keyd/signer/test_main
tests_unit_keyd_signer_test_main_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_keyd_signer_test_main_SOURCES = $(signer_fixture) $(signer_program) \
	tests/unit/keyd/signer/test_main.c
tests_unit_keyd_signer_test_main_LDADD = $(signer_libs)
EXTRA_tests_unit_keyd_signer_test_main_DEPENDENCIES = keyd/signer/keyd-signer

unit_tests += tests/unit/keyd/signer/test_policy
tests_unit_keyd_signer_test_policy_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_keyd_signer_test_policy_SOURCES = $(signer_fixture) \
	tests/unit/keyd/signer/test_policy.c
tests_unit_keyd_signer_test_policy_LDADD = $(signer_libs)

unit_tests += tests/unit/keyd/signer/test_rate
tests_unit_keyd_signer_test_rate_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_keyd_signer_test_rate_SOURCES = tests/unit/keyd/signer/test_rate.c
tests_unit_keyd_signer_test_rate_LDADD = $(signer_libs)

unit_tests += tests/unit/keyd/signer/test_serve
tests_unit_keyd_signer_test_serve_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_keyd_signer_test_serve_SOURCES = $(signer_fixture) \
	tests/unit/keyd/signer/test_serve.c
tests_unit_keyd_signer_test_serve_LDADD = $(signer_libs)

unit_tests += tests/unit/keyd/signer/test_session
tests_unit_keyd_signer_test_session_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_keyd_signer_test_session_SOURCES = \
	tests/unit/keyd/signer/test_session.c
tests_unit_keyd_signer_test_session_LDADD = $(signer_libs)

unit_tests += tests/unit/keyd/signer/test_signer
tests_unit_keyd_signer_test_signer_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_keyd_signer_test_signer_SOURCES = $(signer_fixture) \
	tests/unit/keyd/signer/test_signer.c
tests_unit_keyd_signer_test_signer_LDADD = $(signer_libs)

unit_tests += tests/unit/keyd/signer/test_tally
tests_unit_keyd_signer_test_tally_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_keyd_signer_test_tally_SOURCES = \
	tests/unit/keyd/signer/test_tally.c \
	keyd/counters.c
tests_unit_keyd_signer_test_tally_LDADD = $(signer_libs)

# Run by hand: see its header.
EXTRA_PROGRAMS += tests/bench/bench_signer
tests_bench_bench_signer_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_bench_bench_signer_SOURCES = $(signer_fixture) $(signer_program) \
	tests/bench/bench_signer.c
tests_bench_bench_signer_LDADD = $(signer_libs)

unit_tests += tests/unit/keyd/test_counters
tests_unit_keyd_test_counters_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_keyd_test_counters_SOURCES = tests/unit/keyd/test_counters.c \
	keyd/counters.c
tests_unit_keyd_test_counters_LDADD = common/wire/libwire.a $(COMMON_LIBS) \
	$(CHECK_LIBS) -lpthread

unit_tests += tests/unit/keyd/test_settings
tests_unit_keyd_test_settings_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_keyd_test_settings_SOURCES = tests/unit/keyd/test_settings.c \
	keyd/settings.c
tests_unit_keyd_test_settings_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/keyd/test_vault
tests_unit_keyd_test_vault_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_keyd_test_vault_SOURCES = tests/unit/keyd/test_vault.c \
	keyd/signals.c keyd/unlocking.c keyd/vault.c
tests_unit_keyd_test_vault_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/keyd/unlock/test_command
tests_unit_keyd_unlock_test_command_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_keyd_unlock_test_command_SOURCES = \
	tests/unit/keyd/unlock/test_command.c \
	keyd/unlock/command.c keyd/unlock/interrupt.c
tests_unit_keyd_unlock_test_command_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/keyd/unlock/test_keyfile
tests_unit_keyd_unlock_test_keyfile_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_keyd_unlock_test_keyfile_SOURCES = \
	tests/unit/keyd/unlock/test_keyfile.c \
	keyd/unlock/keyfile.c
tests_unit_keyd_unlock_test_keyfile_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/keyd/unlock/test_pemkey
tests_unit_keyd_unlock_test_pemkey_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_keyd_unlock_test_pemkey_SOURCES = \
	tests/unit/keyd/unlock/test_pemkey.c \
	keyd/unlock/identity.c keyd/unlock/pemkey.c
tests_unit_keyd_unlock_test_pemkey_LDADD = $(COMMON_LIBS) $(CRYPTO_LIBS) \
	$(CHECK_LIBS)
