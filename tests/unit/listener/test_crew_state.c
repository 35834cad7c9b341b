/* SPDX-License-Identifier: ISC */
/*
 * test_crew_state: which moves of a crew are legal, and what holds where.
 */
#include "listener/crew_state.h"

#include <check.h>
#include <stdlib.h>

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct move {
	const char *proves;
	enum crew_state from, to;
	bool legal;
} moves[] = {
	{ "dialers come first", CREW_EMPTY, CREW_DIALERS, true },
	{ "no worker before them", CREW_EMPTY, CREW_FIRST, false },
	{ "one worker tries all", CREW_DIALERS, CREW_FIRST, true },
	{ "not all at once", CREW_DIALERS, CREW_REST, false },
	{ "then the others", CREW_FIRST, CREW_REST, true },
	{ "all are ready before one serves", CREW_REST, CREW_SERVING, false },
	{ "and wait for the word", CREW_REST, CREW_READY, true },
	{ "which comes", CREW_READY, CREW_SERVING, true },
	{ "who never served has nothing to drain", CREW_READY, CREW_DRAINING,
	    false },
	{ "sessions may end by themselves", CREW_SERVING, CREW_DRAINING, true },
	{ "or be ended", CREW_SERVING, CREW_CLOSING, true },
	{ "or be ended later", CREW_DRAINING, CREW_CLOSING, true },
	{ "nobody serves again", CREW_DRAINING, CREW_SERVING, false },
	{ "a slower end is none", CREW_CLOSING, CREW_DRAINING, false },
	{ "programs that end are over", CREW_ENDING, CREW_EMPTY, true },
	{ "nothing is empty while programs run", CREW_SERVING, CREW_EMPTY,
	    false },
};

START_TEST(test_moves)
{
	const struct move *move = &moves[_i];

	ck_assert_msg(crew_state_may_follow(move->from, move->to) ==
	    move->legal, "%s", move->proves);
}
END_TEST

static const struct holds {
	enum crew_state state;
	bool is_start, replaces_dialers, replaces_workers;
} holds[] = {
	{ CREW_EMPTY, false, false, false },
	{ CREW_DIALERS, true, false, false },
	{ CREW_FIRST, true, false, false },
	{ CREW_REST, true, false, false },
	{ CREW_READY, true, false, false },
	{ CREW_SERVING, false, true, true },
	{ CREW_DRAINING, false, true, false },
	{ CREW_CLOSING, false, false, false },
	{ CREW_ENDING, false, false, false },
	{ CREW_STATES, false, false, false },
};

START_TEST(test_what_holds_in_each)
{
	const struct holds *row = &holds[_i];

	ck_assert_int_eq(crew_state_is_start(row->state), row->is_start);
	ck_assert_int_eq(crew_state_replaces_dialers(row->state),
	    row->replaces_dialers);
	ck_assert_int_eq(crew_state_replaces_workers(row->state),
	    row->replaces_workers);
}
END_TEST

START_TEST(test_every_state_has_a_name_and_comes_to_an_end)
{
	int state;

	for (state = 0; state < CREW_STATES; state++) {
		ck_assert_str_ne(crew_state_name((enum crew_state)state),
		    "???");
		ck_assert(state == CREW_EMPTY || state == CREW_ENDING ||
		    crew_state_may_follow((enum crew_state)state,
		    CREW_ENDING));
	}
	ck_assert_str_eq(crew_state_name(CREW_STATES), "???");
	ck_assert(!crew_state_may_follow(CREW_STATES, CREW_ENDING));
	ck_assert(!crew_state_may_follow(CREW_SERVING, CREW_STATES));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("crew_state");
	TCase *tcase = tcase_create("crew_state");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, test_moves, 0, LEN(moves));
	tcase_add_loop_test(tcase, test_what_holds_in_each, 0, LEN(holds));
	tcase_add_test(tcase,
	    test_every_state_has_a_name_and_comes_to_an_end);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
