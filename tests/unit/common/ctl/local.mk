# SPDX-License-Identifier: ISC
unit_tests += tests/unit/common/ctl/test_arguments
tests_unit_common_ctl_test_arguments_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_ctl_test_arguments_SOURCES = \
	common/ctl/arguments.c \
	tests/unit/common/ctl/test_arguments.c
tests_unit_common_ctl_test_arguments_LDADD = common/libcommon.a \
	common/wire/libwire.a $(BSD_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/ctl/test_cell
tests_unit_common_ctl_test_cell_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_ctl_test_cell_SOURCES = \
	common/ctl/cell.c tests/unit/common/ctl/test_cell.c
tests_unit_common_ctl_test_cell_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/ctl/test_sheet
tests_unit_common_ctl_test_sheet_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_ctl_test_sheet_SOURCES = \
	common/ctl/cell.c common/ctl/sheet.c \
	tests/unit/common/ctl/test_sheet.c
tests_unit_common_ctl_test_sheet_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/ctl/test_fields
tests_unit_common_ctl_test_fields_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_ctl_test_fields_SOURCES = \
	common/ctl/cell.c common/ctl/fields.c common/ctl/sheet.c \
	tests/unit/common/ctl/test_fields.c
tests_unit_common_ctl_test_fields_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
