/* SPDX-License-Identifier: ISC */
/*
 * hba_parse: the lines of pg_hba.conf as rules (PostgreSQL's parse_hba_line).
 * Pure.
 * Runs in: postern-listener.
 */
#include "common/pg/hba_parse.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "common/fault.h"
#include "common/pg/hba_build.h"
#include "common/pg/hba_image.h"
#include "common/pg/hba_lines.h"
#include "common/pg/hba_method.h"
#include "common/pg/hba_option.h"
#include "common/pg/hba_undecided.h"

#define TEXT_MAX 500		/* bytes of a rule's text that are kept */

/* One line on its way to a rule. */
struct parser {
	const struct hba_lines *lines;
	const struct hba_parse_options *options;
	struct hba_build *build;
	struct hba_sink *sink;
	const struct hba_line *line;
	uint32_t next;		/* field */
	uint32_t method_field;	/* what stands before it holds no password */
	struct hba_place place;
	struct hba_rule rule;
	struct fault fault;
	bool is_undecided;	/* said already; the rule is not kept */
};

static const struct hba_field *
next_field(struct parser *p)
{
	if (p->next == p->line->len)
		return NULL;
	return hba_lines_field(p->lines, p->line, p->next++);
}

static const char *
word_text(const struct parser *p, const struct hba_field *field, uint32_t i)
{
	return hba_lines_text(p->lines,
	    hba_lines_word(p->lines, field, i)->text);
}

static bool
is_keyword(const struct hba_word *word, const char *text, const char *keyword)
{
	return !word->quoted && strcmp(text, keyword) == 0;
}

static void
put_undecided(struct parser *p)
{
	(void)hba_sink_put(p->sink, HBA_ERROR, &p->place, &p->fault);
	fault_clear(&p->fault);
	p->is_undecided = true;
}

static const char *const conntypes[HBA_CONNTYPES] = {
	[HBA_LOCAL] = "local",
	[HBA_HOST] = "host",
	[HBA_HOSTSSL] = "hostssl",
	[HBA_HOSTNOSSL] = "hostnossl",
	[HBA_HOSTGSSENC] = "hostgssenc",
	[HBA_HOSTNOGSSENC] = "hostnogssenc",
};

static void
warn_without_ssl(struct parser *p)
{
	struct fault fault = { 0 };

	if (p->rule.conntype != HBA_HOSTSSL || p->options->ssl)
		return;
	(void)fault_set(&fault, "hostssl record cannot match because SSL is "
	    "disabled");
	(void)fault_hint(&fault, "Set \"ssl = on\" in postern.conf.");
	(void)hba_sink_put(p->sink, HBA_WARNING, &p->place, &fault);
}

static int
parse_conntype(struct parser *p)
{
	const struct hba_field *field = next_field(p);
	const char *text = word_text(p, field, 0);
	uint8_t i;

	if (field->len > 1) {
		(void)fault_set(&p->fault, "multiple values specified for "
		    "connection type");
		return fault_hint(&p->fault, "Specify exactly one connection "
		    "type per line.");
	}
	for (i = 0; i < HBA_CONNTYPES; i++) {
		if (strcmp(text, conntypes[i]) == 0)
			break;
	}
	if (i == HBA_CONNTYPES)
		return fault_set(&p->fault, "invalid connection type \"%s\"",
		    text);
	p->rule.conntype = i;
	warn_without_ssl(p);
	return 0;
}

/* What a word of the list means; the text of item comes with it. */
typedef void read_word(struct parser *, const struct hba_word *,
    const char *text, struct hba_item *);

static void
read_database(struct parser *p, const struct hba_word *word, const char *text,
    struct hba_item *item)
{
	if (is_keyword(word, text, "all"))
		item->kind = HBA_ITEM_ALL;
	else if (is_keyword(word, text, "sameuser"))
		item->kind = HBA_ITEM_SAMEUSER;
	else if (is_keyword(word, text, "replication"))
		item->kind = HBA_ITEM_REPLICATION;
	else if ((is_keyword(word, text, "samerole") ||
	    is_keyword(word, text, "samegroup")) &&
	    hba_image_may_match(&p->rule)) {
		(void)hba_undecided_samerole(text, &p->place, &p->fault);
		put_undecided(p);
	}
}

static void
read_user(struct parser *p, const struct hba_word *word, const char *text,
    struct hba_item *item)
{
	if (is_keyword(word, text, "all"))
		item->kind = HBA_ITEM_ALL;
	else if (!word->quoted && text[0] == '+' &&
	    hba_image_may_match(&p->rule)) {
		(void)hba_undecided_role(text + 1, &p->place, &p->fault);
		put_undecided(p);
	}
}

