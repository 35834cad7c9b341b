/* SPDX-License-Identifier: ISC */
/*
 * test_audit: ten lines a second, then a count.
 * Runs in: make check.
 */
#include "keyd/signer/audit.h"

#include <sys/socket.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/peer.h"

static int log_end;

static void
set_up(void)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	log_open_channel(fds[0]);
	log_end = fds[1];
}

/* The next line without its level, or "" if there is none. */
static const char *
next_line(void)
{
	static char line[512];
	ssize_t n = recv(log_end, line, sizeof(line) - 1, MSG_DONTWAIT);

	line[n > 0 ? n : 0] = '\0';
	return n > 0 ? line + 1 : "";
}

START_TEST(a_refusal_names_who_and_why)
{
	struct audit *audit = audit_new();
	struct peer peer = { .pid = 42, .uid = 1001, .gid = 7 };

	audit_refusal(audit, 5000, &peer, KEYWIRE_SIGN_TLS13,
	    KEYWIRE_BAD_SCHEME);
	ck_assert_str_eq(next_line(), "refused SIGN_TLS13 from process 42 of "
	    "user 1001: bad scheme");
	audit_free(audit);
}
END_TEST

START_TEST(lines_beyond_ten_are_counted)
{
	struct audit *audit = audit_new();
	int i;

	for (i = 0; i < AUDIT_LINES_A_SECOND; i++)
		ck_assert(audit_write(audit, 5000 + i, "line %d", i));
	ck_assert(!audit_is_pending(audit));
	ck_assert(!audit_write(audit, 5999, "held"));
	ck_assert(!audit_write(audit, 5999, "held"));
	ck_assert(audit_is_pending(audit));
	audit_flush(audit, 5999);
	ck_assert_msg(audit_is_pending(audit), "the second is not over");
	for (i = 0; i < AUDIT_LINES_A_SECOND; i++)
		ck_assert_ptr_nonnull(strstr(next_line(), "line "));
	ck_assert_str_eq(next_line(), "");
	audit_flush(audit, 6000);
	ck_assert(!audit_is_pending(audit));
	ck_assert_str_eq(next_line(), "2 more messages about requests for "
	    "signatures held back");
	ck_assert(audit_write(audit, 6001, "line"));
	audit_free(audit);
}
END_TEST

START_TEST(the_next_line_tells_the_count_too)
{
	struct audit *audit = audit_new();
	int i;

	for (i = 0; i <= AUDIT_LINES_A_SECOND; i++)
		audit_write(audit, 5000, "line");
	for (i = 0; i < AUDIT_LINES_A_SECOND; i++)
		ck_assert_str_eq(next_line(), "line");
	ck_assert(audit_write(audit, 7000, "later"));
	ck_assert_str_eq(next_line(), "1 more message about requests for "
	    "signatures held back");
	ck_assert_str_eq(next_line(), "later");
	audit_free(audit);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("audit");
	TCase *tcase = tcase_create("lines");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, a_refusal_names_who_and_why);
	tcase_add_test(tcase, lines_beyond_ten_are_counted);
	tcase_add_test(tcase, the_next_line_tells_the_count_too);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
