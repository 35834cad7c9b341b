/* SPDX-License-Identifier: ISC */
/*
 * startup: what a client says before the session: the first eight bytes, and
 * the StartupMessage (PostgreSQL protocol chapter, 55.2.1, 55.2.4, 55.7).
 * Pure: bytes in, struct out. Every text is PostgreSQL's own, since drivers
 * and people match on them.
 * Runs in: listener-worker.
 */
#include "common/pg/startup.h"

#include <string.h>

#include "common/fault.h"

#define PROTOCOL(major, minor) (((uint32_t)(major) << 16) | (minor))
#define PROTOCOL_MAJOR(code) ((unsigned int)((code) >> 16))
#define PROTOCOL_MINOR(code) ((unsigned int)((code) & 0xffff))

#define CODE_CANCEL PROTOCOL(1234, 5678)
#define CODE_SSL PROTOCOL(1234, 5679)
#define CODE_GSS PROTOCOL(1234, 5680)

#define SERVED_MAJOR 3		/* PG_PROTOCOL_EARLIEST is 3.0 */
#define SERVED_MINOR 2		/* PG_PROTOCOL_LATEST is 3.2 */

#define LENGTH_WORD 4
#define CANCEL_PID_LEN 4

/* The pairs of a StartupMessage as they are gathered. */
struct parameters {
	const char *user;
	const char *database;
	const char *application_name;
	bool walsender;		/* PostgreSQL's am_walsender */
	bool db_walsender;	/* am_db_walsender: once set, it stays */
};

/* The words of parse_bool(); a shorter one is a prefix that is unique. */
static const struct bool_word {
	const char *word;
	size_t shortest;	/* bytes that must be there */
	bool value;
} bool_words[] = {
	{ "true", 1, true },
	{ "false", 1, false },
	{ "yes", 1, true },
	{ "no", 1, false },
	{ "on", 2, true },
	{ "off", 2, false },
	{ "1", 1, true },
	{ "0", 1, false },
};

