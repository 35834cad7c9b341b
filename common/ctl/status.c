/* SPDX-License-Identifier: ISC */
/*
 * status: whether the daemons run, and with what.
 * Runs in: posternctl.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/ctl/ask.h"
#include "common/ctl/ctl.h"
#include "common/ctl/fields.h"
#include "common/ctl/inquiry.h"
#include "common/ctl/status_keyd.h"
#include "common/ctl/verbs.h"
#include "common/fault.h"
#include "common/log.h"

/* A daemon runs as that process ("": it does not); group is its name in what
 * programs read. */
static void
say(const struct ctl *ctl, const char *group, const char *pid,
    struct fields *fields)
{
	struct field where = { .item = "" };

	if (ctl->format == CELL_ALIGNED && pid[0] != '\0') {
		printf("postern-%s: running (PID: %s)\n", group, pid);
	} else if (ctl->format == CELL_ALIGNED) {
		printf("postern-%s: not running\n", group);
	} else {
		(void)snprintf(where.group, sizeof(where.group), "%s", group);
		(void)fields_add_value(fields, &where, STATUSWIRE_BOOL,
		    "running", pid[0] != '\0' ? "t" : "f");
		if (pid[0] != '\0')
			(void)fields_add_value(fields, &where,
			    STATUSWIRE_NUMBER, "pid", pid);
	}
}

/* Asks a daemon itself, which hears root alone. Returns 0, 1 if it does not
 * run, or -1 with the fault. */
static int
ask_daemon(const struct ctl *ctl, const char *group, struct fields *fields,
    struct fault *fault)
{
	struct ask ask = ASK_EMPTY;
	char name[32], pid[16] = "";
	int rc;

	(void)snprintf(name, sizeof(name), "postern-%s", group);
	rc = ask_open(ctl, name, &ask, fault);
	if (rc == 0)
		(void)snprintf(pid, sizeof(pid), "%d", (int)ask.pid);
	if (rc != -1)
		say(ctl, group, pid, fields);
	if (rc == 0 && strcmp(group, "keyd") == 0)
		rc = ctl->format == CELL_ALIGNED ?
		    status_keyd_tell(&ask, fault) :
		    status_keyd_gather(&ask, fields, fault);
	ask_close(&ask);
	return rc;
}

/* A name is a word: whatever else came is not. */
static void
copy_name(const struct statuswire_value *value, char *out, size_t size)
{
	size_t i;

	for (i = 0; i < value->len && i < size - 1; i++)
		out[i] = isalnum((unsigned char)value->bytes[i]) ?
		    value->bytes[i] : '_';
	out[i] = '\0';
}

static int
take_field(void *owner, const struct statuswire_message *message,
    struct fault *fault)
{
	const struct statuswire_value *value =
	    &message->value[STATUSWIRE_FIELD_VALUE];
	struct field field = { .len = value->len,
		.value = (char *)(uintptr_t)(value->bytes == NULL ? "" :
		    value->bytes) };

	if (message->type != STATUSWIRE_FIELD)
		return fault_set(fault, "unexpected message of type %u",
		    message->type);
	copy_name(&message->value[STATUSWIRE_FIELD_GROUP], field.group,
	    sizeof(field.group));
	copy_name(&message->value[STATUSWIRE_FIELD_ITEM], field.item,
	    sizeof(field.item));
	copy_name(&message->value[STATUSWIRE_FIELD_NAME], field.name,
	    sizeof(field.name));
	field.kind = statuswire_kind_of(
	    &message->value[STATUSWIRE_FIELD_KIND]);
	if (fields_add(owner, &field) == -1)
		return fault_set(fault, "out of memory");
	return 0;
}

/* Where it runs without an exporter for a moment, it is asked itself. */
static int
ask_listener(const struct ctl *ctl, struct fields *fields,
    struct fault *fault)
{
	struct fields told = { 0 };
	const char *pid = "";
	size_t i;
	int rc;

	rc = inquiry_ask(ctl, STATUSWIRE_ASK_STATUS, take_field, &told, fault);
	if (rc != 0) {
		fields_close(&told);
		return rc == -1 && geteuid() != 0 ? -1 :
		    ask_daemon(ctl, "listener", fields, fault);
	}
	for (i = 0; i < told.len; i++)
		if (strcmp(told.field[i].group, "listener") == 0 &&
		    strcmp(told.field[i].name, "pid") == 0)
			pid = told.field[i].value;
	say(ctl, "listener", pid, fields);
	for (i = 0; i < told.len; i++)
		if (told.field[i].value != pid)
			(void)fields_add(fields, &told.field[i]);
	fields_close(&told);
	return 0;
}

static int
gather(struct ctl *ctl, struct fields *fields, struct fault *fault)
{
	int keyd, listener;

	keyd = ask_daemon(ctl, "keyd", fields, fault);
	if (keyd == -1 && geteuid() == 0)
		return CTL_EXIT_FAILURE;
	listener = ask_listener(ctl, fields, fault);
	if (listener == -1)
		return CTL_EXIT_FAILURE;
	return keyd == 1 || listener == 1 ? CTL_EXIT_NOT_RUNNING :
	    CTL_EXIT_SUCCESS;
}

int
status_run(struct ctl *ctl)
{
	const struct sheet_style style = { .format = ctl->format,
		.is_coloured = ctl_may_colour() };
	struct fields fields = { 0 };
	struct fault fault = { 0 };
	int status = gather(ctl, &fields, &fault);

	if (status == CTL_EXIT_FAILURE) {
		(void)fflush(stdout);
		log_fault(LOG_LEVEL_ERROR, &fault);
	} else if (ctl->format != CELL_ALIGNED || fields.len > 0) {
		if (ctl->format == CELL_ALIGNED)
			(void)fputc('\n', stdout);
		fields_print(&fields, &style, stdout);
	}
	fields_close(&fields);
	if (ctl_flush() != CTL_EXIT_SUCCESS)
		return CTL_EXIT_FAILURE;
	return status;
}
