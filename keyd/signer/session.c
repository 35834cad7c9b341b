/* SPDX-License-Identifier: ISC */
/*
 * session: one connection to the key socket: who speaks, what it may say now,
 * and a counted object that any thread may end and the last one closes.
 * Runs in: keyd-signer.
 */
#include "keyd/signer/session.h"

#include <sys/socket.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keyd/counters.h"

/* No message of a client is longer; KEYS, which is, is none of a client's. */
#define REQUEST_MAX 512

struct session {
	struct session_table *table;
	uint32_t index;			/* in the table */
	pthread_mutex_t lock;		/* refs, generation, moves of state */
	unsigned int refs;		/* one is the table's until it ends */
	uint32_t generation;		/* of this slot; changes at close */
	atomic_int state;		/* enum session_state */
	atomic_uint keys;		/* used: a bit each; moves under lock */
	int fd;				/* owned; -1 in a free slot */
	struct peer peer;		/* set once, before SESSION_SERVING */
	atomic_ulong counts[KEYWIRE_TYPES];	/* replies, by type */
};

struct session_table {
	struct session_peers peers;
	pthread_mutex_t lock;		/* free_list */
	size_t max, free_len;
	struct counters_users *users;	/* NULL: nobody counts; not owned */
	uint32_t *free_list;
	struct session *slot;
};

static const struct peer nobody = { -1, (uid_t)-1, (gid_t)-1 };

static const struct session_rule bad_message = {
	SESSION_REFUSE, KEYWIRE_BAD_MESSAGE
};

/* What is not here is no client's message, or comes in no such state. */
static const struct session_rule rules[SESSION_STATES][KEYWIRE_TYPES] = {
	[SESSION_NEW] = {
		[KEYWIRE_HELLO] = { SESSION_KEYS, 0 },
		[KEYWIRE_SIGN_TLS13] = { SESSION_REFUSE, KEYWIRE_NO_HELLO },
		[KEYWIRE_SIGN_TLS12] = { SESSION_REFUSE, KEYWIRE_NO_HELLO }
	},
	[SESSION_SERVING] = {
		[KEYWIRE_HELLO] = { SESSION_KEYS, 0 },
		[KEYWIRE_SIGN_TLS13] = { SESSION_SIGN, 0 },
		[KEYWIRE_SIGN_TLS12] = { SESSION_SIGN, 0 }
	}
};

const struct session_rule *
session_rule(enum session_state state, unsigned int type)
{
	if ((unsigned int)state >= SESSION_STATES || type >= KEYWIRE_TYPES ||
	    rules[state][type].act == 0)
		return &bad_message;
	return &rules[state][type];
}

bool
session_may_speak(const struct session_peers *peers, uid_t uid)
{
	size_t i;

	for (i = 0; i < peers->count; i++) {
		if (peers->uid[i] == uid)
			return true;
	}
	return false;
}

/* The table is empty and complete, or NULL. */
struct session_table *
session_table_new(size_t max, const struct session_peers *peers,
    struct counters_users *users)
{
	struct session_table *table = calloc(1, sizeof(*table));
	size_t i;

	if (table == NULL)
		return NULL;
	table->slot = calloc(max, sizeof(*table->slot));
	table->free_list = calloc(max, sizeof(*table->free_list));
	if (table->slot == NULL || table->free_list == NULL) {
		free(table->slot);
		free(table->free_list);
		free(table);
		return NULL;
	}
	table->peers = *peers;
	table->users = users;
	table->max = max;
	pthread_mutex_init(&table->lock, NULL);
	for (i = 0; i < max; i++) {
		table->slot[i].table = table;
		table->slot[i].index = (uint32_t)i;
		table->slot[i].fd = -1;
		pthread_mutex_init(&table->slot[i].lock, NULL);
		table->free_list[table->free_len++] = (uint32_t)(max - 1 - i);
	}
	return table;
}

void
session_table_free(struct session_table *table)
{
	size_t i;

	if (table == NULL)
		return;
	for (i = 0; i < table->max; i++) {
		if (table->slot[i].fd != -1)
			close(table->slot[i].fd);
		pthread_mutex_destroy(&table->slot[i].lock);
	}
	pthread_mutex_destroy(&table->lock);
	free(table->slot);
	free(table->free_list);
	free(table);
}

/* The one place where a state changes; the session's lock is held. */
static void
session_enter(struct session *session, enum session_state next)
{
	atomic_store_explicit(&session->state, (int)next,
	    memory_order_release);
}

static enum session_state
state_of(struct session *session)
{
	return (enum session_state)atomic_load_explicit(&session->state,
	    memory_order_acquire);
}

/* What it counts for goes up or down by one; the session's lock is held. */
static void
count_user(struct session *session, unsigned int step)
{
	struct counters_users *users = session->table->users;
	unsigned int keys = atomic_load(&session->keys);
	size_t i;

	if (users == NULL)
		return;
	if (keys == 0)
		atomic_fetch_add(&users->undecided, step);
	for (i = 0; i < KEYWIRE_KEYS_MAX; i++)
		if ((keys & 1u << i) != 0)
			atomic_fetch_add(&users->of_key[i], step);
}

void
session_use_key(struct session *session, size_t key)
{
	unsigned int bit = 1u << key;

	if (key >= KEYWIRE_KEYS_MAX || (atomic_load(&session->keys) & bit) != 0)
		return;
	pthread_mutex_lock(&session->lock);
	if (state_of(session) != SESSION_ENDED) {
		count_user(session, -1u);
		atomic_fetch_or(&session->keys, bit);
		count_user(session, 1);
	}
	pthread_mutex_unlock(&session->lock);
}

