# SPDX-License-Identifier: ISC
EXTRA_DIST += conf/build.sh conf/quickstart
EXTRA_DIST += LICENSE README.md CONTRIBUTING.md SECURITY.md .clang-format \
	.editorconfig

posternconfdir = $(sysconfdir)/postern
dist_posternconf_DATA = conf/postern.conf.sample

# Init scripts: the paths of this installation go in, and what they share; each
# is whole, since it stays when everything else of a package has been removed.
initddir = $(sysconfdir)/init.d
initd_SCRIPTS = conf/init.d/postern-keyd conf/init.d/postern-listener
INIT_FUNCTIONS = $(srcdir)/conf/init.d/init-functions
EXTRA_DIST += conf/init.d/postern-keyd.in conf/init.d/postern-listener.in \
	conf/init.d/init-functions
CLEANFILES += $(initd_SCRIPTS)

$(initd_SCRIPTS): %: %.in $(INIT_FUNCTIONS) Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && sed -e '/^@init-functions@$$/{' \
	    -e 'r $(INIT_FUNCTIONS)' -e 'd' -e '}' $(srcdir)/$@.in | sed \
	    -e 's|@sbindir[@]|$(sbindir)|g' \
	    -e 's|@sysconfdir[@]|$(sysconfdir)|g' >$@.new && mv $@.new $@

# systemd's units, plain and as templates of further instances, users and run
# directory: below the prefix, where systemd looks for those of /usr and
# /usr/local.
systemdunitdir = $(prefix)/lib/systemd/system
sysusersdir = $(prefix)/lib/sysusers.d
tmpfilesdir = $(prefix)/lib/tmpfiles.d
PLAIN_UNITS = conf/systemd/postern-keyd.service \
	conf/systemd/postern-listener.service
TEMPLATE_UNITS = conf/systemd/postern-keyd@.service \
	conf/systemd/postern-listener@.service
systemdunit_DATA = $(PLAIN_UNITS) $(TEMPLATE_UNITS)
CLEANFILES += $(systemdunit_DATA)
EXTRA_DIST += conf/systemd/postern-keyd.service.in \
	conf/systemd/postern-listener.service.in \
	conf/systemd/sysusers.conf conf/systemd/tmpfiles.conf

UNIT_MAKE = $(AM_V_GEN)$(MKDIR_P) $(@D) && sed \
	    -e 's|@unit[@]|$(@F)|' \
	    -e 's|@sbindir[@]|$(sbindir)|g'
$(PLAIN_UNITS): %.service: %.service.in Makefile
	$(UNIT_MAKE) -e 's|@of[@]||' -e 's|@at[@]||g' \
	    -e 's|@data[@]|$(sysconfdir)/postern|g' -e 's|@run[@]|postern|' \
	    $(srcdir)/$*.service.in >$@.new && mv $@.new $@
$(TEMPLATE_UNITS): %@.service: %.service.in Makefile
	$(UNIT_MAKE) -e 's|@of[@]| of %i|' -e 's|@at[@]|@%i|g' \
	    -e 's|@data[@]|$(sysconfdir)/postern/%i|g' \
	    -e 's|@run[@]|postern-%i|' \
	    $(srcdir)/$*.service.in >$@.new && mv $@.new $@

# Not as DATA: the installed files have another name.
install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(sysusersdir)' '$(DESTDIR)$(tmpfilesdir)'
	$(INSTALL_DATA) $(srcdir)/conf/systemd/sysusers.conf \
	    '$(DESTDIR)$(sysusersdir)/postern.conf'
	$(INSTALL_DATA) $(srcdir)/conf/systemd/tmpfiles.conf \
	    '$(DESTDIR)$(tmpfilesdir)/postern.conf'
uninstall-hook:
	rm -f '$(DESTDIR)$(sysusersdir)/postern.conf' \
	    '$(DESTDIR)$(tmpfilesdir)/postern.conf'
