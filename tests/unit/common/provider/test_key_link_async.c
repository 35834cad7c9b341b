/* SPDX-License-Identifier: ISC */
/*
 * test_key_link_async: jobs that pause for a signature, and their owners.
 */
#include "common/provider/key_link.h"

#include <sys/socket.h>

#include <openssl/async.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/wire/tls_scheme.h"
#include "tests/unit/common/provider/keypair.h"
#include "tests/unit/common/provider/responder.h"

#define TIMEOUT_MS 60000

/* An owner: what libssl's SSL is to the link. */
struct owner {
	ASYNC_JOB *job;
	ASYNC_WAIT_CTX *wait;
	struct owner *next;	/* what on_reply cancels or begins, or NULL */
	unsigned int calls;
	enum key_link_result result;	/* PENDING until the job has ended */
	enum keywire_reason reason;
	struct keywire_message message;
	struct keywire_signed sig;
};

static struct key_link *link_;
static int keyd;
static unsigned int nested;

static void
attach(void)
{
	int fds[2];

	responder_socketpair(fds);
	keyd = fds[1];
	key_link_attach(link_, fds[0]);
}

static void
greet(void)
{
	responder_greet(keyd, &keypairs[KEYPAIR_P256]);
	ck_assert_int_eq(key_link_read(link_), 0);
}

static void
open_link(int timeout_ms)
{
	link_ = key_link_new(timeout_ms);
	ck_assert_ptr_nonnull(link_);
	attach();
	greet();
}

static void
set_up(void)
{
	open_link(TIMEOUT_MS);
}

static void
tear_down(void)
{
	key_link_free(link_);
	(void)close(keyd);
	ASYNC_cleanup_thread();
}

static int
run_job(void *arg)
{
	struct owner *owner = *(struct owner **)arg;

	owner->message.type = KEYWIRE_SIGN_TLS13;
	owner->message.body.tls13.scheme = TLS_ECDSA_SECP256R1_SHA256;
	owner->message.body.tls13.hash_len = 32;
	owner->result = key_link_sign(link_, &owner->message, &owner->sig,
	    &owner->reason);
	return 1;
}

/* Starts or resumes its job. */
static int
resume(struct owner *owner)
{
	int returned, status;

	status = ASYNC_start_job(&owner->job, owner->wait, &returned, run_job,
	    &owner, sizeof(owner));
	ck_assert(status == ASYNC_PAUSE || status == ASYNC_FINISH);
	return status;
}

static int
count_call(void *arg)
{
	struct owner *owner = arg;

	owner->calls++;
	return 1;
}

static void
begin(struct owner *owner, ASYNC_callback_fn callback)
{
	memset(owner, 0, sizeof(*owner));
	owner->wait = ASYNC_WAIT_CTX_new();
	ck_assert_ptr_nonnull(owner->wait);
	if (callback != NULL)
		ck_assert_int_eq(ASYNC_WAIT_CTX_set_callback(owner->wait,
		    callback, owner), 1);
	if (callback != NULL)
		ck_assert_int_eq(resume(owner), ASYNC_PAUSE);
}

/* Its job must end by now. */
static void
end(struct owner *owner, enum key_link_result result)
{
	if (owner->result == KEY_LINK_PENDING)
		ck_assert_int_eq(resume(owner), ASYNC_FINISH);
	ck_assert_msg(owner->result == result, "%s instead of %s",
	    key_link_result_name(owner->result), key_link_result_name(result));
	ASYNC_WAIT_CTX_free(owner->wait);
}

/* keyd takes a request and signs it. */
static void
sign_next(void)
{
	struct keywire_message request;

	responder_take(keyd, &request);
	responder_sign(keyd, &keypairs[KEYPAIR_P256], &request);
}

