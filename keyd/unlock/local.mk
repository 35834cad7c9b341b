# SPDX-License-Identifier: ISC
pkglibexec_PROGRAMS += keyd/unlock/keyd-unlock
keyd_unlock_keyd_unlock_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(BSD_CFLAGS)
keyd_unlock_keyd_unlock_SOURCES = \
	keyd/unlock/main.c
keyd_unlock_keyd_unlock_LDADD = $(COMMON_LIBS) $(CRYPTO_LIBS)
