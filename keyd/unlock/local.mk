# SPDX-License-Identifier: ISC
pkglibexec_PROGRAMS += keyd/unlock/keyd-unlock
keyd_unlock_keyd_unlock_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(BSD_CFLAGS)
keyd_unlock_keyd_unlock_SOURCES = \
	keyd/unlock/certificate.c keyd/unlock/certificate.h \
	keyd/unlock/command.c keyd/unlock/command.h \
	keyd/unlock/identity.c keyd/unlock/identity.h \
	keyd/unlock/interrupt.c keyd/unlock/interrupt.h \
	keyd/unlock/keyfile.c keyd/unlock/keyfile.h \
	keyd/unlock/main.c \
	keyd/unlock/passphrase.c keyd/unlock/passphrase.h \
	keyd/unlock/pemkey.c keyd/unlock/pemkey.h \
	keyd/unlock/unlock.c keyd/unlock/unlock.h
keyd_unlock_keyd_unlock_LDADD = $(COMMON_LIBS) $(CRYPTO_LIBS)
