/* SPDX-License-Identifier: ISC */
/*
 * test_remote_key_async: handshakes of libssl that pause for a remote key.
 */
#include <openssl/err.h>

#include <check.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/provider/key_link.h"
#include "tests/unit/common/provider/handshake.h"
#include "tests/unit/common/provider/keypair.h"
#include "tests/unit/common/provider/remote.h"
#include "tests/unit/common/provider/responder.h"

static const struct async_case {
	enum keypair_kind kind;
	int version;
} async_cases[] = {
	{ KEYPAIR_RSA, TLS1_3_VERSION }, { KEYPAIR_RSA, TLS1_2_VERSION },
	{ KEYPAIR_RSA_PSS, TLS1_3_VERSION },
	{ KEYPAIR_RSA_PSS, TLS1_2_VERSION },
	{ KEYPAIR_P256, TLS1_3_VERSION }, { KEYPAIR_P256, TLS1_2_VERSION },
	{ KEYPAIR_P384, TLS1_3_VERSION }, { KEYPAIR_P384, TLS1_2_VERSION },
	{ KEYPAIR_ED25519, TLS1_3_VERSION },
	{ KEYPAIR_ED25519, TLS1_2_VERSION }
};

#define ASYNC_CASES ((int)(sizeof(async_cases) / sizeof(async_cases[0])))

/* A handshake that waits for keyd, whose side has the request in *out. */
static void
pause_handshake(struct remote *remote, struct handshake *handshake,
    const struct async_case *row, struct keywire_message *out)
{
	struct handshake_options options = { .version = row->version,
		.mode = SSL_MODE_ASYNC };

	handshake_open(handshake, &keypairs[row->kind], remote->key, &options);
	ck_assert_int_eq(handshake_run(handshake), HANDSHAKE_WANTS_KEY);
	if (out != NULL)
		responder_take(remote->keyd, out);
}

START_TEST(a_job_pauses_until_the_reply)
{
	const struct async_case *row = &async_cases[_i];
	const struct keypair *keypair = &keypairs[row->kind];
	struct keywire_message request;
	struct handshake handshake;
	struct remote remote;

	remote_open(&remote, keypair);
	remote_greet(&remote, keypair);
	pause_handshake(&remote, &handshake, row, &request);
	/* Resumed too early, it waits on, and asks no second time. */
	ck_assert_int_eq(handshake_run(&handshake), HANDSHAKE_WANTS_KEY);
	ck_assert(responder_is_idle(remote.keyd));
	ck_assert_uint_eq(handshake.calls, 0);
	responder_sign(remote.keyd, keypair, &request);
	ck_assert_int_eq(key_link_read(remote.link), 0);
	ck_assert_uint_eq(handshake.calls, 1);
	ck_assert_int_eq(handshake_run(&handshake), HANDSHAKE_DONE);
	ck_assert_int_eq(key_link_expire(remote.link, 0), -1);
	handshake_close(&handshake);
	remote_close(&remote);
}
END_TEST

START_TEST(a_client_that_leaves_is_unwound)
{
	const struct async_case *row = &async_cases[_i];
	const struct keypair *keypair = &keypairs[row->kind];
	struct handshake leaving, staying;
	struct keywire_message late, request;
	struct remote remote;

	remote_open(&remote, keypair);
	remote_greet(&remote, keypair);
	pause_handshake(&remote, &leaving, row, &late);
	pause_handshake(&remote, &staying, row, &request);
	key_link_cancel(remote.link, leaving.server);
	ck_assert_int_eq(handshake_run(&leaving), HANDSHAKE_FAILED);
	ck_assert_str_eq(ERR_reason_error_string(ERR_peek_error()),
	    "signature cancelled");
	handshake_close(&leaving);
	/* Its late reply is dropped, and the other one still served. */
	responder_sign(remote.keyd, keypair, &late);
	responder_sign(remote.keyd, keypair, &request);
	ck_assert_int_eq(key_link_read(remote.link), 0);
	ck_assert_uint_eq(leaving.calls, 0);
	ck_assert_uint_eq(staying.calls, 1);
	ck_assert_int_eq(handshake_run(&staying), HANDSHAKE_DONE);
	handshake_close(&staying);
	remote_close(&remote);
}
END_TEST

START_TEST(a_client_may_leave_between_reply_and_resumption)
{
	const struct keypair *keypair = &keypairs[KEYPAIR_P256];
	struct keywire_message request;
	struct handshake handshake;
	struct remote remote;

	remote_open(&remote, keypair);
	remote_greet(&remote, keypair);
	pause_handshake(&remote, &handshake, &async_cases[4], &request);
	responder_sign(remote.keyd, keypair, &request);
	ck_assert_int_eq(key_link_read(remote.link), 0);
	ck_assert_uint_eq(handshake.calls, 1);
	key_link_cancel(remote.link, handshake.server);
	ck_assert_int_eq(handshake_run(&handshake), HANDSHAKE_FAILED);
	handshake_close(&handshake);
	remote_close(&remote);
}
END_TEST

