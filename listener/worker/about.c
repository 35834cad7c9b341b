/* SPDX-License-Identifier: ISC */
/*
 * about: what a worker tells of itself in its roster.
 * Runs in: listener-worker, at its start.
 */
#include "listener/worker/about.h"

#include <sys/socket.h>

#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "common/layers.h"
#include "listener/roster.h"

#define DAY_S 86400

_Static_assert(ROSTER_LAYERS_MAX == LAYERS_TEXT_MAX, "layers fit");

/* Not by timegm(3), which reads the time zone's file. */
static int64_t
seconds_of(const ASN1_TIME *time)
{
	ASN1_TIME *epoch = ASN1_TIME_new();
	int days = 0, seconds = 0;

	if (epoch != NULL && ASN1_TIME_set_string(epoch, "700101000000Z") == 1)
		(void)ASN1_TIME_diff(&days, &seconds, epoch, time);
	ASN1_TIME_free(epoch);
	return (int64_t)days * DAY_S + seconds;
}

static void
append(char *out, size_t size, const char *text, size_t len)
{
	size_t used = strlen(out);

	(void)snprintf(out + used, size - used, "%s%.*s",
	    used > 0 ? ", " : "", (int)len, text);
}

/* DNS names and addresses, as a client's sslmode=verify-full compares them. */
static void
append_name(const GENERAL_NAME *name, char *out, size_t size)
{
	const ASN1_STRING *text;
	char address[INET6_ADDRSTRLEN];
	int len;

	if (name->type == GEN_DNS) {
		text = name->d.dNSName;
		append(out, size, (const char *)ASN1_STRING_get0_data(text),
		    (size_t)ASN1_STRING_length(text));
	} else if (name->type == GEN_IPADD) {
		text = name->d.iPAddress;
		len = ASN1_STRING_length(text);
		if ((len == 4 || len == 16) && inet_ntop(len == 4 ? AF_INET :
		    AF_INET6, ASN1_STRING_get0_data(text), address,
		    sizeof(address)) != NULL)
			append(out, size, address, strlen(address));
	}
}

static void
write_names(X509 *cert, char *out, size_t size)
{
	GENERAL_NAMES *names;
	int i;

	names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	for (i = 0; i < sk_GENERAL_NAME_num(names); i++)
		append_name(sk_GENERAL_NAME_value(names, i), out, size);
	GENERAL_NAMES_free(names);
}

static void
write_key_id(X509 *cert, char *out, size_t size)
{
	unsigned char digest[SHA256_DIGEST_LENGTH], *der = NULL;
	size_t i;
	int len;

	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	if (len > 0 && SHA256(der, (size_t)len, digest) != NULL)
		for (i = 0; i < sizeof(digest) && 2 * i + 2 < size; i++)
			(void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
	OPENSSL_free(der);
}

void
about_tell(struct roster_about *about, const struct layers *layers, X509 *cert)
{
	memcpy(about->layers_in_force, layers->in_force,
	    sizeof(about->layers_in_force));
	memcpy(about->layers_lacking, layers->lacking,
	    sizeof(about->layers_lacking));
	if (cert != NULL) {
		(void)X509_NAME_oneline(X509_get_subject_name(cert),
		    about->subject, sizeof(about->subject));
		(void)X509_NAME_oneline(X509_get_issuer_name(cert),
		    about->issuer, sizeof(about->issuer));
		write_names(cert, about->names, sizeof(about->names));
		write_key_id(cert, about->key_id, sizeof(about->key_id));
		about->not_before = seconds_of(X509_get0_notBefore(cert));
		about->not_after = seconds_of(X509_get0_notAfter(cert));
	}
	atomic_store_explicit(&about->is_told, 1, memory_order_release);
}
