/* SPDX-License-Identifier: ISC */
/*
 * fuzz_login: what a server says during login: the events are the same
 * however the bytes come in pieces. The first byte says how.
 * Runs in: make check, tests/fuzz/run.
 */
#include "common/pg/login.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

#define EVENTS_MAX 64

struct trace {
	struct login login;
	struct login_tail tail;
	enum login_event events[EVENTS_MAX];
	size_t at[EVENTS_MAX];	/* bytes behind which each was found */
	size_t len;
};

static int
is_over(enum login_event event)
{
	return event == LOGIN_READY || event == LOGIN_REFUSED ||
	    event == LOGIN_BROKEN;
}

static void
note(struct trace *trace, enum login_event event, size_t at)
{
	FUZZ_MUST(trace->len < EVENTS_MAX);
	trace->events[trace->len] = event;
	trace->at[trace->len++] = at;
}

/* Returns 0 when nothing more is followed. */
static int
follow(struct trace *trace, const uint8_t *piece, size_t len, size_t at)
{
	enum login_event event;
	size_t taken, left = len;

	while (left > 0) {
		event = login_follow(&trace->login, piece + len - left, left,
		    &taken);
		FUZZ_MUST(taken <= left);
		left -= taken;
		if (event == LOGIN_NOTHING)
			FUZZ_MUST(left == 0);
		else
			note(trace, event, event == LOGIN_BROKEN ? 0 :
			    at + len - left);
		if (is_over(event))
			return 0;
	}
	return 1;
}

static void
run(struct trace *trace, const uint8_t *bytes, size_t len, size_t step)
{
	size_t at, n;
	int follows = 1;

	memset(trace, 0, sizeof(*trace));
	for (at = 0; at < len; at += n) {
		n = len - at < step ? len - at : step;
		login_tail_add(&trace->tail, bytes + at, n);
		if (follows)
			follows = follow(trace, bytes + at, n, at);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct trace whole, pieces;

	if (len < 2 || bytes[0] == 0)
		return 0;
	run(&whole, bytes + 1, len - 1, len - 1);
	run(&pieces, bytes + 1, len - 1, bytes[0]);
	FUZZ_MUST(whole.len == pieces.len);
	FUZZ_MUST(memcmp(whole.events, pieces.events,
	    sizeof(whole.events)) == 0);
	FUZZ_MUST(memcmp(whole.at, pieces.at, sizeof(whole.at)) == 0);
	FUZZ_MUST(whole.login.auth == pieces.login.auth);
	FUZZ_MUST(whole.login.backend_pid == pieces.login.backend_pid);
	FUZZ_MUST(login_is_between_messages(&whole.login) ==
	    login_is_between_messages(&pieces.login));
	FUZZ_MUST(login_tail_is_ready(&whole.tail) ==
	    login_tail_is_ready(&pieces.tail));
	return 0;
}
