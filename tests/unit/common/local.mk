# SPDX-License-Identifier: ISC

# A program for the tests of spawn and child to start.
fixture_child = tests/unit/common/fixture_child
check_PROGRAMS += $(fixture_child)
tests_unit_common_fixture_child_SOURCES = tests/unit/common/fixture_child.c
tests_unit_common_fixture_child_LDADD = common/libcommon.a $(BSD_LIBS)
FIXTURE_CPPFLAGS = -DFIXTURE='"$(abs_top_builddir)/$(fixture_child)"'

unit_tests += tests/unit/common/test_spawn
tests_unit_common_test_spawn_CPPFLAGS = $(UNIT_CPPFLAGS) $(FIXTURE_CPPFLAGS) \
	$(SECCOMP_CFLAGS)
tests_unit_common_test_spawn_SOURCES = \
	tests/unit/common/refusing.c tests/unit/common/refusing.h \
	tests/unit/common/test_spawn.c
tests_unit_common_test_spawn_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(SECCOMP_LIBS) $(CHECK_LIBS)
EXTRA_tests_unit_common_test_spawn_DEPENDENCIES = $(fixture_child)

unit_tests += tests/unit/common/test_report
tests_unit_common_test_report_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_report_SOURCES = tests/unit/common/test_report.c
tests_unit_common_test_report_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_child
tests_unit_common_test_child_CPPFLAGS = $(UNIT_CPPFLAGS) $(FIXTURE_CPPFLAGS)
tests_unit_common_test_child_SOURCES = tests/unit/common/test_child.c
tests_unit_common_test_child_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)
EXTRA_tests_unit_common_test_child_DEPENDENCIES = $(fixture_child)

unit_tests += tests/unit/common/test_privs
tests_unit_common_test_privs_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_privs_SOURCES = tests/unit/common/test_privs.c
tests_unit_common_test_privs_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_secret
tests_unit_common_test_secret_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_secret_SOURCES = tests/unit/common/test_secret.c
tests_unit_common_test_secret_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_rundir
tests_unit_common_test_rundir_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_rundir_SOURCES = tests/unit/common/test_rundir.c
tests_unit_common_test_rundir_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_background
tests_unit_common_test_background_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_background_SOURCES = tests/unit/common/test_background.c
tests_unit_common_test_background_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_notify
tests_unit_common_test_notify_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_notify_SOURCES = tests/unit/common/test_notify.c
tests_unit_common_test_notify_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_fault
tests_unit_common_test_fault_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_fault_SOURCES = tests/unit/common/test_fault.c
tests_unit_common_test_fault_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_utf8
tests_unit_common_test_utf8_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_utf8_SOURCES = tests/unit/common/test_utf8.c
tests_unit_common_test_utf8_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_log
tests_unit_common_test_log_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_log_SOURCES = tests/unit/common/test_log.c
tests_unit_common_test_log_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_log_text
tests_unit_common_test_log_text_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_log_text_SOURCES = tests/unit/common/test_log_text.c
tests_unit_common_test_log_text_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_log_record
tests_unit_common_test_log_record_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_log_record_SOURCES = tests/unit/common/test_log_record.c
tests_unit_common_test_log_record_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_log_prefix
tests_unit_common_test_log_prefix_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_log_prefix_SOURCES = tests/unit/common/test_log_prefix.c
tests_unit_common_test_log_prefix_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_log_json
tests_unit_common_test_log_json_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_log_json_SOURCES = tests/unit/common/test_log_json.c
tests_unit_common_test_log_json_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_log_sink
tests_unit_common_test_log_sink_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_log_sink_SOURCES = tests/unit/common/test_log_sink.c
tests_unit_common_test_log_sink_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_config
tests_unit_common_test_config_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_config_SOURCES = tests/unit/common/test_config.c
tests_unit_common_test_config_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_config_line
tests_unit_common_test_config_line_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_config_line_SOURCES = tests/unit/common/test_config_line.c
tests_unit_common_test_config_line_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_config_value
tests_unit_common_test_config_value_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_config_value_SOURCES = tests/unit/common/test_config_value.c
tests_unit_common_test_config_value_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_textfile
tests_unit_common_test_textfile_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_textfile_SOURCES = tests/unit/common/test_textfile.c
tests_unit_common_test_textfile_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_peer
tests_unit_common_test_peer_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_peer_SOURCES = tests/unit/common/test_peer.c
tests_unit_common_test_peer_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_instance
tests_unit_common_test_instance_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_instance_SOURCES = tests/unit/common/test_instance.c
tests_unit_common_test_instance_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_log_settings
tests_unit_common_test_log_settings_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_log_settings_SOURCES = tests/unit/common/test_log_settings.c
tests_unit_common_test_log_settings_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_options
tests_unit_common_test_options_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_options_SOURCES = tests/unit/common/test_options.c
tests_unit_common_test_options_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)

unit_tests += tests/unit/common/test_sandbox
tests_unit_common_test_sandbox_CPPFLAGS = $(UNIT_CPPFLAGS) $(SECCOMP_CFLAGS)
tests_unit_common_test_sandbox_SOURCES = \
	tests/unit/common/refusing.c tests/unit/common/refusing.h \
	tests/unit/common/test_sandbox.c
tests_unit_common_test_sandbox_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(SECCOMP_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/test_landlock
tests_unit_common_test_landlock_CPPFLAGS = $(UNIT_CPPFLAGS) $(SECCOMP_CFLAGS)
tests_unit_common_test_landlock_SOURCES = \
	tests/unit/common/refusing.c tests/unit/common/refusing.h \
	tests/unit/common/test_landlock.c
tests_unit_common_test_landlock_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(SECCOMP_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/test_namespaces
tests_unit_common_test_namespaces_CPPFLAGS = $(UNIT_CPPFLAGS) $(SECCOMP_CFLAGS)
tests_unit_common_test_namespaces_SOURCES = \
	tests/unit/common/refusing.c tests/unit/common/refusing.h \
	tests/unit/common/test_namespaces.c
tests_unit_common_test_namespaces_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(SECCOMP_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/test_arena
tests_unit_common_test_arena_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_arena_SOURCES = tests/unit/common/test_arena.c
tests_unit_common_test_arena_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS) -lpthread

unit_tests += tests/unit/common/test_control
tests_unit_common_test_control_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_control_SOURCES = tests/unit/common/test_control.c
tests_unit_common_test_control_LDADD = common/libcommon.a \
	common/wire/libwire.a $(BSD_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/test_users
tests_unit_common_test_users_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_test_users_SOURCES = tests/unit/common/test_users.c
tests_unit_common_test_users_LDADD = common/libcommon.a $(BSD_LIBS) \
	$(CHECK_LIBS)
