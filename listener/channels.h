/* SPDX-License-Identifier: ISC */
/*
 * channels: between each dialer and each worker of a crew. No worker may stay
 * without a dialer: where one did not get its channel, the next program gets
 * one, which a new dialer gives to all.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_CHANNELS_H
#define LISTENER_CHANNELS_H

#include <stddef.h>
#include <stdint.h>

struct child;
struct crew;
struct fault;
struct launch_slot;

/* A program that does not read must not stop us when we write to it: from now
 * on that fails after a fifth of a second. */
void channels_bound_sending(const struct child *child);

/*
 * Makes the channels of a worker that is about to start, and gives the dialers
 * their ends; one that cannot take it is killed. The worker's ends are in slot,
 * until channels_close_ends(). Returns 0 or -1 with the fault.
 */
int channels_open(struct crew *crew, struct launch_slot *slot,
    struct fault *fault);
void channels_close_ends(const struct crew *crew, struct launch_slot *slot);

/* A new dialer runs: every worker that runs gets a channel to it. */
void channels_renew(struct crew *crew, size_t route);

/*
 * A worker says that it has no dialer for a route: it gets another channel.
 * Returns -1 when it asks for a route that is not, or sooner than a worker of
 * ours does.
 */
int channels_give(struct crew *crew, size_t worker, uint32_t route);

/* A program did not take what it was sent: it hangs, or is at its end. It is
 * killed, to be replaced. */
void channels_kill(const struct child *child, const struct fault *fault);

#endif
