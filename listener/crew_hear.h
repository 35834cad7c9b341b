/* SPDX-License-Identifier: ISC */
/*
 * crew_hear: what the programs of a crew say, and that they ended. Nobody is
 * believed: who says what none of our programs says is killed.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_CREW_HEAR_H
#define LISTENER_CREW_HEAR_H

struct crew;
struct watch;

/* Adds logs and channels of the programs to the next turn of the loop. */
void crew_hear_watch(struct crew *crew, struct watch *watch);

/* After SIGCHLD: notes those that ended, and what they said before. */
void crew_hear_reap(struct crew *crew);

#endif
