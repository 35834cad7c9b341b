# SPDX-License-Identifier: ISC
# Every unit test is a Check program that mirrors one source file; a folder's
# local.mk adds its programs to unit_tests.

unit_tests =
UNIT_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(CRYPTO_CFLAGS) $(BSD_CFLAGS)

include tests/unit/common/local.mk
include tests/unit/common/wire/local.mk
include tests/unit/common/pg/local.mk
include tests/unit/common/provider/local.mk
include tests/unit/keyd/local.mk
include tests/unit/listener/local.mk
include tests/unit/listener/worker/local.mk
include tests/lint/local.mk

if HAVE_CHECK
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif
