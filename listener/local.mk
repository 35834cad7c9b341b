# SPDX-License-Identifier: ISC
sbin_PROGRAMS += listener/postern-listener
listener_postern_listener_SOURCES = \
	listener/account.c listener/account.h \
	listener/address_table.h \
	listener/addresses.c listener/addresses.h \
	listener/boards.c listener/boards.h \
	listener/channels.c listener/channels.h \
	listener/check.c listener/check.h \
	listener/client_state.h \
	listener/crew.c listener/crew.h \
	listener/crew_hear.c listener/crew_hear.h \
	listener/crew_state.c listener/crew_state.h \
	listener/directory.c listener/directory.h \
	listener/exporter_link.c listener/exporter_link.h \
	listener/exporter_sockets.c listener/exporter_sockets.h \
	listener/facts.c listener/facts.h \
	listener/generation.c listener/generation.h \
	listener/generations.c listener/generations.h \
	listener/handoff.h listener/handoff_exporter.h \
	listener/handoff_name.h \
	listener/handoff_settings.h \
	listener/launch.c listener/launch.h \
	listener/lookup.c listener/lookup.h \
	listener/main.c \
	listener/memory_pair.c listener/memory_pair.h \
	listener/metrics_address.c listener/metrics_address.h \
	listener/networks.c listener/networks.h \
	listener/orders.c listener/orders.h \
	listener/ports.c listener/ports.h \
	listener/reload.c listener/reload.h \
	listener/roster.c listener/roster.h \
	listener/roster_counters.h \
	listener/routes.c listener/routes.h \
	listener/rules.c listener/rules.h \
	listener/scoreboard.h \
	listener/settings.c listener/settings.h \
	listener/supervisor.c listener/supervisor.h \
	listener/trust.c listener/trust.h \
	listener/watch.c listener/watch.h
listener_postern_listener_LDADD = common/pg/libpg.a $(COMMON_LIBS) \
	common/wire/libwire.a
