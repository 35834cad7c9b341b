/* SPDX-License-Identifier: ISC */
/*
 * ctlwire: what posternctl asks of a supervisor, and what that answers.
 * Pure: bytes in, struct out; no sockets, no allocation, no logging.
 * Runs in: posternctl, postern-keyd, postern-listener.
 */
#ifndef COMMON_WIRE_CTLWIRE_H
#define COMMON_WIRE_CTLWIRE_H

#include <stddef.h>
#include <stdint.h>

/*
 * One datagram (SOCK_SEQPACKET) is one struct of a fixed size, in the layout of
 * this machine, which it never leaves: both ends are of one package. Of a
 * supervisor with another version nothing but that is understood.
 */
#define CTLWIRE_VERSION 1
#define CTLWIRE_BODY_MAX 3072

enum ctlwire_verb {
	CTLWIRE_STATUS = 1,
	CTLWIRE_RELOAD,		/* postern-listener */
	CTLWIRE_STOP,		/* which: enum ctlwire_stop */
	CTLWIRE_ROTATE,		/* postern-keyd: memory for another key */
	CTLWIRE_ROTATE_KEY,	/* then: the key is in it (body) */
	CTLWIRE_ROTATE_BACK,	/* then: forget it again */
	CTLWIRE_ROTATE_RETIRE,	/* then: the others are of no more use */
	CTLWIRE_VERBS
};

/* PostgreSQL's shutdown modes. */
enum ctlwire_stop {
	CTLWIRE_STOP_SMART = 1,
	CTLWIRE_STOP_FAST,
	CTLWIRE_STOP_IMMEDIATE,
	CTLWIRE_STOPS
};

struct ctlwire_request {
	uint32_t version;
	uint32_t verb;
	uint32_t which;		/* as the verb says; else 0 */
	uint32_t body_len;
	unsigned char body[CTLWIRE_BODY_MAX];
};

enum ctlwire_result {
	CTLWIRE_MORE = 1,	/* a part of the answer, or news of it */
	CTLWIRE_DONE,		/* the last part */
	CTLWIRE_FAILED,		/* nothing has changed; the fault says why */
	CTLWIRE_RESULTS
};

/* A message in PostgreSQL's grammar, as struct fault has it. */
struct ctlwire_text {
	char what[512];		/* "": there is none */
	char detail[768];
	char hint[512];
};

struct ctlwire_answer {
	uint32_t version;
	uint32_t result;	/* enum ctlwire_result */
	uint32_t kind;		/* of the body, as the verb says; 0: none */
	uint32_t body_len;
	uint64_t generation;	/* RELOAD: the one that serves now */
	struct ctlwire_text text;
	unsigned char body[CTLWIRE_BODY_MAX];
};

/* Begin a message: zeroes but for the version and what is named. */
void ctlwire_begin_request(enum ctlwire_verb verb,
    struct ctlwire_request *out);
void ctlwire_begin_answer(enum ctlwire_result result,
    struct ctlwire_answer *out);

/* Put a struct into the body; its size is at most CTLWIRE_BODY_MAX. */
void ctlwire_put_request_body(struct ctlwire_request *request,
    const void *body, size_t len);
void ctlwire_put_answer_body(struct ctlwire_answer *answer, uint32_t kind,
    const void *body, size_t len);

/*
 * Read one datagram, every field checked, texts ended. Return 0 with *out; -1
 * for what is none of this version's; -2 for a whole one of another version.
 */
int ctlwire_read_request(const void *bytes, size_t len,
    struct ctlwire_request *out);
int ctlwire_read_answer(const void *bytes, size_t len,
    struct ctlwire_answer *out);

/* For logs and command lines: "reload", "fast"; "unknown" for none. */
const char *ctlwire_verb_name(unsigned int verb);
const char *ctlwire_stop_name(unsigned int stop);

#endif
