/* SPDX-License-Identifier: ISC */
/*
 * fuzz_client: one client of a worker from accept to close, played by a script
 * of bytes: what it sends and when it stops, what the dialer and the server
 * do, in any order. Plain or inside real TLS. Then what each side got is held
 * against what the protocol allows, and the worker against its empty self.
 * Runs in: make check, tests/fuzz/run.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "listener/roster.h"
#include "listener/worker/client.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/worker_scene.h"

#define BYTES_MAX 16384
#define REQUEST_LEN 8
#define SSL_CODE "\0\0\0\x08\x04\xd2\x16\x2f"
#define GSS_CODE "\0\0\0\x08\x04\xd2\x16\x30"

/* The low half of a script's byte; the high half is a number for it. */
enum act {
	ACT_CLIENT_SENDS,	/* then a length, then bytes */
	ACT_SERVER_SENDS,
	ACT_CLIENT_STOPS,	/* its FIN */
	ACT_CLIENT_GOES,	/* closes */
	ACT_SERVER_STOPS,
	ACT_SERVER_GOES,
	ACT_CONNECT,		/* the dialer's answer */
	ACT_REFUSE,
	ACT_DEADLINE,
	ACT_SHUT_DOWN,		/* the worker's */
	ACT_TLS,		/* the client begins TLS */
	ACT_SILENT_KEYD,
	ACT_SMALL_BUFFER,
	ACT_RESET,		/* closes with bytes unread */
	ACTS
};

/* What went over one direction. */
struct tape {
	unsigned char bytes[BYTES_MAX];
	size_t len;
};

struct play {
	struct worker_scene *scene;
	int client, server;	/* our ends; -1: none */
	SSL_CTX *ctx;
	SSL *ssl;		/* the client's, once it has begun TLS */
	bool was_server;
	struct tape client_sent, client_got, server_sent, server_got;
};

static void
tape_add(struct tape *tape, const unsigned char *bytes, size_t len)
{
	if (len > BYTES_MAX - tape->len)
		len = BYTES_MAX - tape->len;
	memcpy(tape->bytes + tape->len, bytes, len);
	tape->len += len;
}

static ssize_t
client_receive(struct play *play, unsigned char *bytes, size_t size)
{
	int n;

	if (play->ssl == NULL)
		return recv(play->client, bytes, size, MSG_DONTWAIT);
	ERR_clear_error();
	n = SSL_read(play->ssl, bytes, (int)size);
	return n > 0 ? n : -1;
}

