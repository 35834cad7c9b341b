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

unit_tests += tests/unit/common/pg/test_ask
tests_unit_common_pg_test_ask_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_pg_test_ask_SOURCES = tests/unit/common/pg/test_ask.c
tests_unit_common_pg_test_ask_LDADD = common/pg/libpg.a \
	common/libcommon.a $(BSD_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/pg/test_login
tests_unit_common_pg_test_login_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_pg_test_login_SOURCES = tests/unit/common/pg/test_login.c
tests_unit_common_pg_test_login_LDADD = common/pg/libpg.a \
	common/libcommon.a $(BSD_LIBS) $(CHECK_LIBS)

RULES_FIXTURE = tests/unit/common/pg/rules.c tests/unit/common/pg/rules.h
EXTRA_DIST += tests/unit/common/pg/data

unit_tests += tests/unit/common/pg/test_hba_parse
tests_unit_common_pg_test_hba_parse_CPPFLAGS = $(UNIT_CPPFLAGS) \
	-DTEST_DATA='"$(abs_srcdir)/tests/unit/common/pg/data"'
tests_unit_common_pg_test_hba_parse_SOURCES = \
	tests/unit/common/pg/test_hba_parse.c $(RULES_FIXTURE)
tests_unit_common_pg_test_hba_parse_LDADD = common/pg/libpg.a \
	common/libcommon.a $(BSD_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/pg/test_access
tests_unit_common_pg_test_access_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_pg_test_access_SOURCES = \
	tests/unit/common/pg/test_access.c $(RULES_FIXTURE)
tests_unit_common_pg_test_access_LDADD = common/pg/libpg.a \
	common/libcommon.a $(BSD_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/pg/test_ident_match
tests_unit_common_pg_test_ident_match_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_pg_test_ident_match_SOURCES = \
	tests/unit/common/pg/test_ident_match.c $(RULES_FIXTURE)
tests_unit_common_pg_test_ident_match_LDADD = common/pg/libpg.a \
	common/libcommon.a $(BSD_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/pg/test_hba_match
tests_unit_common_pg_test_hba_match_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_pg_test_hba_match_SOURCES = \
	tests/unit/common/pg/test_hba_match.c $(RULES_FIXTURE)
tests_unit_common_pg_test_hba_match_LDADD = common/pg/libpg.a \
	common/libcommon.a $(BSD_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/pg/test_hba_image
tests_unit_common_pg_test_hba_image_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_pg_test_hba_image_SOURCES = \
	tests/unit/common/pg/test_hba_image.c $(RULES_FIXTURE)
tests_unit_common_pg_test_hba_image_LDADD = common/pg/libpg.a \
	common/libcommon.a $(BSD_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/pg/test_hba_shadow
tests_unit_common_pg_test_hba_shadow_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_pg_test_hba_shadow_SOURCES = \
	tests/unit/common/pg/test_hba_shadow.c $(RULES_FIXTURE)
tests_unit_common_pg_test_hba_shadow_LDADD = common/pg/libpg.a \
	common/libcommon.a $(BSD_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/pg/test_hba_load
tests_unit_common_pg_test_hba_load_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_pg_test_hba_load_SOURCES = \
	tests/unit/common/pg/test_hba_load.c $(RULES_FIXTURE)
tests_unit_common_pg_test_hba_load_LDADD = common/pg/libpg.a \
	common/libcommon.a $(BSD_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/pg/test_hba_regex_translate
tests_unit_common_pg_test_hba_regex_translate_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_pg_test_hba_regex_translate_SOURCES = \
	tests/unit/common/pg/test_hba_regex_translate.c
tests_unit_common_pg_test_hba_regex_translate_LDADD = common/pg/libpg.a \
	common/libcommon.a $(BSD_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/pg/test_hba_address
tests_unit_common_pg_test_hba_address_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_pg_test_hba_address_SOURCES = \
	tests/unit/common/pg/test_hba_address.c
tests_unit_common_pg_test_hba_address_LDADD = common/pg/libpg.a \
	common/libcommon.a $(BSD_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/pg/test_hba_token
tests_unit_common_pg_test_hba_token_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_pg_test_hba_token_SOURCES = \
	tests/unit/common/pg/test_hba_token.c
tests_unit_common_pg_test_hba_token_LDADD = common/pg/libpg.a \
	common/libcommon.a $(BSD_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/pg/test_hba_method
tests_unit_common_pg_test_hba_method_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_pg_test_hba_method_SOURCES = \
	tests/unit/common/pg/test_hba_method.c
tests_unit_common_pg_test_hba_method_LDADD = common/pg/libpg.a \
	common/libcommon.a $(BSD_LIBS) $(CHECK_LIBS)
