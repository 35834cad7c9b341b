/* SPDX-License-Identifier: ISC */
/*
 * arena: malloc(3) inside one region of secret memory, for a library that
 * computes with keys and copies them where it likes.
 * Blocks come in classes of size. Each thread keeps free blocks of its own, so
 * that threads that sign do not wait for each other; what is too much goes to
 * lists for all, and only what these lack is cut from the region.
 * Runs in: keyd-unlock, keyd-signer.
 */
#include "common/arena.h"

#include <sys/mman.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"

/* Class n has blocks of 32, 48, 64, 96, 128, ... bytes, header included. */
#define CLASSES 31		/* the largest: 1 MiB */
#define OWN_CLASSES 15		/* a thread keeps those up to 4 KiB */
#define OWN_MAX 32		/* blocks of one class that a thread keeps */
#define OWN_BATCH 8		/* taken from the lists for all at once */

/* In front of each block; as long as malloc's alignment. */
struct block {
	struct block *next;	/* while free */
	size_t class;
};
_Static_assert(sizeof(struct block) == 16, "blocks keep the alignment");

struct list {
	struct block *first;
	size_t len;
};

static struct {
	pthread_mutex_t lock;	/* all below */
	struct secret secret;	/* its map is the region */
	size_t used;		/* bytes cut from the region */
	struct list free[CLASSES];
} arena = { .lock = PTHREAD_MUTEX_INITIALIZER, .secret = SECRET_EMPTY };

static _Thread_local struct list own[OWN_CLASSES];

int
arena_open(enum secret_kind kind, size_t size, struct fault *fault)
{
	struct secret secret = SECRET_EMPTY;

	if (secret_open(kind, size, &secret, fault) == -1)
		return -1;
	if (secret_map(&secret, fault) == -1) {
		secret_close(&secret);
		return -1;
	}
	/* Nobody shall map it a second time. */
	close(secret.fd);
	secret.fd = -1;
	arena.secret = secret;
	arena.used = 0;
	return 0;
}

static size_t
class_size(size_t class)
{
	return (size_t)(class % 2 == 0 ? 32 : 48) << class / 2;
}

/* CLASSES for what is larger than all. */
static size_t
class_of(size_t size)
{
	size_t class = 0;

	while (class < CLASSES && class_size(class) - sizeof(struct block) <
	    size)
		class++;
	return class;
}

static bool
is_ours(const void *block)
{
	uintptr_t at = (uintptr_t)block, first = (uintptr_t)arena.secret.map;

	return at >= first && at - first < arena.secret.size;
}

static void
push(struct list *list, struct block *block)
{
	block->next = list->first;
	list->first = block;
	list->len++;
}

static struct block *
pop(struct list *list)
{
	struct block *block = list->first;

	if (block == NULL)
		return NULL;
	list->first = block->next;
	list->len--;
	return block;
}

/* Returns NULL when the region is used up. The lock is held. */
static struct block *
cut(size_t class)
{
	size_t size = class_size(class);
	struct block *block;

	if (size > arena.secret.size - arena.used)
		return NULL;
	block = (struct block *)(void *)(arena.secret.map + arena.used);
	arena.used += size;
	block->class = class;
	return block;
}

/* One block; some more of its class for the thread, where they are free. */
static struct block *
take_shared(size_t class)
{
	struct block *block, *more;
	size_t i;

	pthread_mutex_lock(&arena.lock);
	block = pop(&arena.free[class]);
	if (block == NULL)
		block = cut(class);
	for (i = 1; class < OWN_CLASSES && i < OWN_BATCH; i++) {
		more = pop(&arena.free[class]);
		if (more == NULL)
			break;
		push(&own[class], more);
	}
	pthread_mutex_unlock(&arena.lock);
	return block;
}

/* Half of what a thread has too many of. */
static void
share(size_t class)
{
	pthread_mutex_lock(&arena.lock);
	while (own[class].len > OWN_MAX / 2)
		push(&arena.free[class], pop(&own[class]));
	pthread_mutex_unlock(&arena.lock);
}

void *
arena_malloc(size_t size, const char *file, int line)
{
	size_t class = class_of(size);
	struct block *block = NULL;

	(void)file;
	(void)line;
	if (size == 0)
		return NULL;
	if (class == CLASSES)
		return malloc(size);
	if (class < OWN_CLASSES)
		block = pop(&own[class]);
	if (block == NULL)
		block = take_shared(class);
	return block == NULL ? NULL : block + 1;
}

void
arena_free(void *old, const char *file, int line)
{
	struct block *block;

	(void)file;
	(void)line;
	if (!is_ours(old)) {
		free(old);
		return;
	}
	block = (struct block *)old - 1;
	if (block->class < OWN_CLASSES) {
		push(&own[block->class], block);
		if (own[block->class].len > OWN_MAX)
			share(block->class);
		return;
	}
	pthread_mutex_lock(&arena.lock);
	push(&arena.free[block->class], block);
	pthread_mutex_unlock(&arena.lock);
}

void *
arena_realloc(void *old, size_t size, const char *file, int line)
{
	size_t room;
	void *new;

	if (old == NULL)
		return arena_malloc(size, file, line);
	if (size == 0) {
		arena_free(old, file, line);
		return NULL;
	}
	if (!is_ours(old))
		return realloc(old, size);
	room = class_size(((struct block *)old - 1)->class) -
	    sizeof(struct block);
	if (size <= room)
		return old;
	new = arena_malloc(size, file, line);
	if (new == NULL)
		return NULL;
	memcpy(new, old, room);
	arena_free(old, file, line);
	return new;
}

static size_t
page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

size_t
arena_stack_step(size_t size)
{
	return size + page_size();
}

/* Takes whole pages from the region's end. */
static unsigned char *
cut_pages(size_t size)
{
	unsigned char *pages = NULL;

	pthread_mutex_lock(&arena.lock);
	if (size <= arena.secret.size - arena.used) {
		arena.used = (arena.used + page_size() - 1) / page_size() *
		    page_size();
		pages = arena.secret.map + arena.used;
		arena.used += size;
	}
	pthread_mutex_unlock(&arena.lock);
	return pages;
}

unsigned char *
arena_stacks(size_t count, size_t size, struct fault *fault)
{
	size_t step = arena_stack_step(size), i;
	unsigned char *pages = cut_pages(count * step);

	if (pages == NULL) {
		fault_set(fault, "no room for %zu stacks in secret memory",
		    count);
		return NULL;
	}
	for (i = 0; i < count; i++) {
		if (mprotect(pages + i * step, page_size(), PROT_NONE) == -1) {
			fault_set(fault, "could not guard a stack: %m");
			return NULL;
		}
	}
	return pages + page_size();
}

size_t
arena_used(void)
{
	return arena.used;
}

void
arena_close(void)
{
	secret_wipe(&arena.secret);
	memset(arena.free, 0, sizeof(arena.free));
	memset(own, 0, sizeof(own));
	arena.used = 0;
}