START_TEST(a_refusal_fails_that_handshake)
{
	const struct keypair *keypair = &keypairs[KEYPAIR_P256];
	struct keywire_message request;
	struct handshake handshake;
	struct remote remote;
	const char *data = NULL;
	int flags = 0;

	remote_open(&remote, keypair);
	remote_greet(&remote, keypair);
	pause_handshake(&remote, &handshake, &async_cases[4], &request);
	responder_refuse(remote.keyd, request.id, KEYWIRE_RATE_LIMIT);
	ck_assert_int_eq(key_link_read(remote.link), 0);
	ck_assert_uint_eq(handshake.calls, 1);
	ck_assert_int_eq(handshake_run(&handshake), HANDSHAKE_FAILED);
	ck_assert_str_eq(ERR_reason_error_string(ERR_peek_error_data(&data,
	    &flags)), "postern-keyd refused to sign");
	ck_assert_str_eq(data, keywire_reason_name(KEYWIRE_RATE_LIMIT));
	handshake_close(&handshake);
	remote_close(&remote);
}
END_TEST

START_TEST(silence_fails_that_handshake)
{
	const struct keypair *keypair = &keypairs[KEYPAIR_P256];
	struct keywire_message request;
	struct handshake handshake;
	struct remote remote;
	struct timespec now;

	remote_open(&remote, keypair);
	remote_greet(&remote, keypair);
	pause_handshake(&remote, &handshake, &async_cases[4], &request);
	ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	ck_assert_int_eq(key_link_expire(remote.link,
	    (int64_t)(now.tv_sec + 60) * 1000), -1);
	ck_assert_uint_eq(handshake.calls, 1);
	ck_assert_int_eq(handshake_run(&handshake), HANDSHAKE_FAILED);
	ck_assert_str_eq(ERR_reason_error_string(ERR_peek_error()),
	    "postern-keyd did not answer in time");
	handshake_close(&handshake);
	responder_sign(remote.keyd, keypair, &request);
	ck_assert_int_eq(key_link_read(remote.link), 0);
	remote_close(&remote);
}
END_TEST

START_TEST(a_restart_of_keyd_fails_no_handshake)
{
	const struct async_case *row = &async_cases[_i];
	const struct keypair *keypair = &keypairs[row->kind];
	struct keywire_message request;
	struct handshake handshake;
	struct remote remote;

	remote_open(&remote, keypair);
	remote_greet(&remote, keypair);
	pause_handshake(&remote, &handshake, row, &request);
	remote_restart_keyd(&remote, keypair);
	ck_assert_uint_eq(handshake.calls, 0);
	responder_take(remote.keyd, &request);
	responder_sign(remote.keyd, keypair, &request);
	ck_assert_int_eq(key_link_read(remote.link), 0);
	ck_assert_int_eq(handshake_run(&handshake), HANDSHAKE_DONE);
	handshake_close(&handshake);
	remote_close(&remote);
}
END_TEST

START_TEST(the_third_loss_fails_that_handshake)
{
	const struct keypair *keypair = &keypairs[KEYPAIR_P256];
	struct handshake handshake;
	struct remote remote;

	remote_open(&remote, keypair);
	remote_greet(&remote, keypair);
	pause_handshake(&remote, &handshake, &async_cases[4], NULL);
	remote_restart_keyd(&remote, keypair);
	remote_restart_keyd(&remote, keypair);
	ck_assert_uint_eq(handshake.calls, 0);
	remote_restart_keyd(&remote, keypair);
	ck_assert_uint_eq(handshake.calls, 1);
	ck_assert(responder_is_idle(remote.keyd));
	ck_assert_int_eq(handshake_run(&handshake), HANDSHAKE_FAILED);
	ck_assert_str_eq(ERR_reason_error_string(ERR_peek_error()),
	    "connection to postern-keyd lost");
	handshake_close(&handshake);
	remote_close(&remote);
}
END_TEST

START_TEST(a_wrong_signature_fails_that_handshake)
{
	const struct keypair *keypair = &keypairs[KEYPAIR_P256];
	struct keywire_message request, reply = { .type = KEYWIRE_SIGNED };
	struct handshake handshake;
	struct remote remote;

	remote_open(&remote, keypair);
	remote_greet(&remote, keypair);
	pause_handshake(&remote, &handshake, &async_cases[4], &request);
	reply.id = request.id;
	reply.body.sig.len = KEYWIRE_SIGNATURE_MAX;
	responder_send(remote.keyd, &reply);
	ck_assert_int_eq(key_link_read(remote.link), 0);
	ck_assert_int_eq(handshake_run(&handshake), HANDSHAKE_FAILED);
	handshake_close(&handshake);
	remote_close(&remote);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("remote_key_async");
	TCase *tcase = tcase_create("remote_key_async");

	tcase_add_unchecked_fixture(tcase, keypair_make_all, keypair_free_all);
	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, a_job_pauses_until_the_reply, 0,
	    ASYNC_CASES);
	tcase_add_loop_test(tcase, a_client_that_leaves_is_unwound, 0,
	    ASYNC_CASES);
	tcase_add_test(tcase, a_client_may_leave_between_reply_and_resumption);
	tcase_add_test(tcase, a_refusal_fails_that_handshake);
	tcase_add_test(tcase, silence_fails_that_handshake);
	tcase_add_loop_test(tcase, a_restart_of_keyd_fails_no_handshake, 0,
	    ASYNC_CASES);
	tcase_add_test(tcase, the_third_loss_fails_that_handshake);
	tcase_add_test(tcase, a_wrong_signature_fails_that_handshake);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(make_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
