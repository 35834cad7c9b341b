# SPDX-License-Identifier: ISC
pkglibexec_PROGRAMS += listener/worker/listener-worker
listener_worker_listener_worker_CPPFLAGS = $(AM_CPPFLAGS) $(SSL_CFLAGS) \
	$(EVENT_CFLAGS)
listener_worker_listener_worker_SOURCES = \
	listener/scoreboard.c \
	listener/worker/main.c
listener_worker_listener_worker_LDADD = common/provider/libprovider.a \
	common/pg/libpg.a common/wire/libwire.a $(COMMON_LIBS) \
	$(SECCOMP_LIBS) $(SSL_LIBS) $(CRYPTO_LIBS) $(EVENT_LIBS)
