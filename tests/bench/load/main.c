/* SPDX-License-Identifier: ISC */
/*
 * bench-load: many clients at once, in one thread.
 *	bench-load GOAL ADDRESS PORT [NAME=VALUE ...]
 * GOAL: connect, handshake, login, query, copy-out, copy-in. NAMEs: tls
 * (plain, request, direct), at-once, count, seconds, hold, user, database, sql,
 * row, rows. With hold=yes it says "held" when all are at their goal, and ends
 * with its standard input. Prints one line of JSON at the end.
 * Runs in: bench-load.
 */
#include <sys/epoll.h>

#include <arpa/inet.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/load/session.h"
#include "tests/bench/load/tally.h"

#define EVENTS 256
#define OPENING_AT_ONCE 64	/* of those that are to be held */

struct load {
	struct session_options options;
	size_t at_once, count;
	int64_t until_us;	/* 0: count alone ends it */
	int epoll;
	struct session *sessions;
	uint32_t *watched;	/* events by session */
	size_t *idle;		/* a stack of free sessions */
	size_t idle_len;
	size_t started;
};

static void
usage(const char *what)
{
	(void)fprintf(stderr, "bench-load: %s\n", what);
	exit(2);
}

static unsigned int
word_of(const char *value, const char *const words[])
{
	unsigned int i;

	for (i = 0; words[i] != NULL; i++)
		if (strcmp(value, words[i]) == 0)
			return i;
	usage(value);
	return 0;
}

static const char *const goals[] = { "connect", "handshake", "login",
	"query", "copy-out", "copy-in", NULL };
static const char *const tls_words[] = { "plain", "request", "direct",
	NULL };

static void
set_option(struct load *load, char *argument, double *seconds)
{
	char *value = strchr(argument, '=');

	if (value == NULL)
		usage(argument);
	*value++ = '\0';
	if (strcmp(argument, "tls") == 0)
		load->options.tls =
		    (enum session_tls)word_of(value, tls_words);
	else if (strcmp(argument, "at-once") == 0)
		load->at_once = strtoul(value, NULL, 10);
	else if (strcmp(argument, "count") == 0)
		load->count = strtoul(value, NULL, 10);
	else if (strcmp(argument, "seconds") == 0)
		*seconds = strtod(value, NULL);
	else if (strcmp(argument, "hold") == 0)
		load->options.holds = strcmp(value, "yes") == 0;
	else if (strcmp(argument, "user") == 0)
		load->options.user = value;
	else if (strcmp(argument, "database") == 0)
		load->options.database = value;
	else if (strcmp(argument, "sql") == 0)
		load->options.sql = value;
	else if (strcmp(argument, "row") == 0)
		load->options.row_len = strtoul(value, NULL, 10);
	else if (strcmp(argument, "rows") == 0)
		load->options.rows = strtoul(value, NULL, 10);
	else
		usage(argument);
}

static void
set_address(struct load *load, const char *host, const char *port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&load->options.addr;

	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	if (inet_pton(AF_INET, host, &in->sin_addr) != 1)
		usage(host);
	load->options.addr_len = sizeof(*in);
}

static void
make_room(struct load *load)
{
	size_t i;

	load->sessions = calloc(load->at_once, sizeof(*load->sessions));
	load->watched = calloc(load->at_once, sizeof(*load->watched));
	load->idle = calloc(load->at_once, sizeof(*load->idle));
	load->epoll = epoll_create1(EPOLL_CLOEXEC);
	load->options.ctx = SSL_CTX_new(TLS_client_method());
	if (load->sessions == NULL || load->watched == NULL ||
	    load->idle == NULL || load->epoll == -1 ||
	    load->options.ctx == NULL)
		usage("out of memory");
	SSL_CTX_set_mode(load->options.ctx, SSL_MODE_RELEASE_BUFFERS |
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	for (i = load->at_once; i > 0; i--)
		load->idle[load->idle_len++] = i - 1;
}

static bool
is_time_over(const struct load *load)
{
	if (load->until_us != 0)
		return tally_now_us() >= load->until_us;
	return load->options.tally->done >= load->count;
}

/* May another one begin? */
static bool
may_start(const struct load *load)
{
	size_t open = load->at_once - load->idle_len;

	if (load->idle_len == 0 || (load->count > 0 &&
	    load->started >= load->count))
		return false;
	if (load->options.holds)
		return open - load->options.tally->done < OPENING_AT_ONCE;
	return !is_time_over(load);
}

static void
watch(struct load *load, size_t i, int op)
{
	struct epoll_event event = { .events = load->sessions[i].wants,
		.data.u64 = i };

	if (op == EPOLL_CTL_MOD && load->watched[i] == event.events)
		return;
	load->watched[i] = event.events;
	(void)epoll_ctl(load->epoll, op, load->sessions[i].fd, &event);
}

static void
start_more(struct load *load)
{
	size_t i;

	while (may_start(load)) {
		i = load->idle[load->idle_len - 1];
		load->started++;
		if (session_open(&load->sessions[i], &load->options) == -1) {
			tally_fail(load->options.tally, "connect");
			continue;
		}
		load->idle_len--;
		watch(load, i, EPOLL_CTL_ADD);
	}
}

static void
turn(struct load *load)
{
	struct epoll_event events[EVENTS];
	int i, n = epoll_wait(load->epoll, events, EVENTS, 1000);
	size_t at;

	for (i = 0; i < n; i++) {
		at = (size_t)events[i].data.u64;
		if (session_run(&load->sessions[at], is_time_over(load)))
			watch(load, at, EPOLL_CTL_MOD);
		else
			load->idle[load->idle_len++] = at;
	}
}

/* All are at their goal: says so and waits for the end of standard input,
 * then for that of those that are to be closed. */
static void
hold(struct load *load)
{
	struct epoll_event event = { .events = EPOLLIN,
		.data.u64 = UINT64_MAX };
	char byte;
	int n;

	(void)printf("held\n");
	(void)fflush(stdout);
	(void)epoll_ctl(load->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event);
	for (;;) {
		n = epoll_wait(load->epoll, &event, 1, -1);
		if (n == 1 && event.data.u64 == UINT64_MAX &&
		    read(STDIN_FILENO, &byte, 1) <= 0)
			return;
		if (n == 1 && event.data.u64 != UINT64_MAX &&
		    !session_run(&load->sessions[event.data.u64], true))
			load->idle[load->idle_len++] = event.data.u64;
	}
}

int
main(int argc, char **argv)
{
	struct tally tally = { .done = 0 };
	struct load load = { .at_once = 1, .options = { .tally = &tally,
		.user = "bench", .database = "bench", .row_len = 1000 } };
	double seconds = 0;
	int64_t began;
	int i;

	if (argc < 4)
		usage("GOAL ADDRESS PORT [NAME=VALUE ...]");
	load.options.goal = (enum session_goal)word_of(argv[1], goals);
	set_address(&load, argv[2], argv[3]);
	for (i = 4; i < argc; i++)
		set_option(&load, argv[i], &seconds);
	if (load.options.holds)
		load.count = load.at_once;
	(void)signal(SIGPIPE, SIG_IGN);
	make_room(&load);
	began = tally_now_us();
	if (seconds > 0)
		load.until_us = began + (int64_t)(seconds * 1e6);
	for (start_more(&load); load.idle_len < load.at_once &&
	    !(load.options.holds && tally.done + tally.failed >= load.count);
	    start_more(&load))
		turn(&load);
	began = tally_now_us() - began;
	if (load.options.holds)
		hold(&load);
	tally_print(&tally, began);
	return 0;
}
