# SPDX-License-Identifier: ISC
sbin_PROGRAMS += common/ctl/posternctl
common_ctl_posternctl_SOURCES = \
	common/ctl/arguments.c common/ctl/arguments.h \
	common/ctl/ask.c common/ctl/ask.h \
	common/ctl/ctl.c common/ctl/ctl.h \
	common/ctl/main.c \
	common/ctl/reload.c \
	common/ctl/rotate.c \
	common/ctl/status.c \
	common/ctl/status_keyd.c common/ctl/status_keyd.h \
	common/ctl/stop.c \
	common/ctl/verbs.h \
	keyd/handoff.h \
	keyd/signals.c keyd/signals.h \
	keyd/unlocking.c keyd/unlocking.h
common_ctl_posternctl_LDADD = $(COMMON_LIBS) common/wire/libwire.a
