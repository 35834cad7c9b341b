/* SPDX-License-Identifier: ISC */
/*
 * worker_scene: a worker in this process, without its sandbox.
 * Runs in: make check, tests/fuzz/run.
 */
#include "tests/fuzz/worker_scene.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <event2/event.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log.h"
#include "common/pg/hba_load.h"
#include "common/provider/key_link.h"
#include "listener/memory_pair.h"
#include "listener/roster.h"
#include "listener/worker/passing.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/scene_keyd.h"

#define ROUNDS_MAX 64
#define ROSTER_SLOTS 2

static struct worker_scene scene;
static struct scoreboard board;
static int log_end;	/* ours; never read: what does not fit is dropped */

static void
open_pair(int type, int out[2])
{
	FUZZ_MUST(socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	    out) == 0);
}

static int
read_rules(void *owner, const char *path, char **out, size_t *out_len,
    struct fault *fault)
{
	(void)owner;
	(void)path;
	(void)fault;
	*out = strdup(WORKER_SCENE_RULES);
	*out_len = sizeof(WORKER_SCENE_RULES) - 1;
	return *out != NULL ? 0 : -1;
}

static void
take_fault(void *owner, enum hba_severity severity, const struct fault *fault)
{
	(void)owner;
	(void)severity;
	(void)fprintf(stderr, "%s\n", fault->what);
}

/* The handoff with the rules behind it, as the supervisor makes it. */
static struct handoff_worker *
make_handoff(void)
{
	const struct hba_files files = { .read = read_rules };
	const struct hba_load_options options = { .hba_path = "/hba",
		.parse = { .ssl = true } };
	struct hba_sink sink = { .take = take_fault };
	struct handoff_worker *handoff;
	size_t image_len;
	void *image;

	FUZZ_MUST(hba_load_image(&options, &files, &sink, &image,
	    &image_len) == 0);
	handoff = calloc(1, sizeof(*handoff) + HANDOFF_ALIGN + image_len);
	handoff->slots = 1;
	handoff->routes = 1;
	handoff->parts[HANDOFF_RULES].offset = (sizeof(*handoff) +
	    HANDOFF_ALIGN - 1) / HANDOFF_ALIGN * HANDOFF_ALIGN;
	handoff->parts[HANDOFF_RULES].len = (uint32_t)image_len;
	memcpy((char *)handoff + handoff->parts[HANDOFF_RULES].offset, image,
	    image_len);
	free(image);
	handoff->settings = (struct handoff_settings){ .ssl = 1,
		.ssl_min_protocol_version = TLS1_2_VERSION,
		.ssl_ciphers = "ECDHE+AESGCM", .ssl_groups = "X25519",
		
		.max_connections = 100, .max_handshakes = 100,
		.max_unfinished_per_address = 1,
		.max_connections_per_address = 1, .authentication_timeout = 60,
		.key_timeout = 10000, .log_connections = 1,
		.log_disconnections = 1, .log_min_messages = LOG_LEVEL_INFO };
	return handoff;
}

static void
lost(const struct dial *dial)
{
	(void)dial;
}

static void
open_key(void)
{
	struct worker *worker = &scene.worker;
	struct tls_context_options options = { .settings = worker->settings };
	struct fault fault = { 0 };
	int pair[2];
	char *pem;

	worker->keyd.link = key_link_new(worker->settings->key_timeout);
	FUZZ_MUST(worker->keyd.link != NULL);
	open_pair(SOCK_SEQPACKET, pair);
	key_link_attach(worker->keyd.link, pair[0]);
	scene.keyd = pair[1];
	pem = scene_keyd_open(&options.pem_len);
	FUZZ_MUST(scene_keyd_answer(scene.keyd));
	FUZZ_MUST(key_link_read(worker->keyd.link) == 0);
	options.pem = (unsigned char *)pem;
	options.link = worker->keyd.link;
	FUZZ_MUST(tls_context_open(&options, &worker->tls, &fault) == 0);
	free(pem);
}

