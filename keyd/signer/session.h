/* SPDX-License-Identifier: ISC */
/*
 * session: one connection to the key socket: who speaks, what it may say now,
 * and a counted object that any thread may end and the last one closes.
 * Runs in: keyd-signer.
 */
#ifndef KEYD_SIGNER_SESSION_H
#define KEYD_SIGNER_SESSION_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/peer.h"
#include "common/wire/keywire.h"

enum session_state {
	SESSION_NEW,		/* connected; HELLO comes first */
	SESSION_SERVING,	/* the sender of HELLO is the peer */
	SESSION_ENDED,		/* shut down; threads may still hold it */
	SESSION_STATES
};

/* What a message, or its absence, asks of us. */
enum session_act {
	SESSION_REFUSE = 1,	/* answer REFUSED with the reason, then end */
	SESSION_KEYS,		/* answer HELLO */
	SESSION_SIGN,		/* judge and sign */
	SESSION_WAIT,		/* nothing is there */
	SESSION_CLOSED		/* the other side is gone, or we ended it */
};

/* A message of that type in that state. reason is for SESSION_REFUSE. */
struct session_rule {
	enum session_act act;
	enum keywire_reason reason;
};
const struct session_rule *session_rule(enum session_state state,
    unsigned int type);

/* Whose connections, or messages, are taken. */
struct session_peers {
	uid_t uid[2];
	size_t count;
};
bool session_may_speak(const struct session_peers *peers, uid_t uid);

struct counters_users;
struct session_table;
struct session;

/* At most max sessions, whose senders are peers (copied); users, if not NULL,
 * tells who may need which key, from zeroes on. NULL if memory is short. Freed
 * when no thread uses it any more; closes what is left. */
struct session_table *session_table_new(size_t max,
    const struct session_peers *peers, struct counters_users *users);
void session_table_free(struct session_table *table);

/* Takes over fd (non-blocking, SO_PASSCRED). Returns the session, held once
 * for the caller, or NULL if the table is full; fd is then the caller's. */
struct session *session_open(struct session_table *table, int fd);

/* A name that outlives the session and never means another one. */
uint64_t session_key(const struct session *session);

/* Holds the session of that name; NULL if it is gone or has ended. */
struct session *session_hold(struct session_table *table, uint64_t key);

/* The last one to release closes the descriptor. */
void session_release(struct session *session);

/* Shuts it down, so that no thread reads from it again. The caller holds it.
 * Returns true to the first one to call. */
bool session_end(struct session *session);

/* It had a signature by that key (any other number: none), and may need it
 * again. */
void session_use_key(struct session *session, size_t key);

/* Valid while held. */
int session_fd(const struct session *session);

/* What one message asks: filled by session_receive(). */
struct session_request {
	enum session_act act;
	enum keywire_reason reason;	/* SESSION_REFUSE */
	struct peer sender;		/* all -1 if nobody is known */
	struct keywire_message message;	/* but for KEYWIRE_BAD_MESSAGE, of
					   which only the id is sure */
};

/* Takes one message without blocking and judges it. Messages may be taken by
 * several threads; none passes HELLO. */
void session_receive(struct session *session, struct session_request *out);

/* Counts a reply; reads the counts. */
void session_count(struct session *session, unsigned int reply_type);
unsigned long session_signed(const struct session *session);
unsigned long session_refused(const struct session *session);

#endif
