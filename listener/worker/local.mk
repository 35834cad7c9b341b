# SPDX-License-Identifier: ISC
# All but main, so that tests link the very objects that are installed.
noinst_LIBRARIES += listener/worker/libworker.a
listener_worker_libworker_a_CPPFLAGS = $(AM_CPPFLAGS) $(SSL_CFLAGS) \
	$(EVENT_CFLAGS)
listener_worker_libworker_a_SOURCES = \
	listener/address_table.c listener/address_table.h \
	listener/client_state.c listener/client_state.h \
	listener/networks.c listener/networks.h \
	listener/roster.c listener/roster.h \
	listener/roster_counters.c listener/roster_counters.h \
	listener/scoreboard.c \
	listener/worker/about.c listener/worker/about.h \
	listener/worker/accept.c listener/worker/accept.h \
	listener/worker/advice.c listener/worker/advice.h \
	listener/worker/cancel.c listener/worker/cancel.h \
	listener/worker/cancel_queue.c listener/worker/cancel_queue.h \
	listener/worker/certificate.c listener/worker/certificate.h \
	listener/worker/check.c listener/worker/check.h \
	listener/worker/client.c listener/worker/client.h \
	listener/worker/client_steps.h \
	listener/worker/complaint.c listener/worker/complaint.h \
	listener/worker/confine.c listener/worker/confine.h \
	listener/worker/counting.c listener/worker/counting.h \
	listener/worker/confine.c listener/worker/confine.h \
	listener/worker/counting.c listener/worker/counting.h \
	listener/worker/dial.c listener/worker/dial.h \
	listener/worker/dialing.c \
	listener/worker/dry_round.c listener/worker/dry_round.h \
	listener/worker/farewell.c \
	listener/worker/first_bytes.c listener/worker/first_bytes.h \
	listener/worker/flow.c listener/worker/flow.h \
	listener/worker/handshake.c \
	listener/worker/keyd.c listener/worker/keyd.h \
	listener/worker/limits.c listener/worker/limits.h \
	listener/worker/login.c \
	listener/worker/passing.c listener/worker/passing.h \
	listener/worker/presence.c listener/worker/presence.h \
	listener/worker/probe.c listener/worker/probe.h \
	listener/worker/relay.c listener/worker/relay.h \
	listener/worker/revocation.c listener/worker/revocation.h \
	listener/worker/session_log.c listener/worker/session_log.h \
	listener/worker/startup.c \
	listener/worker/stream.c listener/worker/stream.h \
	listener/worker/stream_tls.c listener/worker/stream_tls.h \
	listener/worker/tls_context.c listener/worker/tls_context.h \
	listener/worker/tls_verify.c listener/worker/tls_verify.h \
	listener/worker/tls_wire.c listener/worker/tls_wire.h \
	listener/worker/worker.c listener/worker/worker.h
worker_libs = listener/worker/libworker.a common/provider/libprovider.a \
	common/pg/libpg.a common/wire/libwire.a $(COMMON_LIBS) \
	$(SECCOMP_LIBS) $(SSL_LIBS) $(CRYPTO_LIBS) $(EVENT_LIBS)

pkglibexec_PROGRAMS += listener/worker/listener-worker
listener_worker_listener_worker_CPPFLAGS = $(AM_CPPFLAGS) $(SSL_CFLAGS) \
	$(EVENT_CFLAGS)
listener_worker_listener_worker_SOURCES = \
	listener/worker/main.c
listener_worker_listener_worker_LDADD = $(worker_libs)
