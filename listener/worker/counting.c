/* SPDX-License-Identifier: ISC */
/*
 * counting: how handshakes, signatures and refusals are counted in the
 * worker's roster.
 * Runs in: listener-worker.
 */
#include "listener/worker/counting.h"

#include <openssl/ssl.h>

#include <string.h>

#include "common/clock.h"
#include "common/fault.h"
#include "listener/roster.h"
#include "listener/worker/client.h"
#include "listener/worker/worker.h"

/* The server's answer to who asks too much of it, or nothing, is noted where
 * it is seen; a shutdown (57P01) refuses nobody. */
static const struct sqlstate {
	char code[6];
	enum roster_refusal refusal;
} sqlstates[] = {
	{ "53300", ROSTER_REFUSAL_TOO_MANY },
	{ "28000", ROSTER_REFUSAL_RULES },
	{ "57P03", ROSTER_REFUSAL_ABSENT },
	{ "08P01", ROSTER_REFUSAL_PROTOCOL },
	{ "0A000", ROSTER_REFUSAL_PROTOCOL },
	{ "57014", ROSTER_REFUSAL_TIMEOUT }
};

static struct roster_counters *
counters_of(const struct client *client)
{
	return &client->worker->presence.roster->counters;
}

void
counting_begin(struct client *client)
{
	client->counting.begun_us = clock_now_us();
	client->counting.asked_us = 0;
	client->counting.result = ROSTER_RESULT_GONE;
}

void
counting_end(struct client *client)
{
	enum roster_result result = client->counting.result;
	const char *cipher = NULL, *version = NULL;
	const SSL_CIPHER *agreed;

	agreed = SSL_get_current_cipher(client->front.ssl);
	if (agreed != NULL) {
		cipher = SSL_CIPHER_get_name(agreed);
		version = SSL_get_version(client->front.ssl);
	}
	roster_counters_handshake(counters_of(client), version, cipher,
	    result);
	if (result == ROSTER_RESULT_OK)
		roster_counters_observe(&counters_of(client)->handshake,
		    clock_now_us() - client->counting.begun_us);
}

void
counting_ask(struct client *client)
{
	if (client->counting.asked_us == 0)
		client->counting.asked_us = clock_now_us();
}

void
counting_signature(struct client *client, bool is_ok)
{
	struct roster_counters *counters = counters_of(client);

	if (client->counting.asked_us == 0)
		return;
	roster_counters_observe(&counters->signature,
	    clock_now_us() - client->counting.asked_us);
	roster_counters_add(is_ok ? &counters->signed_ok :
	    &counters->signed_failed, 1);
	client->counting.asked_us = 0;
	if (!is_ok)
		client->counting.result = ROSTER_RESULT_KEY;
}

void
counting_refusal(struct client *client, enum roster_refusal reason)
{
	roster_counters_add(&counters_of(client)->refusals[reason], 1);
}

void
counting_refuse(struct client *client, const struct fault *fault)
{
	enum roster_refusal reason = ROSTER_REFUSAL_OTHER;
	size_t i;

	if (strcmp(fault->sqlstate, "57P01") == 0)
		return;
	for (i = 0; i < sizeof(sqlstates) / sizeof(sqlstates[0]); i++)
		if (strcmp(fault->sqlstate, sqlstates[i].code) == 0)
			reason = sqlstates[i].refusal;
	if (client->state == CLIENT_LOGIN && reason == ROSTER_REFUSAL_RULES)
		reason = ROSTER_REFUSAL_SERVER_TRUSTS;
	if (client->state == CLIENT_HANDSHAKE &&
	    reason == ROSTER_REFUSAL_TIMEOUT)
		client->counting.result = ROSTER_RESULT_TIMEOUT;
	else if (client->state == CLIENT_HANDSHAKE)
		reason = ROSTER_REFUSAL_TLS;
	/* Who hangs up is not refused. */
	if (client->state != CLIENT_HANDSHAKE ||
	    client->counting.result != ROSTER_RESULT_GONE)
		counting_refusal(client, reason);
}

void
counting_peak(struct client *client, uint32_t sessions)
{
	_Atomic uint32_t *peak = &counters_of(client)->peak;

	if (sessions > atomic_load_explicit(peak, memory_order_relaxed))
		atomic_store_explicit(peak, sessions, memory_order_relaxed);
}
