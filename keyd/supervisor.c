/* SPDX-License-Identifier: ISC */
/*
 * supervisor: keeps the key's descriptor, the key socket and a signer that
 * serves it, for as long as postern-keyd runs. It reads no client.
 * Runs in: postern-keyd.
 */
#include "keyd/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/log_sink.h"
#include "common/notify.h"
#include "common/peer.h"
#include "common/rundir.h"
#include "common/tls_version.h"
#include "common/users.h"
#include "keyd/settings.h"
#include "keyd/signals.h"
#include "keyd/status.h"

#define PROGRAM "postern-keyd"
#define PID_FILE "keyd.pid"
#define THREADS_MAX 64
#define WAIT_MAX_MS 60000
#define POLL_MAX \
	(1 + SHIFT_POLL_MAX + ROTATION_FILE_POLL_MAX + CONTROL_POLL_MAX)

void
supervisor_init(struct supervisor *s, const struct instance *instance,
    const struct settings *settings, bool foreground)
{
	*s = (struct supervisor){
		.instance = instance,
		.settings = *settings,
		.foreground = foreground,
		.started_s = time(NULL),
		.signals = -1,
		.run_directory = -1,
		.pid_file = -1,
		.key_socket = -1,
	};
	shift_init(&s->shift);
	rotation_init(&s->rotation);
	rotation_file_init(&s->rotation_file, &s->rotation);
	s->rotation.ring = &s->ring;
	s->rotation.shift = &s->shift;
	s->rotation.control = &s->control;
	s->rotation.settings = &s->settings;
}

static uint32_t
thread_count(int signers)
{
	long cores = signers != 0 ? signers : sysconf(_SC_NPROCESSORS_ONLN);

	if (cores < 1)
		return 1;
	return cores > THREADS_MAX ? THREADS_MAX : (uint32_t)cores;
}

/* Without root all are who we are. */
struct supervisor_users {
	struct privs_user signer, client, dialer;
};

static int
find_users(const struct instance_settings *settings,
    struct supervisor_users *out, struct fault *fault)
{
	const struct privs_user own = { geteuid(), getegid() };
	const struct users_row rows[] = {
		{ "user", settings->user, &out->client },
		{ "dial_user", settings->dial_user, &out->dialer },
		{ "key_user", settings->key_user, &out->signer },
	};

	*out = (struct supervisor_users){ own, own, own };
	if (own.uid != 0)
		return 0;
	return users_find(rows, sizeof(rows) / sizeof(rows[0]), fault);
}

/* By the setting that the listener reads, too. */
static bool
may_speak_tls13(const struct settings *settings)
{
	const char *max = settings->ssl_max_protocol_version;

	return max[0] == '\0' || tls_version_of(max) == TLS_VERSION_1_3;
}

/* What does not change but with a restart. */
static int
fill_handoff(struct supervisor *s, struct fault *fault)
{
	struct supervisor_users users;

	if (find_users(&s->settings.instance, &users, fault) == -1)
		return -1;
	s->shift.wanted = (struct handoff_signer){
		.run_uid = users.signer.uid,
		.run_gid = users.signer.gid,
		.dial_uid = users.dialer.uid,
		.peer_uid = users.client.uid,
		.change_user = geteuid() == 0,
		.sandbox_required = s->settings.instance.sandbox ==
		    INSTANCE_SANDBOX_REQUIRED,
	};
	return 0;
}

/* The rest, from the settings in force. Returns whether the signer on duty was
 * told something else. */
static bool
update_handoff(struct supervisor *s)
{
	const struct settings *settings = &s->settings;
	const struct handoff_signer *duty = &s->shift.handoff;
	struct handoff_signer *wanted = &s->shift.wanted;

	wanted->threads = thread_count(settings->signers);
	wanted->max_connections = (uint32_t)settings->max_key_connections;
	wanted->max_signatures =
	    (uint32_t)settings->max_signatures_per_second;
	wanted->has_tls13 = may_speak_tls13(settings);
	return wanted->threads != duty->threads ||
	    wanted->max_connections != duty->max_connections ||
	    wanted->max_signatures != duty->max_signatures ||
	    wanted->has_tls13 != duty->has_tls13;
}

/*
 * Reads the settings anew; those that can change are in force then. Returns 0,
 * or -1 with the fault, and nothing has changed.
 */