START_TEST(replies_may_come_in_any_order)
{
	struct keywire_message request[2];
	struct owner owner[2];
	int i;

	for (i = 0; i < 2; i++) {
		begin(&owner[i], count_call);
		responder_take(keyd, &request[i]);
	}
	ck_assert_uint_ne(request[0].id, request[1].id);
	responder_sign(keyd, &keypairs[KEYPAIR_P256], &request[1]);
	ck_assert_int_eq(key_link_read(link_), 0);
	ck_assert_uint_eq(owner[0].calls, 0);
	ck_assert_uint_eq(owner[1].calls, 1);
	end(&owner[1], KEY_LINK_SIGNED);
	responder_refuse(keyd, request[0].id, KEYWIRE_BAD_SCHEME);
	/* A second reply to the other is late. */
	responder_refuse(keyd, request[1].id, KEYWIRE_BAD_SCHEME);
	ck_assert_int_eq(key_link_read(link_), 0);
	ck_assert_uint_eq(owner[0].calls, 1);
	end(&owner[0], KEY_LINK_REFUSED);
	ck_assert_int_eq(owner[0].reason, KEYWIRE_BAD_SCHEME);
	ck_assert_uint_eq(owner[1].calls, 1);
}
END_TEST

/* More than one system call takes. */
START_TEST(gathered_requests_go_out_together_and_in_order)
{
	static struct owner owner[40];
	struct keywire_message request;
	uint64_t last = 0;
	size_t i;

	key_link_gather(link_);
	for (i = 0; i < 40; i++)
		begin(&owner[i], count_call);
	ck_assert(responder_is_idle(keyd));
	ck_assert(key_link_wants_write(link_));
	ck_assert_int_eq(key_link_write(link_), 0);
	ck_assert(!key_link_wants_write(link_));
	for (i = 0; i < 40; i++) {
		responder_take(keyd, &request);
		ck_assert_uint_gt(request.id, last);
		last = request.id;
		responder_sign(keyd, &keypairs[KEYPAIR_P256], &request);
	}
	ck_assert(responder_is_idle(keyd));
	ck_assert_int_eq(key_link_read(link_), 0);
	for (i = 0; i < 40; i++)
		end(&owner[i], KEY_LINK_SIGNED);
}
END_TEST

START_TEST(requests_wait_for_the_answer_to_hello)
{
	struct keywire_message message;
	struct owner owner;

	(void)close(keyd);
	attach();
	begin(&owner, count_call);
	responder_take(keyd, &message);
	ck_assert_uint_eq(message.type, KEYWIRE_HELLO);
	ck_assert(responder_is_idle(keyd));
	message.type = KEYWIRE_KEYS;
	message.body.keys.count = 0;
	responder_send(keyd, &message);
	ck_assert_int_eq(key_link_read(link_), 0);
	sign_next();
	ck_assert_int_eq(key_link_read(link_), 0);
	end(&owner, KEY_LINK_SIGNED);
}
END_TEST

START_TEST(a_job_waits_for_a_connection)
{
	struct owner owner;

	key_link_attach(link_, -1);
	begin(&owner, count_call);
	(void)close(keyd);
	attach();
	greet();
	sign_next();
	ck_assert_int_eq(key_link_read(link_), 0);
	ck_assert_uint_eq(owner.calls, 1);
	end(&owner, KEY_LINK_SIGNED);
}
END_TEST

/* Resumes its own job within the call, begins another, and looks after the
 * link as a loop does. */
static int
resume_and_begin(void *arg)
{
	struct owner *owner = arg;

	ck_assert_uint_eq(nested++, 0);
	owner->calls++;
	ck_assert_int_eq(resume(owner), ASYNC_FINISH);
	if (owner->next != NULL)
		begin(owner->next, resume_and_begin);
	(void)key_link_expire(link_, 0);
	(void)key_link_read(link_);
	nested--;
	return 1;
}

START_TEST(an_owner_may_enter_the_link_again)
{
	struct owner first, second, begun;

	begin(&first, resume_and_begin);
	begin(&second, resume_and_begin);
	first.next = &begun;
	sign_next();
	sign_next();
	ck_assert_int_eq(key_link_read(link_), 0);
	ck_assert_uint_eq(first.calls, 1);
	ck_assert_uint_eq(second.calls, 1);
	sign_next();
	ck_assert_int_eq(key_link_read(link_), 0);
	ck_assert_uint_eq(begun.calls, 1);
	end(&first, KEY_LINK_SIGNED);
	end(&second, KEY_LINK_SIGNED);
	end(&begun, KEY_LINK_SIGNED);
}
END_TEST

