/* SPDX-License-Identifier: ISC */
/*
 * serve: the threads that accept on the key socket, receive, and answer. Each
 * has its own epoll set with the same sockets in it: the kernel is the queue.
 * Runs in: keyd-signer.
 */
#include "keyd/signer/serve.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/fault.h"
#include "common/log.h"
#include "keyd/counters.h"
#include "keyd/signer/answer.h"
#include "keyd/signer/audit.h"
#include "keyd/signer/rate.h"
#include "keyd/signer/signer.h"
#include "keyd/signer/tally.h"

/* What an event is about; any other value is a session's key, whose low half
 * is an index below max_connections. */
#define KEY_LISTENER UINT64_MAX
#define KEY_STOP (UINT64_MAX - 1)

#define EVENTS_MAX 8		/* taken at once */
#define TURN_MAX 32		/* messages of one session in a row */
#define DEAF_MS 100		/* no accept while descriptors are short */

_Static_assert(SERVE_THREADS_MAX <= COUNTERS_THREADS_MAX,
    "every thread has its counters");

struct serve_thread {
	struct serve *serve;
	int epoll;			/* -1 or owned */
	struct answer_means means;	/* its bench is owned */
	struct tally tally;
	int64_t deaf_until_ms;		/* 0: the listener is in the set */
};

struct serve {
	struct serve_options options;
	struct session_table *sessions;
	struct audit *audit;
	struct rate *rate;		/* NULL: no limit */
	int stop;			/* eventfd: readable when it is time */
	atomic_bool is_stopping;
	sem_t ready;			/* one for each thread that runs */
	sem_t ended;			/* one for each that ran */
	size_t running;			/* threads that were started */
	struct serve_thread thread[SERVE_THREADS_MAX];
};

