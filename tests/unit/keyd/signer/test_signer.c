/* SPDX-License-Identifier: ISC */
/*
 * test_signer: which keys are taken, and that what they sign is right.
 * Runs in: make check.
 */
#include "keyd/signer/signer.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"
#include "tests/unit/keyd/signer/keys.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *type;
	const char *what;	/* NULL: it is taken */
} types[] = {
	{ "RSA-2048", NULL },
	{ "RSA-3072", NULL },
	{ "RSA-PSS", NULL },
	{ "RSA-PSS-SHA384", NULL },
	{ "P-256", NULL },
	{ "P-384", NULL },
	{ "Ed25519", NULL },
	{ "RSA-1024", "the RSA key's size is not supported" },
	{ "RSA-PSS-SHA1", "the private key's parameters are not supported" },
	{ "P-521", "the private key's type is not supported" },
	{ "Ed448", "the private key's type is not supported" },
	{ "X25519", "the private key's type is not supported" }
};

START_TEST(the_right_types_are_taken)
{
	struct fault fault = { 0 };
	struct signer *signer = signer_new(false, &fault);
	struct signer_bench *bench;
	struct key key;
	int rc;

	ck_assert_msg(signer != NULL, "%s", fault.what);
	key_make(types[_i].type, &key);
	rc = signer_add_key(signer, &key.secret, &key.handoff, &fault);
	ck_assert_msg((rc == 0) == (types[_i].what == NULL), "%s: %s",
	    types[_i].type, fault.what);
	if (rc == -1) {
		ck_assert_str_eq(fault.what, types[_i].what);
		ck_assert_int_eq(signer_identities(signer)->count, 0);
	} else {
		bench = signer_bench_new(signer, &fault);
		ck_assert_msg(bench != NULL, "%s", fault.what);
		ck_assert_msg(signer_try(bench, &fault) == 0, "%s: %s (%s)",
		    types[_i].type, fault.what, fault.detail);
		ck_assert_ptr_null(key.secret.map);
		signer_bench_free(bench);
	}
	key_free(&key);
	signer_free(signer);
}
END_TEST

/* Every order that the policy may give, signed twice: contexts are reused. */
START_TEST(every_signature_is_right)
{
	struct fault fault = { 0 };
	struct signer *signer = signer_new(false, &fault);
	const struct policy_keys *policy;
	const struct tls_scheme_row *row;
	struct policy_order order = { .len = 100 };
	struct keywire_signed sig;
	struct signer_bench *bench;
	struct key key;
	size_t i, made = 0;

	key_make(types[_i].type, &key);
	ck_assert_int_eq(signer_add_key(signer, &key.secret, &key.handoff,
	    &fault), 0);
	policy = signer_policy_keys(signer);
	bench = signer_bench_new(signer, &fault);
	for (i = 0; (row = tls_scheme_at(i / 2)) != NULL; i++) {
		order.scheme = row;
		order.bytes[0] = (unsigned char)i;
		if (!policy_may_use(&policy->key[0], row->scheme)) {
			ck_assert_int_eq(signer_sign(bench, &order, &sig,
			    &fault), -1);
			continue;
		}
		ck_assert_int_eq(signer_sign(bench, &order, &sig, &fault), 0);
		ck_assert_msg(key_verifies(&key, row->scheme, order.bytes,
		    order.len, &sig), "%s with %s", types[_i].type, row->name);
		order.bytes[0]++;
		ck_assert(!key_verifies(&key, row->scheme, order.bytes,
		    order.len, &sig));
		made++;
	}
	ck_assert_uint_ge(made, 2);
	signer_bench_free(bench);
	signer_free(signer);
	key_free(&key);
}
END_TEST

static int
add(struct key *key, struct fault *fault)
{
	struct signer *signer = signer_new(false, fault);
	int rc = signer_add_key(signer, &key->secret, &key->handoff, fault);

	signer_free(signer);
	return rc;
}

START_TEST(another_key_than_recorded_is_refused)
{
	struct fault fault = { 0 };
	struct key key, other;

	key_make("P-256", &key);
	key_make("P-256", &other);
	ck_assert_int_eq(add(&key, &fault), 0);
	key.handoff.identity = other.handoff.identity;
	ck_assert_int_eq(add(&key, &fault), -1);
	ck_assert_str_eq(fault.what,
	    "the secret memory holds another key than was recorded");
	key.handoff.identity.id[0] ^= 1;
	ck_assert_int_eq(add(&key, &fault), -1);
	ck_assert_str_eq(fault.what,
	    "a key's id is not that of its public key");
	key_free(&key);
	key_free(&other);
}
END_TEST

START_TEST(bytes_that_are_no_key_are_refused)
{
	static const unsigned char garbage[64] = "-----BEGIN PRIVATE KEY-----";
	unsigned char der[1024];
	struct fault fault = { 0 };
	struct key key;
	size_t len;

	key_make("P-256", &key);
	len = key.handoff.key_len;
	memcpy(der, key.secret.map, len);
	memset(der + len, 0, sizeof(der) - len);
	key_fill(&key, der, len + 1);
	ck_assert_int_eq(add(&key, &fault), -1);
	ck_assert_str_eq(fault.what, "could not decode the private key");
	key_fill(&key, der, len - 1);
	ck_assert_int_eq(add(&key, &fault), -1);
	key_fill(&key, garbage, sizeof(garbage));
	ck_assert_int_eq(add(&key, &fault), -1);
	ck_assert_str_eq(fault.what, "could not decode the private key");
	key.handoff.key_len = 0;
	ck_assert_int_eq(add(&key, &fault), -1);
	ck_assert_str_eq(fault.what, "the secret memory holds no key");
	key.handoff.key_len = HANDOFF_SECRET_SIZE + 1;
	ck_assert_int_eq(add(&key, &fault), -1);
	ck_assert_str_eq(fault.what, "the secret memory holds no key");
	key_fill(&key, der, len);
	ck_assert_int_eq(add(&key, &fault), 0);
	key_free(&key);
}
END_TEST

START_TEST(more_keys_than_the_wire_carries_are_refused)
{
	struct fault fault = { 0 };
	struct signer *signer = signer_new(false, &fault);
	struct key key;
	int i;

	key_make("Ed25519", &key);
	for (i = 0; i < KEYWIRE_KEYS_MAX; i++)
		ck_assert_int_eq(signer_add_key(signer, &key.secret,
		    &key.handoff, &fault), 0);
	ck_assert_int_eq(signer_add_key(signer, &key.secret, &key.handoff,
	    &fault), -1);
	ck_assert_str_eq(fault.what, "too many keys");
	signer_free(signer);
	key_free(&key);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("signer");
	TCase *tcase = tcase_create("keys");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, the_right_types_are_taken, 0, LEN(types));
	tcase_add_loop_test(tcase, every_signature_is_right, 0, 7);
	tcase_add_test(tcase, another_key_than_recorded_is_refused);
	tcase_add_test(tcase, bytes_that_are_no_key_are_refused);
	tcase_add_test(tcase, more_keys_than_the_wire_carries_are_refused);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
