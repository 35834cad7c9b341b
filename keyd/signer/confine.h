/* SPDX-License-Identifier: ISC */
/*
 * confine: what this process gives up before it serves, in order.
 * Runs in: keyd-signer.
 */
#ifndef KEYD_SIGNER_CONFINE_H
#define KEYD_SIGNER_CONFINE_H

struct fault;
struct handoff_signer;
struct layers;

/* Gives up its root directory and network, becomes its user, where it was
 * started as root; takes limits and Landlock, which threads started later
 * inherit. Returns 0 or -1 with the fault. */
int confine_start(const struct handoff_signer *handoff, unsigned int max_files,
    struct layers *layers, struct fault *fault);

/* The threads run: no more of them, no process, and no system call but those
 * that serving needs; then says in the log what is in force. */
int confine_finish(const struct handoff_signer *handoff,
    unsigned int max_files, struct layers *layers, struct fault *fault);

#endif
