# SPDX-License-Identifier: ISC
unit_tests += tests/unit/common/ctl/test_arguments
tests_unit_common_ctl_test_arguments_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_ctl_test_arguments_SOURCES = \
	common/ctl/arguments.c \
	tests/unit/common/ctl/test_arguments.c
tests_unit_common_ctl_test_arguments_LDADD = common/libcommon.a \
	common/wire/libwire.a $(BSD_LIBS) $(CHECK_LIBS)
