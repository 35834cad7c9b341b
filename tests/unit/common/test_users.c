/* SPDX-License-Identifier: ISC */
/*
 * test_users: each is found, and none is another's.
 * Runs in: make check.
 */
#include "common/users.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *sentence;
	const char *name[3];
	const char *what;	/* NULL: all are found */
} sets[] = {
	{ "three users", { "64201", "64202", "64203" }, NULL },
	{ "the first and the last are one", { "64201", "64202", "64201" },
	    "\"user\" and \"key_user\" must be different users" },
	{ "neighbours are one", { "64201", "64202", "64202" },
	    "\"dial_user\" and \"key_user\" must be different users" },
	{ "a name and a number of one user", { "64201", "nobody", "65534" },
	    "\"dial_user\" and \"key_user\" must be different users" },
	{ "one is not there", { "64201", "postern-absent", "64201" },
	    "user \"postern-absent\" of parameter \"dial_user\" does not "
	    "exist" },
	{ "one is root", { "64201", "64202", "0" },
	    "parameter \"key_user\" must not name root" }
};

START_TEST(each_is_found_and_none_is_anothers)
{
	struct privs_user found[3] = { { 0, 0 } };
	const struct users_row rows[] = {
		{ "user", sets[_i].name[0], &found[0] },
		{ "dial_user", sets[_i].name[1], &found[1] },
		{ "key_user", sets[_i].name[2], &found[2] },
	};
	struct fault fault = { 0 };

	if (sets[_i].what == NULL) {
		ck_assert_int_eq(users_find(rows, 3, &fault), 0);
		ck_assert_uint_eq(found[2].uid, 64203);
		return;
	}
	ck_assert_int_eq(users_find(rows, 3, &fault), -1);
	ck_assert_msg(strcmp(fault.what, sets[_i].what) == 0, "%s: %s",
	    sets[_i].sentence, fault.what);
	ck_assert_str_ne(fault.hint, "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("users");
	TCase *tcase = tcase_create("users");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, each_is_found_and_none_is_anothers, 0,
	    LEN(sets));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