struct session *
session_open(struct session_table *table, int fd)
{
	struct session *session = NULL;
	size_t i;

	pthread_mutex_lock(&table->lock);
	if (table->free_len > 0)
		session = &table->slot[table->free_list[--table->free_len]];
	pthread_mutex_unlock(&table->lock);
	if (session == NULL)
		return NULL;
	pthread_mutex_lock(&session->lock);
	session->fd = fd;
	session->refs = 2;
	session->peer = nobody;
	for (i = 0; i < KEYWIRE_TYPES; i++)
		atomic_store(&session->counts[i], 0);
	atomic_store(&session->keys, 0);
	count_user(session, 1);
	session_enter(session, SESSION_NEW);
	pthread_mutex_unlock(&session->lock);
	return session;
}

uint64_t
session_key(const struct session *session)
{
	return (uint64_t)session->generation << 32 | session->index;
}

struct session *
session_hold(struct session_table *table, uint64_t key)
{
	struct session *session;
	bool is_same;

	if ((uint32_t)key >= table->max)
		return NULL;
	session = &table->slot[(uint32_t)key];
	pthread_mutex_lock(&session->lock);
	is_same = session->refs > 0 &&
	    session->generation == (uint32_t)(key >> 32) &&
	    state_of(session) != SESSION_ENDED;
	if (is_same)
		session->refs++;
	pthread_mutex_unlock(&session->lock);
	return is_same ? session : NULL;
}

void
session_release(struct session *session)
{
	struct session_table *table = session->table;
	bool is_last;

	pthread_mutex_lock(&session->lock);
	is_last = --session->refs == 0;
	if (is_last) {
		close(session->fd);
		session->fd = -1;
		session->generation++;
	}
	pthread_mutex_unlock(&session->lock);
	if (!is_last)
		return;
	pthread_mutex_lock(&table->lock);
	table->free_list[table->free_len++] = session->index;
	pthread_mutex_unlock(&table->lock);
}

bool
session_end(struct session *session)
{
	bool is_first;

	pthread_mutex_lock(&session->lock);
	is_first = state_of(session) != SESSION_ENDED;
	if (is_first) {
		count_user(session, -1u);
		session_enter(session, SESSION_ENDED);
		shutdown(session->fd, SHUT_RDWR);
		session->refs--;	/* the table's; the caller has one */
	}
	pthread_mutex_unlock(&session->lock);
	return is_first;
}

int
session_fd(const struct session *session)
{
	return session->fd;
}

/* The kernel's word for each message; before HELLO anyone of ours may speak. */
static bool
is_peer(const struct session *session, enum session_state state,
    const struct peer *sender)
{
	if (!session_may_speak(&session->table->peers, sender->uid))
		return false;
	return state == SESSION_NEW || (sender->pid == session->peer.pid &&
	    sender->uid == session->peer.uid);
}

static enum session_act
act_of_error(int error)
{
	if (error == EAGAIN || error == EWOULDBLOCK)
		return SESSION_WAIT;
	return error == EMSGSIZE ? SESSION_REFUSE : SESSION_CLOSED;
}

/* One message in that state, which cannot change for the better meanwhile. */
static void
receive_in(struct session *session, enum session_state state,
    struct session_request *out)
{
	const struct session_rule *rule = &bad_message;
	unsigned char bytes[REQUEST_MAX];
	ssize_t n;

	n = peer_receive(session->fd, bytes, sizeof(bytes), &out->sender);
	if (n == 0 || n == -1) {
		out->act = n == 0 ? SESSION_CLOSED : act_of_error(errno);
		out->reason = KEYWIRE_BAD_MESSAGE;
		return;
	}
	if (keywire_decode(bytes, (size_t)n, &out->message) == 0)
		rule = session_rule(state, out->message.type);
	out->act = rule->act;
	out->reason = rule->reason;
	if (!is_peer(session, state, &out->sender)) {
		out->act = SESSION_REFUSE;
		out->reason = KEYWIRE_PEER_CHANGED;
	}
}

/*
 * Until HELLO is through, threads take turns: the second message must not be
 * judged before the first one has changed the state. Returns false if another
 * thread has changed it before.
 */
static bool
receive_first(struct session *session, struct session_request *out)
{
	bool is_new;

	pthread_mutex_lock(&session->lock);
	is_new = state_of(session) == SESSION_NEW;
	if (is_new)
		receive_in(session, SESSION_NEW, out);
	if (is_new && out->act == SESSION_KEYS) {
		session->peer = out->sender;
		session_enter(session, SESSION_SERVING);
	}
	pthread_mutex_unlock(&session->lock);
	return is_new;
}

void
session_receive(struct session *session, struct session_request *out)
{
	out->sender = nobody;
	out->message.id = 0;
	out->message.type = 0;
	if (state_of(session) == SESSION_NEW && receive_first(session, out))
		return;
	if (state_of(session) == SESSION_SERVING)
		receive_in(session, SESSION_SERVING, out);
	else
		out->act = SESSION_CLOSED;
}

void
session_count(struct session *session, unsigned int reply_type)
{
	if (reply_type < KEYWIRE_TYPES)
		atomic_fetch_add(&session->counts[reply_type], 1);
}

unsigned long
session_signed(const struct session *session)
{
	return atomic_load(&session->counts[KEYWIRE_SIGNED]);
}

unsigned long
session_refused(const struct session *session)
{
	return atomic_load(&session->counts[KEYWIRE_REFUSED]);
}
