/* SPDX-License-Identifier: ISC */
/*
 * shift: the signer on duty, the one that is to take over from it, and the one
 * that leaves. At every moment one of them serves the key socket, or is about
 * to be started anew.
 * Runs in: postern-keyd.
 */
#include "keyd/shift.h"

#include <sys/wait.h>

#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/report.h"
#include "keyd/vault.h"

#define NAME "keyd-signer"
#define START_MS 60000	/* a dry round with every key, RSA-8192 too */
#define STOP_MS 2000
#define RETRY_MS 1000

static void
init_signer(struct shift_signer *signer)
{
	*signer = (struct shift_signer){ .keys_len = 0 };
	child_init(&signer->child, NAME);
}

void
shift_init(struct shift *shift)
{
	*shift = (struct shift){ .key_socket = -1 };
	init_signer(&shift->duty);
	init_signer(&shift->next);
	init_signer(&shift->leaving);
}

/* Those of a signer that has ended go into the sum. The latest peers come
 * first: where there is no room for all, they are the ones of use. */
static void
keep_counters(struct shift *shift, struct shift_signer *signer)
{
	struct counters_sum sum = { 0 };

	counters_add(&signer->counters, &sum);
	counters_add_sum(&shift->counted, &sum);
	shift->counted = sum;
	counters_close(&signer->counters);
}

static int
send_payload(const struct child *child, const void *payload, size_t len,
    struct fault *fault)
{
	struct report report = { .type = REPORT_PAYLOAD,
		.payload_len = (uint32_t)len };

	memcpy(report.payload, payload, len);
	if (report_send(child->channel, &report, -1) == -1)
		return fault_set(fault, "could not give %s its work: %m",
		    child->name);
	return 0;
}

static int
send_handoff(const struct child *child, const struct handoff_signer *means,
    const struct vault_keys *keys, struct fault *fault)
{
	struct handoff_signer handoff = *means;
	size_t i;

	handoff.keys_len = (uint32_t)keys->len;
	if (send_payload(child, &handoff, sizeof(handoff), fault) == -1)
		return -1;
	for (i = 0; i < keys->len; i++)
		if (send_payload(child, &keys->vault[i]->key,
		    sizeof(keys->vault[i]->key), fault) == -1)
			return -1;
	return 0;
}

/* The same descriptors every time, but for the counters': no signer's death
 * needs a pass phrase. One that did not start leaves nothing. */
static int
start_signer(const struct shift *shift, struct shift_signer *signer,
    const struct vault_keys *keys, struct fault *fault)
{
	int fds[2 + KEYWIRE_KEYS_MAX] = { shift->key_socket };
	const struct spawn_options options = {
		.program = PROGRAMDIR "/" NAME,
		.title = "postern-keyd: signer",
		.fds = fds,
		.fds_len = 2 + keys->len,
		.memlock = true,
	};
	bool is_next = signer == &shift->next;
	size_t i;
	int rc;

	for (i = 0; i < keys->len; i++) {
		fds[2 + i] = keys->vault[i]->secret.fd;
		memcpy(signer->id[i], keys->vault[i]->key.identity.id,
		    KEYWIRE_KEY_ID_LEN);
	}
	signer->keys_len = keys->len;
	if (counters_open(&signer->counters, &fds[1], fault) == -1)
		return -1;
	rc = child_start(&signer->child, &options, fault);
	close(fds[1]);
	if (rc == -1)
		return -1;
	rc = send_handoff(&signer->child, is_next ? &shift->wanted :
	    &shift->handoff, keys, fault);
	if (rc == -1)
		child_stop(&signer->child, 0);
	return rc;
}

