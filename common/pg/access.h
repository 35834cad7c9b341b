/* SPDX-License-Identifier: ISC */
/*
 * access: whether a client may pass, by which route, and what is said to it
 * and to the log (PostgreSQL's ClientAuthentication and CheckCertAuth).
 * Pure.
 * Runs in: listener-worker.
 */
#ifndef COMMON_PG_ACCESS_H
#define COMMON_PG_ACCESS_H

#include <stddef.h>

#include "common/fault.h"

struct hba_facts;
struct hba_match;
struct hba_rule;

enum access_verdict {
	ACCESS_PASS,		/* by the ordinary route; the server asks */
	ACCESS_PASS_CERT,	/* by the cert route; the client is known */
	ACCESS_REFUSE
};

#define ACCESS_LOG_MAX 2

struct access_answer {
	enum access_verdict verdict;
	const struct hba_rule *rule;	/* NULL: none matched */
	/* By a cert rule the certificate's whole subject, of the facts: to be
	 * logged as authenticated before the answer, also when the user then
	 * does not match. NULL: the server authenticates. */
	const char *identity;
	/* To be logged at level LOG, in this order, before the refusal. */
	struct fault log[ACCESS_LOG_MAX];
	size_t log_len;
	/* FATAL for the client and the log; has neither detail nor hint. */
	struct fault fault;
	/* DETAIL of it for the log alone ("Connection matched file ..."). */
	char detail_log[sizeof(((struct fault *)0)->detail)];
};

/*
 * Finds the client's rule and judges it: an absent rule and reject refuse; a
 * rule that wants a certificate refuses who has none, or whose name is not the
 * user's (by map= where there is one); cert passes by its own route, all others
 * by the ordinary one, where the server behind authenticates.
 */
void access_decide(const struct hba_match *match,
    const struct hba_facts *facts, struct access_answer *out);

/* PostgreSQL's "connection authenticated: identity="..." method=cert
 * (file:line)"; for other methods the identity is the user, once the server has
 * let him in. */
void access_format_authenticated(const struct hba_match *match,
    const struct hba_rule *rule, const char *identity, char *out,
    size_t size);

/* "Connection matched file "..." line 3: "hostssl all ..."", for the log. */
void access_format_matched(const struct hba_match *match,
    const struct hba_rule *rule, char *out, size_t size);

#endif
