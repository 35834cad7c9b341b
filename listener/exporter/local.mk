# SPDX-License-Identifier: ISC
pkglibexec_PROGRAMS += listener/exporter/listener-exporter
listener_exporter_listener_exporter_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) \
	$(EVENT_EXTRA_CFLAGS)
listener_exporter_listener_exporter_SOURCES = \
	listener/client_state.c listener/client_state.h \
	listener/exporter/answer.c listener/exporter/answer.h \
	listener/exporter/confine.c listener/exporter/confine.h \
	listener/exporter/exporter.h \
	listener/exporter/gallery.c listener/exporter/gallery.h \
	listener/exporter/main.c \
	listener/exporter/metrics.c listener/exporter/metrics.h \
	listener/exporter/reply.c listener/exporter/reply.h \
	listener/exporter/scrape.c listener/exporter/scrape.h \
	listener/exporter/status.c listener/exporter/status.h \
	listener/facts.c listener/facts.h \
	listener/handoff_exporter.h \
	listener/roster.c listener/roster.h \
	listener/roster_counters.c listener/roster_counters.h
listener_exporter_listener_exporter_LDADD = common/wire/libwire.a \
	$(COMMON_LIBS) $(SECCOMP_LIBS) $(EVENT_EXTRA_LIBS) $(EVENT_LIBS)
