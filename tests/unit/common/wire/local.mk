# SPDX-License-Identifier: ISC
unit_tests += tests/unit/common/wire/test_keywire
tests_unit_common_wire_test_keywire_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_wire_test_keywire_SOURCES = \
	tests/unit/common/wire/test_keywire.c
tests_unit_common_wire_test_keywire_LDADD = common/wire/libwire.a \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/wire/test_tls_scheme
tests_unit_common_wire_test_tls_scheme_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_wire_test_tls_scheme_SOURCES = \
	tests/unit/common/wire/test_tls_scheme.c
tests_unit_common_wire_test_tls_scheme_LDADD = common/wire/libwire.a \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/wire/test_dialwire
tests_unit_common_wire_test_dialwire_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_wire_test_dialwire_SOURCES = \
	tests/unit/common/wire/test_dialwire.c
tests_unit_common_wire_test_dialwire_LDADD = common/wire/libwire.a \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/wire/test_ctlwire
tests_unit_common_wire_test_ctlwire_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_wire_test_ctlwire_SOURCES = \
	tests/unit/common/wire/test_ctlwire.c
tests_unit_common_wire_test_ctlwire_LDADD = common/wire/libwire.a \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/wire/test_statuswire
tests_unit_common_wire_test_statuswire_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_wire_test_statuswire_SOURCES = \
	tests/unit/common/wire/test_statuswire.c
tests_unit_common_wire_test_statuswire_LDADD = common/wire/libwire.a \
	$(CHECK_LIBS)
