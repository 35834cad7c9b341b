/* SPDX-License-Identifier: ISC */
/*
 * confine: what this process gives up before it serves, in order.
 * Runs in: keyd-signer.
 */
#ifndef KEYD_SIGNER_CONFINE_H
#define KEYD_SIGNER_CONFINE_H

struct fault;
struct handoff_signer;

/* Becomes its user, where it was started as root; takes its limits, of which
 * threads started later inherit theirs. Returns 0 or -1 with the fault. */
int confine_start(const struct handoff_signer *handoff, unsigned int max_files,
    struct fault *fault);

/* The threads run: no more of them, and no process. */
int confine_finish(unsigned int max_files, struct fault *fault);

#endif
