# SPDX-License-Identifier: ISC
noinst_LIBRARIES += common/wire/libwire.a
common_wire_libwire_a_SOURCES = \
	common/wire/ctlkeyd.h \
	common/wire/ctlwire.c common/wire/ctlwire.h \
	common/wire/dialwire.c common/wire/dialwire.h \
	common/wire/keywire.c common/wire/keywire.h \
	common/wire/statuswire.c common/wire/statuswire.h \
	common/wire/tls_scheme.c common/wire/tls_scheme.h