/* Its first report, or its last words; then it is reaped as well. */
static int
read_report(struct shift_signer *signer, int wait_ms, struct fault *fault)
{
	struct report report;

	if (child_await(&signer->child, wait_ms, &report, fault) == -1)
		return -1;
	if (!signer->child.ready)
		return fault_set(fault, "%s sent a report of another kind",
		    signer->child.name);
	if (report.payload_len == sizeof(signer->layers))
		memcpy(&signer->layers, report.payload,
		    sizeof(signer->layers));
	signer->layers.in_force[LAYERS_TEXT_MAX - 1] = '\0';
	signer->layers.lacking[LAYERS_TEXT_MAX - 1] = '\0';
	return 0;
}

int
shift_start(struct shift *shift, const struct vault_keys *keys,
    struct fault *fault)
{
	shift->handoff = shift->wanted;
	if (start_signer(shift, &shift->duty, keys, fault) == -1)
		return -1;
	return read_report(&shift->duty, START_MS, fault);
}

/* Without a word: what is to be said of it is in a fault already. */
static void
drop_next(struct shift *shift)
{
	child_stop(&shift->next.child, 0);
	counters_close(&shift->next.counters);
	init_signer(&shift->next);
	shift->is_changing = false;
}

int
shift_begin(struct shift *shift, const struct vault_keys *keys,
    struct fault *fault)
{
	if (start_signer(shift, &shift->next, keys, fault) == -1) {
		drop_next(shift);
		return -1;
	}
	fault_clear(&shift->fault);
	shift->is_changing = true;
	shift->next_deadline_ms = clock_now_ms() + START_MS;
	return 0;
}

void
shift_abandon(struct shift *shift)
{
	if (shift->is_changing)
		drop_next(shift);
}

void
shift_watch(const struct shift *shift, struct pollfd out[SHIFT_POLL_MAX])
{
	const struct shift_signer *const signers[] = { &shift->duty,
		&shift->next, &shift->leaving };
	size_t i;

	for (i = 0; i < 3; i++) {
		out[2 * i] = (struct pollfd){ .events = POLLIN,
			.fd = signers[i]->child.log };
		out[2 * i + 1] = (struct pollfd){ .events = POLLIN,
			.fd = signers[i]->child.channel };
	}
}

static void
read_duty(struct shift *shift)
{
	struct fault fault = { 0 };

	if (read_report(&shift->duty, 0, &fault) == -1)
		log_fault(LOG_LEVEL_ERROR, &fault);
	else
		log_write(LOG_LEVEL_LOG, "%s (PID %d) serves the key", NAME,
		    (int)shift->duty.child.pid);
}

/* First the logs: the words before a report come before. */
void
shift_turn(struct shift *shift, const struct pollfd polled[SHIFT_POLL_MAX])
{
	if (polled[0].revents != 0)
		child_read_log(&shift->duty.child);
	if (polled[2].revents != 0)
		child_read_log(&shift->next.child);
	if (polled[4].revents != 0)
		child_read_log(&shift->leaving.child);
	if (polled[1].revents != 0)
		read_duty(shift);
	if (polled[3].revents != 0)
		read_report(&shift->next, 0, &shift->fault);
}

static void
reap(struct child *child)
{
	int status;

	if (child->pid != 0 &&
	    waitpid(child->pid, &status, WNOHANG) == child->pid)
		child_reap(child, status);
}

void
shift_reap(struct shift *shift)
{
	reap(&shift->duty.child);
	reap(&shift->next.child);
	reap(&shift->leaving.child);
}

static void
tend_leaving(struct shift *shift)
{
	struct shift_signer *leaving = &shift->leaving;

	if (leaving->keys_len == 0)
		return;
	if (leaving->child.pid != 0 &&
	    clock_now_ms() < shift->leaving_deadline_ms)
		return;
	child_stop(&leaving->child, 0);
	keep_counters(shift, leaving);
	init_signer(leaving);
}

/* The one on duty ends with its channel; its clients come to the next one, and
 * ask again for what they have not been given. */
