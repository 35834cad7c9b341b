/* SPDX-License-Identifier: ISC */
/*
 * answer: from a client's request to the reply that it gets.
 * No sockets: a request in, a message out.
 * Runs in: keyd-signer.
 */
#include "keyd/signer/answer.h"

#include "common/fault.h"
#include "common/log.h"
#include "keyd/signer/policy.h"
#include "keyd/signer/session.h"
#include "keyd/signer/signer.h"

static void
answer_refused(int reason, struct keywire_message *out)
{
	out->type = KEYWIRE_REFUSED;
	out->body.reason = (uint8_t)reason;
}

static void
answer_sign(const struct signer *signer, struct signer_bench *bench,
    const struct keywire_message *message, struct keywire_message *out)
{
	struct policy_order order;
	struct fault fault;
	int reason;

	reason = policy_judge(signer_policy_keys(signer), message, &order);
	if (reason != 0) {
		answer_refused(reason, out);
		return;
	}
	out->type = KEYWIRE_SIGNED;
	if (signer_sign(bench, &order, &out->body.sig, &fault) == -1) {
		log_fault(LOG_LEVEL_ERROR, &fault);
		answer_refused(KEYWIRE_INTERNAL, out);
	}
}

void
answer_request(const struct signer *signer, struct signer_bench *bench,
    const struct session_request *request, struct keywire_message *out)
{
	out->id = request->message.id;
	switch (request->act) {
	case SESSION_KEYS:
		out->type = KEYWIRE_KEYS;
		out->body.keys = *signer_identities(signer);
		return;
	case SESSION_SIGN:
		answer_sign(signer, bench, &request->message, out);
		return;
	default:
		answer_refused((int)request->reason, out);
	}
}
