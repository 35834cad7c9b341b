/* SPDX-License-Identifier: ISC */
/*
 * roster_counters: what a worker counts, as it lies in its roster.
 * Pure: one writer, no locks; who reads trusts no byte of it.
 * Runs in: listener-worker, listener-exporter.
 */
#ifndef LISTENER_ROSTER_COUNTERS_H
#define LISTENER_ROSTER_COUNTERS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "listener/client_state.h"

#define ROSTER_COUNTERS_VERSION_MAX 16	/* "TLSv1.3", with its NUL */
#define ROSTER_COUNTERS_CIPHER_MAX 48
#define ROSTER_COUNTERS_BOUNDS 14	/* of a histogram, and one more: +Inf */
#define ROSTER_COUNTERS_ROWS 48		/* the last takes what is too many */

/* How a TLS handshake ended. */
enum roster_result {
	ROSTER_RESULT_OK,
	ROSTER_RESULT_FAILED,		/* for another reason than these */
	ROSTER_RESULT_VERSION,		/* no common protocol version */
	ROSTER_RESULT_CERTIFICATE,	/* the client's is not accepted */
	ROSTER_RESULT_KEY,		/* keyd's signature did not come */
	ROSTER_RESULT_TIMEOUT,		/* authentication_timeout */
	ROSTER_RESULT_GONE,		/* the client, or this worker */
	ROSTER_RESULTS
};

/* Why a client was refused. */
enum roster_refusal {
	ROSTER_REFUSAL_OTHER,
	ROSTER_REFUSAL_TOO_MANY,	/* 53300: one of the limits */
	ROSTER_REFUSAL_RULES,		/* 28000 before the server is asked */
	ROSTER_REFUSAL_SERVER,		/* the server said no */
	ROSTER_REFUSAL_SERVER_TRUSTS,	/* it asked for no authentication, or
					   for what the rule does not allow */
	ROSTER_REFUSAL_ABSENT,		/* 57P03: it cannot be connected */
	ROSTER_REFUSAL_PROTOCOL,	/* 08P01, 0A000: not PostgreSQL's */
	ROSTER_REFUSAL_TLS,		/* the handshake failed */
	ROSTER_REFUSAL_TIMEOUT,		/* 57014, authentication_timeout */
	ROSTER_REFUSALS
};

/* A histogram of durations; bucket[i]: at most roster_counters_bound_us(i). */
struct roster_histogram {
	_Atomic uint64_t bucket[ROSTER_COUNTERS_BOUNDS + 1];
	_Atomic uint64_t sum_us;
};

struct roster_handshakes {
	char version[ROSTER_COUNTERS_VERSION_MAX];
	char cipher[ROSTER_COUNTERS_CIPHER_MAX];	/* "": none agreed on */
	uint32_t result;			/* enum roster_result */
	_Atomic uint64_t count;
};

struct roster_counters {
	/* Never less. */
	_Atomic uint64_t accepted;		/* connections */
	_Atomic uint64_t bytes_in, bytes_out;	/* from, to clients */
	_Atomic uint64_t signed_ok, signed_failed;
	_Atomic uint64_t refusals[ROSTER_REFUSALS];
	struct roster_histogram handshake, signature;
	_Atomic uint32_t rows_len;		/* a row is whole before this
						   counts it */
	struct roster_handshakes rows[ROSTER_COUNTERS_ROWS];

	/* As it is now. */
	_Atomic uint32_t states[CLIENT_STATES];	/* clients in each */
	_Atomic uint32_t peak;		/* most sessions of all workers that
					   this one has seen */
	_Atomic uint32_t has_keyd;	/* 1: connected to postern-keyd */
};

/* The one writer adds; no other may. */
static inline void
roster_counters_add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter,
	    memory_order_relaxed) + n, memory_order_relaxed);
}

/* One more duration, in microseconds; a negative one counts as 0. */
void roster_counters_observe(struct roster_histogram *histogram, int64_t us);

/* One more handshake; NULL for version and cipher where none was agreed on. */
void roster_counters_handshake(struct roster_counters *counters,
    const char *version, const char *cipher, enum roster_result result);

/* Adds what never gets less of part, which may be anybody's bytes, to sum;
 * of peak the greater one stays. */
void roster_counters_merge(struct roster_counters *sum,
    const struct roster_counters *part);

/* The bound of bucket i < ROSTER_COUNTERS_BOUNDS, and as seconds in a text. */
int64_t roster_counters_bound_us(size_t i);
const char *roster_counters_bound_name(size_t i);

/* "ok", "too_many_connections"; "unknown" for a number that is none. */
const char *roster_counters_result_name(uint32_t result);
const char *roster_counters_refusal_name(uint32_t refusal);

#endif
