/* SPDX-License-Identifier: ISC */
/*
 * fuzz_session: a client of the key socket, as the signer takes it: which of
 * its messages are answered is as the protocol says.
 * Runs in: make check, tests/fuzz/run.
 */
#include "keyd/signer/session.h"

#include <sys/socket.h>

#include <unistd.h>

#include "tests/fuzz/datagrams.h"
#include "tests/fuzz/fuzz.h"

/* Judges the one message that was sent; false when the session is over. */
static bool
take(struct session *session, bool *greeted)
{
	static struct session_request request;

	session_receive(session, &request);
	switch (request.act) {
	case SESSION_KEYS:
		FUZZ_MUST(request.message.type == KEYWIRE_HELLO);
		*greeted = true;
		return true;
	case SESSION_SIGN:
		FUZZ_MUST(*greeted);
		FUZZ_MUST(request.message.type == KEYWIRE_SIGN_TLS13 ||
		    request.message.type == KEYWIRE_SIGN_TLS12);
		FUZZ_MUST(request.sender.uid == getuid());
		return true;
	case SESSION_REFUSE:
		FUZZ_MUST(request.reason != 0 &&
		    request.reason < KEYWIRE_REASONS);
		session_count(session, KEYWIRE_REFUSED);
		FUZZ_MUST(session_end(session));
		return false;
	case SESSION_WAIT:
		return true;
	case SESSION_CLOSED:
	default:
		return false;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct session_peers peers = { .uid = { getuid() }, .count = 1 };
	struct datagrams datagrams = { bytes, len };
	struct session_table *table = session_table_new(1, &peers, NULL);
	struct session *session;
	bool greeted = false;
	int fds[2];

	datagrams_pair(fds);
	FUZZ_MUST(table != NULL);
	session = session_open(table, fds[1]);
	FUZZ_MUST(session != NULL);
	while (datagrams_send(&datagrams, fds[0]) &&
	    take(session, &greeted))
		;
	session_release(session);
	session_table_free(table);
	(void)close(fds[0]);
	return 0;
}
