/* SPDX-License-Identifier: ISC */
/*
 * check: postern-listener --check: what a start would find, said before one.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_CHECK_H
#define LISTENER_CHECK_H

struct instance;

/*
 * Reads all that a start reads, has a worker in its confinement judge what only
 * OpenSSL can, and says on standard error every error, and what is legal but
 * sad. Binds no port, locks nothing, and leaves an instance that runs alone.
 * Blocks as a start does. Returns the exit status: 0, or 1 for errors.
 */
int check_run(const struct instance *instance);

#endif
