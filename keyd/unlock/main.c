/* SPDX-License-Identifier: ISC */
/*
 * keyd-unlock: checks and decrypts the private key file, asks for the pass
 * phrase, writes the key into the secret memory that it was given, and exits:
 * the process that saw the pass phrase is gone.
 * Runs in: keyd-unlock (as root where keyd was started as root).
 */
#include <openssl/crypto.h>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "common/arena.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/report.h"
#include "common/secret.h"
#include "common/spawn.h"
#include "keyd/handoff.h"
#include "keyd/unlock/interrupt.h"
#include "keyd/unlock/unlock.h"

#define HEAP_SIZE (2 * 1024 * 1024) /* OpenSSL's whole heap, PEM and DER too */
#define WHOLE_PROCESS ((rlim_t)48 << 20) /* bytes; it has about 20 MiB */

/* LeakSanitizer looks at the process from a task of its own at exit. */
static int
hide(void)
{
#ifdef WITH_SANITIZERS
	return 0;
#else
	return prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* Nothing of this process reaches a core file, a debugger or the swap. */
static int
confine_memory(struct fault *fault)
{
	const struct rlimit none = { 0, 0 };
	struct rlimit memlock;

	if (hide() == -1 || setrlimit(RLIMIT_CORE, &none) == -1)
		return fault_set(fault,
		    "could not keep this process out of core files: %m");
	/* The question goes away with the supervisor that wants its answer. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* Within a small limit, locking all would make the next malloc fail. */
	if (getrlimit(RLIMIT_MEMLOCK, &memlock) == 0 &&
	    memlock.rlim_cur >= WHOLE_PROCESS)
		mlockall(MCL_CURRENT | MCL_FUTURE);
	return 0;
}

static int
open_library(enum secret_kind kind, struct fault *fault)
{
	if (arena_open(kind, HEAP_SIZE, fault) == -1)
		return -1;
	if (CRYPTO_set_mem_functions(arena_malloc, arena_realloc,
	    arena_free) != 1)
		return fault_set(fault,
		    "could not give OpenSSL its heap in secret memory");
	/* openssl.cnf could load code of others into this process. Nothing is
	 * to be freed at exit: the heap is wiped whole before. */
	if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
	    OPENSSL_INIT_NO_ATEXIT, NULL))
		return fault_set(fault, "could not start the OpenSSL library");
	return 0;
}

static int
receive_request(struct handoff_unlock *out, struct fault *fault)
{
	struct report report;

	if (report_receive(HANDOFF_FD_CHANNEL, &report, NULL) != 1 ||
	    report.type != REPORT_PAYLOAD ||
	    report.payload_len != sizeof(*out))
		return fault_set(fault,
		    "postern-keyd did not say which key to unlock");
	memcpy(out, report.payload, sizeof(*out));
	out->key_file[sizeof(out->key_file) - 1] = '\0';
	out->passphrase_command[sizeof(out->passphrase_command) - 1] = '\0';
	out->cert_file[sizeof(out->cert_file) - 1] = '\0';
	return 0;
}

static int
send_key(const struct handoff_key *key, struct fault *fault)
{
	struct report report = { .type = REPORT_PAYLOAD,
		.payload_len = sizeof(*key) };

	memcpy(report.payload, key, sizeof(*key));
	if (report_send(HANDOFF_FD_CHANNEL, &report, -1) == -1)
		return fault_set(fault, "postern-keyd is gone: %m");
	return 0;
}

int
main(void)
{
	struct handoff_unlock request;
	struct handoff_key key;
	struct secret secret = SECRET_EMPTY;
	struct fault fault = { 0 };
	int rc;

	log_open("keyd-unlock");
	if (spawn_take("keyd-unlock", HANDOFF_FD_KEY - SPAWN_FD_FIRST + 1,
	    &fault) == -1) {
		log_fault(LOG_LEVEL_FATAL, &fault);
		return 1;
	}
	log_open_channel(HANDOFF_FD_LOG);
	interrupt_catch();
	rc = confine_memory(&fault);
	if (rc == 0)
		rc = receive_request(&request, &fault);
	if (rc == 0)
		rc = secret_adopt(HANDOFF_FD_KEY, &secret, &fault);
	if (rc == 0)
		rc = open_library(secret.kind, &fault);
	if (rc == 0)
		rc = secret_map(&secret, &fault);
	if (rc == 0)
		rc = unlock_key(&request, &secret, &key, &fault);
	secret_close(&secret);
	arena_close();
	if (rc == 0)
		rc = send_key(&key, &fault);
	if (rc == -1)
		report_send_type(HANDOFF_FD_CHANNEL, REPORT_FAULT, &fault);
	return rc == 0 ? 0 : 1;
}
