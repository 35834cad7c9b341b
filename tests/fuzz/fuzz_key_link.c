/* SPDX-License-Identifier: ISC */
/*
 * fuzz_key_link: a key daemon that says anything, as a worker takes it: a
 * request has one result, and a reply to another never becomes it.
 * Runs in: make check, tests/fuzz/run.
 */
#include "common/provider/key_link.h"

#include <unistd.h>

#include "tests/fuzz/datagrams.h"
#include "tests/fuzz/fuzz.h"

static void
sign(struct key_link *link)
{
	struct keywire_message message = { .type = KEYWIRE_SIGN_TLS13 };
	static struct keywire_signed sig;
	enum keywire_reason reason = 0;
	enum key_link_result result;

	message.body.tls13.hash_len = 32;
	result = key_link_sign(link, &message, &sig, &reason);
	FUZZ_MUST(result != KEY_LINK_PENDING &&
	    result != KEY_LINK_CANCELLED);
	FUZZ_MUST(result != KEY_LINK_REFUSED ||
	    (reason != 0 && reason < KEYWIRE_REASONS));
	FUZZ_MUST(result != KEY_LINK_SIGNED ||
	    (sig.len > 0 && sig.len <= KEYWIRE_SIGNATURE_MAX));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct datagrams datagrams = { bytes, len };
	struct key_link *link = key_link_new(1);
	const struct keywire_keys *keys;
	int fds[2], status;

	FUZZ_MUST(link != NULL);
	datagrams_pair(fds);
	key_link_attach(link, fds[0]);
	/* The first before a request, the others are there when it is sent. */
	(void)datagrams_send(&datagrams, fds[1]);
	status = key_link_read(link);
	keys = key_link_keys(link);
	FUZZ_MUST(keys == NULL || keys->count <= KEYWIRE_KEYS_MAX);
	FUZZ_MUST((status == 0) == (key_link_fd(link) != -1));
	if (keys != NULL && datagrams.left > 2) {
		while (datagrams_send(&datagrams, fds[1]))
			;
		sign(link);
	}
	key_link_free(link);
	(void)close(fds[1]);
	return 0;
}
