/* SPDX-License-Identifier: ISC */
/*
 * tls_context: settings and certificate bytes become an SSL_CTX whose key is
 * in keyd. PostgreSQL's be_tls_init() is the model for what is switched off.
 * Runs in: listener-worker, at its start.
 */
#include "listener/worker/tls_context.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <stdio.h>
#include <string.h>

#include "common/fault.h"
#include "common/log.h"
#include "common/provider/remote_key.h"
#include "listener/handoff.h"

/* libpq asks for at least this much (pqReadData) and does not look for more
 * before it waits for the socket: the rest of a longer record would stay
 * unseen until the next one. PostgreSQL's own records are no longer either. */
#define RECORD_MAX 8192

static const char *
openssl_reason(void)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(code);

	return reason != NULL ? reason : "no reason given";
}

/* Versions, and all that PostgreSQL switches off. */
static int
set_protocol(SSL_CTX *ctx, const struct handoff_settings *settings,
    struct fault *fault)
{
	uint64_t options = SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
	    SSL_OP_NO_COMPRESSION | SSL_OP_SINGLE_ECDH_USE |
	    SSL_OP_IGNORE_UNEXPECTED_EOF;

	if (settings->ssl_prefer_server_ciphers)
		options |= SSL_OP_CIPHER_SERVER_PREFERENCE;
	if (SSL_CTX_set_min_proto_version(ctx,
	    settings->ssl_min_protocol_version) != 1 ||
	    SSL_CTX_set_max_proto_version(ctx,
	    settings->ssl_max_protocol_version) != 1)
		return fault_set(fault,
		    "could not set SSL protocol version range");
	(void)SSL_CTX_set_options(ctx, options);
	(void)SSL_CTX_set_num_tickets(ctx, 0);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS |
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(ctx, 1);
	(void)SSL_CTX_set_max_send_fragment(ctx, RECORD_MAX);
	return 0;
}

/* What keyd signs: not SHA-1 and SHA-224, which libssl would offer too. */
static int
set_signatures(SSL_CTX *ctx, struct fault *fault)
{
	char list[] = "ed25519:ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:"
	    "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:"
	    "rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:"
	    "RSA+SHA256:RSA+SHA384:RSA+SHA512";

	if (SSL_CTX_set1_sigalgs_list(ctx, list) != 1)
		return fault_set(fault,
		    "could not set the signature algorithms: %s",
		    openssl_reason());
	return 0;
}

int
tls_context_set_groups(SSL_CTX *ctx, const struct handoff_settings *settings)
{
	char list[HANDOFF_TEXT_MAX];

	(void)snprintf(list, sizeof(list), "%s", settings->ssl_groups);
	return SSL_CTX_set1_groups_list(ctx, list);
}

static int
set_ciphers(SSL_CTX *ctx, const struct handoff_settings *settings,
    struct fault *fault)
{
	char list[HANDOFF_TEXT_MAX + 32];

	/* keyd signs ECDHE handshakes and nothing else. */
	(void)snprintf(list, sizeof(list), "%s:!kRSA:!DHE:!PSK:!SRP",
	    settings->ssl_ciphers);
	if (SSL_CTX_set_cipher_list(ctx, list) != 1) {
		(void)fault_set(fault, "could not set the TLSv1.2 cipher list "
		    "(no valid ciphers available)");
		return fault_detail(fault, "\"ssl_ciphers\" is \"%s\"; only "
		    "ECDHE suites can be used.", settings->ssl_ciphers);
	}
	if (settings->ssl_tls13_ciphers[0] != '\0' &&
	    SSL_CTX_set_ciphersuites(ctx, settings->ssl_tls13_ciphers) != 1) {
		(void)fault_set(fault, "could not set the TLSv1.3 cipher "
		    "suites (no valid ciphers available)");
		return fault_detail(fault, "\"ssl_tls13_ciphers\" is \"%s\".",
		    settings->ssl_tls13_ciphers);
	}
	if (tls_context_set_groups(ctx, settings) != 1) {
		(void)fault_set(fault, "could not set group names specified in "
		    "ssl_groups: %s", settings->ssl_groups);
		return fault_hint(fault, "Names are OpenSSL's, with colons "
		    "between them: X25519:prime256v1.");
	}
	return 0;
}

static int
certificate_fault(const struct handoff_settings *settings, struct fault *fault)
{
	return fault_set(fault,
	    "could not load server certificate file \"%s\": %s",
	    settings->ssl_cert_file, openssl_reason());
}