static int
cancel_the_next(void *arg)
{
	struct owner *owner = arg;

	owner->calls++;
	key_link_cancel(link_, owner->next);
	end(owner->next, KEY_LINK_CANCELLED);
	return 1;
}

START_TEST(an_owner_may_cancel_another_that_is_to_be_called)
{
	struct owner first, second;

	begin(&first, cancel_the_next);
	begin(&second, count_call);
	first.next = &second;
	sign_next();
	sign_next();
	ck_assert_int_eq(key_link_read(link_), 0);
	ck_assert_uint_eq(first.calls, 1);
	ck_assert_uint_eq(second.calls, 0);
	end(&first, KEY_LINK_SIGNED);
}
END_TEST

START_TEST(a_lost_connection_is_no_ones_end)
{
	struct owner owner[3];
	struct keywire_message request[3], again;
	int i;

	for (i = 0; i < 3; i++) {
		begin(&owner[i], count_call);
		responder_take(keyd, &request[i]);
	}
	(void)close(keyd);
	ck_assert_int_eq(key_link_read(link_), -1);
	attach();
	greet();
	for (i = 0; i < 3; i++) {
		responder_take(keyd, &again);
		ck_assert_uint_eq(again.id, request[i].id);
		responder_sign(keyd, &keypairs[KEYPAIR_P256], &again);
	}
	ck_assert_int_eq(key_link_read(link_), 0);
	for (i = 0; i < 3; i++) {
		ck_assert_uint_eq(owner[i].calls, 1);
		end(&owner[i], KEY_LINK_SIGNED);
	}
}
END_TEST

START_TEST(a_dead_socket_is_told_by_read)
{
	struct owner owner;

	(void)close(keyd);
	begin(&owner, count_call);
	ck_assert_int_ne(key_link_fd(link_), -1);
	ck_assert(key_link_wants_write(link_));
	ck_assert_int_eq(key_link_write(link_), -1);
	ck_assert_int_eq(key_link_fd(link_), -1);
	attach();
	greet();
	sign_next();
	ck_assert_int_eq(key_link_read(link_), 0);
	end(&owner, KEY_LINK_SIGNED);
}
END_TEST

START_TEST(deadlines_call_back)
{
	struct owner owner;
	struct timespec now;
	int64_t now_ms;
	int left_ms;

	begin(&owner, count_call);
	ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	left_ms = key_link_expire(link_, now_ms);
	ck_assert_int_gt(left_ms, 0);
	ck_assert_int_le(left_ms, TIMEOUT_MS);
	ck_assert_uint_eq(owner.calls, 0);
	ck_assert_int_eq(key_link_expire(link_, now_ms + left_ms), -1);
	ck_assert_uint_eq(owner.calls, 1);
	end(&owner, KEY_LINK_TIMEOUT);
}
END_TEST

