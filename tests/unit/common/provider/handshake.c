/* SPDX-License-Identifier: ISC */
/*
 * handshake: a TLS client and a TLS server in one thread's memory.
 * Runs in: unit tests.
 */
#include "tests/unit/common/provider/handshake.h"

#include <openssl/err.h>

#include <check.h>
#include <string.h>

#define ROUNDS_MAX 20	/* a handshake needs three */

static int
on_key(SSL *ssl, void *arg)
{
	struct handshake *handshake = arg;

	ck_assert_ptr_eq(ssl, handshake->server);
	handshake->calls++;
	return 1;
}

static void
set(SSL_CTX *context, const char *name, const char *value)
{
	SSL_CONF_CTX *conf = SSL_CONF_CTX_new();

	if (value != NULL) {
		SSL_CONF_CTX_set_flags(conf, SSL_CONF_FLAG_FILE |
		    SSL_CONF_FLAG_SERVER | SSL_CONF_FLAG_CLIENT);
		SSL_CONF_CTX_set_ssl_ctx(conf, context);
		ck_assert_int_eq(SSL_CONF_cmd(conf, name, value), 2);
	}
	SSL_CONF_CTX_free(conf);
}

static SSL_CTX *
make_context(const SSL_METHOD *method, const struct handshake_options *options)
{
	SSL_CTX *context = SSL_CTX_new(method);

	ck_assert_ptr_nonnull(context);
	ck_assert_int_eq(SSL_CTX_set_min_proto_version(context,
	    options->version), 1);
	ck_assert_int_eq(SSL_CTX_set_max_proto_version(context,
	    options->version), 1);
	set(context, "SignatureAlgorithms", options->sigalgs);
	set(context, "Groups", options->groups);
	set(context, options->version == TLS1_3_VERSION ? "Ciphersuites" :
	    "CipherString", options->suites);
	return context;
}

static SSL *
make_ssl(SSL_CTX *context, BIO *bio)
{
	SSL *ssl = SSL_new(context);

	ck_assert_ptr_nonnull(ssl);
	SSL_set_bio(ssl, bio, bio);
	return ssl;
}

void
handshake_open(struct handshake *handshake, const struct keypair *keypair,
    EVP_PKEY *key, const struct handshake_options *options)
{
	BIO *server_bio, *client_bio;
	X509_STORE *trusted;

	memset(handshake, 0, sizeof(*handshake));
	handshake->server_context = make_context(TLS_server_method(), options);
	handshake->client_context = make_context(TLS_client_method(), options);
	ck_assert_int_eq(SSL_CTX_use_cert_and_key(handshake->server_context,
	    keypair->certificate, key, NULL, 1), 1);
	ck_assert_int_eq(SSL_CTX_check_private_key(handshake->server_context),
	    1);
	trusted = SSL_CTX_get_cert_store(handshake->client_context);
	ck_assert_int_eq(X509_STORE_add_cert(trusted, keypair->certificate),
	    1);
	SSL_CTX_set_verify(handshake->client_context, SSL_VERIFY_PEER, NULL);
	ck_assert_int_eq(BIO_new_bio_pair(&server_bio, 0, &client_bio, 0), 1);
	handshake->server = make_ssl(handshake->server_context, server_bio);
	handshake->client = make_ssl(handshake->client_context, client_bio);
	SSL_set_accept_state(handshake->server);
	SSL_set_connect_state(handshake->client);
	SSL_set_mode(handshake->server, options->mode);
	ck_assert_int_eq(SSL_set_async_callback(handshake->server, on_key), 1);
	ck_assert_int_eq(SSL_set_async_callback_arg(handshake->server,
	    handshake), 1);
}

static enum handshake_end
step(SSL *ssl)
{
	int returned;

	ERR_clear_error();
	if ((returned = SSL_do_handshake(ssl)) == 1)
		return HANDSHAKE_DONE;
	switch (SSL_get_error(ssl, returned)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return HANDSHAKE_DONE;
	case SSL_ERROR_WANT_ASYNC:
		return HANDSHAKE_WANTS_KEY;
	default:
		return HANDSHAKE_FAILED;
	}
}

enum handshake_end
handshake_run(struct handshake *handshake)
{
	enum handshake_end end;
	int i;

	for (i = 0; i < ROUNDS_MAX; i++) {
		if ((end = step(handshake->client)) != HANDSHAKE_DONE ||
		    (end = step(handshake->server)) != HANDSHAKE_DONE)
			return end;
		if (SSL_is_init_finished(handshake->client) &&
		    SSL_is_init_finished(handshake->server))
			return HANDSHAKE_DONE;
	}
	return HANDSHAKE_FAILED;
}

void
handshake_close(struct handshake *handshake)
{
	SSL_free(handshake->server);
	SSL_free(handshake->client);
	SSL_CTX_free(handshake->server_context);
	SSL_CTX_free(handshake->client_context);
}
