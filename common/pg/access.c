/* SPDX-License-Identifier: ISC */
/*
 * access: whether a client may pass, by which route, and what is said to it
 * and to the log (PostgreSQL's ClientAuthentication and CheckCertAuth).
 * Pure.
 * Runs in: listener-worker.
 */
#include "common/pg/access.h"

#include <stdio.h>
#include <string.h>

#include "common/pg/hba_facts.h"
#include "common/pg/hba_image.h"
#include "common/pg/hba_match.h"
#include "common/pg/hba_method.h"
#include "common/pg/ident_match.h"

#define INVALID_AUTHORIZATION "28000"
#define CONFIG_FILE_ERROR "F0000"

static int
refuse(struct access_answer *out, const char *sqlstate, const char *what)
{
	out->verdict = ACCESS_REFUSE;
	(void)fault_set(&out->fault, "%s", what);
	return fault_code(&out->fault, sqlstate);
}

/* The words of a refusal for a connection to a database, and for physical
 * replication. */
static const struct refusal {
	const char *database, *replication;
} no_entry = {
	"no pg_hba.conf entry for host",
	"no pg_hba.conf entry for replication connection from host",
}, rejected = {
	"pg_hba.conf rejects connection for host",
	"pg_hba.conf rejects replication connection for host",
};

static void
refuse_connection(const struct hba_facts *facts, const struct refusal *words,
    struct access_answer *out)
{
	const char *encryption = facts->tls_version != 0 ? "SSL encryption" :
	    "no encryption";

	out->verdict = ACCESS_REFUSE;
	if (facts->is_physical_replication)
		(void)fault_set(&out->fault, "%s \"%s\", user \"%s\", %s",
		    words->replication, facts->host, facts->user, encryption);
	else
		(void)fault_set(&out->fault, "%s \"%s\", user \"%s\", "
		    "database \"%s\", %s", words->database, facts->host,
		    facts->user, facts->database, encryption);
	(void)fault_code(&out->fault, INVALID_AUTHORIZATION);
}

/* The refusal of a certificate that is good but not this user's. */
static int
refuse_name(const struct hba_match *match, const struct hba_facts *facts,
    struct access_answer *out)
{
	out->verdict = ACCESS_REFUSE;
	access_format_matched(match, out->rule, out->detail_log,
	    sizeof(out->detail_log));
	return hba_method_fault((enum hba_method)out->rule->method,
	    facts->user, &out->fault);
}

static struct fault *
next_log(struct access_answer *out)
{
	return &out->log[out->log_len++];
}

/* The name in the certificate that the rule goes by; NULL: it has none. */
static const char *
name_of(const struct hba_rule *rule, const struct hba_certificate *certificate)
{
	const char *name = rule->clientname == HBA_CLIENTNAME_DN ?
	    certificate->subject : certificate->common_name;

	return name != NULL && name[0] != '\0' ? name : NULL;
}

/* Only verify-full and cert come here. */
static int
check_name(const struct hba_match *match, const struct hba_facts *facts,
    struct access_answer *out)
{
	const struct hba_rule *rule = out->rule;
	const char *name = name_of(rule, facts->certificate);
	const struct ident_question question = { .system_user = name,
		.map = hba_image_text(match->image, rule->map),
		.pg_user = facts->user };

	if (name == NULL) {
		(void)fault_set(next_log(out), "certificate authentication "
		    "failed for user \"%s\": client certificate contains no "
		    "user name", facts->user);
		return refuse_name(match, facts, out);
	}
	if (rule->method == HBA_CERT)
		out->identity = facts->certificate->subject;
	if (ident_match_user(match, &question, next_log(out)) == 0) {
		out->log_len--;
		return 0;
	}
	if (rule->method != HBA_CERT)
		(void)fault_set(next_log(out), "certificate validation "
		    "(clientcert=verify-full) failed for user \"%s\": %s "
		    "mismatch", facts->user, rule->clientname ==
		    HBA_CLIENTNAME_DN ? "DN" : "CN");
	return refuse_name(match, facts, out);
}

static int
check_certificate(const struct hba_match *match, const struct hba_facts *facts,
    struct access_answer *out)
{
	if (out->rule->clientcert == HBA_CLIENTCERT_OFF)
		return 0;
	if (!facts->may_verify)
		return refuse(out, CONFIG_FILE_ERROR, "client certificates can "
		    "only be checked if a root certificate store is "
		    "available");
	if (facts->certificate == NULL)
		return refuse(out, INVALID_AUTHORIZATION, "connection requires "
		    "a valid client certificate");
	if (out->rule->method == HBA_REJECT ||
	    out->rule->clientcert != HBA_CLIENTCERT_FULL)
		return 0;
	return check_name(match, facts, out);
}

void
access_decide(const struct hba_match *match, const struct hba_facts *facts,
    struct access_answer *out)
{
	memset(out, 0, sizeof(*out));
	out->rule = hba_match_find(match, facts);
	if (out->rule == NULL) {
		refuse_connection(facts, &no_entry, out);
		return;
	}
	if (check_certificate(match, facts, out) == -1)
		return;
	if (out->rule->method == HBA_REJECT)
		refuse_connection(facts, &rejected, out);
	else if (out->rule->method == HBA_CERT)
		out->verdict = ACCESS_PASS_CERT;
	else
		out->verdict = ACCESS_PASS;
}

void
access_format_authenticated(const struct hba_match *match,
    const struct hba_rule *rule, const char *identity, char *out, size_t size)
{
	(void)snprintf(out, size, "connection authenticated: identity=\"%s\" "
	    "method=%s (%s:%u)", identity,
	    hba_method_name((enum hba_method)rule->method),
	    hba_image_text(match->image, rule->file), rule->line);
}

void
access_format_matched(const struct hba_match *match,
    const struct hba_rule *rule, char *out, size_t size)
{
	(void)snprintf(out, size, "Connection matched file \"%s\" line %u: "
	    "\"%s\"", hba_image_text(match->image, rule->file), rule->line,
	    hba_image_text(match->image, rule->text));
}
