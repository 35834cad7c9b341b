# SPDX-License-Identifier: ISC
EXTRA_DIST += conf/build.sh conf/quickstart
