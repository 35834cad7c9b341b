# SPDX-License-Identifier: ISC
noinst_LIBRARIES += common/pg/libpg.a
common_pg_libpg_a_SOURCES = \
	common/pg/access.c common/pg/access.h \
	common/pg/hba_address.c common/pg/hba_address.h \
	common/pg/hba_array.c common/pg/hba_array.h \
	common/pg/hba_build.c common/pg/hba_build.h \
	common/pg/hba_facts.h common/pg/hba_hash.h \
	common/pg/hba_image.c common/pg/hba_image.h \
	common/pg/hba_index.c common/pg/hba_index.h \
	common/pg/hba_lines.c common/pg/hba_lines.h \
	common/pg/hba_load.c common/pg/hba_load.h \
	common/pg/hba_match.c common/pg/hba_match.h \
	common/pg/hba_method.c common/pg/hba_method.h \
	common/pg/hba_option.c common/pg/hba_option.h \
	common/pg/hba_parse.c common/pg/hba_parse.h \
	common/pg/hba_regex.c common/pg/hba_regex.h \
	common/pg/hba_regex_translate.c common/pg/hba_regex_translate.h \
	common/pg/hba_rule.h \
	common/pg/hba_shadow.c common/pg/hba_shadow.h \
	common/pg/hba_sink.c common/pg/hba_sink.h \
	common/pg/hba_token.c common/pg/hba_token.h \
	common/pg/hba_undecided.c common/pg/hba_undecided.h \
	common/pg/ident_match.c common/pg/ident_match.h \
	common/pg/ident_parse.c common/pg/ident_parse.h \
	common/pg/login.c common/pg/login.h \
	common/pg/reply.c common/pg/reply.h \
	common/pg/startup.c common/pg/startup.h