/* A slash makes a regular expression of a quoted word too. */
static int
parse_list(struct parser *p, const char *name, read_word *read,
    struct hba_span *out)
{
	const struct hba_field *field = next_field(p);
	struct hba_item item;
	const char *text;
	uint32_t i;

	if (field == NULL)
		return fault_set(&p->fault, "end-of-line before %s "
		    "specification", name);
	out->first = p->build->items.len;
	out->len = field->len;
	for (i = 0; i < field->len; i++) {
		memset(&item, 0, sizeof(item));
		text = word_text(p, field, i);
		if (text[0] == '/') {
			item.kind = HBA_ITEM_REGEX;
			text++;
		} else
			read(p, hba_lines_word(p->lines, field, i), text,
			    &item);
		item.text = hba_build_text(p->build, text);
		hba_build_item(p->build, &item);
	}
	return 0;
}

/* The mask in a field of its own. */
static int
parse_mask(struct parser *p, const struct hba_address *address, uint8_t *out)
{
	const struct hba_field *field = next_field(p);
	struct hba_address mask;
	const char *text;

	if (field == NULL) {
		(void)fault_set(&p->fault, "end-of-line before netmask "
		    "specification");
		return fault_hint(&p->fault, "Specify an address range in CIDR "
		    "notation, or provide a separate netmask.");
	}
	if (field->len > 1)
		return fault_set(&p->fault, "multiple values specified for "
		    "netmask");
	text = word_text(p, field, 0);
	if (hba_address_parse(text, &mask) == -1)
		return fault_set(&p->fault, "invalid IP mask \"%s\": %s", text,
		    gai_strerror(EAI_NONAME));
	if (mask.family != address->family)
		return fault_set(&p->fault, "IP address and mask do not "
		    "match");
	memcpy(out, mask.bytes, HBA_ADDRESS_LEN);
	return 0;
}

/* Not a numeric address: a name, or what only looks like one. */
static int
parse_host(struct parser *p, const char *text)
{
	if (strchr(text, '/') != NULL)
		return fault_set(&p->fault, "specifying both host name and "
		    "CIDR mask is invalid: \"%s\"", text);
	if (hba_address_is_numeric(text))
		return fault_set(&p->fault, "invalid IP address \"%s\": %s",
		    text, gai_strerror(EAI_NONAME));
	if (hba_image_may_match(&p->rule)) {
		(void)hba_undecided_host(text, p->options->resolve, &p->fault);
		put_undecided(p);
	}
	return 0;
}

static int
parse_network(struct parser *p, const char *text)
{
	uint8_t mask[HBA_ADDRESS_LEN];
	struct hba_address address;
	const char *slash = strchr(text, '/');
	char numeric[128];
	int len = slash != NULL ? (int)(slash - text) : (int)strlen(text);

	if (snprintf(numeric, sizeof(numeric), "%.*s", len, text) >=
	    (int)sizeof(numeric) || hba_address_parse(numeric, &address) == -1)
		return parse_host(p, text);
	if (slash == NULL) {
		if (parse_mask(p, &address, mask) == -1)
			return -1;
	} else if (hba_address_parse_bits(slash + 1, address.family,
	    mask) == -1)
		return fault_set(&p->fault, "invalid CIDR mask in address "
		    "\"%s\"", text);
	hba_address_set_network(&p->rule.network, &address, mask);
	return 0;
}

static int
parse_address(struct parser *p)
{
	const struct hba_field *field;
	const struct hba_word *word;
	const char *text;

	if (p->rule.conntype == HBA_LOCAL)
		return 0;
	field = next_field(p);
	if (field == NULL)
		return fault_set(&p->fault, "end-of-line before IP address "
		    "specification");
	if (field->len > 1) {
		(void)fault_set(&p->fault, "multiple values specified for host "
		    "address");
		return fault_hint(&p->fault, "Specify one address range per "
		    "line.");
	}
	word = hba_lines_word(p->lines, field, 0);
	text = word_text(p, field, 0);
	if (is_keyword(word, text, "all"))
		p->rule.address_kind = HBA_ADDRESS_ALL;
	else if (is_keyword(word, text, "samehost"))
		p->rule.address_kind = HBA_ADDRESS_SAMEHOST;
	else if (is_keyword(word, text, "samenet"))
		p->rule.address_kind = HBA_ADDRESS_SAMENET;
	else {
		p->rule.address_kind = HBA_ADDRESS_NETWORK;
		p->rule.network.family = HBA_ADDRESS_IPV4;
		return parse_network(p, text);
	}
	return 0;
}

