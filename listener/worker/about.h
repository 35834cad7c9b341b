/* SPDX-License-Identifier: ISC */
/*
 * about: what a worker tells of itself in its roster: its sandbox, and the
 * server's certificate.
 * Runs in: listener-worker, at its start.
 */
#ifndef LISTENER_WORKER_ABOUT_H
#define LISTENER_WORKER_ABOUT_H

#include <openssl/ssl.h>

struct layers;
struct roster_about;

/* Fills in and marks as told. cert may be NULL: SSL is off. Long texts are
 * cut. */
void about_tell(struct roster_about *about, const struct layers *layers,
    X509 *cert);

#endif
