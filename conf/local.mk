# SPDX-License-Identifier: ISC
EXTRA_DIST += conf/build.sh conf/quickstart
EXTRA_DIST += LICENSE README.md CONTRIBUTING.md SECURITY.md .clang-format \
	.editorconfig

posternconfdir = $(sysconfdir)/postern
dist_posternconf_DATA = conf/postern.conf.sample

# Init scripts: the paths of this installation go in.
initddir = $(sysconfdir)/init.d
initd_SCRIPTS = conf/init.d/postern-keyd conf/init.d/postern-listener
pkgdata_DATA = conf/init.d/init-functions
INIT_TEMPLATES = conf/init.d/postern-keyd.in conf/init.d/postern-listener.in \
	conf/init.d/init-functions.in
EXTRA_DIST += $(INIT_TEMPLATES)
CLEANFILES += $(initd_SCRIPTS) $(pkgdata_DATA)

$(initd_SCRIPTS) $(pkgdata_DATA): %: %.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && sed \
	    -e 's|@sbindir[@]|$(sbindir)|g' \
	    -e 's|@sysconfdir[@]|$(sysconfdir)|g' \
	    -e 's|@pkgdatadir[@]|$(pkgdatadir)|g' \
	    $(srcdir)/$@.in >$@.new && mv $@.new $@