static void
take_over(struct shift *shift)
{
	shift->leaving_deadline_ms = 0;
	tend_leaving(shift);
	shift->leaving = shift->duty;
	if (shift->leaving.child.channel != -1)
		close(shift->leaving.child.channel);
	shift->leaving.child.channel = -1;
	shift->leaving_deadline_ms = clock_now_ms() + STOP_MS;
	shift->duty = shift->next;
	shift->handoff = shift->wanted;
	init_signer(&shift->next);
	shift->is_changing = false;
	log_write(LOG_LEVEL_LOG, "%s (PID %d) takes over with %zu %s", NAME,
	    (int)shift->duty.child.pid, shift->duty.keys_len,
	    shift->duty.keys_len == 1 ? "key" : "keys");
}

static void
restart_duty(struct shift *shift, const struct vault_keys *keys)
{
	struct child *child = &shift->duty.child;
	struct fault fault = { 0 };

	if (child->pid != 0 || clock_now_ms() < child->retry_ms)
		return;
	keep_counters(shift, &shift->duty);
	if (start_signer(shift, &shift->duty, keys, &fault) == 0)
		return;
	log_fault(LOG_LEVEL_ERROR, &fault);
	if (child->retry_ms < clock_now_ms() + RETRY_MS)
		child->retry_ms = clock_now_ms() + RETRY_MS;
}

static enum shift_event
tend_next(struct shift *shift)
{
	if (!shift->is_changing)
		return SHIFT_STEADY;
	if (shift->next.child.ready) {
		take_over(shift);
		return SHIFT_TAKEN_OVER;
	}
	if (!fault_is_set(&shift->fault) && shift->next.child.pid == 0)
		fault_set(&shift->fault, "%s ended before it was ready", NAME);
	if (!fault_is_set(&shift->fault) &&
	    clock_now_ms() >= shift->next_deadline_ms)
		fault_set(&shift->fault, "%s said nothing within %d ms", NAME,
		    START_MS);
	if (!fault_is_set(&shift->fault))
		return SHIFT_STEADY;
	drop_next(shift);
	return SHIFT_FAILED;
}

enum shift_event
shift_tend(struct shift *shift, const struct vault_keys *keys)
{
	enum shift_event event = tend_next(shift);

	tend_leaving(shift);
	restart_duty(shift, keys);
	return event;
}

int64_t
shift_due_ms(const struct shift *shift)
{
	int64_t due = INT64_MAX;

	if (shift->duty.child.pid == 0)
		due = shift->duty.child.retry_ms;
	if (shift->is_changing && shift->next_deadline_ms < due)
		due = shift->next_deadline_ms;
	if (shift->leaving.keys_len != 0 && shift->leaving_deadline_ms < due)
		due = shift->leaving_deadline_ms;
	return due;
}

void
shift_count_users(const struct shift *shift,
    const unsigned char id[KEYWIRE_KEY_ID_LEN], struct shift_users *out)
{
	const struct shift_signer *duty = &shift->duty;
	uint32_t users;
	size_t i;

	*out = (struct shift_users){
		.undecided = counters_undecided(&duty->counters) };
	for (i = 0; i < duty->keys_len; i++) {
		users = counters_users_of(&duty->counters, i);
		if (memcmp(duty->id[i], id, KEYWIRE_KEY_ID_LEN) == 0)
			out->of_key += users;
		else
			out->of_others += users;
	}
}

void
shift_count(const struct shift *shift, struct counters_sum *out)
{
	struct counters_sum sum = { 0 };

	counters_add(&shift->duty.counters, &sum);
	counters_add(&shift->leaving.counters, &sum);
	counters_add_sum(&shift->counted, &sum);
	*out = sum;
}

void
shift_stop(struct shift *shift)
{
	shift_abandon(shift);
	child_stop(&shift->duty.child, STOP_MS);
	child_stop(&shift->leaving.child, STOP_MS);
	counters_close(&shift->duty.counters);
	counters_close(&shift->leaving.counters);
}
