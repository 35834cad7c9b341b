# SPDX-License-Identifier: ISC
EXPORTER_UNIT_CPPFLAGS = $(UNIT_CPPFLAGS) $(EVENT_CFLAGS)
EXPORTER_UNIT_ROSTER = listener/client_state.c listener/facts.c \
	listener/memory_pair.c listener/roster.c listener/roster_counters.c

unit_tests += tests/unit/listener/exporter/test_gallery
tests_unit_listener_exporter_test_gallery_CPPFLAGS = $(EXPORTER_UNIT_CPPFLAGS)
tests_unit_listener_exporter_test_gallery_SOURCES = \
	$(EXPORTER_UNIT_ROSTER) listener/exporter/gallery.c \
	tests/unit/listener/exporter/test_gallery.c
tests_unit_listener_exporter_test_gallery_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/listener/exporter/test_metrics
tests_unit_listener_exporter_test_metrics_CPPFLAGS = $(EXPORTER_UNIT_CPPFLAGS)
tests_unit_listener_exporter_test_metrics_SOURCES = \
	$(EXPORTER_UNIT_ROSTER) listener/exporter/metrics.c \
	tests/unit/listener/exporter/test_metrics.c
tests_unit_listener_exporter_test_metrics_LDADD = $(COMMON_LIBS) \
	$(EVENT_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/listener/exporter/test_reply
tests_unit_listener_exporter_test_reply_CPPFLAGS = $(EXPORTER_UNIT_CPPFLAGS)
tests_unit_listener_exporter_test_reply_SOURCES = \
	$(EXPORTER_UNIT_ROSTER) listener/exporter/reply.c \
	tests/unit/listener/exporter/test_reply.c
tests_unit_listener_exporter_test_reply_LDADD = common/wire/libwire.a \
	$(COMMON_LIBS) $(EVENT_LIBS) $(CHECK_LIBS)
