# SPDX-License-Identifier: ISC
pkglibexec_PROGRAMS += listener/dialer/listener-dialer
listener_dialer_listener_dialer_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
listener_dialer_listener_dialer_SOURCES = \
	listener/dialer/channel.c listener/dialer/channel.h \
	listener/dialer/confine.c listener/dialer/confine.h \
	listener/dialer/connect.c listener/dialer/connect.h \
	listener/dialer/dial.c listener/dialer/dial.h \
	listener/dialer/dialer.h \
	listener/dialer/main.c \
	listener/dialer/spares.c listener/dialer/spares.h
listener_dialer_listener_dialer_LDADD = common/wire/libwire.a $(COMMON_LIBS) \
	$(SECCOMP_LIBS) $(EVENT_LIBS)