/* PostgreSQL's rules about methods and connection types. */
static int
judge_method(struct parser *p)
{
	bool is_local = p->rule.conntype == HBA_LOCAL;

	if (is_local && p->rule.method == HBA_IDENT)
		p->rule.method = HBA_PEER;
	if (is_local && p->rule.method == HBA_GSS)
		return fault_set(&p->fault, "gssapi authentication is not "
		    "supported on local sockets");
	if (!is_local && p->rule.method == HBA_PEER)
		return fault_set(&p->fault, "peer authentication is only "
		    "supported on local sockets");
	if (p->rule.method != HBA_CERT)
		return 0;
	if (p->rule.conntype != HBA_HOSTSSL)
		return fault_set(&p->fault, "cert authentication is only "
		    "supported on hostssl connections");
	p->rule.clientcert = HBA_CLIENTCERT_FULL;
	return 0;
}

static int
parse_method(struct parser *p)
{
	const struct hba_field *field;
	enum hba_method method;
	const char *text;

	p->method_field = p->next;
	field = next_field(p);
	if (field == NULL)
		return fault_set(&p->fault, "end-of-line before authentication "
		    "method");
	if (field->len > 1) {
		(void)fault_set(&p->fault, "multiple values specified for "
		    "authentication type");
		return fault_hint(&p->fault, "Specify exactly one "
		    "authentication type per line.");
	}
	text = word_text(p, field, 0);
	if (hba_method_parse(text, &method) == -1)
		return fault_set(&p->fault, "invalid authentication method "
		    "\"%s\"", text);
	p->rule.method = (uint8_t)method;
	return judge_method(p);
}

/* The fields up to the method, of each list its first word. */
static void
format_without_options(const struct parser *p, char *out, size_t size)
{
	size_t len = 0;
	uint32_t i;

	out[0] = '\0';
	for (i = 0; i <= p->method_field && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s",
		    i > 0 ? " " : "", word_text(p, hba_lines_field(p->lines,
		    p->line, i), 0));
}

/* A line with a password in its options is kept without them. */
static void
keep_text(struct parser *p, bool has_secret)
{
	const char *raw = hba_lines_text(p->lines, p->line->raw);
	char text[TEXT_MAX + 1], cut[TEXT_MAX + 5];

	if (!has_secret && strlen(raw) <= TEXT_MAX) {
		p->rule.text = hba_build_text(p->build, raw);
		return;
	}
	if (has_secret)
		format_without_options(p, text, sizeof(text));
	else
		(void)snprintf(text, sizeof(text), "%.*s", TEXT_MAX, raw);
	(void)snprintf(cut, sizeof(cut), "%s ...", text);
	p->rule.text = hba_build_text(p->build, cut);
}

static int
parse_options(struct parser *p)
{
	struct hba_option_set set = { .build = p->build, .rule = &p->rule };
	const struct hba_field *field;
	uint32_t i;
	int rc = 0;

	while (rc == 0 && (field = next_field(p)) != NULL) {
		for (i = 0; rc == 0 && i < field->len; i++)
			rc = hba_option_add(&set, word_text(p, field, i),
			    &p->fault);
	}
	hba_option_finish(&set);
	keep_text(p, set.has_secret);
	return rc;
}

static int
parse_line(struct parser *p)
{
	if (parse_conntype(p) == -1 ||
	    parse_list(p, "database", read_database,
	    &p->rule.databases) == -1 ||
	    parse_list(p, "role", read_user, &p->rule.users) == -1 ||
	    parse_address(p) == -1 || parse_method(p) == -1 ||
	    parse_options(p) == -1)
		return hba_sink_put(p->sink, HBA_ERROR, &p->place, &p->fault);
	if (!p->is_undecided)
		hba_build_rule(p->build, &p->rule);
	return 0;
}

int
hba_parse_rules(const struct hba_lines *lines,
    const struct hba_parse_options *options, struct hba_build *build,
    struct hba_sink *sink)
{
	size_t errors = sink->errors;
	struct parser p;
	uint32_t i;

	for (i = 0; i < lines->lines.len; i++) {
		memset(&p, 0, sizeof(p));
		p.lines = lines;
		p.options = options;
		p.build = build;
		p.sink = sink;
		p.line = hba_lines_at(lines, i);
		p.place.file = hba_lines_text(lines, p.line->file);
		p.place.line = p.line->number;
		p.rule.file = hba_build_text(build, p.place.file);
		p.rule.line = p.line->number;
		(void)parse_line(&p);
	}
	if (build->no_memory)
		return hba_sink_put_memory(sink);
	return sink->errors == errors ? 0 : -1;
}
