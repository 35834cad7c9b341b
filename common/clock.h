/* SPDX-License-Identifier: ISC */
/*
 * clock: the time that deadlines are measured by, and the calendar's.
 * Runs in: every process.
 */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stdint.h>

/* Milliseconds, microseconds of CLOCK_MONOTONIC: steps of the calendar do not
 * move it. */
int64_t clock_now_ms(void);
int64_t clock_now_us(void);

/* Microseconds since 1970 (CLOCK_REALTIME), for what people read. */
int64_t clock_wall_us(void);

#endif
