/* SPDX-License-Identifier: ISC */
/*
 * bench_signer: signatures a second, of the signer alone and over its socket.
 *	make tests/bench/bench_signer keyd/signer/keyd-signer
 *	tests/bench/bench_signer [threads [connections [in-flight]]]
 * Runs in: by hand.
 */
#include <sys/resource.h>

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/fault.h"
#include "keyd/signer/signer.h"
#include "tests/unit/keyd/signer/client.h"
#include "tests/unit/keyd/signer/keys.h"
#include "tests/unit/keyd/signer/program.h"

#define SECONDS 3.0
#define CONNECTIONS_MAX 16

static struct client {
	struct sockaddr_un addr;
	struct keywire_message request;
	unsigned int in_flight;
	double until;
	unsigned long replies;
	pthread_t thread;
} clients[CONNECTIONS_MAX];

static unsigned int args[3] = { 2, 2, 16 };	/* as said above */

static double
now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* CPU seconds of all keyd-signers that have ended. */
static double
cpu_of_programs(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* One thread, no socket: what the contexts cost. */
static void
run_alone(struct key *key, unsigned int scheme)
{
	struct policy_order order = { .len = 130 };
	struct fault fault = { 0 };
	struct signer *signer = signer_new(false, &fault);
	struct signer_bench *bench;
	struct keywire_signed sig;
	unsigned long count = 0;
	double until = now(CLOCK_MONOTONIC) + SECONDS, cpu;

	signer_add_key(signer, &key->secret, &key->handoff, &fault);
	bench = signer_bench_new(signer, &fault);
	order.scheme = tls_scheme_find(scheme);
	cpu = now(CLOCK_THREAD_CPUTIME_ID);
	while (now(CLOCK_MONOTONIC) < until && signer_sign(bench, &order,
	    &sig, &fault) == 0)
		count++;
	cpu = now(CLOCK_THREAD_CPUTIME_ID) - cpu;
	printf("  one thread, no socket: %.0f/s of CPU, %.1f us each\n",
	    (double)count / cpu, cpu / (double)count * 1e6);
	signer_bench_free(bench);
	signer_free(signer);
}

static void *
run_client(void *arg)
{
	struct client *client = arg;
	struct keywire_message reply;
	int fd = client_connect(&client->addr);
	unsigned int i;

	client_hello(fd);
	for (i = 0; i < client->in_flight; i++)
		client_send(fd, &client->request);
	while (now(CLOCK_MONOTONIC) < client->until &&
	    client_receive(fd, &reply) == 0) {
		client->replies++;
		client_send(fd, &client->request);
	}
	close(fd);
	return NULL;
}

static void
run_program(struct key *key, unsigned int scheme)
{
	struct program program;
	struct report first;
	unsigned long replies = 0;
	double cpu = cpu_of_programs();
	unsigned int i;

	program_start(&program, key, 1, args[0], &first);
	if (first.type != REPORT_READY) {
		printf("  keyd-signer: %s\n", first.fault.what);
		return;
	}
	memset(clients, 0, sizeof(clients));
	for (i = 0; i < args[1]; i++) {
		clients[i].addr = program.addr;
		clients[i].in_flight = args[2];
		clients[i].until =
		    now(CLOCK_MONOTONIC) + SECONDS;
		client_make_tls13(key, scheme, &clients[i].request);
		pthread_create(&clients[i].thread, NULL, run_client,
		    &clients[i]);
	}
	for (i = 0; i < args[1]; i++) {
		pthread_join(clients[i].thread, NULL);
		replies += clients[i].replies;
	}
	program_stop(&program);
	cpu = cpu_of_programs() - cpu;
	printf("  keyd-signer, %u threads, %u connections, %u in flight each: "
	    "%.0f/s, %.1f us of CPU each\n", args[0], args[1], args[2],
	    (double)replies / SECONDS, cpu / (double)replies * 1e6);
}

/* The clients are those of the tests, which work within Check alone. */
START_TEST(measure)
{
	static const struct {
		const char *type;
		unsigned int scheme;
	} runs[] = { { "RSA-2048", 0x0804 }, { "P-256", 0x0403 },
		{ "Ed25519", 0x0807 } };
	struct key key;
	size_t i;

	for (i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		key_make(runs[i].type, &key);
		printf("%s\n", runs[i].type);
		run_alone(&key, runs[i].scheme);
		run_program(&key, runs[i].scheme);
		key_free(&key);
	}
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("bench_signer");
	TCase *tcase = tcase_create("bench_signer");
	SRunner *runner = srunner_create(suite);
	int arg, failed;

	for (arg = 1; arg < argc && arg < 4; arg++)
		args[arg - 1] = (unsigned int)atoi(argv[arg]);
	if (args[1] < 1 || args[1] > CONNECTIONS_MAX)
		args[1] = CONNECTIONS_MAX;
	tcase_set_timeout(tcase, 0);
	tcase_add_test(tcase, measure);
	suite_add_tcase(suite, tcase);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
