/* SPDX-License-Identifier: ISC */
/*
 * privs: become an unprivileged user with no way back, and the limits that a
 * process puts on itself.
 * Runs in: every confined program, at its start.
 */
#include "common/privs.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <linux/capability.h>

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"

/* The text as a user's number, or -1. 2^32 - 1 means "unchanged" to setuid. */
static int64_t
privs_parse_number(const char *text)
{
	unsigned long long number;
	const char *p;

	for (p = text; *p != '\0'; p++)
		if (!isdigit((unsigned char)*p))
			return -1;
	if (p == text || p - text > 10)
		return -1;
	number = strtoull(text, NULL, 10);
	return number < UINT32_MAX ? (int64_t)number : -1;
}

static int
privs_find_number(const char *name, struct privs_user *out)
{
	int64_t number = privs_parse_number(name);
	const struct passwd *entry;

	if (number == -1)
		return -1;
	out->uid = (uid_t)number;
	out->gid = (gid_t)number;
	entry = getpwuid(out->uid);
	if (entry != NULL)
		out->gid = entry->pw_gid;
	return 0;
}

int
privs_find_user(const char *setting, const char *name, struct privs_user *out,
    struct fault *fault)
{
	struct privs_user user;
	const struct passwd *entry;

	errno = 0;
	entry = getpwnam(name);
	if (entry != NULL) {
		user.uid = entry->pw_uid;
		user.gid = entry->pw_gid;
	} else if (privs_find_number(name, &user) == -1) {
		fault_set(fault, "user \"%s\" of parameter \"%s\" does not "
		    "exist", name, setting);
		return fault_hint(fault, "Run: useradd --system --user-group "
		    "--home-dir /nonexistent --shell /usr/sbin/nologin %s",
		    name);
	}
	if (user.uid == 0 || user.gid == 0) {
		fault_set(fault, "parameter \"%s\" must not name root",
		    setting);
		fault_detail(fault, "User \"%s\" has uid %u and gid %u.", name,
		    (unsigned int)user.uid, (unsigned int)user.gid);
		return fault_hint(fault, "Name a user of its own that owns no "
		    "file.");
	}
	*out = user;
	return 0;
}

/*
 * Empties the bounding set, which needs CAP_SETPCAP. Where even root lacks
 * that, no_new_privs (privs_limit) makes the set as good as empty.
 */
static int
privs_empty_bounding_set(void)
{
	unsigned long cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1 &&
		    errno != EPERM)
			return -1;
	return 0;
}

/* Proves that we are the user and nobody else, and cannot be root again. */
static int
privs_check_user(const struct privs_user *user, struct fault *fault)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	if (getresuid(&r, &e, &s) == -1 || getresgid(&rg, &eg, &sg) == -1)
		return fault_set(fault, "could not read the user: %m");
	if (r != user->uid || e != user->uid || s != user->uid ||
	    rg != user->gid || eg != user->gid || sg != user->gid ||
	    getgroups(0, NULL) != 0)
		return fault_set(fault, "could not become user %u, group %u "
		    "alone", (unsigned int)user->uid,
		    (unsigned int)user->gid);
	return 0;
}

static int
privs_check_no_way_back(struct fault *fault)
{
	uid_t r, e, s;

	if (getresuid(&r, &e, &s) == -1 || r == 0 || e == 0 || s == 0 ||
	    setuid(0) == 0 || seteuid(0) == 0 || setgroups(0, NULL) == 0) {
		fault_set(fault, "the privileges of root could not be given "
		    "up");
		return fault_detail(fault, "The process could become root "
		    "again.");
	}
	return 0;
}

