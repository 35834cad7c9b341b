# SPDX-License-Identifier: ISC
noinst_LIBRARIES += common/pg/libpg.a
common_pg_libpg_a_SOURCES = \
	common/pg/login.c common/pg/login.h \
	common/pg/reply.c common/pg/reply.h \
	common/pg/startup.c common/pg/startup.h
