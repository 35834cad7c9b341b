# SPDX-License-Identifier: ISC
pkglibexec_PROGRAMS += keyd/signer/keyd-signer
keyd_signer_keyd_signer_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
keyd_signer_keyd_signer_SOURCES = \
	keyd/signer/main.c
keyd_signer_keyd_signer_LDADD = common/wire/libwire.a $(COMMON_LIBS) \
	$(SECCOMP_LIBS) $(CRYPTO_LIBS) -lpthread
