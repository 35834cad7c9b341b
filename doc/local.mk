# SPDX-License-Identifier: ISC
EXTRA_DIST += doc/architecture.md