static int
watch(int epoll, int fd, uint32_t events, uint64_t key)
{
	struct epoll_event event = { .events = events, .data.u64 = key };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

/* Ends a session that the caller holds: out of every set first of all, so that
 * no thread spins on a socket that is shut down but still held. */
static void
end_session(struct serve *serve, struct session *session)
{
	size_t i;

	if (!session_end(session))
		return;
	for (i = 0; i < serve->options.threads; i++)
		epoll_ctl(serve->thread[i].epoll, EPOLL_CTL_DEL,
		    session_fd(session), NULL);
	log_write(LOG_LEVEL_DEBUG, "key connection closed: %lu signed, %lu "
	    "refused", session_signed(session), session_refused(session));
}

/* Returns 0, or -1 if the session cannot go on. A peer that does not read its
 * replies must not hold a thread. */
static int
send_reply(struct serve *serve, struct session *session,
    const struct session_request *request,
    const struct keywire_message *reply)
{
	unsigned char bytes[KEYWIRE_MESSAGE_MAX];
	size_t len = keywire_encode(reply, bytes, sizeof(bytes));
	ssize_t n;

	do {
		n = send(session_fd(session), bytes, len,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	if (n == (ssize_t)len)
		return 0;
	if (n == -1 && (errno == EAGAIN || errno == ENOBUFS))
		audit_write(serve->audit, clock_now_ms(), "closed the "
		    "connection of process %d of user %d: it does not read "
		    "its replies", (int)request->sender.pid,
		    (int)request->sender.uid);
	return -1;
}

/* One message. Returns 0 if another may follow at once, else -1. */
static int
serve_message(struct serve_thread *thread, struct session *session)
{
	struct serve *serve = thread->serve;
	struct session_request request;
	struct keywire_message reply;

	session_receive(session, &request);
	if (request.act == SESSION_WAIT)
		return -1;
	if (request.act == SESSION_CLOSED) {
		end_session(serve, session);
		return -1;
	}
	session_use_key(session, answer_request(&thread->means, &request,
	    &reply));
	session_count(session, reply.type);
	tally_reply(&thread->tally, &request, &reply);
	if (reply.type == KEYWIRE_REFUSED)
		audit_refusal(serve->audit, clock_now_ms(), &request.sender,
		    request.message.type, reply.body.reason);
	if (send_reply(serve, session, &request, &reply) == 0 &&
	    request.act != SESSION_REFUSE)
		return 0;
	end_session(serve, session);
	return -1;
}

/* Receives before waiting again: in a burst most messages cost no epoll_wait.
 * The rest of a long burst is seen at the next one, the set being
 * level-triggered. */
static void
serve_session(struct serve_thread *thread, uint64_t key)
{
	struct session *session;
	int turn;

	session = session_hold(thread->serve->sessions, key);
	if (session == NULL)
		return;
	for (turn = 0; turn < TURN_MAX; turn++) {
		if (serve_message(thread, session) == -1)
			break;
	}
	session_release(session);
}

/* Puts a session into every set, in which one thread is woken for each
 * message. It is held meanwhile, so that its descriptor stays its own. */
static void
welcome(struct serve *serve, struct session *session)
{
	size_t i;

	for (i = 0; i < serve->options.threads; i++) {
		if (watch(serve->thread[i].epoll, session_fd(session),
		    EPOLLIN | EPOLLEXCLUSIVE, session_key(session)) == 0)
			continue;
		log_write(LOG_LEVEL_ERROR,
		    "could not watch a key connection: %m");
		end_session(serve, session);
		break;
	}
	session_release(session);
}

/* Decides about a new connection. Returns its session, or NULL. */
static struct session *
open_session(struct serve *serve, int fd)
{
	struct session *session;
	struct peer peer;

	if (peer_of_socket(fd, &peer) == -1)
		return NULL;
	if (!session_may_speak(&serve->options.dialers, peer.uid)) {
		audit_write(serve->audit, clock_now_ms(),
		    "refused a connection of "
		    "process %d of user %d: only the listener's dialer "
		    "is served", (int)peer.pid, (int)peer.uid);
		return NULL;
	}
	session = session_open(serve->sessions, fd);
	if (session == NULL) {
		audit_write(serve->audit, clock_now_ms(),
		    "refused a connection of "
		    "process %d of user %d: there are %zu already",
		    (int)peer.pid, (int)peer.uid,
		    serve->options.max_connections);
	}
	return session;
}

/* Owns fd. */
static void
take_connection(struct serve_thread *thread, int fd)
{
	struct session *session = open_session(thread->serve, fd);

	tally_connection(&thread->tally, session != NULL);
	if (session == NULL)
		close(fd);
	else
		welcome(thread->serve, session);
}

static void
serve_listener(struct serve_thread *thread)
{
	struct serve *serve = thread->serve;
	int fd;

	fd = accept4(serve->options.listener, NULL, NULL,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd != -1) {
		take_connection(thread, fd);
		return;
	}
	if (errno != EMFILE && errno != ENFILE && errno != ENOMEM &&
	    errno != ENOBUFS)
		return;
	audit_write(serve->audit, clock_now_ms(),
	    "could not accept a key connection: %m");
	if (epoll_ctl(thread->epoll, EPOLL_CTL_DEL, serve->options.listener,
	    NULL) == 0)
		thread->deaf_until_ms = clock_now_ms() + DEAF_MS;
}

static int
watch_listener(struct serve_thread *thread)
{
	thread->deaf_until_ms = 0;
	return watch(thread->epoll, thread->serve->options.listener,
	    EPOLLIN | EPOLLEXCLUSIVE, KEY_LISTENER);
}

/* What is due when no event came; returns how long to wait for the next. */
static int
serve_time(struct serve_thread *thread)
{
	struct serve *serve = thread->serve;
	int64_t now;

	if (thread->deaf_until_ms == 0 && !audit_is_pending(serve->audit))
		return -1;
	now = clock_now_ms();
	audit_flush(serve->audit, now);
	if (thread->deaf_until_ms != 0 && now >= thread->deaf_until_ms)
		watch_listener(thread);
	return thread->deaf_until_ms != 0 ? DEAF_MS : AUDIT_WINDOW_MS;
}

/* The thread's heap is mapped at its first use: now, while it still may. */
static void
make_heap(void)
{
	void *volatile piece = malloc(1);

	free(piece);
}

static void *
serve_thread(void *arg)
{
	struct serve_thread *thread = arg;
	struct epoll_event events[EVENTS_MAX];
	int i, n;

	make_heap();
	sem_post(&thread->serve->ready);
	while (!atomic_load(&thread->serve->is_stopping)) {
		n = epoll_wait(thread->epoll, events, EVENTS_MAX,
		    serve_time(thread));
		for (i = 0; i < n; i++) {
			if (events[i].data.u64 == KEY_LISTENER)
				serve_listener(thread);
			else if (events[i].data.u64 != KEY_STOP)
				serve_session(thread, events[i].data.u64);
		}
	}
	sem_post(&thread->serve->ended);
	return NULL;
}

static int
make_thread(struct serve *serve, struct serve_thread *thread,
    struct fault *fault)
{
	thread->serve = serve;
	if (serve->options.board != NULL)
		thread->tally.thread = &serve->options.board->thread[
		    thread - serve->thread];
	thread->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (thread->epoll == -1 ||
	    watch(thread->epoll, serve->stop, EPOLLIN, KEY_STOP) == -1)
		return fault_set(fault, "could not create an epoll set: %m");
	thread->means.signer = serve->options.signer;
	thread->means.rate = serve->rate;
	thread->means.bench = signer_bench_new(thread->means.signer, fault);
	return thread->means.bench == NULL ? -1 : 0;
}

/* On its own stack, where one is given: numbers that would tell the key, such
 * as the nonce of an ECDSA signature, pass through it. */
static int
start_thread(struct serve *serve, size_t index)
{
	struct serve_thread *thread = &serve->thread[index];
	unsigned char *stack = serve->options.stacks;
	pthread_attr_t attr;
	pthread_t id;
	int error;

	error = pthread_attr_init(&attr);
	if (error != 0)
		return error;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (stack != NULL)
		error = pthread_attr_setstack(&attr,
		    stack + index * arena_stack_step(SERVE_STACK_SIZE),
		    SERVE_STACK_SIZE);
	if (error == 0)
		error = pthread_create(&id, &attr, serve_thread, thread);
	pthread_attr_destroy(&attr);
	return error;
}

static void
await_threads(sem_t *each, size_t count)
{
	while (count > 0)
		if (sem_wait(each) == 0)
			count--;
}

/* All sets stand before the first thread runs: each puts sessions into all. */
static int
start_threads(struct serve *serve, struct fault *fault)
{
	size_t i;
	int error;

	for (i = 0; i < serve->options.threads; i++) {
		if (make_thread(serve, &serve->thread[i], fault) == -1)
			return -1;
	}
	for (i = 0; i < serve->options.threads; i++) {
		error = start_thread(serve, i);
		if (error != 0)
			return fault_set(fault, "could not start a thread: %s",
			    strerror(error));
		serve->running++;
	}
	await_threads(&serve->ready, serve->running);
	return 0;
}

/* Of the descriptor that all signers share. */
static int
prepare_listener(int listener)
{
	int file_flags = fcntl(listener, F_GETFL);

	if (file_flags == -1 ||
	    fcntl(listener, F_SETFL, file_flags | O_NONBLOCK) == -1)
		return -1;
	return peer_pass_credentials(listener);
}

struct serve *
serve_start(const struct serve_options *options, struct fault *fault)
{
	struct serve *serve = calloc(1, sizeof(*serve));
	size_t i;

	if (serve == NULL) {
		fault_set(fault, "out of memory");
		return NULL;
	}
	serve->options = *options;
	for (i = 0; i < SERVE_THREADS_MAX; i++)
		serve->thread[i].epoll = -1;
	serve->sessions = session_table_new(options->max_connections,
	    &options->peers, options->board == NULL ? NULL :
	    &options->board->users);
	serve->audit = audit_new();
	if (options->max_signatures != 0)
		serve->rate = rate_new(options->max_signatures,
		    options->max_connections);
	serve->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	sem_init(&serve->ready, 0, 0);
	sem_init(&serve->ended, 0, 0);
	if (serve->sessions == NULL || serve->audit == NULL ||
	    (options->max_signatures != 0 && serve->rate == NULL))
		fault_set(fault, "out of memory");
	else if (serve->stop == -1)
		fault_set(fault, "could not create an eventfd: %m");
	else if (prepare_listener(options->listener) == -1)
		fault_set(fault, "could not use the key socket: %m");
	else if (start_threads(serve, fault) == 0)
		return serve;
	serve_stop(serve);
	return NULL;
}

int
serve_open(struct serve *serve, struct fault *fault)
{
	int listener = serve->options.listener;
	size_t i;

	for (i = 0; i < serve->options.threads; i++) {
		if (watch(serve->thread[i].epoll, listener,
		    EPOLLIN | EPOLLEXCLUSIVE, KEY_LISTENER) == -1)
			return fault_set(fault,
			    "could not watch the key socket: %m");
	}
	return 0;
}

void
serve_stop(struct serve *serve)
{
	uint64_t one = 1;
	size_t i;

	if (serve == NULL)
		return;
	atomic_store(&serve->is_stopping, true);
	if (serve->running > 0 &&
	    write(serve->stop, &one, sizeof(one)) != sizeof(one))
		log_write(LOG_LEVEL_ERROR, "could not stop the threads: %m");
	await_threads(&serve->ended, serve->running);
	for (i = 0; i < serve->options.threads; i++) {
		signer_bench_free(serve->thread[i].means.bench);
		if (serve->thread[i].epoll != -1)
			close(serve->thread[i].epoll);
	}
	session_table_free(serve->sessions);
	audit_free(serve->audit);
	rate_free(serve->rate);
	if (serve->stop != -1)
		close(serve->stop);
	sem_destroy(&serve->ready);
	sem_destroy(&serve->ended);
	free(serve);
}

/* One for each connection, one for that which is refused, the sets, the
 * eventfd. */
size_t
serve_max_files(const struct serve_options *options)
{
	return options->max_connections + 2 * options->threads + 1;
}
