/* SPDX-License-Identifier: ISC */
/*
 * serve: the threads that accept on the key socket, receive, and answer. Each
 * has its own epoll set with the same sockets in it: the kernel is the queue.
 * Runs in: keyd-signer.
 */
#ifndef KEYD_SIGNER_SERVE_H
#define KEYD_SIGNER_SERVE_H

#include <stddef.h>

#include "keyd/signer/session.h"

struct counters_board;
struct fault;
struct signer;

#define SERVE_THREADS_MAX 64
#define SERVE_STACK_SIZE ((size_t)128 << 10)	/* bytes */

struct serve_options {
	int listener;			/* not owned; made non-blocking */
	const struct signer *signer;	/* outlives the threads; complete */
	size_t threads;			/* 1 .. SERVE_THREADS_MAX */
	unsigned char *stacks;		/* arena_stacks() of SERVE_STACK_SIZE;
					   NULL: the C library's own */
	size_t max_connections;
	unsigned int max_signatures;	/* a second and peer; 0: any number */
	struct counters_board *board;	/* of zeroes, not owned; NULL: nothing
					   is counted there */
	struct session_peers dialers;	/* who may connect */
	struct session_peers peers;	/* who may ask */
};

struct serve;

/* Makes all that serving needs and starts the threads, which wait. NULL with
 * the fault. */
struct serve *serve_start(const struct serve_options *options,
    struct fault *fault);

/* Lets the threads accept. Returns 0 or -1 with the fault. */
int serve_open(struct serve *serve, struct fault *fault);

/* Ends the threads (each after the signature it is at), then all sessions.
 * Accepts NULL. */
void serve_stop(struct serve *serve);

/* Descriptors that serving needs beside those of main. */
size_t serve_max_files(const struct serve_options *options);

#endif
