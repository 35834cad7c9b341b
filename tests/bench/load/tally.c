/* SPDX-License-Identifier: ISC */
/*
 * tally: every duration is kept, so that percentiles are exact.
 * Runs in: bench-load.
 */
#include "tests/bench/load/tally.h"

#include <sys/resource.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int64_t
tally_now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void
tally_add(struct tally *tally, int64_t took_us)
{
	if (tally->done == tally->room) {
		tally->room = tally->room == 0 ? 65536 : tally->room * 2;
		tally->took_us = realloc(tally->took_us,
		    tally->room * sizeof(*tally->took_us));
		if (tally->took_us == NULL) {
			(void)fputs("bench-load: out of memory\n", stderr);
			exit(1);
		}
	}
	tally->took_us[tally->done++] = (uint32_t)took_us;
}

void
tally_fail(struct tally *tally, const char *what)
{
	if (tally->failed++ == 0)
		(void)snprintf(tally->first_error, sizeof(tally->first_error),
		    "%s", what);
}

static int
compare(const void *one, const void *other)
{
	uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;

	return a < b ? -1 : a > b;
}

static uint32_t
percentile(const struct tally *tally, unsigned int percent)
{
	if (tally->done == 0)
		return 0;
	return tally->took_us[(tally->done - 1) * percent / 100];
}

static int64_t
own_cpu_us(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);
	return (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) *
	    1000000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

static void
print_text(const char *text)
{
	for (; *text != '\0'; text++)
		(void)putchar(*text < ' ' || *text == '"' || *text == '\\' ?
		    '?' : *text);
}

void
tally_print(struct tally *tally, int64_t elapsed_us)
{
	if (tally->done > 0)
		qsort(tally->took_us, tally->done, sizeof(*tally->took_us),
		    compare);
	(void)printf("{\"done\": %zu, \"failed\": %zu, \"seconds\": %.6f, "
	    "\"bytes\": %llu, \"p50_us\": %u, \"p99_us\": %u, "
	    "\"max_us\": %u, \"own_cpu_us\": %lld, \"error\": \"",
	    tally->done, tally->failed, (double)elapsed_us / 1e6,
	    (unsigned long long)tally->bytes, percentile(tally, 50),
	    percentile(tally, 99), percentile(tally, 100),
	    (long long)own_cpu_us());
	print_text(tally->first_error);
	(void)puts("\"}");
	(void)fflush(stdout);
	free(tally->took_us);
	tally->took_us = NULL;
}
