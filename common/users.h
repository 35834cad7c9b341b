/* SPDX-License-Identifier: ISC */
/*
 * users: whom the programs become: processes of different kinds never share a
 * user, or one could reach into the other.
 * Runs in: the supervisors.
 */
#ifndef COMMON_USERS_H
#define COMMON_USERS_H

#include <stddef.h>

#include "common/privs.h"

struct fault;

struct users_row {
	const char *setting;		/* "dial_user" */
	const char *name;		/* its value */
	struct privs_user *out;
};

/* Looks up each (privs_find_user()). Returns 0, or -1 with the fault: one that
 * is not there, or two that are the same. */
int users_find(const struct users_row *rows, size_t len, struct fault *fault);

#endif