static void
no_event(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* Few slots: some clients find none. */
static void
open_roster(struct worker *worker)
{
	int writable, readable;
	struct fault fault;

	FUZZ_MUST(memory_pair_open("postern-roster", roster_size(ROSTER_SLOTS),
	    &writable, &readable, &fault) == 0);
	FUZZ_MUST(presence_open(&worker->presence, writable, &fault) == 0);
	worker->keyd.is_up = &worker->presence.roster->counters.has_keyd;
}

struct worker_scene *
worker_scene_open(void)
{
	struct worker *worker = &scene.worker;
	static struct fault_list faults;
	int pair[2];

	(void)signal(SIGPIPE, SIG_IGN);
	open_pair(SOCK_SEQPACKET, pair);
	log_open_channel(pair[0]);
	log_end = pair[1];
	worker->handoff = make_handoff();
	worker->settings = &worker->handoff->settings;
	worker->base = event_base_new();
	worker->board = &board;
	worker->boards[0] = &board;
	open_roster(worker);
	LIST_INIT(&worker->clients);
	cancel_queue_open(&worker->cancels);
	worker->limits.settings = worker->settings;
	worker->limits.own = worker->board;
	worker->limits.boards = worker->boards;
	worker->limits.boards_len = 1;
	limits_open(&worker->limits);
	FUZZ_MUST(passing_open(worker, &faults) == 0);
	open_pair(SOCK_SEQPACKET, pair);
	scene.dialer = pair[1];
	dial_open(&worker->dials[0], worker->base, pair[0], lost);
	open_key();
	/* What keyd_watch() arms; key_link_read() is called from here. */
	(void)event_assign(&worker->keyd.expiry, worker->base, -1, 0,
	    no_event, NULL);
	(void)event_assign(&worker->keyd.writable, worker->base, -1, 0,
	    no_event, NULL);
	return &scene;
}

/* Signs what was asked for; true if anything was. */
static bool
run_keyd(void)
{
	if (scene.keyd_is_silent || !scene_keyd_answer(scene.keyd))
		return false;
	FUZZ_MUST(key_link_read(scene.worker.keyd.link) == 0);
	return true;
}

void
worker_scene_run(struct worker_scene *s)
{
	int rounds;

	/* No loop says that nothing will come: a few rounds, and more while
	 * keyd has work. */
	for (rounds = 0; rounds < 3 || (run_keyd() && rounds < ROUNDS_MAX);
	    rounds++)
		(void)event_base_loop(s->worker.base, EVLOOP_NONBLOCK);
}

uint64_t
worker_scene_take_dial(struct worker_scene *s)
{
	unsigned char bytes[DIALWIRE_MESSAGE_MAX];
	struct dialwire_message message;
	ssize_t n;

	while ((n = recv(s->dialer, bytes, sizeof(bytes),
	    MSG_DONTWAIT)) > 0) {
		FUZZ_MUST(dialwire_decode(bytes, (size_t)n, &message) == 0);
		if (message.type == DIALWIRE_DIAL)
			return message.id;
	}
	return 0;
}

static void
send_reply(struct worker_scene *s, uint64_t id, int error, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct dialwire_message reply = { .type = DIALWIRE_REPLY,
		.route = DIALWIRE_BACKEND, .id = id, .error = (uint32_t)error,
		.address = "/run/s" };
	unsigned char bytes[DIALWIRE_MESSAGE_MAX];
	struct iovec iov = { .iov_base = bytes };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;

	iov.iov_len = dialwire_encode(&reply, bytes, sizeof(bytes));
	FUZZ_MUST(iov.iov_len > 0);
	if (fd != -1) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	}
	FUZZ_MUST(sendmsg(s->dialer, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) > 0);
}

int
worker_scene_connect(struct worker_scene *s, uint64_t id)
{
	int pair[2];

	open_pair(SOCK_STREAM, pair);
	send_reply(s, id, 0, pair[0]);
	(void)close(pair[0]);
	return pair[1];
}

void
worker_scene_refuse(struct worker_scene *s, uint64_t id, int error)
{
	send_reply(s, id, error, -1);
}
