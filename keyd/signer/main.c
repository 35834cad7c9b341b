/* SPDX-License-Identifier: ISC */
/*
 * keyd-signer: holds the private keys and answers requests for signatures on
 * the key socket, until its supervisor ends or says so.
 * Runs in: keyd-signer (as its own user where keyd was started as root).
 */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/layers.h"
#include "common/log.h"
#include "common/report.h"
#include "common/secret.h"
#include "common/spawn.h"
#include "common/stop_signals.h"
#include "keyd/handoff.h"
#include "keyd/signer/confine.h"
#include "keyd/signer/memory.h"
#include "keyd/signer/rate.h"
#include "keyd/signer/serve.h"
#include "keyd/signer/signer.h"
#include "keyd/signer/tally.h"

#define PROGRAM "keyd-signer"
#define CONNECTIONS_MAX 65536
#define LAST_WORDS_MS 200
#define FILES_OF_MAIN (HANDOFF_FD_KEYS + 8)	/* 0-2, the named, spares */

static int
receive_payload(void *out, size_t len, struct fault *fault)
{
	struct report report;

	if (report_receive(HANDOFF_FD_CHANNEL, &report, NULL) != 1 ||
	    report.type != REPORT_PAYLOAD || report.payload_len != len)
		return fault_set(fault,
		    "postern-keyd did not say what to serve");
	memcpy(out, report.payload, len);
	return 0;
}

/* How many descriptors there are is known only from the first report. */
static int
take_handoff(struct handoff_signer *out, struct fault *fault)
{
	if (receive_payload(out, sizeof(*out), fault) == -1)
		return -1;
	if (out->keys_len < 1 || out->keys_len > KEYWIRE_KEYS_MAX ||
	    out->threads < 1 || out->threads > SERVE_THREADS_MAX ||
	    out->max_connections < 1 ||
	    out->max_connections > CONNECTIONS_MAX ||
	    out->max_signatures > RATE_MAX ||
	    out->key_memory > SECRET_LOCKED)
		return fault_set(fault,
		    "postern-keyd said what cannot be served");
	return spawn_take(PROGRAM, HANDOFF_FD_KEYS - SPAWN_FD_FIRST +
	    out->keys_len, fault);
}

/* Takes what keyd still says: if we ended before, keyd would fail to say it,
 * and never read why. */
static void
report_fault(const struct fault *fault)
{
	struct pollfd channel = { .fd = HANDOFF_FD_CHANNEL, .events = POLLIN };
	struct report report;

	report_send_type(HANDOFF_FD_CHANNEL, REPORT_FAULT, fault);
	while (poll(&channel, 1, LAST_WORDS_MS) == 1 &&
	    report_receive(HANDOFF_FD_CHANNEL, &report, NULL) == 1)
		continue;
}

/* Either nobody but a hand has started us, or keyd made a mistake. */
static void
report_no_handoff(const struct fault *fault)
{
	struct fault by_hand = { 0 };

	if (spawn_take(PROGRAM, HANDOFF_FD_KEYS - SPAWN_FD_FIRST,
	    &by_hand) == -1)
		log_fault(LOG_LEVEL_FATAL, &by_hand);
	else
		report_fault(fault);
}

/* The descriptors go once the keys are loaded: keyd keeps its own. */
static int
load_keys(const struct handoff_signer *handoff, struct signer *signer,
    struct fault *fault)
{
	struct secret secret = SECRET_EMPTY;
	struct handoff_key key;
	uint32_t i;
	int rc;

	for (i = 0; i < handoff->keys_len; i++) {
		if (receive_payload(&key, sizeof(key), fault) == -1 ||
		    secret_adopt(HANDOFF_FD_KEYS + (int)i, &secret,
		    fault) == -1)
			return -1;
		rc = signer_add_key(signer, &secret, &key, fault);
		secret_close(&secret);
		if (rc == -1)
			return -1;
	}
	return 0;
}

/* A wrong key, or a sandbox too narrow, shows now and not under load. */
static int
try_keys(const struct signer *signer, struct fault *fault)
{
	struct signer_bench *bench = signer_bench_new(signer, fault);
	int rc = bench == NULL ? -1 : signer_try(bench, fault);

	signer_bench_free(bench);
	return rc;
}

/* The listener's user; without root, whoever runs us, too. */
static struct session_peers
peers_of(const struct handoff_signer *handoff, uid_t uid)
{
	return (struct session_peers){ .uid = { uid, geteuid() },
		.count = handoff->change_user != 0 ? 1 : 2 };
}

/* Serves from the moment that all is given up. */
static int
start(const struct handoff_signer *handoff, struct serve_options *options,
    struct layers *layers, struct fault *fault)
{
	unsigned int files = FILES_OF_MAIN +
	    (unsigned int)serve_max_files(options);
	struct signer *signer = signer_new(handoff->has_tls13 != 0, fault);
	struct serve *serve;

	if (signer == NULL ||
	    confine_start(handoff, files, layers, fault) == -1 ||
	    load_keys(handoff, signer, fault) == -1)
		return -1;
	options->board = tally_map_board(HANDOFF_FD_COUNTERS, fault);
	if (options->board == NULL)
		return -1;
	close(HANDOFF_FD_COUNTERS);
	options->signer = signer;
	options->dialers = peers_of(handoff, handoff->dial_uid);
	options->peers = peers_of(handoff, handoff->peer_uid);
	serve = serve_start(options, fault);
	if (serve == NULL || confine_finish(handoff, files, layers, fault) ==
	    -1 || try_keys(signer, fault) == -1)
		return -1;
	return serve_open(serve, fault);
}

/* libcrypto has its heap before its first act. */
static int
open_memory_and_start(const struct handoff_signer *handoff,
    struct layers *layers, struct fault *fault)
{
	struct serve_options options = { .listener = HANDOFF_FD_SOCKET,
		.threads = handoff->threads,
		.max_connections = handoff->max_connections,
		.max_signatures = handoff->max_signatures };

	if (memory_open((enum secret_kind)handoff->key_memory,
	    handoff->threads, &options.stacks, fault) == -1)
		return -1;
	return start(handoff, &options, layers, fault);
}

/* keyd's status says how it is confined. */
static int
report_ready(const struct layers *layers)
{
	struct report report = { .type = REPORT_READY,
		.payload_len = sizeof(*layers) };

	memcpy(report.payload, layers, sizeof(*layers));
	return report_send(HANDOFF_FD_CHANNEL, &report, -1);
}

static void
await_end(void)
{
	struct report report;

	while (report_receive(HANDOFF_FD_CHANNEL, &report, NULL) == 1 &&
	    report.type != REPORT_STOP_FAST &&
	    report.type != REPORT_STOP_SMART)
		continue;
}

int
main(void)
{
	struct handoff_signer handoff;
	struct layers layers = { 0 };
	struct fault fault = { 0 };
	int rc;

	stop_signals_block();
	log_open(PROGRAM);
	if (take_handoff(&handoff, &fault) == -1) {
		report_no_handoff(&fault);
		return 1;
	}
	log_open_channel(HANDOFF_FD_LOG);
	log_set_min_level(LOG_LEVEL_DEBUG);	/* keyd leaves out the rest */
	rc = open_memory_and_start(&handoff, &layers, &fault);
	if (rc == 0)
		rc = report_ready(&layers);
	else
		report_fault(&fault);
	if (rc == 0)
		await_end();
	/* At once: to end the threads one by one takes system calls that
	 * serving does not need, and the kernel clears what they leave. */
	_exit(rc == 0 ? 0 : 1);
}