static uint32_t
read_u32(const unsigned char *bytes)
{
	return ((uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	    (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3]);
}

static int
fault_protocol(struct fault *fault, const char *what)
{
	fault_set(fault, "%s", what);
	return (fault_code(fault, "08P01"));
}

static int
fault_layout(struct fault *fault)
{
	return (fault_protocol(fault, "invalid startup packet layout: "
	    "expected terminator as last byte"));
}

/* ASCII only, as the server's pg_strncasecmp() does for these words. */
static bool
is_prefix_of(const char *text, size_t text_len, const char *word)
{
	size_t i;
	char c;

	for (i = 0; i < text_len; i++) {
		c = text[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c != word[i])
			return (false);
	}
	return (true);
}

static int
parse_bool(const char *text, bool *out)
{
	const struct bool_word *w;
	size_t i, len;

	len = strlen(text);
	for (i = 0; i < sizeof(bool_words) / sizeof(bool_words[0]); i++) {
		w = &bool_words[i];
		if (len < w->shortest || len > strlen(w->word))
			continue;
		if (!is_prefix_of(text, len, w->word))
			continue;
		*out = w->value;
		return (0);
	}
	return (-1);
}

static int
read_replication(const char *value, struct parameters *p, struct fault *fault)
{
	if (strcmp(value, "database") == 0) {
		p->walsender = true;
		p->db_walsender = true;
		return (0);
	}
	if (parse_bool(value, &p->walsender) == 0)
		return (0);
	fault_set(fault, "invalid value for parameter \"%s\": \"%s\"",
	    "replication", value);
	fault_hint(fault, "Valid values are: \"false\", 0, \"true\", 1, "
	    "\"database\".");
	return (fault_code(fault, "22023"));
}

/* Of several pairs with one name the last counts, as in the server. */
static int
read_parameter(const char *name, const char *value, struct parameters *p,
    struct fault *fault)
{
	if (strcmp(name, "user") == 0)
		p->user = value;
	else if (strcmp(name, "database") == 0)
		p->database = value;
	else if (strcmp(name, "application_name") == 0)
		p->application_name = value;
	else if (strcmp(name, "replication") == 0)
		return (read_replication(value, p, fault));
	return (0);
}

/*
 * Reads the pairs of texts; texts_len bytes, of which the last is a NUL, so
 * that every strlen() ends within them.
 */
static int
read_parameters(const char *texts, size_t texts_len, struct parameters *p,
    struct fault *fault)
{
	const char *name;
	size_t offset, value_offset;

	offset = 0;
	while (offset < texts_len && texts[offset] != '\0') {
		name = texts + offset;
		value_offset = offset + strlen(name) + 1;
		if (value_offset >= texts_len)
			return (fault_layout(fault));
		if (read_parameter(name, texts + value_offset, p, fault) == -1)
			return (-1);
		offset = value_offset + strlen(texts + value_offset) + 1;
	}
	if (offset != texts_len - 1)
		return (fault_layout(fault));
	return (0);
}

/* Names are cut by bytes, as the server cuts them to NAMEDATALEN - 1. */
static void
copy_name(char out[STARTUP_NAME_MAX + 1], const char *text)
{
	size_t len;

	len = text == NULL ? 0 : strnlen(text, STARTUP_NAME_MAX);
	if (len > 0)
		memcpy(out, text, len);
	out[len] = '\0';
}

static int
may_cancel_length(size_t packet_len, struct fault *fault)
{
	size_t key_len;

	if (packet_len < STARTUP_HEADER_LEN + CANCEL_PID_LEN)
		return (fault_protocol(fault,
		    "invalid length of cancel request packet"));
	key_len = packet_len - STARTUP_HEADER_LEN - CANCEL_PID_LEN;
	if (key_len == 0 || key_len > STARTUP_CANCEL_KEY_MAX)
		return (fault_protocol(fault, "invalid length of cancel key "
		    "in cancel request packet"));
	return (0);
}

int
startup_may_be_length(const unsigned char bytes[STARTUP_LENGTH_LEN],
    struct fault *fault)
{
	uint32_t len;

	len = read_u32(bytes);
	if (len < STARTUP_HEADER_LEN || len > LENGTH_WORD + STARTUP_BODY_MAX)
		return (fault_protocol(fault,
		    "invalid length of startup packet"));
	return (0);
}

int
startup_read_header(const unsigned char bytes[STARTUP_HEADER_LEN],
    struct startup_header *out, struct fault *fault)
{
	struct startup_header h;

	if (startup_may_be_length(bytes, fault) == -1)
		return (-1);
	h.packet_len = read_u32(bytes);
	h.code = read_u32(bytes + LENGTH_WORD);
	switch (h.code) {
	case CODE_SSL:
		h.kind = STARTUP_SSL_REQUEST;
		break;
	case CODE_GSS:
		h.kind = STARTUP_GSS_REQUEST;
		break;
	case CODE_CANCEL:
		h.kind = STARTUP_CANCEL;
		if (may_cancel_length(h.packet_len, fault) == -1)
			return (-1);
		break;
	default:
		h.kind = STARTUP_SESSION;
		break;
	}
	if ((h.kind == STARTUP_SSL_REQUEST || h.kind == STARTUP_GSS_REQUEST) &&
	    h.packet_len != STARTUP_HEADER_LEN)
		return (fault_protocol(fault,
		    "invalid length of startup packet"));
	*out = h;
	return (0);
}

int
startup_may_serve_version(uint32_t code, struct fault *fault)
{
	if (PROTOCOL_MAJOR(code) == SERVED_MAJOR)
		return (0);
	fault_set(fault, "unsupported frontend protocol %u.%u: "
	    "server supports %u.0 to %u.%u", PROTOCOL_MAJOR(code),
	    PROTOCOL_MINOR(code), SERVED_MAJOR, SERVED_MAJOR, SERVED_MINOR);
	return (fault_code(fault, "0A000"));
}

int
startup_fault_unencrypted(enum startup_kind kind, struct fault *fault)
{
	fault_protocol(fault, kind == STARTUP_GSS_REQUEST ?
	    "received unencrypted data after GSSAPI encryption request" :
	    "received unencrypted data after SSL request");
	return (fault_detail(fault, "This could be either a client-software "
	    "bug or evidence of an attempted man-in-the-middle attack."));
}

int
startup_fault_incomplete(struct fault *fault)
{
	return (fault_protocol(fault, "incomplete startup packet"));
}

int
startup_read_message(const unsigned char *packet, size_t packet_len,
    struct startup_message *out, struct fault *fault)
{
	struct parameters p;
	const char *texts;

	/* The server appends a NUL to what it reads; we ask for the client's */
	if (packet_len <= STARTUP_HEADER_LEN || packet[packet_len - 1] != '\0')
		return (fault_layout(fault));
	memset(&p, 0, sizeof(p));
	texts = (const char *)packet + STARTUP_HEADER_LEN;
	if (read_parameters(texts, packet_len - STARTUP_HEADER_LEN, &p,
	    fault) == -1)
		return (-1);
	if (p.user == NULL || p.user[0] == '\0') {
		fault_set(fault,
		    "no PostgreSQL user name specified in startup packet");
		return (fault_code(fault, "28000"));
	}
	if (p.database == NULL || p.database[0] == '\0')
		p.database = p.user;
	out->is_replication = p.walsender;
	out->is_physical_replication = p.walsender && !p.db_walsender;
	if (out->is_physical_replication)
		p.database = NULL;
	out->version = read_u32(packet + LENGTH_WORD);
	copy_name(out->user, p.user);
	copy_name(out->database, p.database);
	copy_name(out->application_name, p.application_name);
	return (0);
}
