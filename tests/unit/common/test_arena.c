/* SPDX-License-Identifier: ISC */
/*
 * test_arena: blocks of the region do not overlap, whoever gets and frees
 * them, come again once freed, and end with the region.
 * Runs in: make check.
 */
#include "common/arena.h"

#include <sys/wait.h>

#include <check.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"

#define REGION ((size_t)2 << 20)
#define THREADS 4
#define SLOTS 64
#define ROUNDS 200000

static struct fault fault;

static void
open_region(void)
{
	ck_assert_msg(arena_open(SECRET_AUTO, REGION, &fault) == 0, "%s",
	    fault.what);
}

static unsigned char *
get(size_t size)
{
	return arena_malloc(size, __FILE__, __LINE__);
}

static void
put(void *block)
{
	arena_free(block, __FILE__, __LINE__);
}

/* A block of ours is inside, and aligned as malloc's. */
static bool
is_inside(const unsigned char *first, const unsigned char *block, size_t size)
{
	return block >= first && block + size <= first + REGION &&
	    (uintptr_t)block % 16 == 0;
}

START_TEST(blocks_of_every_size_lie_in_the_region_apart)
{
	unsigned char *block[256], *first;
	size_t i, j;

	open_region();
	first = get(1);
	for (i = 0; i < 256; i++) {
		block[i] = get(1 + i * 8);
		ck_assert(is_inside(first - 16, block[i], 1 + i * 8));
		memset(block[i], (int)i, 1 + i * 8);
	}
	for (i = 0; i < 256; i++)
		for (j = 0; j < 1 + i * 8; j++)
			ck_assert_uint_eq(block[i][j], i);
	for (i = 0; i < 256; i++)
		put(block[i]);
	arena_close();
}
END_TEST

START_TEST(what_was_freed_comes_again)
{
	size_t used = 0, i, size;

	open_region();
	for (i = 0; i < 10000; i++) {
		for (size = 1; size < 100000; size *= 3)
			put(get(size));
		if (i == 0)
			used = arena_used();
	}
	ck_assert_uint_gt(used, 100000);
	ck_assert_uint_eq(arena_used(), used);
	arena_close();
}
END_TEST

START_TEST(a_region_used_up_gives_null_and_goes_on)
{
	unsigned char *last = NULL, *block;
	size_t count = 0;

	open_region();
	while ((block = get(4000)) != NULL) {
		last = block;
		count++;
	}
	ck_assert_uint_gt(count, REGION / 8192);
	ck_assert_ptr_null(arena_realloc(last, 8000, __FILE__, __LINE__));
	ck_assert_ptr_null(arena_stacks(1, 65536, &fault));
	ck_assert_str_eq(fault.what, "no room for 1 stacks in secret memory");
	put(last);
	ck_assert_ptr_eq(get(4000), last);
	arena_close();
}
END_TEST

START_TEST(realloc_keeps_the_bytes)
{
	unsigned char *block, *first;
	size_t size, i;

	open_region();
	first = get(1);
	block = arena_realloc(NULL, 1, __FILE__, __LINE__);
	block[0] = 0;
	for (size = 2; size <= 3000; size++) {
		block = arena_realloc(block, size, __FILE__, __LINE__);
		ck_assert(is_inside(first - 16, block, size));
		block[size - 1] = (unsigned char)(size - 1);
	}
	for (i = 0; i < 3000; i++)
		ck_assert_uint_eq(block[i], i % 256);
	ck_assert_ptr_eq(arena_realloc(block, 10, __FILE__, __LINE__), block);
	ck_assert_ptr_null(arena_realloc(block, 0, __FILE__, __LINE__));
	arena_close();
}
END_TEST

START_TEST(nothing_is_null_and_null_may_be_freed)
{
	open_region();
	ck_assert_ptr_null(get(0));
	put(NULL);
	arena_close();
}
END_TEST