static int
read_settings(struct supervisor *s, struct fault *fault)
{
	struct fault_list faults = { .count = 0 };
	struct settings wanted;
	size_t i;

	if (settings_read(s->instance, &wanted, &faults) == -1) {
		for (i = 1; i < faults.count && i < FAULT_LIST_MAX; i++)
			log_fault(LOG_LEVEL_ERROR, &faults.item[i]);
		*fault = faults.item[0];
		return -1;
	}
	settings_keep_fixed(&s->settings, &wanted);
	s->settings = wanted;
	log_set_min_level((enum log_level)s->settings.log.log_min_messages);
	if (log_settings_open(&s->settings.log, s->foreground, fault) == -1)
		log_fault(LOG_LEVEL_ERROR, fault);
	fault_clear(fault);
	return 0;
}

static int
open_run_directory(struct supervisor *s, struct fault *fault)
{
	s->run_directory = rundir_open(s->settings.instance.run_directory,
	    fault);
	if (s->run_directory == -1)
		return -1;
	s->pid_file = rundir_lock_pidfile(s->run_directory, PID_FILE, PROGRAM,
	    fault);
	return s->pid_file == -1 ? -1 : 0;
}

/* The dialer's group may pass the directory; nobody else comes near. */
static int
open_key_socket(struct supervisor *s, struct fault *fault)
{
	struct rundir_socket options = {
		.path = s->settings.instance.key_socket,
		.uid = geteuid(),
		.gid = getegid(),
		.dir_mode = 0700,
		.mode = 0600,
	};
	struct supervisor_users users;

	if (s->shift.wanted.change_user) {
		if (find_users(&s->settings.instance, &users, fault) == -1)
			return -1;
		options.gid = users.dialer.gid;
		options.dir_mode = 0710;
		options.mode = 0660;
	}
	s->key_socket = rundir_listen(&options, fault);
	if (s->key_socket == -1)
		return -1;
	/* Accepted sockets inherit it: HELLO names its sender. */
	if (peer_pass_credentials(s->key_socket) == -1)
		return fault_set(fault, "could not ask for the credentials of "
		    "clients on \"%s\": %m", options.path);
	return 0;
}

static void
refuse(struct supervisor *s, uint64_t id,
    const struct ctlwire_request *request)
{
	struct fault fault = { 0 };

	fault_set(&fault, PROGRAM " does not know the request \"%s\"",
	    ctlwire_verb_name(request->verb));
	control_fail(&s->control, id, &fault);
}

/* A rotation begins with the settings as they are now. */
static void
take_rotation(struct supervisor *s, uint64_t id,
    const struct ctlwire_request *request)
{
	struct fault fault = { 0 };

	if (request->verb == CTLWIRE_ROTATE &&
	    rotation_is_idle(&s->rotation)) {
		if (read_settings(s, &fault) == -1) {
			control_fail(&s->control, id, &fault);
			return;
		}
		update_handoff(s);
	}
	rotation_ask(&s->rotation, id, request);
}

/* There is no session here that one mode would spare and another not. */
static void
take_request(void *arg, uint64_t id, const struct ctlwire_request *request)
{
	struct supervisor *s = arg;
	switch (request->verb) {
	case CTLWIRE_STATUS:
		status_answer(s, id);
		break;
	case CTLWIRE_STOP:
		log_write(LOG_LEVEL_LOG, "received %s shutdown request from "
		    "posternctl", ctlwire_stop_name(request->which));
		s->is_stopping = true;
		control_done(&s->control, id, 0);
		break;
	case CTLWIRE_ROTATE:
	case CTLWIRE_ROTATE_KEY:
	case CTLWIRE_ROTATE_BACK:
	case CTLWIRE_ROTATE_RETIRE:
		take_rotation(s, id, request);
		break;
	default:
		refuse(s, id, request);
	}
}

static void
lose_client(void *arg, uint64_t id)
{
	struct supervisor *s = arg;

	rotation_lose(&s->rotation, id);
}

static int
open_control(struct supervisor *s, struct fault *fault)
{
	const struct control_calls calls = { take_request, lose_client, s };

	return control_open(s->settings.instance.run_directory, CONTROL_KEYD,
	    &calls, &s->control, fault);
}

static int
unlock(struct supervisor *s, struct fault *fault)
{
	struct vault vault;

	rotation_file_look(&s->settings, &s->rotation.key_file);
	notify_status("Unlocking the private key");
	if (vault_unlock(&s->settings, s->signals, &vault, fault) == -1)
		return -1;
	vault_ring_add(&s->ring, &vault);
	s->shift.wanted.key_memory = s->ring.vault[0].secret.kind;
	return 0;
}

