# SPDX-License-Identifier: ISC
# Checks of the source and of what was built. Each shows first, on examples of
# its own, that it can complain.

lint_tests = \
	tests/lint/floors \
	tests/lint/manuals \
	tests/lint/runbook \
	tests/lint/settings \
	tests/lint/shape \
	tests/lint/states \
	tests/lint/symbols \
	tests/lint/texts \
	tests/lint/threats
dist_check_SCRIPTS += $(lint_tests)
EXTRA_DIST += tests/lint/lint.py
TESTS += $(lint_tests)
AM_TESTS_ENVIRONMENT = PYTHONDONTWRITEBYTECODE=1; CK_DEFAULT_TIMEOUT=60; \
	export PYTHONDONTWRITEBYTECODE CK_DEFAULT_TIMEOUT;

# Tools that read the source without running it; minutes.
EXTRA_DIST += tests/lint/static tests/lint/static.known
check-static: config.h
	$(srcdir)/tests/lint/static
.PHONY: check-static
