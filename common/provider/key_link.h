/* SPDX-License-Identifier: ISC */
/*
 * key_link: requests for signatures on their way to keyd and back. Inside an
 * OpenSSL async job the job pauses until its reply is there, elsewhere the
 * caller blocks, both with a deadline. Knows no loop, log or setting of ours.
 * Runs in: listener-worker, any program that loads the provider.
 */
#ifndef COMMON_PROVIDER_KEY_LINK_H
#define COMMON_PROVIDER_KEY_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/keywire.h"

/* Not for several threads at once. */
struct key_link;

#define KEY_LINK_PENDING_MAX 4096	/* requests; one more fails at once */
#define KEY_LINK_WINDOW 64	/* with keyd at once: their replies fit */
#define KEY_LINK_SENDS_MAX 3		/* then that request fails */

enum key_link_result {
	KEY_LINK_PENDING,
	KEY_LINK_SIGNED,
	KEY_LINK_REFUSED,	/* keyd's word; the reason is in the request */
	KEY_LINK_TIMEOUT,	/* no reply within timeout_ms */
	KEY_LINK_LOST,		/* sent KEY_LINK_SENDS_MAX times in vain, or
				   blocking without a connection */
	KEY_LINK_FULL,		/* too many pending, or no memory */
	KEY_LINK_CANCELLED
};

/* timeout_ms (> 0) is each request's, from its beginning to its reply.
 * NULL if memory is short. */
struct key_link *key_link_new(int timeout_ms);

/* Frees every request: no job of this link may be resumed after it, so all
 * must be unwound before (key_link_cancel). NULL is allowed. */
void key_link_free(struct key_link *link);

/*
 * Takes over a connected SOCK_SEQPACKET descriptor to keyd, or none (-1), in
 * place of the one before, which is closed. Sends HELLO; when keyd has
 * answered it, every pending request is sent (again). The descriptor is made
 * non-blocking. Calls nobody back.
 */
void key_link_attach(struct key_link *link, int fd);

/* From now on a job's request waits for key_link_write(), which sends all that
 * wait at once: for a loop that calls it at the end of each turn. */
void key_link_gather(struct key_link *link);

int key_link_fd(const struct key_link *link);	/* -1 while there is none */

/*
 * The loop saw the descriptor readable (writable): takes all replies (sends
 * what is queued) and calls back every finished job's owner. Returns 0, or -1
 * when the connection is gone (also: keyd refused HELLO, or sent what is no
 * reply): the link has closed it and keeps the pending requests for the next
 * key_link_attach().
 *
 * An owner is called back once, when its request has its result and the link
 * is at rest: it may resume its job, begin, cancel or free others, and call
 * everything here but key_link_free(). What finishes meanwhile is called
 * back by the outermost call.
 */
int key_link_read(struct key_link *link);
int key_link_write(struct key_link *link);
bool key_link_wants_write(const struct key_link *link);

/*
 * Fails the requests whose time is over (now_ms: CLOCK_MONOTONIC) and calls
 * back their owners, and those of what finished while somebody blocked.
 * Returns the milliseconds to the next deadline, -1 if nothing is pending.
 */
int key_link_expire(struct key_link *link, int64_t now_ms);

/*
 * A job's owner goes away: marks its request cancelled, so that the next
 * SSL_do_handshake() fails and unwinds the job; only then may the SSL be
 * freed. A late reply is dropped, and the owner is not called back. The owner
 * of a job of libssl is its SSL object (libssl gives ASYNC_WAIT_CTX the SSL
 * and keeps SSL_set_async_callback_arg()'s argument to itself).
 */
void key_link_cancel(struct key_link *link, const void *owner);

/* The keys of keyd's answer to HELLO; NULL while there is none on this
 * connection. key_link_await_keys() blocks for it, up to the timeout: 0, or -1
 * without a connection or in vain. */
const struct keywire_keys *key_link_keys(const struct key_link *link);
int key_link_await_keys(struct key_link *link);

/*
 * One signature: message (a SIGN_TLS13 or SIGN_TLS12; its id is set here).
 * Inside an async job whose ASYNC_WAIT_CTX has a callback the job pauses;
 * elsewhere the caller blocks, and KEY_LINK_LOST comes at once when there is
 * no connection. Who blocks takes the replies to others too; their owners are
 * called back by the next key_link_read(), _write() or _expire(). Returns
 * KEY_LINK_SIGNED with *out, or another result, with *out_reason set if it is
 * KEY_LINK_REFUSED.
 */
enum key_link_result key_link_sign(struct key_link *link,
    struct keywire_message *message, struct keywire_signed *out,
    enum keywire_reason *out_reason);

/* "timeout", ...; for logs. */
const char *key_link_result_name(enum key_link_result result);

#endif
