# SPDX-License-Identifier: ISC

unit_tests += tests/unit/common/pg/test_startup
tests_unit_common_pg_test_startup_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_pg_test_startup_SOURCES = tests/unit/common/pg/test_startup.c
tests_unit_common_pg_test_startup_LDADD = common/pg/libpg.a \
	common/libcommon.a $(BSD_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/pg/test_reply
tests_unit_common_pg_test_reply_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_pg_test_reply_SOURCES = tests/unit/common/pg/test_reply.c
tests_unit_common_pg_test_reply_LDADD = common/pg/libpg.a \
	common/libcommon.a $(BSD_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/pg/test_login
tests_unit_common_pg_test_login_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_pg_test_login_SOURCES = tests/unit/common/pg/test_login.c
tests_unit_common_pg_test_login_LDADD = common/pg/libpg.a \
	common/libcommon.a $(BSD_LIBS) $(CHECK_LIBS)
