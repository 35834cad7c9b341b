/* SPDX-License-Identifier: ISC */
/*
 * unlock: from the key file to the key that Postern serves.
 * Runs in: keyd-unlock.
 */
#include "keyd/unlock/unlock.h"

#include <openssl/evp.h>

#include <stdio.h>

#include "common/fault.h"
#include "keyd/unlock/certificate.h"
#include "keyd/unlock/identity.h"
#include "keyd/unlock/keyfile.h"
#include "keyd/unlock/passphrase.h"
#include "keyd/unlock/pemkey.h"

static int
wrong_fault(enum passphrase_source source, const char *path,
    struct fault *fault)
{
	fault_set(fault, "could not load private key file \"%s\": "
	    "wrong pass phrase", path);
	if (source == PASSPHRASE_COMMAND)
		return fault_detail(fault,
		    "It came from \"ssl_passphrase_command\".");
	fault_detail(fault, "It was asked for %d times.",
	    passphrase_tries(source));
	return fault_hint(fault,
	    "To try a pass phrase, run: openssl pkey -noout -in %s", path);
}

/* Asks until the key opens or the tries are used up. */
static int
ask_and_decrypt(const struct pemkey *pem,
    const struct passphrase_question *question, char *pass,
    EVP_PKEY **out, struct fault *fault)
{
	enum passphrase_source source = passphrase_source_of(question);
	int tries = passphrase_tries(source);

	for (int i = 1; i <= tries; i++) {
		int rc, len = passphrase_read(source, question, pass, fault);

		if (len == -1)
			return -1;
		rc = pemkey_decrypt(pem, pass, len, out, fault);
		if (rc != 0)
			return rc == 1 ? 0 : -1;
		if (i < tries)
			passphrase_say_wrong(source);
	}
	return wrong_fault(source, question->path, fault);
}

static int
open_key(const struct pemkey *pem, const struct passphrase_question *question,
    enum secret_kind kind, EVP_PKEY **out, struct fault *fault)
{
	struct secret pass = SECRET_EMPTY;
	int rc;

	if (!pemkey_is_encrypted(pem))
		return pemkey_decrypt(pem, NULL, 0, out, fault) == 1 ? 0 : -1;
	rc = secret_open(kind, PASSPHRASE_MAX + 1, &pass, fault);
	if (rc == 0)
		rc = secret_map(&pass, fault);
	if (rc == 0)
		rc = ask_and_decrypt(pem, question, (char *)pass.map, out,
		    fault);
	secret_wipe(&pass);
	return rc;
}

int
unlock_key(const struct handoff_unlock *request, const struct secret *secret,
    struct handoff_key *out, struct fault *fault)
{
	const struct passphrase_question question = { request->key_file,
		request->passphrase_command, request->has_agents != 0 };
	struct keyfile file = { .text = SECRET_EMPTY };
	struct pemkey pem = { .path = request->key_file };
	EVP_PKEY *key = NULL;
	int rc;

	rc = keyfile_read(request->key_file, secret->kind, &file, fault);
	if (rc == 0) {
		const struct pemkey_text text = { request->key_file,
			file.text.map, file.len };

		rc = pemkey_find(&text, &pem, fault);
		keyfile_wipe(&file);
	}
	if (rc == 0)
		rc = open_key(&pem, &question, secret->kind, &key, fault);
	if (rc == 0)
		rc = identity_judge(request->key_file, key, fault);
	if (rc == 0)
		rc = certificate_check(request, key, fault);
	if (rc == 0)
		rc = identity_export(key, secret, out, fault);
	EVP_PKEY_free(key);
	pemkey_wipe(&pem);
	return rc;
}
