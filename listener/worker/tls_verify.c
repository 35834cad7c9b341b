/* SPDX-License-Identifier: ISC */
/*
 * tls_verify: PostgreSQL's be_tls_init() and verify_cb(), from memory instead
 * of files.
 * Runs in: listener-worker.
 */
#include "listener/worker/tls_verify.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <stdio.h>

#include "common/fault.h"
#include "listener/handoff_settings.h"
#include "listener/worker/certificate.h"
#include "listener/worker/revocation.h"

static const char *
openssl_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	return reason != NULL ? reason : "no reason given";
}

/* Behind the last certificate or list of a text. */
static bool
is_at_end(int found)
{
	if (found == 0 ||
	    ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return false;
	ERR_clear_error();
	return true;
}

/* A client that has several certificates chooses by the names in this file. */
static bool
add_authority(SSL_CTX *ctx, X509_STORE *store, X509 *cert)
{
	return X509_STORE_add_cert(store, cert) == 1 &&
	    SSL_CTX_add_client_CA(ctx, cert) == 1;
}

static int
load_authorities(SSL_CTX *ctx, X509_STORE *store,
    const struct tls_verify_options *options, struct fault *fault)
{
	BIO *bio = BIO_new_mem_buf(options->ca.bytes, (int)options->ca.len);
	bool added = true;
	X509 *cert;
	int found;

	for (found = 0; added && (cert = PEM_read_bio_X509_AUX(bio, NULL, NULL,
	    NULL)) != NULL; found++) {
		added = add_authority(ctx, store, cert);
		X509_free(cert);
	}
	BIO_free(bio);
	if (added && is_at_end(found))
		return 0;
	return fault_set(fault,
	    "could not load root certificate file \"%s\": %s",
	    options->settings->ssl_ca_file, openssl_reason());
}

static bool
load_lists(X509_STORE *store, const struct tls_verify_pem *pem)
{
	BIO *bio = BIO_new_mem_buf(pem->bytes, (int)pem->len);
	bool added = true;
	X509_CRL *crl;
	int found;

	for (found = 0; added && (crl = revocation_read(bio)) != NULL;
	    found++) {
		added = X509_STORE_add_crl(store, crl) == 1;
		X509_CRL_free(crl);
	}
	BIO_free(bio);
	return added && is_at_end(found);
}

static int
load_file(X509_STORE *store, const struct tls_verify_options *options,
    struct fault *fault)
{
	if (options->crl.len == 0 || load_lists(store, &options->crl))
		return 0;
	return fault_set(fault, "could not load SSL certificate revocation "
	    "list file \"%s\": %s", options->settings->ssl_crl_file,
	    openssl_reason());
}

static int
load_directory(X509_STORE *store, const struct tls_verify_options *options,
    struct fault *fault)
{
	if (options->crl_dir.len == 0 || load_lists(store, &options->crl_dir))
		return 0;
	return fault_set(fault, "could not load SSL certificate revocation "
	    "list directory \"%s\": %s", options->settings->ssl_crl_dir,
	    openssl_reason());
}

static void
load_all(SSL_CTX *ctx, X509_STORE *store,
    const struct tls_verify_options *options, struct fault_list *faults)
{
	struct fault fault = { 0 };

	if (load_authorities(ctx, store, options, &fault) != 0)
		(void)fault_list_add(faults, &fault);
	if (load_file(store, options, &fault) != 0)
		(void)fault_list_add(faults, &fault);
	if (load_directory(store, options, &fault) != 0)
		(void)fault_list_add(faults, &fault);
	/* A directory without lists refuses everybody, as PostgreSQL's does. */
	if (options->crl.len > 0 || options->settings->ssl_crl_dir[0] != '\0')
		(void)X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK |
		    X509_V_FLAG_CRL_CHECK_ALL);
}

/* Keeps what the log is to say of a certificate that is refused. */
static int
note_refusal(int is_good, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store,
	    SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_verify *verify = SSL_CTX_get_app_data(
	    SSL_get_SSL_CTX(ssl));
	X509 *cert = X509_STORE_CTX_get_current_cert(store);
	char subject[CERTIFICATE_TEXT_SIZE], issuer[CERTIFICATE_TEXT_SIZE];
	char serial[CERTIFICATE_TEXT_SIZE];
	int len;

	if (is_good)
		return is_good;
	len = snprintf(verify->reason, sizeof(verify->reason),
	    "Client certificate verification failed at depth %d: %s.",
	    X509_STORE_CTX_get_error_depth(store),
	    X509_verify_cert_error_string(X509_STORE_CTX_get_error(store)));
	if (cert == NULL || len < 0 || (size_t)len >= sizeof(verify->reason))
		return is_good;
	certificate_format_name(X509_get_subject_name(cert), subject);
	certificate_format_name(X509_get_issuer_name(cert), issuer);
	certificate_format_serial(cert, serial);
	(void)snprintf(verify->reason + len,
	    sizeof(verify->reason) - (size_t)len,
	    " Failed certificate data (unverified): subject \"%s\", "
	    "serial number %s, issuer \"%s\".", subject, serial, issuer);
	return is_good;
}

/* libssl wants a context's name before it verifies a client, although no
 * session is ever taken up again. */
static void
ask_clients(SSL_CTX *ctx, const struct handoff_settings *settings)
{
	static const unsigned char name[] = "postern";
	int mode = SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE;

	if (settings->ssl_client_cert_required)
		mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	(void)SSL_CTX_set_session_id_context(ctx, name, sizeof(name) - 1);
	SSL_CTX_set_verify(ctx, mode, note_refusal);
}

int
tls_verify_open(SSL_CTX *ctx, const struct tls_verify_options *options,
    struct tls_verify *verify, struct fault_list *faults)
{
	size_t before = faults->count;
	X509_STORE *store;
	struct fault fault = { 0 };

	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	if (options->ca.len == 0)
		return 0;
	/* A store of its own: the context's would lend its certificates to
	 * the chain that the server sends. */
	if ((store = X509_STORE_new()) == NULL) {
		(void)fault_set(&fault, "out of memory");
		return fault_list_add(faults, &fault);
	}
	load_all(ctx, store, options, faults);
	if (faults->count == before) {
		(void)SSL_CTX_set1_verify_cert_store(ctx, store);
		SSL_CTX_set_app_data(ctx, verify);
		ask_clients(ctx, options->settings);
		verify->is_on = true;
	}
	X509_STORE_free(store);
	return faults->count == before ? 0 : -1;
}
