/* SPDX-License-Identifier: ISC */
/*
 * passing: may this client pass? common/pg/access.h decides; here its facts
 * are gathered and its answer is carried out.
 * Runs in: listener-worker.
 */
#include "listener/worker/passing.h"

#include <openssl/ssl.h>

#include <stdio.h>

#include "common/clock.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/pg/access.h"
#include "common/pg/hba_facts.h"
#include "common/pg/hba_image.h"
#include "common/pg/hba_method.h"
#include "common/pg/hba_sink.h"
#include "listener/worker/certificate.h"
#include "listener/worker/complaint.h"
#include "listener/worker/session_log.h"
#include "listener/worker/worker.h"

static void
take_fault(void *owner, enum hba_severity severity, const struct fault *fault)
{
	if (severity == HBA_ERROR)
		(void)fault_list_add(owner, fault);
}

static int
open_image(const struct worker *worker, const struct hba_image **out,
    struct fault *fault)
{
	const void *bytes;
	size_t len;

	bytes = worker_part(worker, HANDOFF_RULES, &len);
	if ((*out = hba_image_open(bytes, len, fault)) == NULL)
		return -1;
	if (hba_image_find_method(*out, HBA_CERT) != NULL &&
	    worker->handoff->routes < HANDOFF_ROUTES &&
	    !worker->handoff->is_check)
		return fault_set(fault, "the handoff has no route for the "
		    "method \"cert\"");
	return 0;
}

int
passing_open(struct worker *worker, struct fault_list *faults)
{
	struct hba_sink sink = { .take = take_fault, .owner = faults };
	const struct hba_image *image;
	struct fault fault = { 0 };

	/* The supervisor has said already why there are none to check. */
	if (worker->handoff->parts[HANDOFF_RULES].len == 0 &&
	    worker->handoff->is_check)
		return 0;
	if (open_image(worker, &image, &fault) == -1)
		return fault_list_add(faults, &fault);
	return hba_match_open(&worker->rules, image, &sink);
}

static void
gather(const struct client *client, const struct certificate *certificate,
    struct hba_facts *out)
{
	SSL *ssl = client->front.ssl;

	*out = (struct hba_facts){
		.address = client->address,
		.host = client->host,
		.user = client->asks.user,
		.database = client->asks.database,
		.is_physical_replication = client->asks.is_physical_replication
	};
	if (ssl == NULL)
		return;
	out->may_verify = client->worker->verify.is_on;
	out->tls_version = (uint16_t)SSL_version(ssl);
	out->sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	if (certificate->subject != NULL)
		out->certificate = &certificate->facts;
}

static void
complain(const struct client *client, const struct fault *fault)
{
	struct log_session session;

	session_log_fill(client, &session);
	complaint_write(LOG_LEVEL_LOG, fault, &session, clock_now_ms());
}

static void
log_identity(const struct client *client, const char *identity)
{
	struct log_session session;
	char line[LOG_TEXT_MAX];

	if (!client->worker->settings->log_connections)
		return;
	access_format_authenticated(&client->worker->rules, client->rule,
	    identity, line, sizeof(line));
	session_log_fill(client, &session);
	log_session_write(&session, LOG_LEVEL_LOG, "%s", line);
}

/* The rule's text is for the log alone. */
static enum client_step
refuse(struct client *client, const struct access_answer *answer)
{
	struct fault logged = answer->fault;

	if (answer->detail_log[0] != '\0')
		(void)fault_detail(&logged, "%s", answer->detail_log);
	return client_refuse_apart(client, &answer->fault, &logged);
}

static enum client_step
decide(struct client *client, const struct certificate *certificate)
{
	struct access_answer answer;
	struct hba_facts facts;
	size_t i;

	gather(client, certificate, &facts);
	access_decide(&client->worker->rules, &facts, &answer);
	client->rule = answer.rule;
	if (answer.identity != NULL)
		log_identity(client, answer.identity);
	for (i = 0; i < answer.log_len; i++)
		complain(client, &answer.log[i]);
	if (answer.verdict == ACCESS_REFUSE)
		return refuse(client, &answer);
	return CLIENT_WAIT;
}

enum client_step
passing_decide(struct client *client)
{
	struct certificate certificate = { .subject = NULL };
	struct fault fault = { 0 };
	enum client_step step;
	X509 *cert = NULL;

	if (client->front.ssl != NULL)
		cert = SSL_get0_peer_certificate(client->front.ssl);
	if (cert != NULL && certificate_read(cert, &certificate, &fault) != 0)
		step = client_drop(client, &fault);
	else
		step = decide(client, &certificate);
	certificate_close(&certificate);
	return step;
}

enum handoff_route
passing_route(const struct client *client)
{
	return client->rule->method == HBA_CERT ? HANDOFF_ROUTE_CERT :
	    HANDOFF_ROUTE_ORDINARY;
}

/* The words of protocol chapter 55.7 for what a server may ask for. */
static const char *
kind_name(uint32_t authentication)
{
	switch (authentication) {
	case 3:
		return "a clear-text password";
	case 5:
		return "an MD5 password";
	case 7:
	case 9:
		return "GSSAPI or SSPI";
	case 10:
		return "SASL";
	default:
		return "an unknown kind of authentication";
	}
}

static void
complain_of_server(const struct client *client, uint32_t authentication)
{
	enum hba_method method = (enum hba_method)client->rule->method;
	struct fault fault = { 0 };
	char matched[sizeof(fault.detail)];

	if (authentication == 0)
		(void)fault_set(&fault, "server behind asked for no "
		    "authentication; its pg_hba.conf has trust or peer for "
		    "this route");
	else
		(void)fault_set(&fault, "server behind asked for %s, which the "
		    "method \"%s\" does not allow", kind_name(authentication),
		    hba_method_name(method));
	access_format_matched(&client->worker->rules, client->rule, matched,
	    sizeof(matched));
	(void)fault_detail(&fault, "%s", matched);
	if (authentication == 0)
		(void)fault_hint(&fault, "Give the server behind a rule that "
		    "asks for a password, or this rule the method trust.");
	complain(client, &fault);
}

bool
passing_may_ask(struct client *client, uint32_t authentication,
    bool is_between)
{
	struct fault fault = { 0 };

	if (hba_method_may_ask((enum hba_method)client->rule->method,
	    authentication))
		return true;
	complain_of_server(client, authentication);
	(void)fault_set(&fault, "authentication failed for user \"%s\"",
	    client->asks.user);
	(void)fault_code(&fault, "28000");
	if (is_between)
		(void)client_refuse(client, &fault);
	return false;
}

void
passing_log_authenticated(const struct client *client)
{
	if (client->rule->method != HBA_TRUST &&
	    client->rule->method != HBA_CERT)
		log_identity(client, client->asks.user);
}
