/* SPDX-License-Identifier: ISC */
/*
 * hba_token: lines and words of pg_hba.conf and pg_ident.conf (PostgreSQL's
 * hba.c: next_token, tokenize_auth_file).
 * Pure; knows neither files nor the meaning of a word.
 * Runs in: postern-listener.
 */
#ifndef COMMON_PG_HBA_TOKEN_H
#define COMMON_PG_HBA_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

/* The text of one file as it is read line by line. */
struct hba_token_reader {
	const char *bytes;	/* not owned */
	size_t len;
	size_t at;		/* the first byte that is not read; from 0 */
	unsigned int line;	/* of that byte; from 1 */
};

/*
 * Reads the next line into out (room for the reader's whole len and a NUL):
 * without its end (LF, CR LF), lines that end with a backslash joined with
 * the next. *out_number is the first line's. Returns false at the end.
 * *out_len tells a line with a NUL byte in it from a shorter one.
 */
bool hba_token_read_line(struct hba_token_reader *reader, char *out,
    size_t *out_len, unsigned int *out_number);

struct hba_token {
	size_t len;		/* bytes of its text */
	bool quoted;		/* it began with a quote: no keyword */
	bool comma;		/* it ended at a comma: the list goes on */
};

/*
 * Reads the next word from *at, a NUL-terminated line, writes its text to out
 * (room for the rest of the line and a NUL) and moves *at behind it. Words end
 * at blanks, commas and comments; a comma is not passed over. Double quotes
 * hold all three, and "" in them is a quote. A quote that does not end holds
 * the rest of the line. Returns false at the end of the line.
 */
bool hba_token_read(const char **at, char *out, struct hba_token *token);

/*
 * A quote that never ends is taken silently by PostgreSQL, and so the rule
 * says something else than it reads. True if the line has one.
 */
bool hba_token_is_open(const char *line);

#endif
