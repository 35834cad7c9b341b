/* SPDX-License-Identifier: ISC */
/*
 * hba_option: the name=value options behind a rule's method.
 * Pure.
 * Runs in: postern-listener.
 */
#include "common/pg/hba_option.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/fault.h"
#include "common/pg/hba_build.h"

#define NAME_MAX_LEN 64
#define FINGERPRINT_DIGITS 64	/* of SHA-256 */
#define ONLY(method) (1u << (method))
#define GSS_SSPI (ONLY(HBA_GSS) | ONLY(HBA_SSPI))
#define MAPPED (ONLY(HBA_IDENT) | ONLY(HBA_PEER) | GSS_SSPI | \
    ONLY(HBA_CERT) | ONLY(HBA_OAUTH))

static int
bad_value(const char *name, const char *value, struct fault *fault)
{
	return fault_set(fault, "invalid value for %s: \"%s\"", name, value);
}

static void
add_item(struct hba_option_set *set, enum hba_option_list list,
    const struct hba_item *item)
{
	set->lists[list].width = sizeof(*item);
	if (hba_array_add(&set->lists[list], item, 1) == HBA_ARRAY_NONE)
		set->build->no_memory = true;
}

static int
set_map(struct hba_option_set *set, const char *value, struct fault *fault)
{
	(void)fault;
	set->rule->map = hba_build_text(set->build, value);
	return 0;
}

static int
set_clientcert(struct hba_option_set *set, const char *value,
    struct fault *fault)
{
	if (strcmp(value, "verify-full") == 0) {
		set->rule->clientcert = HBA_CLIENTCERT_FULL;
		return 0;
	}
	if (strcmp(value, "verify-ca") != 0)
		return bad_value("clientcert", value, fault);
	if (set->rule->method == HBA_CERT)
		return fault_set(fault, "clientcert only accepts "
		    "\"verify-full\" when using \"cert\" authentication");
	set->rule->clientcert = HBA_CLIENTCERT_CA;
	return 0;
}

static int
set_clientname(struct hba_option_set *set, const char *value,
    struct fault *fault)
{
	if (strcmp(value, "CN") == 0)
		set->rule->clientname = HBA_CLIENTNAME_CN;
	else if (strcmp(value, "DN") == 0)
		set->rule->clientname = HBA_CLIENTNAME_DN;
	else
		return bad_value("clientname", value, fault);
	return 0;
}

static int
set_tlsmin(struct hba_option_set *set, const char *value, struct fault *fault)
{
	if (strcmp(value, "TLSv1.2") == 0)
		set->rule->tls_min = 0x0303;
	else if (strcmp(value, "TLSv1.3") == 0)
		set->rule->tls_min = 0x0304;
	else {
		(void)bad_value("tlsmin", value, fault);
		return fault_hint(fault, "Valid values are \"TLSv1.2\" and "
		    "\"TLSv1.3\".");
	}
	return 0;
}

static const struct san_word {
	const char *prefix;
	enum hba_san_type type;
} san_words[] = {
	{ "DNS:", HBA_SAN_DNS },
	{ "email:", HBA_SAN_EMAIL },
	{ "URI:", HBA_SAN_URI },
};

static int
set_san(struct hba_option_set *set, const char *value, struct fault *fault)
{
	struct hba_item item = { .kind = HBA_ITEM_LITERAL };
	const char *name = "";
	size_t i, len;

	for (i = 0; i < sizeof(san_words) / sizeof(san_words[0]); i++) {
		len = strlen(san_words[i].prefix);
		if (strncmp(value, san_words[i].prefix, len) != 0)
			continue;
		item.san = (uint16_t)san_words[i].type;
		name = value + len;
	}
	if (*name == '/') {
		item.kind = HBA_ITEM_REGEX;
		name++;
	}
	if (*name == '\0') {
		(void)bad_value("san", value, fault);
		return fault_hint(fault, "Write DNS:name, email:name or "
		    "URI:name; a name that begins with a slash is a regular "
		    "expression.");
	}
	item.text = hba_build_text(set->build, name);
	add_item(set, HBA_OPTION_SANS, &item);
	return 0;
}

/* 64 hexadecimal digits, colons between them or not, become lower case. */
static int
set_fingerprint(struct hba_option_set *set, const char *value,
    struct fault *fault)
{
	struct hba_item item = { .kind = HBA_ITEM_LITERAL };
	char digits[FINGERPRINT_DIGITS + 1];
	const char *p = value;
	size_t len = 0;

	if (strncasecmp(p, "sha256:", 7) == 0)
		for (p += 7; *p != '\0' && len < FINGERPRINT_DIGITS; p++) {
			if (isxdigit((unsigned char)*p))
				digits[len++] =
				    (char)tolower((unsigned char)*p);
			else if (*p != ':' || len == 0 || len % 2 != 0)
				break;
		}
	if (len != FINGERPRINT_DIGITS || *p != '\0') {
		(void)bad_value("fingerprint", value, fault);
		return fault_hint(fault, "Write sha256: and the 64 digits that "
		    "\"openssl x509 -noout -fingerprint -sha256\" prints.");
	}
	item.text = hba_build_text_len(set->build, digits, len);
	add_item(set, HBA_OPTION_FINGERPRINTS, &item);
	return 0;
}

static int
set_sni(struct hba_option_set *set, const char *value, struct fault *fault)
{
	struct hba_item item = { .kind = HBA_ITEM_LITERAL };

	if (*value == '\0')
		return bad_value("sni", value, fault);
	item.text = hba_build_text(set->build, value);
	add_item(set, HBA_OPTION_SNIS, &item);
	return 0;
}

