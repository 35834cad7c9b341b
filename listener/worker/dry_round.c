/* SPDX-License-Identifier: ISC */
/*
 * dry_round: the client's side is a plain SSL_CTX, the server's is the one
 * that clients will meet; a pair of BIOs is the wire between them.
 * Runs in: listener-worker, at its start.
 */
#include "listener/worker/dry_round.h"

#include <event2/event.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/clock.h"
#include "common/fault.h"
#include "common/provider/key_link.h"
#include "listener/worker/worker.h"

#define TICK_MS 100

/* All of them, so that whatever the settings allow is among them. */
#define CIPHERS "ALL:@SECLEVEL=0"
#define SUITES "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:" \
	"TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256"

struct dry_round {
	struct worker *worker;
	SSL_CTX *ctx;			/* the client's */
	SSL *client, *server;
};

/* The loop only has to turn: the server is asked again after each turn. */
static int
on_key(SSL *ssl, void *arg)
{
	(void)ssl;
	(void)arg;
	return 1;
}

static int
open_client(struct dry_round *round)
{
	const struct handoff_settings *settings = round->worker->settings;

	if ((round->ctx = SSL_CTX_new(TLS_client_method())) == NULL ||
	    SSL_CTX_set_cipher_list(round->ctx, CIPHERS) != 1 ||
	    SSL_CTX_set_ciphersuites(round->ctx, SUITES) != 1 ||
	    tls_context_set_groups(round->ctx, settings) != 1 ||
	    (round->client = SSL_new(round->ctx)) == NULL)
		return -1;
	SSL_set_connect_state(round->client);
	return 0;
}

static int
open_server(struct dry_round *round)
{
	if ((round->server = SSL_new(round->worker->tls.ctx)) == NULL ||
	    SSL_set_async_callback(round->server, on_key) != 1)
		return -1;
	/* Its client has no certificate, whoever else must have one. */
	SSL_set_verify(round->server, SSL_VERIFY_NONE, NULL);
	SSL_set_mode(round->server, SSL_MODE_ASYNC);
	SSL_set_accept_state(round->server);
	return 0;
}

static int
connect_both(struct dry_round *round)
{
	BIO *front, *back;

	if (BIO_new_bio_pair(&front, 0, &back, 0) != 1)
		return -1;
	SSL_set_bio(round->client, front, front);
	SSL_set_bio(round->server, back, back);
	return 0;
}

/* Only ends one round of the loop. */
static void
wake(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static void
turn_loop(struct worker *worker)
{
	struct event_base *base = worker->base;
	struct timeval tick = { .tv_usec = TICK_MS * 1000 };

	keyd_watch(&worker->keyd);
	(void)event_base_once(base, -1, EV_TIMEOUT, wake, NULL, &tick);
	(void)event_base_loop(base, EVLOOP_ONCE);
}

/* One step of one side: 1 finished, 0 it waits for the other side or for its
 * signature, -1 failed. */
static int
step(SSL *ssl)
{
	int returned;

	ERR_clear_error();
	if ((returned = SSL_do_handshake(ssl)) == 1)
		return 1;
	switch (SSL_get_error(ssl, returned)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
	case SSL_ERROR_WANT_ASYNC:
		return 0;
	default:
		return -1;
	}
}

/* keyd's own deadline, key_timeout, fails the signature and so ends this. */
static int
shake_hands(struct dry_round *round)
{
	int client = 0, server = 0;

	while (client == 0 || server == 0) {
		if ((client = step(round->client)) == -1 ||
		    (server = step(round->server)) == -1)
			return -1;
		if (SSL_waiting_for_async(round->server))
			turn_loop(round->worker);
	}
	return 0;
}

/* A fibre that waits must come to its end before its SSL. */
static void
close_both(struct dry_round *round)
{
	if (round->server != NULL && SSL_waiting_for_async(round->server)) {
		key_link_cancel(round->worker->keyd.link, round->server);
		(void)step(round->server);
	}
	SSL_free(round->server);
	SSL_free(round->client);
	SSL_CTX_free(round->ctx);
	ERR_clear_error();
}

int
dry_round_run(struct worker *worker, struct fault *fault)
{
	struct dry_round round = { .worker = worker };
	const char *reason;
	int result;

	if (!worker->settings->ssl || worker->handoff->is_replacement)
		return 0;
	if (keyd_await_key(&worker->keyd, worker->base, worker->tls.key_id,
	    fault) != 0)
		return -1;
	result = open_client(&round) == 0 && open_server(&round) == 0 &&
	    connect_both(&round) == 0 ? shake_hands(&round) : -1;
	reason = ERR_reason_error_string(ERR_peek_error());
	if (result != 0)
		(void)fault_set(fault, "could not try an SSL handshake: %s",
		    reason != NULL ? reason : "no reason given");
	close_both(&round);
	return result;
}
