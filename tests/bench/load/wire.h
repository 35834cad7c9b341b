/* SPDX-License-Identifier: ISC */
/*
 * wire: as much of PostgreSQL's protocol as a load needs. Pure.
 * Runs in: bench-load, bench-standin.
 */
#ifndef TESTS_BENCH_LOAD_WIRE_H
#define TESTS_BENCH_LOAD_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A server's messages as they go by: their types, not their bodies. */
struct wire_reader {
	unsigned char header[5];
	size_t header_len;	/* bytes of header */
	uint32_t left;		/* bytes of the body that are still to come */
	unsigned int ready;	/* ReadyForQuery seen */
	bool has_error;		/* ErrorResponse seen */
	bool copies_in;		/* CopyInResponse seen */
	uint64_t copied;	/* bytes of CopyData */
};

void wire_read(struct wire_reader *reader, const unsigned char *bytes,
    size_t len);

/* Each writes a message to out, which has the room, and returns its length. */
size_t wire_ssl_request(unsigned char *out);
size_t wire_startup(unsigned char *out, const char *user,
    const char *database);
size_t wire_query(unsigned char *out, const char *sql);
size_t wire_parse(unsigned char *out, const char *sql);
size_t wire_execute(unsigned char *out, const char *value);
size_t wire_copy_chunk(unsigned char *out, size_t row_len);
size_t wire_copy_done(unsigned char *out);
size_t wire_terminate(unsigned char *out);

#endif
