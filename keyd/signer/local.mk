# SPDX-License-Identifier: ISC
pkglibexec_PROGRAMS += keyd/signer/keyd-signer
keyd_signer_keyd_signer_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
keyd_signer_keyd_signer_SOURCES = \
	keyd/signer/answer.c keyd/signer/answer.h \
	keyd/signer/audit.c keyd/signer/audit.h \
	keyd/signer/confine.c keyd/signer/confine.h \
	keyd/signer/main.c \
	keyd/signer/policy.c keyd/signer/policy.h \
	keyd/signer/public_key.c keyd/signer/public_key.h \
	keyd/signer/serve.c keyd/signer/serve.h \
	keyd/signer/session.c keyd/signer/session.h \
	keyd/signer/signer.c keyd/signer/signer.h
keyd_signer_keyd_signer_LDADD = common/wire/libwire.a $(COMMON_LIBS) \
	$(SECCOMP_LIBS) $(CRYPTO_LIBS) -lpthread
