# SPDX-License-Identifier: ISC
sbin_PROGRAMS += common/ctl/posternctl
common_ctl_posternctl_SOURCES = \
	common/ctl/arguments.c common/ctl/arguments.h \
	common/ctl/ask.c common/ctl/ask.h \
	common/ctl/cell.c common/ctl/cell.h \
	common/ctl/connections.c \
	common/ctl/ctl.c common/ctl/ctl.h \
	common/ctl/fields.c common/ctl/fields.h \
	common/ctl/inquiry.c common/ctl/inquiry.h \
	common/ctl/main.c \
	common/ctl/reload.c \
	common/ctl/rotate.c \
	common/ctl/sheet.c common/ctl/sheet.h \
	common/ctl/status.c \
	common/ctl/status_keyd.c common/ctl/status_keyd.h \
	common/ctl/stop.c \
	common/ctl/top.c \
	common/ctl/verbs.h \
	keyd/handoff.h \
	keyd/signals.c keyd/signals.h \
	keyd/unlocking.c keyd/unlocking.h
common_ctl_posternctl_LDADD = $(COMMON_LIBS) common/wire/libwire.a
