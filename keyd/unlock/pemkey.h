/* SPDX-License-Identifier: ISC */
/*
 * pemkey: the first private key of a PEM text, encrypted or not.
 * Runs in: keyd-unlock.
 */
#ifndef KEYD_UNLOCK_PEMKEY_H
#define KEYD_UNLOCK_PEMKEY_H

#include <openssl/types.h>

#include <stdbool.h>
#include <stddef.h>

struct fault;

/* One PEM block, in OpenSSL's secure heap. A struct of zeroes is empty. */
struct pemkey {
	const char *path;	/* the caller's; for messages */
	char *name;		/* "ENCRYPTED PRIVATE KEY" */
	char *header;		/* "" or RFC 1421 lines (DEK-Info) */
	unsigned char *der;
	long der_len;
};

struct pemkey_text {
	const char *path;
	const unsigned char *bytes;
	size_t len;
};

/*
 * Finds the first private key; certificates, EC PARAMETERS and the like before
 * it are passed over. A text without one, a block that is damaged, and a key
 * encrypted by what this OpenSSL cannot decrypt are faults, each in its own
 * words. Returns 0 or -1.
 */
int pemkey_find(const struct pemkey_text *text, struct pemkey *out,
    struct fault *fault);

bool pemkey_is_encrypted(const struct pemkey *key);

/*
 * Decodes, and decrypts with pass (pass_len bytes; NULL for a key that is not
 * encrypted). Returns 1 and the key; 0 for a wrong pass phrase; -1 with the
 * fault.
 */
int pemkey_decrypt(const struct pemkey *key, const char *pass, int pass_len,
    EVP_PKEY **out, struct fault *fault);

void pemkey_wipe(struct pemkey *key);

#endif
