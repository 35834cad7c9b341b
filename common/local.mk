# SPDX-License-Identifier: ISC
noinst_LIBRARIES += common/libcommon.a
common_libcommon_a_CPPFLAGS = $(AM_CPPFLAGS) $(BSD_CFLAGS) $(SECCOMP_CFLAGS)
common_libcommon_a_SOURCES = \
	common/arena.c common/arena.h \
	common/background.c common/background.h \
	common/child.c common/child.h \
	common/clock.c common/clock.h \
	common/config.c common/config.h \
	common/config_line.c common/config_line.h \
	common/config_row.h \
	common/config_value.c common/config_value.h \
	common/control.c common/control.h \
	common/fault.c common/fault.h \
	common/instance.c common/instance.h \
	common/landlock.c common/landlock.h \
	common/layers.c common/layers.h \
	common/log.c common/log.h \
	common/log_json.c common/log_json.h \
	common/log_prefix.c common/log_prefix.h \
	common/log_record.c common/log_record.h \
	common/log_settings.c common/log_settings.h \
	common/log_sink.c common/log_sink.h \
	common/log_text.c common/log_text.h common/log_writer.h \
	common/namespaces.c common/namespaces.h \
	common/notify.c common/notify.h \
	common/options.c common/options.h \
	common/peer.c common/peer.h \
	common/privs.c common/privs.h \
	common/report.c common/report.h \
	common/rundir.c common/rundir.h \
	common/sandbox.c common/sandbox.h \
	common/secret.c common/secret.h \
	common/spawn.c common/spawn.h \
	common/spawn_keep.c common/spawn_keep.h \
	common/spawn_take.c \
	common/stop_signals.c common/stop_signals.h \
	common/textfile.c common/textfile.h \
	common/tls_version.c common/tls_version.h \
	common/users.c common/users.h \
	common/utf8.c common/utf8.h
COMMON_LIBS = common/libcommon.a $(BSD_LIBS)

# The root directory of a confined program where the kernel lets it have no
# mounts of its own.
install-exec-local:
	$(MKDIR_P) -m 0555 '$(DESTDIR)$(pkglibexecdir)/empty'
uninstall-local:
	-rmdir '$(DESTDIR)$(pkglibexecdir)/empty'
