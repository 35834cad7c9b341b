/* SPDX-License-Identifier: ISC */
/*
 * advice: certificates and revocation lists that are legal but sad, for
 * postern-listener --check.
 * Runs in: listener-worker, of a check alone.
 */
#include "listener/worker/advice.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/fault.h"
#include "common/log.h"
#include "listener/worker/certificate.h"
#include "listener/worker/worker.h"

#define NAMES_MAX 700	/* bytes of a list of names in a message */

/* One certificate of a file. */
struct subject {
	const char *label, *path;	/* of the file, as messages name it */
	X509 *cert;
};

static void
warn(struct fault *fault)
{
	log_fault(LOG_LEVEL_WARNING, fault);
}

/* What a BIO in memory holds, cut to fit; frees it. */
static void
take_text(BIO *bio, char *out, size_t size)
{
	char *bytes = NULL;
	long len = bio != NULL ? BIO_get_mem_data(bio, &bytes) : 0;

	(void)snprintf(out, size, "%.*s", len > 0 ? (int)len : 0,
	    bytes != NULL ? bytes : "");
	BIO_free(bio);
}

static void
describe(const struct subject *subject, struct fault *fault)
{
	char name[CERTIFICATE_TEXT_SIZE], end[64] = "";
	BIO *bio = BIO_new(BIO_s_mem());

	certificate_format_name(X509_get_subject_name(subject->cert), name);
	if (bio != NULL)
		(void)ASN1_TIME_print(bio, X509_get0_notAfter(subject->cert));
	take_text(bio, end, sizeof(end));
	(void)fault_detail(fault, "Its subject is \"%s\", and its validity "
	    "ends at %s.", name, end);
}

/* Whole days from now, rounded towards now; sign says which side of now. */
static void
days_until(const ASN1_TIME *time, int *out_days, int *out_sign)
{
	int days = 0, seconds = 0;

	(void)ASN1_TIME_diff(&days, &seconds, NULL, time);
	*out_days = days;
	*out_sign = days != 0 ? days : seconds;
}

static void
look_at_time(const struct subject *subject)
{
	struct fault fault = { 0 };
	int days, sign;

	days_until(X509_get0_notBefore(subject->cert), &days, &sign);
	if (sign > 0) {
		(void)fault_set(&fault, "%s \"%s\" is not yet valid",
		    subject->label, subject->path);
		describe(subject, &fault);
		warn(&fault);
	}
	days_until(X509_get0_notAfter(subject->cert), &days, &sign);
	if (sign < 0)
		(void)fault_set(&fault, "%s \"%s\" has expired",
		    subject->label, subject->path);
	else if (days < ADVICE_DAYS)
		(void)fault_set(&fault, "%s \"%s\" expires in %d days",
		    subject->label, subject->path, days);
	else
		return;
	describe(subject, &fault);
	warn(&fault);
}

static bool
is_name_shown(const GENERAL_NAME *name)
{
	return name->type == GEN_DNS || name->type == GEN_IPADD;
}

/* "DNS:db.example.com, IP Address:192.0.2.1"; "" where clients find none. */
static void
format_names(X509 *cert, char out[NAMES_MAX])
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name,
	    NULL, NULL);
	BIO *bio = BIO_new(BIO_s_mem());
	int i, shown = 0;

	for (i = 0; bio != NULL && i < sk_GENERAL_NAME_num(names); i++) {
		if (!is_name_shown(sk_GENERAL_NAME_value(names, i)))
			continue;
		(void)BIO_printf(bio, "%s", shown++ > 0 ? ", " : "");
		(void)GENERAL_NAME_print(bio,
		    sk_GENERAL_NAME_value(names, i));
	}
	take_text(bio, out, NAMES_MAX);
	GENERAL_NAMES_free(names);
}

static void
look_at_names(const struct subject *subject)
{
	struct fault fault = { 0 };
	char names[NAMES_MAX];

	format_names(subject->cert, names);
	if (names[0] != '\0') {
		log_write(LOG_LEVEL_LOG, "%s \"%s\" is for %s",
		    subject->label, subject->path, names);
		return;
	}
	(void)fault_set(&fault, "%s \"%s\" has no subjectAltName with a name "
	    "or address", subject->label, subject->path);
	describe(subject, &fault);
	(void)fault_hint(&fault, "libpq then compares the host with the common "
	    "name; other clients with sslmode=verify-full refuse it.");
	warn(&fault);
}

