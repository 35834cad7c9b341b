/* SPDX-License-Identifier: ISC */
/*
 * watch: which descriptors one turn of the supervisor's loop waits for.
 * Runs in: postern-listener.
 */
#include "listener/watch.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_MIN 64

struct watch_entry {
	watch_fn *call;
	void *owner, *which;
};

void
watch_clear(struct watch *watch)
{
	watch->len = 0;
}

static int
grow(struct watch *watch)
{
	size_t size = watch->size == 0 ? SIZE_MIN : 2 * watch->size;
	void *grown;

	grown = reallocarray(watch->polled, size, sizeof(*watch->polled));
	if (grown == NULL)
		return -1;
	watch->polled = grown;
	grown = reallocarray(watch->entries, size, sizeof(*watch->entries));
	if (grown == NULL)
		return -1;
	watch->entries = grown;
	watch->size = size;
	return 0;
}

void
watch_add(struct watch *watch, int fd, watch_fn *call, void *owner,
    void *which)
{
	if (fd == -1 || (watch->len == watch->size && grow(watch) == -1))
		return;
	watch->polled[watch->len] = (struct pollfd){ .fd = fd,
		.events = POLLIN };
	watch->entries[watch->len] = (struct watch_entry){ .call = call,
		.owner = owner, .which = which };
	watch->len++;
}

void
watch_wait(struct watch *watch, int wait_ms)
{
	size_t i;

	if (poll(watch->polled, watch->len, wait_ms) <= 0)
		return;
	for (i = 0; i < watch->len; i++)
		if (watch->polled[i].revents != 0)
			watch->entries[i].call(watch->entries[i].owner,
			    watch->entries[i].which);
}

void
watch_close(struct watch *watch)
{
	free(watch->polled);
	free(watch->entries);
	memset(watch, 0, sizeof(*watch));
}
