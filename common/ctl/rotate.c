/* SPDX-License-Identifier: ISC */
/*
 * rotate: from the key that is served to the one that is in the key file now.
 * Runs keyd-unlock on this terminal, on memory that postern-keyd has made, and
 * says at each step how far it is; a step that fails leaves the old state.
 * Runs in: posternctl.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/ctl/ask.h"
#include "common/ctl/ctl.h"
#include "common/ctl/verbs.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/wire/ctlkeyd.h"
#include "keyd/handoff.h"
#include "keyd/signals.h"
#include "keyd/unlocking.h"

#define ID_TEXT (2 * KEYWIRE_KEY_ID_LEN + 1)

/* What is under way, and whether it can be taken back. */
struct rotate {
	const struct ctl *ctl;
	struct ask keyd, listener;
	struct handoff_key key;
	int memory;			/* the key's; -1 or owned */
	bool is_known;			/* it was served before */
};

static void
format_id(const unsigned char *id, char out[ID_TEXT])
{
	size_t i;

	for (i = 0; i < KEYWIRE_KEY_ID_LEN; i++)
		snprintf(out + 2 * i, 3, "%02x", id[i]);
}

/* Both must be there before anybody is asked for a pass phrase. */
static int
find_daemons(struct rotate *r, struct fault *fault)
{
	if (ask_open(r->ctl, "postern-keyd", &r->keyd, fault) != 0 ||
	    ask_open(r->ctl, "postern-listener", &r->listener, fault) != 0)
		return -1;
	return 0;
}

/* postern-keyd says what is to be unlocked, by its own settings, and gives the
 * memory for it. */
static int
begin(struct rotate *r, struct handoff_unlock *out, struct fault *fault)
{
	struct ctlwire_request request;
	struct ctlwire_answer answer;

	ctlwire_begin_request(CTLWIRE_ROTATE, &request);
	if (ask_send(&r->keyd, &request, fault) == -1 ||
	    ask_receive(&r->keyd, &answer, &r->memory, fault) == -1)
		return -1;
	if (answer.result == CTLWIRE_FAILED) {
		ask_take_text(&answer.text, fault);
		return -1;
	}
	if (answer.kind != CTLKEYD_UNLOCK || r->memory == -1 ||
	    answer.body_len != sizeof(*out))
		return fault_set(fault, "postern-keyd answered what is not "
		    "understood");
	memcpy(out, answer.body, sizeof(*out));
	snprintf(out->cert_file, sizeof(out->cert_file), "%s",
	    r->ctl->ssl_cert_file);
	return 0;
}

/* The terminal's keys are the unlock program's meanwhile; afterwards they end
 * this one, which by then has nothing to put in order. */
static int
unlock(struct rotate *r, struct fault *fault)
{
	struct handoff_unlock request;
	struct unlocking unlocking;
	sigset_t before;
	int signals, rc;

	unlocking_init(&unlocking);
	if (begin(r, &request, fault) == -1)
		return -1;
	sigprocmask(SIG_SETMASK, NULL, &before);
	signals_block();
	signals = signals_open(fault);
	if (signals == -1)
		return -1;
	rc = unlocking_start(&unlocking, &request, r->memory, fault);
	if (rc == 0)
		rc = unlocking_await(&unlocking, signals, &r->key, fault);
	unlocking_stop(&unlocking);
	close(signals);
	close(r->memory);
	r->memory = -1;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return rc;
}

static int
add_key(struct rotate *r, struct fault *fault)
{
	struct ctlwire_request request;
	struct ctlwire_answer answer;

	ctlwire_begin_request(CTLWIRE_ROTATE_KEY, &request);
	ctlwire_put_request_body(&request, &r->key, sizeof(r->key));
	if (ask_whole(&r->keyd, &request, &answer, fault) == -1)
		return -1;
	r->is_known = answer.kind == CTLKEYD_KNOWN;
	return 0;
}