/* The first certificate of the text is the server's, the rest its chain. */
static int
read_chain(const struct handoff_settings *settings, BIO *pem, X509 **out_cert,
    STACK_OF(X509) *chain, struct fault *fault)
{
	X509 *next;

	if ((*out_cert = PEM_read_bio_X509_AUX(pem, NULL, NULL, NULL)) == NULL)
		return certificate_fault(settings, fault);
	while ((next = PEM_read_bio_X509(pem, NULL, NULL, NULL)) != NULL) {
		if (sk_X509_push(chain, next) == 0) {
			X509_free(next);
			return certificate_fault(settings, fault);
		}
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return certificate_fault(settings, fault);
	ERR_clear_error();
	return 0;
}

static void
format_time(const ASN1_TIME *time, char *out, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int len = 0;

	if (bio != NULL && ASN1_TIME_print(bio, time) == 1)
		len = BIO_read(bio, out, (int)size - 1);
	out[len > 0 ? len : 0] = '\0';
	BIO_free(bio);
}

/* PostgreSQL does not look; but a good certificate is not to be replaced by one
 * that every client refuses. */
static int
check_validity(const struct tls_context_options *options, X509 *cert,
    struct fault *fault)
{
	const char *path = options->settings->ssl_cert_file;
	char time[64];

	if (X509_cmp_current_time(X509_get0_notAfter(cert)) < 0) {
		format_time(X509_get0_notAfter(cert), time, sizeof(time));
		(void)fault_set(fault, "server certificate \"%s\" has "
		    "expired", path);
		(void)fault_detail(fault, "It was valid until %s.", time);
	} else if (X509_cmp_current_time(X509_get0_notBefore(cert)) > 0) {
		format_time(X509_get0_notBefore(cert), time, sizeof(time));
		(void)fault_set(fault, "server certificate \"%s\" is not yet "
		    "valid", path);
		(void)fault_detail(fault, "It is valid from %s on.", time);
	} else
		return 0;
	if (options->must_be_valid)
		return -1;
	if (!options->is_check)
		log_fault(LOG_LEVEL_WARNING, fault);
	fault_clear(fault);
	return 0;
}

/* The remote key of the certificate's own public key: what is signed with it
 * is what the certificate says, whichever keys keyd has. */
static EVP_PKEY *
make_key(struct tls_context *out, X509 *cert, struct key_link *link)
{
	unsigned char *spki = NULL;
	EVP_PKEY *key = NULL;
	int len;

	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &spki);
	if (len > 0 && EVP_Digest(spki, (size_t)len, out->key_id, NULL,
	    EVP_sha256(), NULL) == 1)
		key = remote_key_new(out->store, link, spki, (size_t)len);
	OPENSSL_free(spki);
	return key;
}

static int
use_certificate(struct tls_context *out, BIO *pem,
    const struct tls_context_options *options, struct fault *fault)
{
	const struct handoff_settings *settings = options->settings;
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509 *cert = NULL;
	EVP_PKEY *key = NULL;
	int result = -1;

	if (chain == NULL) {
		(void)fault_set(fault, "out of memory");
		goto out;
	}
	if (read_chain(settings, pem, &cert, chain, fault) != 0 ||
	    check_validity(options, cert, fault) != 0)
		goto out;
	if ((key = make_key(out, cert, options->link)) == NULL) {
		(void)fault_set(fault, "key type of server certificate \"%s\" "
		    "is not supported: %s", settings->ssl_cert_file,
		    openssl_reason());
		(void)fault_hint(fault, "Use RSA of 2048 to 8192 bits, EC on "
		    "P-256 or P-384, or Ed25519.");
		goto out;
	}
	if (SSL_CTX_use_cert_and_key(out->ctx, cert, key, chain, 1) != 1) {
		(void)certificate_fault(settings, fault);
		goto out;
	}
	result = 0;
out:
	EVP_PKEY_free(key);
	X509_free(cert);
	sk_X509_pop_free(chain, X509_free);
	return result;
}

static int
select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *offered, unsigned int offered_len, void *unused)
{
	static const unsigned char ours[] = "\x0a" TLS_CONTEXT_ALPN;
	unsigned char *chosen;

	(void)ssl;
	(void)unused;
	if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1,
	    offered, offered_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

bool
tls_context_is_alpn_settled(const SSL *ssl)
{
	const unsigned char *chosen;
	unsigned int len;

	SSL_get0_alpn_selected(ssl, &chosen, &len);
	return len == sizeof(TLS_CONTEXT_ALPN) - 1 &&
	    memcmp(chosen, TLS_CONTEXT_ALPN, len) == 0;
}

int
tls_context_open(const struct tls_context_options *options,
    struct tls_context *out, struct fault *fault)
{
	const struct handoff_settings *settings = options->settings;
	BIO *bio;
	int result = -1;

	ERR_clear_error();
	out->ctx = SSL_CTX_new(TLS_server_method());
	out->store = remote_key_store_new();
	bio = BIO_new_mem_buf(options->pem, (int)options->pem_len);
	if (out->ctx == NULL || out->store == NULL || bio == NULL) {
		(void)fault_set(fault, "could not create SSL context: %s",
		    openssl_reason());
	} else if (set_protocol(out->ctx, settings, fault) == 0 &&
	    set_signatures(out->ctx, fault) == 0 &&
	    set_ciphers(out->ctx, settings, fault) == 0 &&
	    use_certificate(out, bio, options, fault) == 0) {
		SSL_CTX_set_alpn_select_cb(out->ctx, select_alpn, NULL);
		result = 0;
	}
	BIO_free(bio);
	if (result != 0)
		tls_context_close(out);
	ERR_clear_error();
	return result;
}

void
tls_context_close(struct tls_context *context)
{
	SSL_CTX_free(context->ctx);
	context->ctx = NULL;
	remote_key_store_free(context->store);
	context->store = NULL;
}
