/* SPDX-License-Identifier: ISC */
/*
 * worker_scene: a worker in this process, without its sandbox: the real loop,
 * rules, TLS and key link; the other ends of its sockets are ours.
 * Runs in: make check, tests/fuzz/run.
 */
#ifndef TESTS_FUZZ_WORKER_SCENE_H
#define TESTS_FUZZ_WORKER_SCENE_H

#include <stdbool.h>
#include <stddef.h>

#include "listener/worker/worker.h"

/* Users, and the method of the rule for each; others: scram-sha-256. */
#define WORKER_SCENE_RULES \
	"host all trusted all trust\n" \
	"host all cleartext all password\n" \
	"host all hashed all md5\n" \
	"host all refused all reject\n" \
	"hostssl all secret all scram-sha-256\n" \
	"host all secret all reject\n" \
	"host all,replication all all scram-sha-256\n"

struct worker_scene {
	struct worker worker;
	int dialer;		/* our end of the ordinary route's channel */
	int keyd;		/* of the key connection */
	bool keyd_is_silent;
};

/* The one scene of the process, made once: ssl on, its key ours. */
struct worker_scene *worker_scene_open(void);

/* Runs the loop until nothing moves; keyd answers meanwhile. */
void worker_scene_run(struct worker_scene *scene);

/* Takes the oldest dial request that waits; id 0 if there is none. */
uint64_t worker_scene_take_dial(struct worker_scene *scene);

/* Answers it: connected (our end is returned), or with an errno (-1). */
int worker_scene_connect(struct worker_scene *scene, uint64_t id);
void worker_scene_refuse(struct worker_scene *scene, uint64_t id, int error);

#endif