/* A full socket queues; a full table refuses. */
START_TEST(more_than_the_socket_and_the_table_hold)
{
	static struct owner owner[KEY_LINK_PENDING_MAX], extra;
	struct keywire_message request;
	const int small = 16 * 1024;
	size_t i, taken = 0, unanswered = 0;

	ck_assert_int_eq(setsockopt(key_link_fd(link_), SOL_SOCKET, SO_SNDBUF,
	    &small, sizeof(small)), 0);
	for (i = 0; i < KEY_LINK_PENDING_MAX; i++)
		begin(&owner[i], count_call);
	ck_assert(key_link_wants_write(link_));
	begin(&extra, NULL);
	ck_assert_int_eq(ASYNC_WAIT_CTX_set_callback(extra.wait, count_call,
	    &extra), 1);
	ck_assert_int_eq(resume(&extra), ASYNC_FINISH);
	end(&extra, KEY_LINK_FULL);
	while (taken < KEY_LINK_PENDING_MAX) {
		while (!responder_is_idle(keyd)) {
			responder_take(keyd, &request);
			ck_assert_uint_eq(request.id,
			    owner[taken++].message.id);
			ck_assert_uint_le(++unanswered, KEY_LINK_WINDOW);
		}
		for (; unanswered > 0; unanswered--)
			responder_refuse(keyd,
			    owner[taken - unanswered].message.id,
			    KEYWIRE_RATE_LIMIT);
		ck_assert_int_eq(key_link_read(link_), 0);
		ck_assert_int_eq(key_link_write(link_), 0);
	}
	ck_assert(!key_link_wants_write(link_));
	for (i = 0; i < KEY_LINK_PENDING_MAX; i++) {
		ck_assert_uint_eq(owner[i].calls, 1);
		end(&owner[i], KEY_LINK_REFUSED);
	}
	begin(&extra, count_call);
	sign_next();
	ck_assert_int_eq(key_link_read(link_), 0);
	end(&extra, KEY_LINK_SIGNED);
}
END_TEST

START_TEST(who_blocks_keeps_the_others_replies)
{
	struct responder responder;
	struct owner paused, blocking;

	begin(&paused, count_call);
	begin(&blocking, NULL);
	responder_start(&responder, keyd, &keypairs[KEYPAIR_P256]);
	/* A job without a callback blocks: nobody would resume it. */
	ck_assert_int_eq(resume(&blocking), ASYNC_FINISH);
	end(&blocking, KEY_LINK_SIGNED);
	ck_assert_uint_eq(paused.calls, 0);
	(void)key_link_expire(link_, 0);
	ck_assert_uint_eq(paused.calls, 1);
	end(&paused, KEY_LINK_SIGNED);
	key_link_attach(link_, -1);
	responder_stop(&responder);
	keyd = -1;
}
END_TEST

static int
run_without_pauses(void *arg)
{
	ASYNC_block_pause();
	(void)run_job(arg);
	ASYNC_unblock_pause();
	return 1;
}

/* A late loop, and a job that may not pause. */
START_TEST(a_deadline_needs_no_loop)
{
	struct owner owner, *arg = &owner;
	int returned;

	key_link_free(link_);
	(void)close(keyd);
	open_link(20);
	begin(&owner, count_call);
	(void)usleep(30000);
	end(&owner, KEY_LINK_TIMEOUT);
	begin(&owner, NULL);
	ck_assert_int_eq(ASYNC_WAIT_CTX_set_callback(owner.wait, count_call,
	    &owner), 1);
	ck_assert_int_eq(ASYNC_start_job(&owner.job, owner.wait, &returned,
	    run_without_pauses, &arg, sizeof(arg)), ASYNC_FINISH);
	end(&owner, KEY_LINK_TIMEOUT);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("key_link_async");
	TCase *tcase = tcase_create("key_link_async");

	tcase_add_unchecked_fixture(tcase, keypair_make_p256,
	    keypair_free_all);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, replies_may_come_in_any_order);
	tcase_add_test(tcase, gathered_requests_go_out_together_and_in_order);
	tcase_add_test(tcase, requests_wait_for_the_answer_to_hello);
	tcase_add_test(tcase, a_job_waits_for_a_connection);
	tcase_add_test(tcase, an_owner_may_enter_the_link_again);
	tcase_add_test(tcase, an_owner_may_cancel_another_that_is_to_be_called);
	tcase_add_test(tcase, a_lost_connection_is_no_ones_end);
	tcase_add_test(tcase, a_dead_socket_is_told_by_read);
	tcase_add_test(tcase, deadlines_call_back);
	tcase_add_test(tcase, more_than_the_socket_and_the_table_hold);
	tcase_add_test(tcase, who_blocks_keeps_the_others_replies);
	tcase_add_test(tcase, a_deadline_needs_no_loop);
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