/* Returns 0; 1 with the fault if the listener says that nothing has changed; -1
 * with the fault if it is not known what it did. */
static int
reload(struct rotate *r, struct fault *fault)
{
	struct ctlwire_request request;
	struct ctlwire_answer answer = { .result = CTLWIRE_MORE };

	ctlwire_begin_request(CTLWIRE_RELOAD, &request);
	if (ask_whole(&r->listener, &request, &answer, fault) == -1)
		return answer.result == CTLWIRE_FAILED ? 1 : -1;
	printf("postern-listener reloaded: generation %llu serves\n",
	    (unsigned long long)answer.generation);
	return 0;
}

/* The listener goes on with the old key: the new one is forgotten again. */
static void
go_back(struct rotate *r)
{
	struct ctlwire_request request;
	struct ctlwire_answer answer;
	struct fault fault = { 0 };

	ctlwire_begin_request(CTLWIRE_ROTATE_BACK, &request);
	if (ask_whole(&r->keyd, &request, &answer, &fault) == 0) {
		fprintf(stderr, "%s: nothing has changed\n", CTL_PROGRAM);
		return;
	}
	log_fault(LOG_LEVEL_ERROR, &fault);
	log_write(LOG_LEVEL_DETAIL, "postern-keyd serves both keys.");
}

static int
retire(struct rotate *r, struct fault *fault)
{
	struct ctlwire_request request;
	struct ctlwire_answer answer;

	printf("waiting until no process of the listener needs another key "
	    "(Ctrl-C does not end that)\n");
	fflush(stdout);
	ctlwire_begin_request(CTLWIRE_ROTATE_RETIRE, &request);
	return ask_whole(&r->keyd, &request, &answer, fault);
}

/* The step that failed is the message, what was wrong its detail's begin. */
static int
fail(const char *step, const struct fault *why)
{
	struct fault fault = *why;

	fault_set(&fault, "could not %s: %s", step, why->what);
	if (why->detail[0] != '\0')
		fault_detail(&fault, "%s", why->detail);
	if (why->hint[0] != '\0')
		fault_hint(&fault, "%s", why->hint);
	log_fault(LOG_LEVEL_ERROR, &fault);
	return CTL_EXIT_FAILURE;
}

/* As reload(); what is to be said is said. */
static int
turn_listener(struct rotate *r)
{
	struct fault fault = { 0 };
	int rc = reload(r, &fault);

	if (rc == 0)
		return 0;
	fail("reload postern-listener", &fault);
	if (rc == 1)
		go_back(r);
	else
		log_write(LOG_LEVEL_HINT, "postern-keyd serves both keys. See "
		    "to the listener, and run posternctl rotate again.");
	return -1;
}

static int
run(struct rotate *r)
{
	struct fault fault = { 0 };
	char id[ID_TEXT];

	if (find_daemons(r, &fault) == -1)
		return fail("begin the rotation", &fault);
	if (unlock(r, &fault) == -1)
		return fail("unlock the new key", &fault);
	if (add_key(r, &fault) == -1)
		return fail("serve the new key", &fault);
	format_id(r->key.identity.id, id);
	printf("key %s (%s) %s\n", id, r->key.kind,
	    r->is_known ? "is served already" : "is served beside the old one");
	fflush(stdout);
	if (turn_listener(r) == -1)
		return CTL_EXIT_FAILURE;
	if (retire(r, &fault) == -1)
		return fail("retire the old key", &fault);
	printf("key %s is the only one now\n", id);
	return CTL_EXIT_SUCCESS;
}

int
rotate_run(struct ctl *ctl)
{
	static struct rotate rotate = { .keyd = ASK_EMPTY,
		.listener = ASK_EMPTY, .memory = -1 };
	int status;

	rotate.ctl = ctl;
	status = run(&rotate);
	if (rotate.memory != -1)
		close(rotate.memory);
	ask_close(&rotate.listener);
	ask_close(&rotate.keyd);
	return status;
}