static int
privs_change(const struct privs_user *user, struct fault *fault)
{
	if (privs_empty_bounding_set() == -1)
		return fault_set(fault, "could not empty the bounding set of "
		    "capabilities: %m");
	if (setgroups(0, NULL) == -1)
		return fault_set(fault, "could not give up supplementary "
		    "groups: %m");
	if (setresgid(user->gid, user->gid, user->gid) == -1)
		return fault_set(fault, "could not become group %u: %m",
		    (unsigned int)user->gid);
	if (setresuid(user->uid, user->uid, user->uid) == -1)
		return fault_set(fault, "could not become user %u: %m",
		    (unsigned int)user->uid);
	return privs_check_user(user, fault);
}

int
privs_become(const struct privs_user *user, struct fault *fault)
{
	pid_t parent = getppid();
	int death_signal = 0;

	if (geteuid() != 0)
		return privs_check_no_way_back(fault);
	if (user->uid == 0 || user->gid == 0)
		return fault_set(fault, "user %u, group %u is root",
		    (unsigned int)user->uid, (unsigned int)user->gid);
	if (prctl(PR_GET_PDEATHSIG, &death_signal) == -1)
		return fault_set(fault, "could not read the parent's death "
		    "signal: %m");
	if (privs_change(user, fault) == -1 ||
	    privs_check_no_way_back(fault) == -1)
		return -1;
	/* The kernel forgets it whenever the user changes. */
	if (prctl(PR_SET_PDEATHSIG, death_signal) == -1)
		return fault_set(fault, "could not set the parent's death "
		    "signal: %m");
	if (death_signal != 0 && getppid() != parent)
		return fault_set(fault, "the supervisor ended meanwhile");
	return 0;
}

static int
privs_drop_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];

	memset(none, 0, sizeof(none));
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1)
		return -1;
	return (int)syscall(SYS_capset, &header, none);
}

/* Both limits, but never above the hard one in force. */
static int
privs_limit_resource(int resource, rlim_t value)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)resource, &limit) == -1)
		return -1;
	if (value > limit.rlim_max)
		value = limit.rlim_max;
	limit.rlim_cur = limit.rlim_max = value;
	return setrlimit((__rlimit_resource_t)resource, &limit);
}

/*
 * Valgrind keeps the hard limit for itself and answers EPERM, which the kernel
 * never says to a limit that goes down: then the soft one has to do.
 */
static int
privs_limit_files(unsigned int max_files)
{
	struct rlimit limit;

	if (privs_limit_resource(RLIMIT_NOFILE, max_files) == 0)
		return 0;
	if (errno != EPERM || getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return -1;
	if (limit.rlim_cur > max_files)
		limit.rlim_cur = max_files;
	return setrlimit(RLIMIT_NOFILE, &limit);
}

/* LeakSanitizer looks at the process from a task of its own at exit. */
static int
privs_hide(void)
{
#ifdef WITH_SANITIZERS
	return 0;
#else
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

static int
privs_limit_tasks(void)
{
#ifdef WITH_SANITIZERS
	return 0;
#else
	/* Root is not bound by it, and would bind its other processes. */
	if (getuid() == 0)
		return 0;
	return privs_limit_resource(RLIMIT_NPROC, 0);
#endif
}

int
privs_limit_before_threads(unsigned int max_files, struct fault *fault)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return fault_set(fault, "could not forbid new privileges: %m");
	if (privs_drop_capabilities() == -1)
		return fault_set(fault, "could not drop capabilities: %m");
	if (privs_hide() == -1)
		return fault_set(fault, "could not make the process "
		    "undumpable: %m");
	if (privs_limit_resource(RLIMIT_CORE, 0) == -1)
		return fault_set(fault, "could not forbid core files: %m");
	if (privs_limit_files(max_files) == -1)
		return fault_set(fault, "could not limit open files to %u: %m",
		    max_files);
	return 0;
}

int
privs_limit(unsigned int max_files, struct fault *fault)
{
	if (privs_limit_before_threads(max_files, fault) == -1)
		return -1;
	if (privs_limit_tasks() == -1)
		return fault_set(fault, "could not forbid new processes: %m");
	return 0;
}