/* Reads all that has come, on both sides. */
static void
collect(struct play *play)
{
	unsigned char bytes[4096];
	ssize_t n;

	while (play->client != -1 && play->client_got.len < BYTES_MAX &&
	    (n = client_receive(play, bytes, sizeof(bytes))) > 0)
		tape_add(&play->client_got, bytes, (size_t)n);
	while (play->server != -1 && play->server_got.len < BYTES_MAX &&
	    (n = recv(play->server, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		tape_add(&play->server_got, bytes, (size_t)n);
}

static void
turn(struct play *play)
{
	worker_scene_run(play->scene);
	collect(play);
	worker_scene_run(play->scene);
}

static void
client_sends(struct play *play, const unsigned char *bytes, size_t len)
{
	ssize_t n;

	if (play->client == -1 || len == 0)
		return;
	if (play->ssl != NULL) {
		ERR_clear_error();
		n = SSL_write(play->ssl, bytes, (int)len);
	} else {
		n = send(play->client, bytes, len, MSG_DONTWAIT |
		    MSG_NOSIGNAL);
	}
	if (n > 0)
		tape_add(&play->client_sent, bytes, (size_t)n);
}

static void
server_sends(struct play *play, const unsigned char *bytes, size_t len)
{
	ssize_t n = 0;

	if (play->server != -1 && len > 0)
		n = send(play->server, bytes, len, MSG_DONTWAIT |
		    MSG_NOSIGNAL);
	if (n > 0)
		tape_add(&play->server_sent, bytes, (size_t)n);
}

/* At the very beginning, or behind an S: elsewhere its records would be the
 * server's to read. */
static bool
may_begin_tls(const struct play *play)
{
	const struct tape *got = &play->client_got;

	return play->client != -1 && play->ssl == NULL &&
	    (play->client_sent.len == 0 ||
	    (got->len > 0 && got->len < 3 && got->bytes[got->len - 1] == 'S' &&
	    play->client_sent.len == got->len * REQUEST_LEN));
}

static void
begin_tls(struct play *play)
{
	static const unsigned char alpn[] = "\x0apostgresql";
	int turns;

	if (!may_begin_tls(play))
		return;
	play->ssl = SSL_new(play->ctx);
	FUZZ_MUST(play->ssl != NULL && SSL_set_fd(play->ssl,
	    play->client) == 1);
	(void)SSL_set_alpn_protos(play->ssl, alpn, sizeof(alpn) - 1);
	SSL_set_connect_state(play->ssl);
	for (turns = 0; turns < 4 && SSL_do_handshake(play->ssl) != 1; turns++)
		worker_scene_run(play->scene);
}

/* SSL_free() closes no descriptor that SSL_set_fd() was given. */
static void
client_goes(struct play *play)
{
	if (play->client != -1)
		(void)close(play->client);
	play->client = -1;
}

static void
server_goes(struct play *play)
{
	if (play->server != -1)
		(void)close(play->server);
	play->server = -1;
}

static void
dialer_answers(struct play *play, bool connects, unsigned int number)
{
	uint64_t id = worker_scene_take_dial(play->scene);

	if (id == 0)
		return;
	if (connects && !play->was_server) {
		play->server = worker_scene_connect(play->scene, id);
		play->was_server = true;
	} else {
		worker_scene_refuse(play->scene, id, ECONNREFUSED +
		    (int)number);
	}
}

static struct client *
the_client(const struct play *play)
{
	return LIST_FIRST(&play->scene->worker.clients);
}

static void
shrink(const struct play *play)
{
	int size = 1;

	if (play->client != -1)
		(void)setsockopt(play->client, SOL_SOCKET, SO_SNDBUF, &size,
		    sizeof(size));
	if (the_client(play) != NULL)
		(void)setsockopt(the_client(play)->front.fd, SOL_SOCKET,
		    SO_SNDBUF, &size, sizeof(size));
}

/* What the script says to the worker's own side. */
static void
act_on_worker(struct play *play, enum act act)
{
	struct client *client = the_client(play);

	if (client == NULL)
		return;
	if (act == ACT_SHUT_DOWN)
		client_shut_down(client);
	else if (evtimer_pending(&client->deadline, NULL))
		event_active(&client->deadline, EV_TIMEOUT, 0);
}

static void
perform(struct play *play, enum act act, unsigned int number)
{
	switch (act) {
	case ACT_CLIENT_STOPS:
		if (play->client != -1 && play->ssl != NULL)
			(void)SSL_shutdown(play->ssl);
		if (play->client != -1)
			(void)shutdown(play->client, SHUT_WR);
		break;
	case ACT_RESET:
	case ACT_CLIENT_GOES:
		client_goes(play);
		break;
	case ACT_SERVER_STOPS:
		if (play->server != -1)
			(void)shutdown(play->server, SHUT_WR);
		break;
	case ACT_SERVER_GOES:
		server_goes(play);
		break;
	case ACT_CONNECT:
	case ACT_REFUSE:
		dialer_answers(play, act == ACT_CONNECT, number);
		break;
	case ACT_TLS:
		begin_tls(play);
		break;
	case ACT_SILENT_KEYD:
		play->scene->keyd_is_silent = true;
		break;
	case ACT_SMALL_BUFFER:
		shrink(play);
		break;
	default:
		act_on_worker(play, act);
		break;
	}
}

static void
run_script(struct play *play, const uint8_t *script, size_t len)
{
	enum act act;
	size_t n;

	while (len > 0) {
		act = (enum act)(script[0] & 0xf);
		n = 0;
		if (act == ACT_CLIENT_SENDS || act == ACT_SERVER_SENDS) {
			n = len > 1 ? script[1] : 0;
			script += len > 1;
			len -= len > 1;
			n = n < len - 1 ? n : len - 1;
		}
		if (act == ACT_CLIENT_SENDS)
			client_sends(play, script + 1, n);
		else if (act == ACT_SERVER_SENDS)
			server_sends(play, script + 1, n);
		else
			perform(play, act, script[0] >> 4);
		script += n + 1;
		len -= n + 1;
		if (act != ACT_RESET)
			turn(play);
	}
}

/* The server got the client's packet, unchanged and from its first byte, and
 * what the client sent behind it; nothing of the negotiation. */
static void
check_server(const struct play *play)
{
	const struct tape *sent = &play->client_sent, *got = &play->server_got;
	size_t at = 0;

	while (sent->len - at >= REQUEST_LEN &&
	    (memcmp(sent->bytes + at, SSL_CODE, REQUEST_LEN) == 0 ||
	    memcmp(sent->bytes + at, GSS_CODE, REQUEST_LEN) == 0))
		at += REQUEST_LEN;
	FUZZ_MUST(got->len == 0 || sent->len == BYTES_MAX ||
	    (got->len <= sent->len - at &&
	    memcmp(got->bytes, sent->bytes + at, got->len) == 0));
}

/* Is this one whole ErrorResponse, or its beginning? */
static bool
is_error(const unsigned char *bytes, size_t len)
{
	size_t said;

	if (len == 0 || bytes[0] != 'E')
		return len == 0;
	if (len < 5)
		return true;
	said = ((size_t)bytes[1] << 24 | (size_t)bytes[2] << 16 |
	    (size_t)bytes[3] << 8 | bytes[4]) + 1;
	return len <= said;
}

/* The client got answers to its requests, then what the server sent, then at
 * most one error of ours. */
static void
check_client(const struct play *play)
{
	const struct tape *sent = &play->server_sent, *got = &play->client_got;
	size_t at = 0, same = 0, i;

	while (at < got->len && at < 3 && (got->bytes[at] == 'N' ||
	    got->bytes[at] == 'S'))
		at++;
	/* An N of the server's own is none of ours. */
	for (i = 0; i <= at; i++) {
		same = 0;
		while (same < sent->len && i + same < got->len &&
		    sent->bytes[same] == got->bytes[i + same])
			same++;
		do {
			if (is_error(got->bytes + i + same,
			    got->len - i - same))
				return;
		} while (same-- > 0);
	}
	/* Else they are records of a TLS that nobody reads. */
	FUZZ_MUST(got->len == BYTES_MAX || (play->ssl == NULL &&
	    ((at > 0 && got->bytes[at - 1] == 'S') ||
	    play->client_sent.bytes[0] == 0x16)));
}

/* Whoever asks as a user for whom a password is due: the server's word that
 * none is needed never reaches him. */
static void
check_no_trust(const struct play *play)
{
	static const unsigned char ok[] = "R\0\0\0\x08\0\0\0\0";
	const struct tape *got = &play->client_got;
	static const char trusted[] = "user\0trusted";

	if (memmem(play->client_sent.bytes, play->client_sent.len, trusted,
	    sizeof(trusted)) != NULL)
		return;
	FUZZ_MUST(play->server_sent.len < sizeof(ok) - 1 ||
	    memcmp(play->server_sent.bytes, ok, sizeof(ok) - 1) != 0 ||
	    memmem(got->bytes, got->len, ok, sizeof(ok) - 1) == NULL);
}

/* The one client that there ever was counts no more. */
static void
check_address(const struct worker *worker)
{
	struct address_counts counts = { 0 };
	const struct hba_address address = { .family = HBA_ADDRESS_IPV4,
		.bytes = { 192, 0, 2, 7 } };

	address_table_add(&worker->board->addresses,
	    address_table_key(&address), 0, 100, &counts);
	FUZZ_MUST(counts.unfinished == 0 && counts.sessions == 0);
}

/* The roster has nobody, and counts nobody. */
static void
check_roster(const struct presence *presence)
{
	const struct roster *roster = presence->roster;
	struct roster_client seen;
	size_t i;

	FUZZ_MUST(presence->waiting == 0);
	for (i = 0; i < CLIENT_STATES; i++)
		FUZZ_MUST(roster->counters.states[i] == 0);
	for (i = 0; i < presence->slots_len; i++)
		FUZZ_MUST(roster_look(&roster->slots[i], &seen) ==
		    ROSTER_FREE);
}

static void
check_empty(const struct play *play)
{
	const struct worker *worker = &play->scene->worker;

	FUZZ_MUST(LIST_EMPTY(&worker->clients));
	FUZZ_MUST(worker->board->clients == 0);
	FUZZ_MUST(worker->board->sessions == 0);
	FUZZ_MUST(worker->limits.arriving_len == 0);
	FUZZ_MUST(TAILQ_EMPTY(&worker->limits.arriving));
	check_address(worker);
	check_roster(&worker->presence);
	FUZZ_MUST(worker->cancels.going == 0);
	FUZZ_MUST(worker->cancels.waiting_len == 0);
	FUZZ_MUST(worker->dials[0].sent_len == 0);
}

static void
begin(struct play *play)
{
	const struct sockaddr_in peer = { .sin_family = AF_INET,
		.sin_port = htons(1), .sin_addr.s_addr = htonl(0xc0000207) };
	struct sockaddr_storage addr = { 0 };
	int pair[2];

	memcpy(&addr, &peer, sizeof(peer));
	FUZZ_MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0, pair) == 0);
	play->client = pair[1];
	play->server = -1;
	play->was_server = false;
	play->ssl = NULL;
	play->scene->keyd_is_silent = false;
	play->client_sent.len = play->client_got.len = 0;
	play->server_sent.len = play->server_got.len = 0;
	client_open(&play->scene->worker, pair[0], &addr);
}

/* Everybody goes; a client that waits for its signature too. */
static void
end(struct play *play)
{
	turn(play);
	client_goes(play);
	server_goes(play);
	SSL_free(play->ssl);
	worker_scene_run(play->scene);
	while (the_client(play) != NULL)
		client_go(the_client(play), CLIENT_CLOSE);
	play->scene->keyd_is_silent = false;
	worker_scene_run(play->scene);
	while (worker_scene_take_dial(play->scene) != 0)
		;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct play play;

	if (play.scene == NULL) {
		play.scene = worker_scene_open();
		play.ctx = SSL_CTX_new(TLS_client_method());
	}
	begin(&play);
	run_script(&play, bytes, len);
	end(&play);
	check_server(&play);
	check_client(&play);
	check_no_trust(&play);
	check_empty(&play);
	return 0;
}