int
supervisor_start(struct supervisor *s, struct fault *fault)
{
	struct vault_keys keys = { 0 };

	if (fill_handoff(s, fault) == -1 || open_run_directory(s, fault) == -1)
		return -1;
	s->signals = signals_open(fault);
	if (s->signals == -1)
		return -1;
	if (unlock(s, fault) == -1 || open_key_socket(s, fault) == -1)
		return -1;
	s->shift.key_socket = s->key_socket;
	update_handoff(s);
	vault_ring_list(&s->ring, 0, &keys);
	if (shift_start(&s->shift, &keys, fault) == -1 ||
	    open_control(s, fault) == -1)
		return -1;
	return rundir_write_pid(s->pid_file, fault);
}

/* A signer takes over that works by the new settings. */
static void
renew_signer(struct supervisor *s)
{
	struct vault_keys keys = { 0 };
	struct fault fault = { 0 };

	vault_ring_list(&s->ring, 0, &keys);
	if (shift_begin(&s->shift, &keys, &fault) == -1)
		log_fault(LOG_LEVEL_ERROR, &fault);
}

static void
reload(struct supervisor *s)
{
	struct fault fault = { 0 };
	bool is_new;

	notify_reloading();
	log_write(LOG_LEVEL_LOG, "received SIGHUP, reloading configuration "
	    "files and reopening the log");
	if (log_sink_reopen(&fault) == -1)
		log_fault(LOG_LEVEL_ERROR, &fault);
	if (read_settings(s, &fault) == -1) {
		log_fault(LOG_LEVEL_ERROR, &fault);
	} else {
		rotation_file_begin(&s->rotation_file);
		is_new = update_handoff(s);
		if (is_new && rotation_is_idle(&s->rotation))
			renew_signer(s);
	}
	notify_ready("Serving");
}

static void
stop_by_signal(struct supervisor *s, int signo)
{
	if (!s->is_stopping)
		log_write(LOG_LEVEL_LOG, "received signal %d (%s), shutting "
		    "down", signo, strsignal(signo));
	s->is_stopping = true;
}

static void
read_signals(struct supervisor *s)
{
	int signo;

	while ((signo = signals_read(s->signals)) != 0) {
		if (signo == SIGCHLD)
			shift_reap(&s->shift);
		else if (signo == SIGHUP)
			reload(s);
		else
			stop_by_signal(s, signo);
	}
}

static int
wait_ms(const struct supervisor *s)
{
	int64_t due = shift_due_ms(&s->shift), left;
	int64_t other = rotation_due_ms(&s->rotation);

	if (other < due)
		due = other;
	if (due == INT64_MAX)
		return -1;
	left = due - clock_now_ms();
	if (left > WAIT_MAX_MS)
		return WAIT_MAX_MS;
	return left < 0 ? 0 : (int)left;
}

static void
tend(struct supervisor *s)
{
	struct vault_keys keys = { 0 };

	vault_ring_list(&s->ring, 0, &keys);
	rotation_tend(&s->rotation, shift_tend(&s->shift, &keys));
}

/* Signals are last: a log is read before its process is reaped. */
static void
turn(struct supervisor *s)
{
	struct pollfd p[POLL_MAX];
	struct pollfd *shift = p + 1, *file = shift + SHIFT_POLL_MAX;
	struct pollfd *control = file + ROTATION_FILE_POLL_MAX;

	p[0] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
	shift_watch(&s->shift, shift);
	rotation_file_watch(&s->rotation_file, file);
	control_watch(&s->control, control);
	if (poll(p, POLL_MAX, wait_ms(s)) > 0) {
		shift_turn(&s->shift, shift);
		rotation_file_turn(&s->rotation_file, file);
		control_turn(&s->control, control);
		if (p[0].revents != 0)
			read_signals(s);
	}
	if (!s->is_stopping)
		tend(s);
}

void
supervisor_run(struct supervisor *s)
{
	while (!s->is_stopping)
		turn(s);
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

void
supervisor_stop(struct supervisor *s)
{
	control_close(&s->control);
	rotation_file_stop(&s->rotation_file);
	rotation_stop(&s->rotation);
	shift_stop(&s->shift);
	/* Only a socket of ours: where we never listened, another may. */
	if (s->key_socket != -1)
		unlink(s->settings.instance.key_socket);
	close_fd(&s->key_socket);
	vault_ring_keep_first(&s->ring);
	vault_ring_remove_first(&s->ring);
	rundir_unlock_pidfile(s->run_directory, PID_FILE, s->pid_file);
	s->pid_file = -1;
	close_fd(&s->run_directory);
	close_fd(&s->signals);
}