START_TEST(what_no_key_needs_is_mallocs)
{
	unsigned char *block, *first;
	size_t used;

	open_region();
	first = get(1);
	used = arena_used();
	block = get(2 * REGION);
	ck_assert_ptr_nonnull(block);
	ck_assert(!is_inside(first - 16, block, 1));
	block[0] = 17;
	block = arena_realloc(block, 3 * REGION, __FILE__, __LINE__);
	ck_assert_uint_eq(block[0], 17);
	block[3 * REGION - 1] = 1;
	put(block);
	ck_assert_uint_eq(arena_used(), used);
	arena_close();
}
END_TEST

/* Blocks handed from thread to thread through these slots. */
static struct slot {
	pthread_mutex_t lock;
	unsigned char *block;
	size_t size;
} slots[SLOTS];

static void *
trade(void *arg)
{
	unsigned int seed = (unsigned int)(uintptr_t)arg;
	struct slot *slot;
	unsigned char *block;
	size_t size, i;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		size = 1 + (size_t)rand_r(&seed) % 600;
		block = get(size);
		if (block == NULL)
			return arg;
		memset(block, (int)(size % 251), size);
		slot = &slots[rand_r(&seed) % SLOTS];
		pthread_mutex_lock(&slot->lock);
		for (i = 0; i < slot->size; i++)
			if (slot->block[i] != slot->size % 251)
				return arg;
		put(slot->block);
		slot->block = block;
		slot->size = size;
		pthread_mutex_unlock(&slot->lock);
	}
	return NULL;
}

START_TEST(threads_free_what_others_got)
{
	pthread_t thread[THREADS];
	void *failed;
	size_t i;

	open_region();
	for (i = 0; i < SLOTS; i++)
		pthread_mutex_init(&slots[i].lock, NULL);
	for (i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, trade,
		    (void *)(uintptr_t)(i + 1)), 0);
	for (i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(thread[i], &failed), 0);
		ck_assert_ptr_null(failed);
	}
	ck_assert_uint_lt(arena_used(), REGION);
	arena_close();
}
END_TEST

static sem_t used;

static void *
use_stack(void *arg)
{
	volatile unsigned char bytes[16384];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = 1;
	sem_post(&used);
	return arg;
}

START_TEST(a_thread_runs_on_its_stack)
{
	unsigned char *stacks;
	pthread_attr_t attr;
	pthread_t thread;
	size_t i;

	open_region();
	sem_init(&used, 0, 0);
	ck_assert_ptr_nonnull(get(100));
	stacks = arena_stacks(2, 131072, &fault);
	ck_assert_msg(stacks != NULL, "%s", fault.what);
	for (i = 0; i < 2; i++) {
		pthread_attr_init(&attr);
		ck_assert_int_eq(pthread_attr_setstack(&attr,
		    stacks + i * arena_stack_step(131072), 131072), 0);
		pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
		ck_assert_int_eq(pthread_create(&thread, &attr, use_stack,
		    NULL), 0);
		while (sem_wait(&used) == -1)
			continue;
		pthread_attr_destroy(&attr);
	}
	ck_assert_ptr_nonnull(get(100));
	/* Not closed: the last one may still be on its stack. */
}
END_TEST

START_TEST(below_a_stack_there_is_nothing)
{
	unsigned char *stacks;
	int status;
	pid_t pid;

	open_region();
	stacks = arena_stacks(2, 131072, &fault);
	ck_assert_ptr_nonnull(stacks);
	pid = fork();
	if (pid == 0) {
		stacks[arena_stack_step(131072) - 1] = 1;
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
	arena_close();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("arena");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, blocks_of_every_size_lie_in_the_region_apart);
	tcase_add_test(tcase, what_was_freed_comes_again);
	tcase_add_test(tcase, a_region_used_up_gives_null_and_goes_on);
	tcase_add_test(tcase, realloc_keeps_the_bytes);
	tcase_add_test(tcase, nothing_is_null_and_null_may_be_freed);
	tcase_add_test(tcase, what_no_key_needs_is_mallocs);
	tcase_add_test(tcase, threads_free_what_others_got);
	tcase_add_test(tcase, a_thread_runs_on_its_stack);
	tcase_add_test(tcase, below_a_stack_there_is_nothing);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
