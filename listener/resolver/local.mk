# SPDX-License-Identifier: ISC
pkglibexec_PROGRAMS += listener/resolver/listener-resolver
listener_resolver_listener_resolver_SOURCES = \
	listener/resolver/main.c
listener_resolver_listener_resolver_LDADD = $(COMMON_LIBS)