static int
set_secret(struct hba_option_set *set, const char *value, struct fault *fault)
{
	(void)value;
	(void)fault;
	set->has_secret = true;
	return 0;
}

static int
leave_to_server(struct hba_option_set *set, const char *value,
    struct fault *fault)
{
	(void)set;
	(void)value;
	(void)fault;
	return 0;
}

static const struct option {
	const char *name;
	int (*set)(struct hba_option_set *, const char *, struct fault *);
	uint32_t methods;		/* ONLY(); 0: hostssl rows */
	const char *methods_text;	/* as PostgreSQL names them */
} options[] = {
	{ "clientcert", set_clientcert, 0, NULL },
	{ "clientname", set_clientname, 0, NULL },
	{ "tlsmin", set_tlsmin, 0, NULL },
	{ "san", set_san, 0, NULL },
	{ "fingerprint", set_fingerprint, 0, NULL },
	{ "sni", set_sni, 0, NULL },
	{ "map", set_map, MAPPED, "ident, peer, gssapi, sspi, cert, and "
	    "oauth" },
	{ "pamservice", leave_to_server, ONLY(HBA_PAM), "pam" },
	{ "pam_use_hostname", leave_to_server, ONLY(HBA_PAM), "pam" },
	{ "ldapurl", set_secret, ONLY(HBA_LDAP), "ldap" },
	{ "ldaptls", leave_to_server, ONLY(HBA_LDAP), "ldap" },
	{ "ldapscheme", leave_to_server, ONLY(HBA_LDAP), "ldap" },
	{ "ldapserver", leave_to_server, ONLY(HBA_LDAP), "ldap" },
	{ "ldapport", leave_to_server, ONLY(HBA_LDAP), "ldap" },
	{ "ldapbinddn", leave_to_server, ONLY(HBA_LDAP), "ldap" },
	{ "ldapbindpasswd", set_secret, ONLY(HBA_LDAP), "ldap" },
	{ "ldapsearchattribute", leave_to_server, ONLY(HBA_LDAP), "ldap" },
	{ "ldapsearchfilter", leave_to_server, ONLY(HBA_LDAP), "ldap" },
	{ "ldapbasedn", leave_to_server, ONLY(HBA_LDAP), "ldap" },
	{ "ldapprefix", leave_to_server, ONLY(HBA_LDAP), "ldap" },
	{ "ldapsuffix", leave_to_server, ONLY(HBA_LDAP), "ldap" },
	{ "krb_realm", leave_to_server, GSS_SSPI, "gssapi and sspi" },
	{ "include_realm", leave_to_server, GSS_SSPI, "gssapi and sspi" },
	{ "compat_realm", leave_to_server, ONLY(HBA_SSPI), "sspi" },
	{ "upn_username", leave_to_server, ONLY(HBA_SSPI), "sspi" },
	{ "radiusservers", leave_to_server, ONLY(HBA_RADIUS), "radius" },
	{ "radiusports", leave_to_server, ONLY(HBA_RADIUS), "radius" },
	{ "radiussecrets", set_secret, ONLY(HBA_RADIUS), "radius" },
	{ "radiusidentifiers", leave_to_server, ONLY(HBA_RADIUS), "radius" },
	{ "issuer", leave_to_server, ONLY(HBA_OAUTH), "oauth" },
	{ "scope", leave_to_server, ONLY(HBA_OAUTH), "oauth" },
	{ "validator", leave_to_server, ONLY(HBA_OAUTH), "oauth" },
	{ "delegate_ident_mapping", leave_to_server, ONLY(HBA_OAUTH),
	    "oauth" },
};

static const struct option *
find_option(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strcmp(name, options[i].name) == 0)
			return &options[i];
	}
	return NULL;
}

int
hba_option_add(struct hba_option_set *set, const char *word,
    struct fault *fault)
{
	const char *equals = strchr(word, '=');
	const struct option *option;
	char name[NAME_MAX_LEN];

	if (equals == NULL)
		return fault_set(fault, "authentication option not in "
		    "name=value format: %s", word);
	(void)snprintf(name, sizeof(name), "%.*s", (int)(equals - word), word);
	option = find_option(name);
	if (option == NULL)
		return fault_set(fault, "unrecognized authentication option "
		    "name: \"%s\"", name);
	if (option->methods != 0 &&
	    (option->methods & ONLY(set->rule->method)) == 0)
		return fault_set(fault, "authentication option \"%s\" is only "
		    "valid for authentication methods %s", name,
		    option->methods_text);
	if (option->methods == 0 && set->rule->conntype != HBA_HOSTSSL)
		return fault_set(fault, "%s can only be configured for "
		    "\"hostssl\" rows", name);
	return option->set(set, equals + 1, fault);
}

static void
move_list(struct hba_option_set *set, enum hba_option_list list,
    struct hba_span *out)
{
	struct hba_array *items = &set->lists[list];
	uint32_t i;

	out->first = set->build->items.len;
	out->len = items->len;
	for (i = 0; i < items->len; i++)
		hba_build_item(set->build, hba_array_at(items, i));
	hba_array_close(items);
}

void
hba_option_finish(struct hba_option_set *set)
{
	move_list(set, HBA_OPTION_SANS, &set->rule->sans);
	move_list(set, HBA_OPTION_FINGERPRINTS, &set->rule->fingerprints);
	move_list(set, HBA_OPTION_SNIS, &set->rule->snis);
}
