/* SPDX-License-Identifier: ISC */
/*
 * test_statuswire: what is encoded is decoded as it was, and nothing else is
 * decoded at all.
 */
#include "common/wire/statuswire.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static unsigned char bytes[STATUSWIRE_MESSAGE_MAX];
static struct statuswire_message message, seen;

static size_t
encode_row(void)
{
	size_t i;

	memset(&message, 0, sizeof(message));
	message.type = STATUSWIRE_ROW;
	message.count = STATUSWIRE_COLUMNS;
	for (i = 0; i < STATUSWIRE_COLUMNS; i += 2)
		message.value[i] = (struct statuswire_value){
			"value\n\xff,", i % 8 };
	return statuswire_encode(&message, bytes, sizeof(bytes));
}

START_TEST(test_a_row_comes_as_it_was)
{
	size_t len = encode_row(), i;

	ck_assert_uint_gt(len, 0);
	ck_assert_int_eq(statuswire_decode(bytes, len, &seen), 0);
	ck_assert_uint_eq(seen.type, STATUSWIRE_ROW);
	ck_assert_uint_eq(seen.count, STATUSWIRE_COLUMNS);
	for (i = 0; i < STATUSWIRE_COLUMNS; i++) {
		ck_assert_uint_eq(seen.value[i].len, message.value[i].len);
		ck_assert_int_eq(seen.value[i].bytes == NULL, i % 2 != 0);
		if (seen.value[i].bytes != NULL)
			ck_assert_mem_eq(seen.value[i].bytes,
			    message.value[i].bytes, seen.value[i].len);
	}
}
END_TEST

START_TEST(test_every_truncation_is_refused)
{
	size_t len = encode_row(), cut;

	for (cut = 0; cut < len; cut++)
		ck_assert_int_eq(statuswire_decode(bytes, cut, &seen), -1);
	bytes[len] = 0;
	ck_assert_int_eq(statuswire_decode(bytes, len + 1, &seen), -1);
}
END_TEST

static const struct wrong {
	const char *sentence;
	size_t len;
	unsigned char bytes[16];
} wrongs[] = {
	{ "nothing", 0, { 0 } },
	{ "another version", 4, { 2, STATUSWIRE_END, 0, 0 } },
	{ "no type", 4, { 1, 0, 0, 0 } },
	{ "a type beyond the last", 4, { 1, STATUSWIRE_TYPES, 0, 0 } },
	{ "an end with a value", 6, { 1, STATUSWIRE_END, 0, 1, 0, 0 } },
	{ "a question with a value", 6, { 1, STATUSWIRE_ASK_STATUS, 0, 1 } },
	{ "a field with too few values", 8, { 1, STATUSWIRE_FIELD, 0, 2 } },
	{ "a NUL in a value", 15, { 1, STATUSWIRE_FIELD, 0, 5, 0, 1, 0, 0, 0,
	    0, 0, 0, 0, 0, 0 } },
};

START_TEST(test_another_shape_is_refused)
{
	const struct wrong *row = &wrongs[_i];

	ck_assert_msg(statuswire_decode(row->bytes, row->len, &seen) == -1,
	    "%s", row->sentence);
}
END_TEST

START_TEST(test_what_would_be_refused_is_not_encoded)
{
	size_t len = encode_row(), cut;

	for (cut = 0; cut < len; cut++)
		ck_assert_uint_eq(statuswire_encode(&message, bytes, cut), 0);
	message.value[0] = (struct statuswire_value){ "a\0b", 3 };
	ck_assert_uint_eq(statuswire_encode(&message, bytes, sizeof(bytes)),
	    0);
	message.count = 1;
	ck_assert_uint_eq(statuswire_encode(&message, bytes, sizeof(bytes)),
	    0);
}
END_TEST

START_TEST(test_random_bytes_do_no_harm)
{
	size_t len, i;

	srandom((unsigned int)_i);
	len = encode_row();
	for (i = 0; i < 8; i++)
		bytes[(size_t)random() % len] = (unsigned char)random();
	if (statuswire_decode(bytes, len, &seen) == -1)
		return;
	for (i = 0; i < seen.count; i++)
		ck_assert(seen.value[i].bytes == NULL ||
		    (seen.value[i].bytes >= (char *)bytes &&
		    seen.value[i].bytes + seen.value[i].len <=
		    (char *)bytes + len));
}
END_TEST

START_TEST(test_names)
{
	struct statuswire_value word = { "number!", 6 };
	size_t i;

	ck_assert_int_eq(statuswire_kind_of(&word), STATUSWIRE_NUMBER);
	word.len = 7;
	ck_assert_int_eq(statuswire_kind_of(&word), STATUSWIRE_TEXT);
	word.bytes = NULL;
	ck_assert_int_eq(statuswire_kind_of(&word), STATUSWIRE_TEXT);
	for (i = 0; i < STATUSWIRE_COLUMNS; i++)
		ck_assert_ptr_nonnull(statuswire_column_name(
		    (enum statuswire_column)i));
	ck_assert_int_eq(statuswire_column_kind(STATUSWIRE_SINCE),
	    STATUSWIRE_TIME);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("statuswire");
	TCase *tc = tcase_create("statuswire");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, test_a_row_comes_as_it_was);
	tcase_add_test(tc, test_every_truncation_is_refused);
	tcase_add_loop_test(tc, test_another_shape_is_refused, 0,
	    sizeof(wrongs) / sizeof(wrongs[0]));
	tcase_add_test(tc, test_what_would_be_refused_is_not_encoded);
	tcase_add_loop_test(tc, test_random_bytes_do_no_harm, 0, 200);
	tcase_add_test(tc, test_names);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
