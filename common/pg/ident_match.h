/* SPDX-License-Identifier: ISC */
/*
 * ident_match: may somebody whom the system knows by one name be the user he
 * asks for (PostgreSQL's check_usermap).
 * Pure.
 * Runs in: listener-worker.
 */
#ifndef COMMON_PG_IDENT_MATCH_H
#define COMMON_PG_IDENT_MATCH_H

struct fault;
struct hba_match;

struct ident_question {
	const char *map;	/* "": the two names must be equal */
	const char *system_user;	/* of a certificate: its CN or DN */
	const char *pg_user;
};

/*
 * Asks the map. Names are compared in their case. Returns 0, or -1 with a
 * fault for the log alone, in PostgreSQL's words.
 */
int ident_match_user(const struct hba_match *match,
    const struct ident_question *question, struct fault *log);

#endif
