/* SPDX-License-Identifier: ISC */
/*
 * main: a worker's life: take the named descriptors, read the handoff, give up
 * rights, build, give up system calls, try a handshake, serve. Started by
 * postern-listener, never by hand.
 * Runs in: listener-worker.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "common/fault.h"
#include "common/layers.h"
#include "common/log.h"
#include "common/report.h"
#include "common/spawn.h"
#include "common/stop_signals.h"
#include "listener/handoff.h"
#include "listener/roster.h"
#include "listener/worker/about.h"
#include "listener/worker/check.h"
#include "listener/worker/confine.h"
#include "listener/worker/dry_round.h"
#include "listener/worker/worker.h"

static bool
are_parts_within(const struct handoff_worker *handoff, size_t size)
{
	const struct handoff_extent *part;
	size_t i;

	for (i = 0; i < HANDOFF_PARTS; i++) {
		part = &handoff->parts[i];
		if (part->offset < sizeof(*handoff) || part->offset > size ||
		    part->offset % HANDOFF_ALIGN != 0 ||
		    part->len > size - part->offset)
			return false;
	}
	return true;
}

/* The handoff stays mapped read-only for the worker's life. */
static const struct handoff_worker *
map_handoff(struct fault *fault)
{
	const struct handoff_worker *handoff;
	struct stat st;
	void *map;

	if (fstat(HANDOFF_FD_MEMORY, &st) != 0 ||
	    (size_t)st.st_size < sizeof(*handoff)) {
		(void)fault_set(fault, "the handoff is too short");
		return NULL;
	}
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED,
	    HANDOFF_FD_MEMORY, 0);
	if (map == MAP_FAILED) {
		(void)fault_set(fault, "could not map the handoff: %m");
		return NULL;
	}
	handoff = map;
	if (handoff->magic != HANDOFF_MAGIC || handoff->slots == 0 ||
	    handoff->slots > HANDOFF_WORKERS_MAX ||
	    handoff->slot >= handoff->slots ||
	    handoff->boards < handoff->slots ||
	    handoff->boards > HANDOFF_BOARDS_MAX ||
	    handoff->sockets > HANDOFF_SOCKETS_MAX ||
	    handoff->routes == 0 || handoff->routes > HANDOFF_ROUTES ||
	    !are_parts_within(handoff, (size_t)st.st_size)) {
		(void)fault_set(fault, "the handoff is not this version's");
		return NULL;
	}
	return handoff;
}

/* The fixed descriptors are known before the handoff is read, the number of
 * sockets behind them only from it. */
static const struct handoff_worker *
take_handoff(struct fault *fault)
{
	const struct handoff_worker *handoff;
	struct stat st;

	/* By hand there is no handoff to count with. */
	if (fstat(HANDOFF_FD_MEMORY, &st) != 0) {
		(void)spawn_take("listener-worker", SPAWN_FDS_MAX, fault);
		return NULL;
	}
	if ((handoff = map_handoff(fault)) == NULL)
		return NULL;
	if (spawn_take("listener-worker", (size_t)(HANDOFF_FD_DIALERS -
	    SPAWN_FD_FIRST) + handoff->routes + handoff->boards +
	    handoff->sockets, fault) != 0)
		return NULL;
	return handoff;
}

/* All but the last fault, which goes by the report. */
static int
tell_all_but_one(const struct fault_list *faults, struct fault *out)
{
	size_t i, len = faults->count < FAULT_LIST_MAX ? faults->count :
	    FAULT_LIST_MAX;

	for (i = 0; i + 1 < len; i++)
		log_fault(LOG_LEVEL_ERROR, &faults->item[i]);
	*out = faults->item[len - 1];
	return -1;
}

/* Each step but the first may find several faults; of a check, all find. */
static int
build(struct worker *worker, const struct handoff_worker *handoff,
    struct fault *fault)
{
	static struct fault_list faults;
	struct layers layers = { 0 };

	if (confine_start(&handoff->user, &layers, fault) != 0)
		return -1;
	/* OpenSSL asks what time it is when no file can be read any more. */
	tzset();
	if (worker_open(worker, handoff, &faults) != 0 && !handoff->is_check)
		return tell_all_but_one(&faults, fault);
	if (confine_finish(&handoff->user, &layers, fault) != 0)
		return -1;
	if (handoff->is_check) {
		check_run(worker, &faults);
		return faults.count == 0 ? 0 :
		    tell_all_but_one(&faults, fault);
	}
	about_tell(&worker->presence.roster->about, &layers,
	    worker->tls.ctx == NULL ? NULL :
	    SSL_CTX_get0_certificate(worker->tls.ctx));
	return dry_round_run(worker, fault);
}

static int
start(struct worker *worker, struct fault *fault)
{
	const struct handoff_worker *handoff;

	if ((handoff = take_handoff(fault)) == NULL)
		return -1;
	log_open_channel(HANDOFF_FD_LOG);
	log_set_min_level((enum log_level)handoff->settings.log_min_messages);
	if (OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, NULL) != 1)
		return fault_set(fault, "could not initialize OpenSSL");
	return build(worker, handoff, fault);
}

int
main(void)
{
	static struct worker worker;
	struct fault fault = { 0 };

	stop_signals_block();
	(void)signal(SIGPIPE, SIG_IGN);
	log_open("listener-worker");
	if (start(&worker, &fault) != 0) {
		if (report_send_type(HANDOFF_FD_CHANNEL, REPORT_FAULT,
		    &fault) != 0)
			log_fault(LOG_LEVEL_FATAL, &fault);
		return EXIT_FAILURE;
	}
	if (report_send_type(HANDOFF_FD_CHANNEL, REPORT_READY, NULL) != 0)
		return EXIT_FAILURE;
	worker_serve(&worker);
	return EXIT_SUCCESS;
}
