# SPDX-License-Identifier: ISC
sbin_PROGRAMS += keyd/postern-keyd
keyd_postern_keyd_SOURCES = \
	keyd/counters.c keyd/counters.h \
	keyd/handoff.h \
	keyd/main.c \
	keyd/settings.c keyd/settings.h \
	keyd/signals.c keyd/signals.h \
	keyd/supervisor.c keyd/supervisor.h \
	keyd/vault.c keyd/vault.h
keyd_postern_keyd_LDADD = common/wire/libwire.a $(COMMON_LIBS) \
	common/wire/libwire.a
