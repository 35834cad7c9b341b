/* SPDX-License-Identifier: ISC */
/*
 * test_client_state: which moves of a client are legal, and that no other is.
 * Runs in: make check.
 */
#include "listener/client_state.h"

#include <check.h>
#include <stdlib.h>

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct move {
	const char *proves;
	enum client_state from, to;
	bool legal;
} moves[] = {
	{ "TLS may begin at once", CLIENT_FIRST_BYTES, CLIENT_HANDSHAKE, true },
	{ "and needs no second handshake", CLIENT_HANDSHAKE, CLIENT_HANDSHAKE,
	    false },
	{ "a plain StartupMessage", CLIENT_FIRST_BYTES, CLIENT_STARTUP, true },
	{ "no server without a packet", CLIENT_FIRST_BYTES, CLIENT_DIALING,
	    false },
	{ "no server inside a handshake", CLIENT_HANDSHAKE, CLIENT_DIALING,
	    false },
	{ "no way back to plain", CLIENT_STARTUP, CLIENT_FIRST_BYTES, false },
	{ "a session dials", CLIENT_STARTUP, CLIENT_DIALING, true },
	{ "a cancel request too, by its own state", CLIENT_STARTUP,
	    CLIENT_CANCEL, true },
	{ "a cancel request never becomes a session", CLIENT_CANCEL,
	    CLIENT_LOGIN, false },
	{ "and is told nothing", CLIENT_CANCEL, CLIENT_FAREWELL, false },
	{ "no relay without login", CLIENT_DIALING, CLIENT_RELAY, false },
	{ "login after dialing", CLIENT_DIALING, CLIENT_LOGIN, true },
	{ "relay after login", CLIENT_LOGIN, CLIENT_RELAY, true },
	{ "last words end a session", CLIENT_RELAY, CLIENT_FAREWELL, true },
	{ "and nothing comes after them", CLIENT_FAREWELL, CLIENT_RELAY,
	    false },
	{ "closed is closed", CLIENT_CLOSED, CLIENT_FIRST_BYTES, false },
};

START_TEST(test_moves)
{
	const struct move *move = &moves[_i];

	ck_assert_msg(client_state_may_follow(move->from, move->to) ==
	    move->legal, "%s", move->proves);
}
END_TEST

START_TEST(test_every_state_has_a_name_and_may_close)
{
	int state;

	for (state = 0; state < CLIENT_STATES; state++) {
		ck_assert_str_ne(client_state_name((enum client_state)state),
		    "???");
		ck_assert(state == CLIENT_CLOSED || client_state_may_follow(
		    (enum client_state)state, CLIENT_CLOSED));
	}
	ck_assert_str_eq(client_state_name(CLIENT_STATES), "???");
	ck_assert(!client_state_may_follow(CLIENT_STATES, CLIENT_CLOSED));
	ck_assert(!client_state_may_follow(CLIENT_RELAY, CLIENT_STATES));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client_state");
	TCase *tcase = tcase_create("client_state");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, test_moves, 0, LEN(moves));
	tcase_add_test(tcase, test_every_state_has_a_name_and_may_close);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
