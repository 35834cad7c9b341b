/* SPDX-License-Identifier: ISC */
/*
 * users: whom the programs become: processes of different kinds never share a
 * user, or one could reach into the other.
 * Runs in: the supervisors.
 */
#include "common/users.h"

#include "common/fault.h"

static int
users_refuse_same(const struct users_row *one, const struct users_row *other,
    struct fault *fault)
{
	fault_set(fault, "\"%s\" and \"%s\" must be different users",
	    one->setting, other->setting);
	fault_detail(fault, "Both are user ID %u: whoever takes over a "
	    "process of the one would be in the other.",
	    (unsigned int)one->out->uid);
	return fault_hint(fault, "Name a user of its own that owns no file.");
}

int
users_find(const struct users_row *rows, size_t len, struct fault *fault)
{
	size_t i, j;

	for (i = 0; i < len; i++) {
		if (privs_find_user(rows[i].setting, rows[i].name,
		    rows[i].out, fault) == -1)
			return -1;
		for (j = 0; j < i; j++)
			if (rows[j].out->uid == rows[i].out->uid)
				return users_refuse_same(&rows[j], &rows[i],
				    fault);
	}
	return 0;
}
