/* SPDX-License-Identifier: ISC */
/*
 * verbs: the operations of posternctl, a file each.
 * Runs in: posternctl.
 */
#ifndef COMMON_CTL_VERBS_H
#define COMMON_CTL_VERBS_H

struct ctl;

/* Each says what came of it, errors by the log, and returns enum ctl_exit. */
int connections_run(struct ctl *ctl);
int reload_run(struct ctl *ctl);
int rotate_run(struct ctl *ctl);
int status_run(struct ctl *ctl);
int stop_run(struct ctl *ctl);
int top_run(struct ctl *ctl);

#endif
