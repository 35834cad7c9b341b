/* SPDX-License-Identifier: ISC */
/*
 * local_key: stands in for common/provider/remote_key in a worker that exists
 * to be measured: its private key lies in its own memory, read before main()
 * from "local.key" beside the program. Never installed.
 * Runs in: bench-worker.
 */
#include "common/provider/remote_key.h"

#include <openssl/pem.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "local.key"

static unsigned char pem[16384];
static size_t pem_len;

static void __attribute__((constructor))
read_key(void)
{
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path,
	    sizeof(path) - sizeof(NAME));
	char *slash;
	FILE *file;

	if (len <= 0)
		return;
	path[len] = '\0';
	if ((slash = strrchr(path, '/')) == NULL)
		return;
	memcpy(slash + 1, NAME, sizeof(NAME));
	if ((file = fopen(path, "r")) == NULL)
		return;
	pem_len = fread(pem, 1, sizeof(pem), file);
	(void)fclose(file);
}

struct remote_key_store *
remote_key_store_new(void)
{
	return calloc(1, 1);
}

void
remote_key_store_free(struct remote_key_store *store)
{
	free(store);
}

EVP_PKEY *
remote_key_new(struct remote_key_store *store, struct key_link *link,
    const unsigned char *spki, size_t spki_len)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)pem_len);
	EVP_PKEY *key = NULL;

	(void)store;
	(void)link;
	(void)spki;
	(void)spki_len;
	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return key;
}
