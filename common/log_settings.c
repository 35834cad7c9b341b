/* SPDX-License-Identifier: ISC */
/*
 * log_settings: what postern.conf(5) says about the log, put in force.
 * Runs in: the supervisors, at start.
 */
#include "common/log_settings.h"

#include <string.h>
#include <strings.h>
#include <syslog.h>

#include "common/fault.h"
#include "common/log.h"
#include "common/log_sink.h"

#define BLANKS " \t"

const struct config_word log_settings_facilities[] = {
	{ "local0", LOG_LOCAL0 }, { "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 }, { "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 }, { "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 }, { "local7", LOG_LOCAL7 },
	{ "daemon", LOG_DAEMON }, { NULL, 0 }
};

const struct config_word log_settings_levels[] = {
	{ "debug1", LOG_LEVEL_DEBUG }, { "info", LOG_LEVEL_INFO },
	{ "warning", LOG_LEVEL_WARNING }, { "error", LOG_LEVEL_ERROR },
	{ "log", LOG_LEVEL_LOG }, { "fatal", LOG_LEVEL_FATAL }, { NULL, 0 }
};

static bool
is_word(const char *word, size_t len, const char *expected)
{
	return strlen(expected) == len && strncasecmp(word, expected, len) == 0;
}

/* Words with commas between them. Returns NULL, or the word that is no
 * destination; "" where the list is none. */
static const char *
parse_destinations(const char *list, struct log_sink_options *out)
{
	size_t len;

	do {
		list += strspn(list, BLANKS);
		len = strcspn(list, "," BLANKS);
		if (is_word(list, len, "stderr"))
			out->to_stderr = true;
		else if (is_word(list, len, "syslog"))
			out->to_syslog = true;
		else if (is_word(list, len, "jsonlog"))
			out->to_json = true;
		else
			return list;
		list += len;
		list += strspn(list, BLANKS);
	} while (*list++ == ',');
	return list[-1] == '\0' ? NULL : "";
}

/* PostgreSQL's texts. */
int
log_settings_check_destination(const char *value, struct fault *out)
{
	struct log_sink_options unused = { 0 };
	const char *wrong = parse_destinations(value, &unused);
	int len;

	if (wrong == NULL)
		return 0;
	instance_refuse("log_destination", value, out);
	fault_hint(out, "Available values: stderr, syslog, jsonlog, or "
	    "several of them.");
	len = (int)strcspn(wrong, "," BLANKS);
	if (len == 0)
		return fault_detail(out, "List syntax is invalid.");
	return fault_detail(out, "Unrecognized key word: \"%.*s\".", len,
	    wrong);
}

int
log_settings_complete(const struct instance *instance,
    struct log_settings *settings, struct fault_list *faults)
{
	if (settings->log_filename[0] == '\0')
		return 0;
	return instance_complete_path("log_filename", instance->directory,
	    settings->log_filename, sizeof(settings->log_filename), faults);
}

void
log_settings_sink(const struct log_settings *settings,
    struct log_sink_options *out)
{
	*out = (struct log_sink_options){
		.line_prefix = settings->log_line_prefix,
		.filename = settings->log_filename,
		.ident = settings->syslog_ident,
		.facility = settings->syslog_facility,
	};
	(void)parse_destinations(settings->log_destination, out);
	if (settings->log_filename[0] == '\0' && out->to_json)
		out->to_stderr = true;
}

void
log_settings_open_start(const char *program)
{
	const struct log_sink_options terminal = { .to_stderr = true };
	struct fault fault = { 0 };

	log_open(program);
	log_sink_open(&terminal, &fault);
	if (!log_sink_has_journal())
		log_open(program);
}

void
log_settings_open_terminal(const struct log_settings *settings,
    const char *program)
{
	log_set_min_level((enum log_level)settings->log_min_messages);
	log_settings_open_start(program);
}

int
log_settings_open(const struct log_settings *settings, bool foreground,
    struct fault *fault)
{
	struct log_sink_options options;

	log_settings_sink(settings, &options);
	if (options.to_json && !foreground && options.filename[0] == '\0') {
		fault_set(fault, "parameter \"log_destination\" has jsonlog, "
		    "for which there is no file");
		return fault_hint(fault, "Set \"log_filename\", or stay in "
		    "the foreground (-F).");
	}
	if (log_sink_open(&options, fault) == -1)
		return -1;
	if (!foreground)
		log_sink_leave_stderr();
	return 0;
}
