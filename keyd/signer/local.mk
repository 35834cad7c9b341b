# SPDX-License-Identifier: ISC
# All but main, so that the tests link the very objects that are installed.
noinst_LIBRARIES += keyd/signer/libsigner.a
keyd_signer_libsigner_a_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
keyd_signer_libsigner_a_SOURCES = \
	keyd/signer/answer.c keyd/signer/answer.h \
	keyd/signer/audit.c keyd/signer/audit.h \
	keyd/signer/confine.c keyd/signer/confine.h \
	keyd/signer/memory.c keyd/signer/memory.h \
	keyd/signer/policy.c keyd/signer/policy.h \
	keyd/signer/public_key.c keyd/signer/public_key.h \
	keyd/signer/rate.c keyd/signer/rate.h \
	keyd/signer/serve.c keyd/signer/serve.h \
	keyd/signer/session.c keyd/signer/session.h \
	keyd/signer/signer.c keyd/signer/signer.h \
	keyd/signer/tally.c keyd/signer/tally.h

pkglibexec_PROGRAMS += keyd/signer/keyd-signer
keyd_signer_keyd_signer_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
keyd_signer_keyd_signer_SOURCES = \
	keyd/signer/main.c
keyd_signer_keyd_signer_LDADD = keyd/signer/libsigner.a \
	common/wire/libwire.a $(COMMON_LIBS) \
	$(SECCOMP_LIBS) $(CRYPTO_LIBS) -lpthread
