/* SPDX-License-Identifier: ISC */
/*
 * clock: the time that deadlines are measured by.
 * Runs in: every process.
 */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC: steps of the calendar do not move it. */
int64_t clock_now_ms(void);

#endif
