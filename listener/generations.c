/* SPDX-License-Identifier: ISC */
/*
 * generations: all that live, from their start to the end of their last
 * session.
 * Runs in: postern-listener.
 */
#include "listener/generations.h"

#include "common/fault.h"
#include "common/log.h"
#include "listener/crew_hear.h"

void
generations_open(struct generations *generations,
    struct exporter_link *exporter)
{
	generations->exporter = exporter;
	TAILQ_INIT(&generations->list);
	generations->in_force = NULL;
	generations->last_number = 0;
}

int
generations_start(struct generations *generations, struct generation *next,
    struct fault *fault)
{
	struct generation *elder;

	if (generation_prepare(next, generations->in_force, fault) == -1)
		return -1;
	TAILQ_FOREACH(elder, &generations->list, link)
		if (launch_add_elder(&next->launch, &elder->launch,
		    fault) == -1)
			return -1;
	next->number = generations->last_number + 1;
	next->launch.generation = next->number;
	next->launch.exporter = generations->exporter;
	TAILQ_INSERT_TAIL(&generations->list, next, link);
	crew_start(&next->crew, &next->launch);
	return 0;
}

static void
close_sessions(struct generation *generation)
{
	crew_close(&generation->crew,
	    (int64_t)generation->settings.shutdown_timeout * 1000);
}

/* The eldest is the first of the list. */
static void
bound_draining(struct generations *generations)
{
	int most = generations->in_force->settings.max_draining_generations;
	struct generation *generation, *eldest = NULL;

	TAILQ_FOREACH_REVERSE(generation, &generations->list, generation_list,
	    link) {
		if (generation->crew.state != CREW_DRAINING)
			continue;
		eldest = generation;
		most--;
	}
	if (most >= 0)
		return;
	log_write(LOG_LEVEL_WARNING, "generation %u still has sessions and is "
	    "ended: more than \"max_draining_generations\" have",
	    eldest->number);
	close_sessions(eldest);
}

/* Its workers have the sockets: with those that nobody else has they take who
 * waits there, and close them. */
static void
drain(struct generation *before, const struct generation *next)
{
	ports_close(&before->launch.ports);
	crew_drain(&before->crew,
	    (int64_t)next->settings.reload_grace * 1000);
}

void
generations_put_in_force(struct generations *generations,
    struct generation *next)
{
	struct generation *before = generations->in_force;

	generations->in_force = next;
	generations->last_number = next->number;
	crew_serve(&next->crew);
	if (before == NULL)
		return;
	ports_log(&next->launch.ports, &before->launch.ports);
	drain(before, next);
	bound_draining(generations);
}

bool
generations_elder_accepts(const struct generations *generations)
{
	const struct generation *generation;

	TAILQ_FOREACH(generation, &generations->list, link)
		if (generation != generations->in_force &&
		    crew_accepts(&generation->crew))
			return true;
	return false;
}

void
generations_drain(struct generations *generations)
{
	struct generation *generation;

	TAILQ_FOREACH(generation, &generations->list, link) {
		ports_close(&generation->launch.ports);
		crew_drain(&generation->crew, 0);
	}
}

void
generations_close_sessions(struct generations *generations)
{
	struct generation *generation;

	TAILQ_FOREACH(generation, &generations->list, link) {
		ports_close(&generation->launch.ports);
		close_sessions(generation);
	}
}

void
generations_end(struct generations *generations)
{
	struct generation *generation;

	TAILQ_FOREACH(generation, &generations->list, link) {
		ports_close(&generation->launch.ports);
		crew_end(&generation->crew);
	}
}

void
generations_watch(struct generations *generations, struct watch *watch)
{
	struct generation *generation;

	TAILQ_FOREACH(generation, &generations->list, link)
		crew_hear_watch(&generation->crew, watch);
}

void
generations_reap(struct generations *generations)
{
	struct generation *generation;

	TAILQ_FOREACH(generation, &generations->list, link)
		crew_hear_reap(&generation->crew);
}

void
generations_tend(struct generations *generations)
{
	struct generation *generation;

	TAILQ_FOREACH(generation, &generations->list, link)
		crew_tend(&generation->crew);
}

int64_t
generations_due_ms(const struct generations *generations)
{
	const struct generation *generation;
	int64_t due = INT64_MAX, its;

	TAILQ_FOREACH(generation, &generations->list, link) {
		its = crew_due_ms(&generation->crew);
		if (its < due)
			due = its;
	}
	return due;
}

void
generations_sweep(struct generations *generations)
{
	struct generation *generation, *after;

	for (generation = TAILQ_FIRST(&generations->list); generation != NULL;
	    generation = after) {
		after = TAILQ_NEXT(generation, link);
		if (generation->crew.state != CREW_EMPTY ||
		    generation == generations->in_force)
			continue;
		if (generation->number <= generations->last_number)
			log_write(LOG_LEVEL_LOG, "generation %u has ended",
			    generation->number);
		TAILQ_REMOVE(&generations->list, generation, link);
		generation_close(generation);
	}
}

bool
generations_are_over(const struct generations *generations)
{
	const struct generation *generation;

	TAILQ_FOREACH(generation, &generations->list, link)
		if (generation->crew.state != CREW_EMPTY)
			return false;
	return true;
}

void
generations_close(struct generations *generations)
{
	struct generation *generation;

	while ((generation = TAILQ_FIRST(&generations->list)) != NULL) {
		TAILQ_REMOVE(&generations->list, generation, link);
		generation_close(generation);
	}
	generations->in_force = NULL;
}
