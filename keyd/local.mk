# SPDX-License-Identifier: ISC
sbin_PROGRAMS += keyd/postern-keyd
keyd_postern_keyd_SOURCES = \
	keyd/counters.c keyd/counters.h \
	keyd/handoff.h \
	keyd/main.c \
	keyd/rotation.c keyd/rotation.h \
	keyd/rotation_file.c keyd/rotation_file.h \
	keyd/settings.c keyd/settings.h \
	keyd/shift.c keyd/shift.h \
	keyd/signals.c keyd/signals.h \
	keyd/status.c keyd/status.h \
	keyd/supervisor.c keyd/supervisor.h \
	keyd/unlocking.c keyd/unlocking.h \
	keyd/vault.c keyd/vault.h
keyd_postern_keyd_LDADD = common/wire/libwire.a $(COMMON_LIBS) \
	common/wire/libwire.a
