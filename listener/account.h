/* SPDX-License-Identifier: ISC */
/*
 * account: keeps the facts that the exporter shows up to date: generations and
 * programs, as the supervisor knows them.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_ACCOUNT_H
#define LISTENER_ACCOUNT_H

struct exporter_link;
struct generations;
struct reload;

/* At the end of each turn of the loop; writes only what has changed. */
void account_keep(const struct exporter_link *link,
    const struct generations *generations, const struct reload *reload);

#endif
