# SPDX-License-Identifier: ISC
# The worker's objects are named one by one: each test links what it tests.

WORKER_UNIT_CPPFLAGS = $(UNIT_CPPFLAGS) $(SSL_CFLAGS) $(EVENT_CFLAGS)

unit_tests += tests/unit/listener/worker/test_cancel_queue
tests_unit_listener_worker_test_cancel_queue_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_listener_worker_test_cancel_queue_SOURCES = \
	listener/worker/cancel_queue.c \
	tests/unit/listener/worker/test_cancel_queue.c
tests_unit_listener_worker_test_cancel_queue_LDADD = $(CHECK_LIBS)

unit_tests += tests/unit/listener/worker/test_flow
tests_unit_listener_worker_test_flow_CPPFLAGS = $(WORKER_UNIT_CPPFLAGS)
tests_unit_listener_worker_test_flow_SOURCES = \
	listener/worker/flow.c listener/worker/stream.c \
	listener/worker/stream_tls.c listener/worker/tls_wire.c \
	tests/unit/listener/worker/test_flow.c
tests_unit_listener_worker_test_flow_LDADD = $(SSL_LIBS) $(CRYPTO_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/listener/worker/test_stream_tls
tests_unit_listener_worker_test_stream_tls_CPPFLAGS = $(WORKER_UNIT_CPPFLAGS)
tests_unit_listener_worker_test_stream_tls_SOURCES = \
	listener/worker/flow.c listener/worker/stream.c \
	listener/worker/stream_tls.c listener/worker/tls_wire.c \
	tests/unit/common/provider/keypair.c \
	tests/unit/common/provider/keypair.h \
	tests/unit/listener/worker/test_stream_tls.c
tests_unit_listener_worker_test_stream_tls_LDADD = common/wire/libwire.a \
	$(SSL_LIBS) $(CRYPTO_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/listener/worker/test_dial
tests_unit_listener_worker_test_dial_CPPFLAGS = $(WORKER_UNIT_CPPFLAGS)
tests_unit_listener_worker_test_dial_SOURCES = \
	listener/worker/dial.c tests/unit/listener/worker/test_dial.c
tests_unit_listener_worker_test_dial_LDADD = common/wire/libwire.a \
	common/libcommon.a $(BSD_LIBS) $(EVENT_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/listener/worker/test_limits
tests_unit_listener_worker_test_limits_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_listener_worker_test_limits_SOURCES = \
	listener/address_table.c listener/networks.c listener/scoreboard.c \
	listener/worker/limits.c tests/unit/listener/worker/test_limits.c
tests_unit_listener_worker_test_limits_LDADD = common/pg/libpg.a \
	common/libcommon.a $(BSD_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/listener/worker/test_revocation
tests_unit_listener_worker_test_revocation_CPPFLAGS = $(WORKER_UNIT_CPPFLAGS)
tests_unit_listener_worker_test_revocation_SOURCES = \
	listener/worker/revocation.c tests/unit/listener/worker/test_revocation.c
tests_unit_listener_worker_test_revocation_LDADD = $(CRYPTO_LIBS) \
	$(CHECK_LIBS)
