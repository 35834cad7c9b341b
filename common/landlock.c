/* SPDX-License-Identifier: ISC */
/*
 * landlock: by the system calls themselves, and with constants of its own:
 * the headers of the machine that builds are often older than the kernel that
 * runs.
 * Runs in: every confined program, at its start.
 */
#include "common/landlock.h"

#include <sys/syscall.h>

#include <errno.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/layers.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

/* landlock(7); an older kernel takes a shorter struct, which its size says. */
struct landlock_ruleset {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;	/* ABI 4 */
	uint64_t scoped;		/* ABI 6 */
};

struct landlock_port {
	uint64_t allowed_access;
	uint64_t port;
};

#define CREATE_RULESET_VERSION 1u
#define RULE_NET_PORT 2
#define ACCESS_FS_ABI_1 0x1fffu		/* execute .. make_sym */
#define ACCESS_FS_READ 0xcu		/* read_file, read_dir */
#define ACCESS_FS_REFER (1u << 13)	/* ABI 2 */
#define ACCESS_FS_TRUNCATE (1u << 14)	/* ABI 3 */
#define ACCESS_FS_IOCTL_DEV (1u << 15)	/* ABI 5 */
#define ACCESS_NET_BIND_TCP 1u
#define ACCESS_NET_CONNECT_TCP 2u
#define SCOPE_ABSTRACT_UNIX_SOCKET 1u
#define SCOPE_SIGNAL 2u

#define ABI_NET 4
#define ABI_SCOPE 6

/* LeakSanitizer reads /proc, and stops the threads from a task outside. */
#ifdef WITH_SANITIZERS
#define FILES_AND_SCOPES 0
#else
#define FILES_AND_SCOPES 1
#endif

static uint64_t
landlock_files(long abi, bool reads)
{
	uint64_t access = ACCESS_FS_ABI_1;

	if (reads)
		access &= ~(uint64_t)ACCESS_FS_READ;
	if (abi >= 2)
		access |= ACCESS_FS_REFER;
	if (abi >= 3)
		access |= ACCESS_FS_TRUNCATE;
	if (abi >= 5)
		access |= ACCESS_FS_IOCTL_DEV;
	return access;
}

/* Everything that this ABI can forbid. Returns the size to pass. */
static size_t
landlock_fill(long abi, const struct landlock_options *options,
    struct landlock_ruleset *out)
{
	*out = (struct landlock_ruleset){ 0 };
	if (FILES_AND_SCOPES)
		out->handled_access_fs = landlock_files(abi,
		    options->reads_files);
	if (abi < ABI_NET)
		return sizeof(out->handled_access_fs);
	if (!options->keeps_network)
		out->handled_access_net = ACCESS_NET_BIND_TCP |
		    ACCESS_NET_CONNECT_TCP;
	if (abi < ABI_SCOPE)
		return offsetof(struct landlock_ruleset, scoped);
	if (FILES_AND_SCOPES)
		out->scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	return sizeof(*out);
}

static int
landlock_allow_ports(int ruleset, const struct landlock_options *options)
{
	struct landlock_port rule = {
		.allowed_access = ACCESS_NET_CONNECT_TCP
	};
	size_t i;

	for (i = 0; i < options->connect_len; i++) {
		rule.port = options->connect_ports[i];
		if (syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT,
		    &rule, 0) == -1)
			return -1;
	}
	return 0;
}

static void
landlock_note(long abi, const struct landlock_ruleset *wanted,
    struct layers *layers)
{
	layers_add(layers, "Landlock ABI %ld (%s%s%s)", abi,
	    wanted->handled_access_fs != 0 ? "files" : "no files",
	    wanted->handled_access_net != 0 ? ", TCP" : "",
	    wanted->scoped != 0 ? ", signals, abstract sockets" : "");
	if (abi < ABI_NET)
		layers_lack(layers, "Landlock for TCP (Linux 6.7)");
	if (abi < ABI_SCOPE)
		layers_lack(layers, "Landlock for signals and abstract "
		    "sockets (Linux 6.12)");
}

int
landlock_restrict(const struct landlock_options *options,
    struct layers *layers, struct fault *fault)
{
	struct landlock_ruleset wanted;
	size_t wanted_len;
	long abi;
	int ruleset;

	if (layers_are_off(layers))
		return 0;
	abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    CREATE_RULESET_VERSION);
	if (abi < 1) {
		layers_lack(layers, "Landlock (%s)", errno == EOPNOTSUPP ?
		    "switched off" : "Linux 5.13");
		return 0;
	}
	wanted_len = landlock_fill(abi, options, &wanted);
	/* The kernel refuses a ruleset of nothing. */
	if (wanted.handled_access_fs == 0 && wanted.handled_access_net == 0)
		return 0;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &wanted,
	    wanted_len, 0);
	if (ruleset == -1)
		return fault_set(fault, "could not make a Landlock ruleset: "
		    "%m");
	if ((wanted.handled_access_net != 0 &&
	    landlock_allow_ports(ruleset, options) == -1) ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0) == -1) {
		fault_set(fault, "could not restrict the process by Landlock: "
		    "%m");
		close(ruleset);
		return -1;
	}
	close(ruleset);
	landlock_note(abi, &wanted, layers);
	return 0;
}
