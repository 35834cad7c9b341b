# SPDX-License-Identifier: ISC

# A program for the tests of spawn and child to start.
fixture_child = tests/unit/common/fixture_child
check_PROGRAMS += $(fixture_child)
tests_unit_common_fixture_child_SOURCES = tests/unit/common/fixture_child.c
tests_unit_common_fixture_child_LDADD = common/libcommon.a $(BSD_LIBS)
FIXTURE_CPPFLAGS = -DFIXTURE='"$(abs_top_builddir)/$(fixture_child)"'

unit_tests += tests/unit/common/test_spawn
tests_unit_common_test_spawn_CPPFLAGS = $(UNIT_CPPFLAGS) $(FIXTURE_CPPFLAGS)
tests_unit_common_test_spawn_SOURCES = tests/unit/common/test_spawn.c
tests_unit_common_test_spawn_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)
EXTRA_tests_unit_common_test_spawn_DEPENDENCIES = $(fixture_child)

unit_tests += tests/unit/common/test_report
tests_unit_common_test_report_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_report_SOURCES = tests/unit/common/test_report.c
tests_unit_common_test_report_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_child
tests_unit_common_test_child_CPPFLAGS = $(UNIT_CPPFLAGS) $(FIXTURE_CPPFLAGS)
tests_unit_common_test_child_SOURCES = tests/unit/common/test_child.c
tests_unit_common_test_child_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)
EXTRA_tests_unit_common_test_child_DEPENDENCIES = $(fixture_child)

unit_tests += tests/unit/common/test_privs
tests_unit_common_test_privs_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_privs_SOURCES = tests/unit/common/test_privs.c
tests_unit_common_test_privs_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_secret
tests_unit_common_test_secret_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_secret_SOURCES = tests/unit/common/test_secret.c
tests_unit_common_test_secret_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)
