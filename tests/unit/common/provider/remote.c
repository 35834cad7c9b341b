/* SPDX-License-Identifier: ISC */
/*
 * remote: one remote key with its link, and keyd's side of it in our hands.
 * Runs in: unit tests.
 */
#include "tests/unit/common/provider/remote.h"

#include <check.h>
#include <unistd.h>

#include "common/provider/key_link.h"
#include "common/provider/remote_key.h"
#include "tests/unit/common/provider/responder.h"

void
remote_open(struct remote *remote, const struct keypair *keypair)
{
	int fds[2];

	responder_socketpair(fds);
	remote->keyd = fds[1];
	remote->link = key_link_new(REMOTE_TIMEOUT_MS);
	remote->store = remote_key_store_new();
	ck_assert_ptr_nonnull(remote->store);
	remote->key = remote_key_new(remote->store, remote->link,
	    keypair->wire.spki, keypair->wire.spki_len);
	ck_assert_ptr_nonnull(remote->key);
	key_link_attach(remote->link, fds[0]);
}

void
remote_greet(struct remote *remote, const struct keypair *keypair)
{
	responder_greet(remote->keyd, keypair);
	ck_assert_int_eq(key_link_read(remote->link), 0);
}

void
remote_restart_keyd(struct remote *remote, const struct keypair *keypair)
{
	int fds[2];

	(void)close(remote->keyd);
	ck_assert_int_eq(key_link_read(remote->link), -1);
	ck_assert_int_eq(key_link_fd(remote->link), -1);
	ck_assert_ptr_null(key_link_keys(remote->link));
	responder_socketpair(fds);
	remote->keyd = fds[1];
	key_link_attach(remote->link, fds[0]);
	remote_greet(remote, keypair);
	ck_assert_ptr_nonnull(key_link_keys(remote->link));
}

void
remote_close(struct remote *remote)
{
	EVP_PKEY_free(remote->key);
	remote_key_store_free(remote->store);
	key_link_free(remote->link);
	(void)close(remote->keyd);
}
