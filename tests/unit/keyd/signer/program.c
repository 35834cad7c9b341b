/* SPDX-License-Identifier: ISC */
/*
 * program: the real keyd-signer, started as its supervisor starts it.
 * Runs in: make check.
 */
#include "tests/unit/keyd/signer/program.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/spawn.h"
#include "keyd/handoff.h"
#include "tests/unit/keyd/signer/client.h"
#include "tests/unit/keyd/signer/keys.h"

#define PROGRAM_UID 64201
#define DEADLINE_MS 10000

static void
send_payload(int channel, const void *payload, size_t len)
{
	struct report report = { .type = REPORT_PAYLOAD };

	ck_assert_uint_le(len, REPORT_PAYLOAD_MAX);
	report.payload_len = (uint32_t)len;
	memcpy(report.payload, payload, len);
	ck_assert_int_eq(report_send(channel, &report, -1), 0);
}

static void
send_handoff(int channel, const struct key *keys, size_t keys_len,
    size_t threads)
{
	struct handoff_signer handoff = { .keys_len = (uint32_t)keys_len,
		.threads = (uint32_t)threads, .max_connections = 32,
		.run_uid = getuid(), .run_gid = getgid(),
		.dial_uid = getuid(), .peer_uid = getuid() };
	size_t i;

	if (getuid() == 0) {
		handoff.change_user = 1;
		handoff.run_uid = PROGRAM_UID;
		handoff.run_gid = PROGRAM_UID;
	}
	send_payload(channel, &handoff, sizeof(handoff));
	for (i = 0; i < keys_len; i++)
		send_payload(channel, &keys[i].handoff,
		    sizeof(keys[i].handoff));
}

void
program_start(struct program *program, const struct key *keys,
    size_t keys_len, size_t threads, struct report *out_first)
{
	char *path = realpath("keyd/signer/keyd-signer", NULL);
	int fds[4 + KEYWIRE_KEYS_MAX], channel[2], log[2];
	struct spawn_options options = { .program = path,
		.title = "keyd-signer", .fds = fds, .fds_len = 4 + keys_len,
		.memlock = true };
	struct fault fault = { 0 };
	size_t i;

	ck_assert_msg(path != NULL, "keyd/signer/keyd-signer is not built");
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    channel), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    log), 0);
	fds[0] = channel[1];
	fds[1] = log[1];
	fds[2] = client_listen(&program->addr);
	ck_assert_int_eq(counters_open(&program->counters, &fds[3], &fault),
	    0);
	for (i = 0; i < keys_len; i++)
		fds[4 + i] = keys[i].secret.fd;
	ck_assert_msg(spawn_start(&options, &program->pid, &fault) == 0, "%s",
	    fault.what);
	free(path);
	close(channel[1]);
	close(log[1]);
	close(fds[2]);
	close(fds[3]);
	program->channel = channel[0];
	program->log = log[0];
	send_handoff(program->channel, keys, keys_len, threads);
	ck_assert_int_eq(report_receive(program->channel, out_first, NULL), 1);
}

int
program_stop(struct program *program)
{
	int status;

	if (program->channel != -1)
		close(program->channel);
	ck_assert_int_eq(waitpid(program->pid, &status, 0), program->pid);
	close(program->log);
	counters_close(&program->counters);
	client_unlink(&program->addr);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
program_await_log(struct program *program, const char *text)
{
	struct pollfd pollfd = { .fd = program->log, .events = POLLIN };
	char line[4096];
	ssize_t n;

	while (poll(&pollfd, 1, DEADLINE_MS) == 1) {
		n = recv(program->log, line, sizeof(line) - 1, MSG_DONTWAIT);
		if (n <= 0)
			return -1;
		line[n] = '\0';
		fprintf(stderr, "keyd-signer: %s\n", line + 1);
		if (strstr(line + 1, text) != NULL)
			return 0;
	}
	return -1;
}
