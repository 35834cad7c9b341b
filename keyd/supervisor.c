/* SPDX-License-Identifier: ISC */
/*
 * supervisor: keeps the key's descriptor, the key socket and a signer that
 * serves it, for as long as postern-keyd runs. It reads no client.
 * Runs in: postern-keyd.
 */
#include "keyd/supervisor.h"

#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/log_sink.h"
#include "common/notify.h"
#include "common/peer.h"
#include "common/report.h"
#include "common/rundir.h"
#include "common/tls_version.h"
#include "common/users.h"
#include "keyd/settings.h"
#include "keyd/signals.h"

#define PROGRAM "postern-keyd"
#define PID_FILE "keyd.pid"
#define SIGNER_NAME "keyd-signer"
#define SIGNER_START_MS 60000	/* a dry round with every key, RSA-8192 too */
#define SIGNER_STOP_MS 2000
#define SIGNER_RETRY_MS 1000
#define THREADS_MAX 64

void
supervisor_init(struct supervisor *supervisor, const struct settings *settings)
{
	*supervisor = (struct supervisor){
		.settings = settings,
		.signals = -1,
		.run_directory = -1,
		.pid_file = -1,
		.key_socket = -1,
		.vault = VAULT_EMPTY,
	};
	child_init(&supervisor->signer, SIGNER_NAME);
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

static int
fill_handoff(struct supervisor *s, struct fault *fault)
{
	struct supervisor_users users;

	if (find_users(&s->settings->instance, &users, fault) == -1)
		return -1;
	s->handoff = (struct handoff_signer){
		.keys_len = 1,
		.threads = thread_count(s->settings->signers),
		.max_connections =
		    (uint32_t)s->settings->max_key_connections,
		.max_signatures =
		    (uint32_t)s->settings->max_signatures_per_second,
		.run_uid = users.signer.uid,
		.run_gid = users.signer.gid,
		.dial_uid = users.dialer.uid,
		.peer_uid = users.client.uid,
		.has_tls13 = may_speak_tls13(s->settings),
		.change_user = geteuid() == 0,
		.sandbox_required = s->settings->instance.sandbox ==
		    INSTANCE_SANDBOX_REQUIRED,
	};
	return 0;
}

static int
open_run_directory(struct supervisor *s, struct fault *fault)
{
	s->run_directory = rundir_open(s->settings->instance.run_directory,
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
		.path = s->settings->instance.key_socket,
		.uid = geteuid(),
		.gid = getegid(),
		.dir_mode = 0700,
		.mode = 0600,
	};
	struct supervisor_users users;

	if (s->handoff.change_user) {
		if (find_users(&s->settings->instance, &users, fault) == -1)
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

/* Those of a signer that has ended go into the sum. */
static void
keep_counters(struct supervisor *s)
{
	supervisor_count(s, &s->counted);
	counters_close(&s->counters);
}

/* The same descriptors every time, but for the counters': no signer's death
 * needs a pass phrase. */
static int
start_signer(struct supervisor *s, struct fault *fault)
{
	int fds[] = { s->key_socket, -1, s->vault.secret.fd };
	const struct spawn_options options = {
		.program = PROGRAMDIR "/" SIGNER_NAME,
		.title = "postern-keyd: signer",
		.fds = fds,
		.fds_len = 3,
		.memlock = true,
	};
	int rc;

	keep_counters(s);
	if (counters_open(&s->counters, &fds[1], fault) == -1)
		return -1;
	rc = child_start(&s->signer, &options, fault);
	close(fds[1]);
	if (rc == -1)
		return -1;
	if (send_payload(&s->signer, &s->handoff, sizeof(s->handoff), fault) ==
	    -1)
		return -1;
	return send_payload(&s->signer, &s->vault.key, sizeof(s->vault.key),
	    fault);
}

/* There is no session here that one mode would spare and another not. */
static void
take_request(void *arg, uint64_t id, const struct ctlwire_request *request)
{
	struct supervisor *s = arg;
	struct fault fault = { 0 };

	if (request->verb == CTLWIRE_STOP) {
		log_write(LOG_LEVEL_LOG, "received %s shutdown request from "
		    "posternctl", ctlwire_stop_name(request->which));
		s->is_stopping = true;
		control_done(&s->control, id, 0);
		return;
	}
	fault_set(&fault, PROGRAM " does not know the request \"%s\"",
	    ctlwire_verb_name(request->verb));
	control_fail(&s->control, id, &fault);
}

static int
open_control(struct supervisor *s, struct fault *fault)
{
	const struct control_calls calls = { .request = take_request,
		.arg = s };

	return control_open(s->settings->instance.run_directory, CONTROL_KEYD,
	    &calls, &s->control, fault);
}

int
supervisor_start(struct supervisor *s, struct fault *fault)
{
	struct report report;

	if (fill_handoff(s, fault) == -1 || open_run_directory(s, fault) == -1)
		return -1;
	s->signals = signals_open(fault);
	if (s->signals == -1)
		return -1;
	notify_status("Unlocking the private key");
	if (vault_open(s->settings, s->signals, &s->vault, fault) == -1)
		return -1;
	s->handoff.key_memory = s->vault.secret.kind;
	if (open_key_socket(s, fault) == -1 || start_signer(s, fault) == -1)
		return -1;
	if (child_await(&s->signer, SIGNER_START_MS, &report, fault) == -1)
		return -1;
	if (!s->signer.ready)
		return fault_set(fault, "%s sent a report of another kind",
		    s->signer.name);
	if (open_control(s, fault) == -1)
		return -1;
	return rundir_write_pid(s->pid_file, fault);
}

static void
restart_signer(struct supervisor *s)
{
	struct fault fault = { 0 };

	if (s->signer.pid != 0 || clock_now_ms() < s->signer.retry_ms)
		return;
	if (start_signer(s, &fault) == 0)
		return;
	log_fault(LOG_LEVEL_ERROR, &fault);
	/* One that did not start at all has its own back-off by now. */
	if (s->signer.pid == 0)
		return;
	child_stop(&s->signer, 0);
	s->signer.retry_ms = clock_now_ms() + SIGNER_RETRY_MS;
}

/* READY of a new signer, or its last words; then it is reaped as well. */
static void
read_signer(struct supervisor *s)
{
	struct report report;
	struct fault fault = { 0 };

	if (child_await(&s->signer, 0, &report, &fault) == -1)
		log_fault(LOG_LEVEL_ERROR, &fault);
	else if (s->signer.ready)
		log_write(LOG_LEVEL_LOG, "%s (PID %d) serves the key",
		    s->signer.name, (int)s->signer.pid);
}

static void
reap_signer(struct supervisor *s)
{
	int status;

	if (s->signer.pid != 0 &&
	    waitpid(s->signer.pid, &status, WNOHANG) == s->signer.pid)
		child_reap(&s->signer, status);
}

static void
reopen_log(void)
{
	struct fault fault = { 0 };

	notify_reloading();
	log_write(LOG_LEVEL_LOG, "received SIGHUP, reopening the log");
	if (log_sink_reopen(&fault) == -1)
		log_fault(LOG_LEVEL_ERROR, &fault);
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
			reap_signer(s);
		else if (signo == SIGHUP)
			reopen_log();
		else
			stop_by_signal(s, signo);
	}
}

static int
poll_timeout(const struct supervisor *s)
{
	int64_t left;

	if (s->signer.pid != 0)
		return -1;
	left = s->signer.retry_ms - clock_now_ms();
	return left > 0 ? (int)left : 0;
}

/* Signals are last: a log is read before its process is reaped. */
static void
turn(struct supervisor *s)
{
	struct pollfd p[3 + CONTROL_POLL_MAX] = {
		{ .fd = s->signer.channel, .events = POLLIN },
		{ .fd = s->signer.log, .events = POLLIN },
		{ .fd = s->signals, .events = POLLIN },
	};

	control_watch(&s->control, p + 3);
	if (poll(p, 3 + CONTROL_POLL_MAX, poll_timeout(s)) == -1)
		return;
	if (p[1].revents != 0)
		child_read_log(&s->signer);
	if (p[0].revents != 0)
		read_signer(s);
	control_turn(&s->control, p + 3);
	if (p[2].revents != 0)
		read_signals(s);
}

void
supervisor_run(struct supervisor *s)
{
	while (!s->is_stopping) {
		turn(s);
		if (!s->is_stopping)
			restart_signer(s);
	}
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* The latest peers come first: where there is no room for all, they are the
 * ones of use. */
void
supervisor_count(const struct supervisor *s, struct counters_sum *out)
{
	struct counters_sum sum = { 0 };

	counters_add(&s->counters, &sum);
	counters_add_sum(&s->counted, &sum);
	*out = sum;
}

void
supervisor_stop(struct supervisor *s)
{
	control_close(&s->control);
	child_stop(&s->signer, SIGNER_STOP_MS);
	/* Only a socket of ours: where we never listened, another may. */
	if (s->key_socket != -1)
		unlink(s->settings->instance.key_socket);
	close_fd(&s->key_socket);
	counters_close(&s->counters);
	vault_close(&s->vault);
	rundir_unlock_pidfile(s->run_directory, PID_FILE, s->pid_file);
	s->pid_file = -1;
	close_fd(&s->run_directory);
	close_fd(&s->signals);
}
