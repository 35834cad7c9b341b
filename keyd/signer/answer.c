/* SPDX-License-Identifier: ISC */
/*
 * answer: from a client's request to the reply that it gets.
 * No sockets: a request in, a message out.
 * Runs in: keyd-signer.
 */
#include "keyd/signer/answer.h"

#include "common/clock.h"
#include "common/fault.h"
#include "common/log.h"
#include "keyd/signer/policy.h"
#include "keyd/signer/rate.h"
#include "keyd/signer/session.h"
#include "keyd/signer/signer.h"

static void
answer_refused(int reason, struct keywire_message *out)
{
	out->type = KEYWIRE_REFUSED;
	out->body.reason = (uint8_t)reason;
}

static size_t
answer_sign(const struct answer_means *means,
    const struct session_request *request, struct keywire_message *out)
{
	struct policy_order order;
	struct fault fault;
	int reason;

	reason = policy_judge(signer_policy_keys(means->signer),
	    &request->message, &order);
	if (reason == 0 && means->rate != NULL &&
	    !rate_take(means->rate, &request->sender, clock_now_ms()))
		reason = KEYWIRE_RATE_LIMIT;
	if (reason != 0) {
		answer_refused(reason, out);
		return KEYWIRE_KEYS_MAX;
	}
	out->type = KEYWIRE_SIGNED;
	if (signer_sign(means->bench, &order, &out->body.sig, &fault) == -1) {
		log_fault(LOG_LEVEL_ERROR, &fault);
		answer_refused(KEYWIRE_INTERNAL, out);
	}
	return order.key;
}

size_t
answer_request(const struct answer_means *means,
    const struct session_request *request, struct keywire_message *out)
{
	out->id = request->message.id;
	switch (request->act) {
	case SESSION_KEYS:
		out->type = KEYWIRE_KEYS;
		out->body.keys = *signer_identities(means->signer);
		break;
	case SESSION_SIGN:
		return answer_sign(means, request, out);
	default:
		answer_refused((int)request->reason, out);
	}
	return KEYWIRE_KEYS_MAX;
}
