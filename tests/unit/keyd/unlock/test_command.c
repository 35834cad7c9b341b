/* SPDX-License-Identifier: ISC */
/*
 * test_command: ssl_passphrase_command as PostgreSQL has it.
 * Runs in: make check.
 */
#include "keyd/unlock/command.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct expansion {
	const char *command, *expanded;
} expansions[] = {
	{ "", "" },
	{ "echo", "echo" },
	{ "ask '%p'", "ask 'PROMPT'" },
	{ "%p%p", "PROMPTPROMPT" },
	{ "100%%", "100%" },
	{ "%%p", "%p" },
	{ "%%%p", "%PROMPT" },
	{ "%x %", "%x %" },
};

START_TEST(placeholders_are_replaced)
{
	struct fault fault = { 0 };
	char out[64];

	ck_assert_int_eq(command_expand(expansions[_i].command, "PROMPT", out,
	    sizeof(out), &fault), 0);
	ck_assert_str_eq(out, expansions[_i].expanded);
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
	struct fault fault = { 0 };
	char out[8];

	ck_assert_int_eq(command_expand("a%p", "123456", out, 8, &fault), 0);
	ck_assert_str_eq(out, "a123456");
	ck_assert_int_eq(command_expand("ab%p", "123456", out, 8, &fault), -1);
	ck_assert_int_eq(command_expand("%p", "12345678", out, 8, &fault), -1);
	ck_assert_int_eq(command_expand("12345678", "", out, 8, &fault), -1);
	ck_assert_ptr_nonnull(strstr(fault.what, "is too long"));
}
END_TEST

static const struct prompt {
	const char *path, *prompt;
} prompts[] = {
	{ "/etc/postern/server.key",
	    "Enter pass phrase for /etc/postern/server.key:" },
	{ "/a-b_c/D.9+@x", "Enter pass phrase for /a-b_c/D.9+@x:" },
	{ "/a b", "Enter PEM pass phrase:" },
	{ "/$(reboot)", "Enter PEM pass phrase:" },
	{ "/`reboot`", "Enter PEM pass phrase:" },
	{ "/a'b", "Enter PEM pass phrase:" },
	{ "/a\"b", "Enter PEM pass phrase:" },
	{ "/a\\b", "Enter PEM pass phrase:" },
	{ "/a\nb", "Enter PEM pass phrase:" },
};

START_TEST(no_prompt_means_anything_to_a_shell)
{
	char out[100];

	command_format_prompt(prompts[_i].path, out, sizeof(out));
	ck_assert_str_eq(out, prompts[_i].prompt);
}
END_TEST

static const struct output {
	const char *line, *answer;	/* NULL: a fault, */
	const char *what;		/* with a part of it */
} outputs[] = {
	{ "echo secret", "secret", NULL },
	{ "printf secret", "secret", NULL },
	{ "printf 'secret\\r\\n'", "secret", NULL },
	{ "printf 'secret\\nmore\\n'", "secret", NULL },
	{ "printf ' a b '", " a b ", NULL },
	{ "printf a; sleep 0.1; printf b", "ab", NULL },
	{ "cat", NULL, "wrote no pass phrase" },
	{ "echo", NULL, "wrote no pass phrase" },
	{ "true", NULL, "wrote no pass phrase" },
	{ "exit 1", NULL, "command \"exit 1\" failed" },
	{ "echo secret; exit 1", NULL, "failed" },
	{ "kill -9 $$", NULL, "failed" },
	{ "printf 1234567890123456", NULL, "line that is too long" },
	{ "printf 123456789012345", NULL, "line that is too long" },
	{ "printf 12345678901234", "12345678901234", NULL },
	{ "printf '12345678901234\\n'", "12345678901234", NULL },
};

START_TEST(the_first_line_is_the_answer)
{
	const struct output *row = &outputs[_i];
	struct fault fault = { 0 };
	char out[16];
	int len = command_read(row->line, out, sizeof(out), &fault);

	if (row->answer == NULL) {
		ck_assert_int_eq(len, -1);
		ck_assert_ptr_nonnull(strstr(fault.what, row->what));
		return;
	}
	ck_assert_msg(len == (int)strlen(row->answer), "%s: %s", row->line,
	    fault.what);
	ck_assert_str_eq(out, row->answer);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("command");
	TCase *tcase = tcase_create("command");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, placeholders_are_replaced, 0,
	    LEN(expansions));
	tcase_add_test(tcase, what_does_not_fit_is_refused);
	tcase_add_loop_test(tcase, no_prompt_means_anything_to_a_shell, 0,
	    LEN(prompts));
	tcase_add_loop_test(tcase, the_first_line_is_the_answer, 0,
	    LEN(outputs));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
