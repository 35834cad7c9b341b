# SPDX-License-Identifier: ISC
sbin_PROGRAMS += listener/postern-listener
listener_postern_listener_SOURCES = \
	listener/handoff.h \
	listener/main.c \
	listener/scoreboard.c listener/scoreboard.h \
	listener/settings.c listener/settings.h \
	listener/supervisor.c listener/supervisor.h
listener_postern_listener_LDADD = $(COMMON_LIBS)
