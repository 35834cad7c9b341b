# SPDX-License-Identifier: ISC
sbin_PROGRAMS += listener/postern-listener
listener_postern_listener_SOURCES = \
	listener/addresses.c listener/addresses.h \
	listener/boards.c listener/boards.h \
	listener/crew.c listener/crew.h \
	listener/handoff.h listener/handoff_settings.h \
	listener/launch.c listener/launch.h \
	listener/lookup.c listener/lookup.h \
	listener/main.c \
	listener/ports.c listener/ports.h \
	listener/scoreboard.h \
	listener/settings.c listener/settings.h \
	listener/supervisor.c listener/supervisor.h
listener_postern_listener_LDADD = $(COMMON_LIBS)
