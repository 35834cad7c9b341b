# SPDX-License-Identifier: ISC
# Every unit test is a Check program that mirrors one source file; a folder's
# local.mk adds its programs to unit_tests.

unit_tests =
UNIT_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(CRYPTO_CFLAGS) $(BSD_CFLAGS)

include tests/unit/common/local.mk
include tests/unit/common/wire/local.mk
include tests/unit/common/ctl/local.mk
include tests/unit/common/pg/local.mk
include tests/unit/common/provider/local.mk
include tests/unit/keyd/local.mk
include tests/unit/listener/local.mk
include tests/unit/listener/exporter/local.mk
include tests/unit/listener/worker/local.mk
include tests/fuzz/local.mk
include tests/lint/local.mk
include tests/bench/local.mk

if HAVE_CHECK
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif

EXTRA_DIST += .ci/run tests/run tests/count tests/coverage tests/integration \
	tests/package
dist-hook:
	find $(distdir)/tests -name __pycache__ -exec rm -rf {} +

# The unit tests under valgrind: no error, no definite leak.
VALGRIND = valgrind --quiet --error-exitcode=9 --leak-check=full \
	--errors-for-leak-kinds=definite
check-valgrind: $(check_PROGRAMS)
	@printf '%s\n' $(unit_tests) | CK_TIMEOUT_MULTIPLIER=20 \
	    xargs -P 2 -I@ sh -c \
	    '$(VALGRIND) ./@ >@.valgrind.log 2>&1 && echo "clean: @" || \
	    { cat @.valgrind.log; echo "not clean: @"; exit 1; }'
.PHONY: check-valgrind
