# SPDX-License-Identifier: ISC
sbin_PROGRAMS += listener/postern-listener
listener_postern_listener_SOURCES = \
	listener/address_table.h \
	listener/addresses.c listener/addresses.h \
	listener/boards.c listener/boards.h \
	listener/channels.c listener/channels.h \
	listener/check.c listener/check.h \
	listener/crew.c listener/crew.h \
	listener/crew_hear.c listener/crew_hear.h \
	listener/crew_state.c listener/crew_state.h \
	listener/directory.c listener/directory.h \
	listener/generation.c listener/generation.h \
	listener/generations.c listener/generations.h \
	listener/handoff.h listener/handoff_name.h \
	listener/handoff_settings.h \
	listener/launch.c listener/launch.h \
	listener/lookup.c listener/lookup.h \
	listener/main.c \
	listener/networks.c listener/networks.h \
	listener/orders.c listener/orders.h \
	listener/ports.c listener/ports.h \
	listener/reload.c listener/reload.h \
	listener/routes.c listener/routes.h \
	listener/rules.c listener/rules.h \
	listener/scoreboard.h \
	listener/settings.c listener/settings.h \
	listener/supervisor.c listener/supervisor.h \
	listener/trust.c listener/trust.h \
	listener/watch.c listener/watch.h
listener_postern_listener_LDADD = common/pg/libpg.a $(COMMON_LIBS) \
	common/wire/libwire.a