/* RFC 5929: the hash is the one of the certificate's signature. */
static void
look_at_binding(const struct subject *subject)
{
	struct fault fault = { 0 };
	int digest = NID_undef;

	if (X509_get_signature_info(subject->cert, &digest, NULL, NULL,
	    NULL) != 1 || digest != NID_undef)
		return;
	(void)fault_set(&fault, "%s \"%s\" allows no channel binding",
	    subject->label, subject->path);
	(void)fault_detail(&fault, "It is signed with %s, for which no hash is "
	    "defined.", OBJ_nid2ln(X509_get_signature_nid(subject->cert)));
	(void)fault_hint(&fault, "Use a certificate signed with ECDSA or RSA.");
	warn(&fault);
}

static void
look_at_purpose(const struct subject *subject)
{
	struct fault fault = { 0 };

	if (X509_check_purpose(subject->cert, X509_PURPOSE_SSL_SERVER, 0) == 1)
		return;
	(void)fault_set(&fault, "%s \"%s\" is not for servers",
	    subject->label, subject->path);
	(void)fault_hint(&fault, "Its key usage must have digitalSignature, "
	    "its extended key usage serverAuth, where it has such extensions.");
	warn(&fault);
}

/* The server's own, then those that it sends along. */
static void
look_at_server(const struct subject *subject, int number)
{
	look_at_time(subject);
	if (number > 0)
		return;
	look_at_names(subject);
	look_at_binding(subject);
	look_at_purpose(subject);
}

static void
look_at_authority(const struct subject *subject, int number)
{
	struct fault fault = { 0 };

	(void)number;
	look_at_time(subject);
	if (X509_check_ca(subject->cert) != 0)
		return;
	(void)fault_set(&fault, "%s \"%s\" has a certificate that is no "
	    "authority's", subject->label, subject->path);
	describe(subject, &fault);
	warn(&fault);
}

static BIO *
open_part(const struct worker *worker, enum handoff_part part)
{
	const unsigned char *bytes;
	size_t len;

	bytes = worker_part(worker, part, &len);
	return BIO_new_mem_buf(bytes, (int)len);
}

static void
look_at_each(const struct worker *worker, enum handoff_part part,
    const struct subject *file, void (*look)(const struct subject *, int))
{
	BIO *bio = open_part(worker, part);
	struct subject subject = *file;
	int i;

	for (i = 0; bio != NULL && (subject.cert = PEM_read_bio_X509_AUX(bio,
	    NULL, NULL, NULL)) != NULL; i++) {
		look(&subject, i);
		X509_free(subject.cert);
	}
	BIO_free(bio);
	ERR_clear_error();
}

/* Who is refused is every client of that authority. */
static void
look_at_list(const char *path, X509_CRL *crl)
{
	char name[CERTIFICATE_TEXT_SIZE];
	const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl);
	struct fault fault = { 0 };
	int days, last = 0, left = 1;

	days_until(X509_CRL_get0_lastUpdate(crl), &days, &last);
	if (next != NULL)
		days_until(next, &days, &left);
	if (last <= 0 && left >= 0)
		return;
	certificate_format_name(X509_CRL_get_issuer(crl), name);
	(void)fault_set(&fault, "certificate revocation list in \"%s\" %s",
	    path, left < 0 ? "has expired" : "is not yet valid");
	(void)fault_detail(&fault, "Every certificate of its issuer \"%s\" is "
	    "refused.", name);
	(void)fault_hint(&fault, "Get a new list from that authority.");
	warn(&fault);
}

static void
look_at_lists(const struct worker *worker, enum handoff_part part,
    const char *path)
{
	BIO *bio = open_part(worker, part);
	X509_CRL *crl;

	while (bio != NULL && (crl = PEM_read_bio_X509_CRL(bio, NULL, NULL,
	    NULL)) != NULL) {
		look_at_list(path, crl);
		X509_CRL_free(crl);
	}
	BIO_free(bio);
	ERR_clear_error();
}

void
advice_give(const struct worker *worker)
{
	const struct handoff_settings *settings = worker->settings;
	const struct subject server = { .label = "server certificate file",
		.path = settings->ssl_cert_file };
	const struct subject authority = { .label = "root certificate file",
		.path = settings->ssl_ca_file };

	look_at_each(worker, HANDOFF_CERT, &server, look_at_server);
	look_at_each(worker, HANDOFF_CA, &authority, look_at_authority);
	look_at_lists(worker, HANDOFF_CRL, settings->ssl_crl_file);
	look_at_lists(worker, HANDOFF_CRL_DIR, settings->ssl_crl_dir);
}
