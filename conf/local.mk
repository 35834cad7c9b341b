# SPDX-License-Identifier: ISC
EXTRA_DIST += conf/build.sh conf/quickstart
EXTRA_DIST += LICENSE README.md CONTRIBUTING.md SECURITY.md .clang-format \
	.editorconfig

posternconfdir = $(sysconfdir)/postern
dist_posternconf_DATA = conf/postern.conf.sample
