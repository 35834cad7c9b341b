# SPDX-License-Identifier: ISC
unit_tests += tests/unit/listener/test_addresses
tests_unit_listener_test_addresses_CPPFLAGS = $(UNIT_CPPFLAGS) \
	-DRESOLVER='"$(abs_top_builddir)/listener/resolver/listener-resolver"'
tests_unit_listener_test_addresses_SOURCES = \
	listener/addresses.c listener/lookup.c \
	tests/unit/listener/test_addresses.c
tests_unit_listener_test_addresses_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
EXTRA_tests_unit_listener_test_addresses_DEPENDENCIES = \
	listener/resolver/listener-resolver

unit_tests += tests/unit/listener/test_dialer
tests_unit_listener_test_dialer_CPPFLAGS = $(UNIT_CPPFLAGS) \
	-DDIALER='"$(abs_top_builddir)/listener/dialer/listener-dialer"'
tests_unit_listener_test_dialer_SOURCES = tests/unit/listener/test_dialer.c
tests_unit_listener_test_dialer_LDADD = common/wire/libwire.a $(COMMON_LIBS) \
	$(CHECK_LIBS)
EXTRA_tests_unit_listener_test_dialer_DEPENDENCIES = \
	listener/dialer/listener-dialer

unit_tests += tests/unit/listener/test_ports
tests_unit_listener_test_ports_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_listener_test_ports_SOURCES = \
	listener/addresses.c listener/lookup.c listener/ports.c \
	tests/unit/listener/test_ports.c
tests_unit_listener_test_ports_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/listener/test_scoreboard
tests_unit_listener_test_scoreboard_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_listener_test_scoreboard_SOURCES = \
	listener/boards.c listener/memory_pair.c listener/scoreboard.c \
	tests/unit/listener/test_scoreboard.c
tests_unit_listener_test_scoreboard_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/listener/test_settings
tests_unit_listener_test_settings_CPPFLAGS = $(UNIT_CPPFLAGS) \
	-DSAMPLE='"$(abs_top_srcdir)/conf/postern.conf.sample"'
tests_unit_listener_test_settings_SOURCES = \
	listener/metrics_address.c listener/networks.c listener/settings.c \
	tests/unit/listener/test_settings.c
tests_unit_listener_test_settings_LDADD = common/pg/libpg.a $(COMMON_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/listener/test_trust
tests_unit_listener_test_trust_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_listener_test_trust_SOURCES = \
	listener/directory.c listener/metrics_address.c \
	listener/networks.c listener/settings.c listener/trust.c \
	tests/unit/listener/test_trust.c
tests_unit_listener_test_trust_LDADD = common/pg/libpg.a $(COMMON_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/listener/test_crew_state
tests_unit_listener_test_crew_state_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_listener_test_crew_state_SOURCES = \
	listener/crew_state.c tests/unit/listener/test_crew_state.c
tests_unit_listener_test_crew_state_LDADD = $(CHECK_LIBS)

unit_tests += tests/unit/listener/test_watch
tests_unit_listener_test_watch_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_listener_test_watch_SOURCES = \
	listener/watch.c tests/unit/listener/test_watch.c
tests_unit_listener_test_watch_LDADD = $(CHECK_LIBS)

unit_tests += tests/unit/listener/test_address_table
tests_unit_listener_test_address_table_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_listener_test_address_table_SOURCES = \
	listener/address_table.c tests/unit/listener/test_address_table.c
tests_unit_listener_test_address_table_LDADD = common/pg/libpg.a \
	common/libcommon.a $(BSD_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/listener/test_networks
tests_unit_listener_test_networks_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_listener_test_networks_SOURCES = \
	listener/networks.c tests/unit/listener/test_networks.c
tests_unit_listener_test_networks_LDADD = common/pg/libpg.a \
	common/libcommon.a $(BSD_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/listener/test_client_state
tests_unit_listener_test_client_state_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_listener_test_client_state_SOURCES = \
	listener/client_state.c \
	tests/unit/listener/test_client_state.c
tests_unit_listener_test_client_state_LDADD = $(CHECK_LIBS)

unit_tests += tests/unit/listener/test_roster
tests_unit_listener_test_roster_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_listener_test_roster_SOURCES = \
	listener/memory_pair.c listener/roster.c \
	tests/unit/listener/test_roster.c
tests_unit_listener_test_roster_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/listener/test_roster_counters
tests_unit_listener_test_roster_counters_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_listener_test_roster_counters_SOURCES = \
	listener/roster_counters.c tests/unit/listener/test_roster_counters.c
tests_unit_listener_test_roster_counters_LDADD = $(CHECK_LIBS)

unit_tests += tests/unit/listener/test_metrics_address
tests_unit_listener_test_metrics_address_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_listener_test_metrics_address_SOURCES = \
	listener/metrics_address.c \
	tests/unit/listener/test_metrics_address.c
tests_unit_listener_test_metrics_address_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
