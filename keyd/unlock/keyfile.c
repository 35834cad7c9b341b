/* SPDX-License-Identifier: ISC */
/*
 * keyfile: who may have read the private key file, and its text.
 * Runs in: keyd-unlock.
 */
#include "keyd/unlock/keyfile.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log.h"
#include "common/secret.h"
#include "common/textfile.h"

/* PostgreSQL's masks: what nobody else may have, by the file's owner. */
#define OWN_MASK (S_IRWXG | S_IRWXO)
#define ROOT_MASK (S_IWGRP | S_IXGRP | S_IRWXO)

static const char *
user_name(uid_t uid, char *out, size_t out_size)
{
	struct passwd *pw = getpwuid(uid);

	if (pw != NULL)
		snprintf(out, out_size, "user \"%s\"", pw->pw_name);
	else
		snprintf(out, out_size, "user %lu", (unsigned long)uid);
	return out;
}

static const char *
group_name(gid_t gid, char *out, size_t out_size)
{
	struct group *gr = getgrgid(gid);

	if (gr != NULL)
		snprintf(out, out_size, "group \"%s\"", gr->gr_name);
	else
		snprintf(out, out_size, "group %lu", (unsigned long)gid);
	return out;
}

static int
owner_fault(const char *path, const struct stat *st, struct fault *fault)
{
	char name[64], group[64];
	const char *others = "";

	fault_set(fault, "private key file \"%s\" must be owned by root", path);
	if (st->st_mode & S_IROTH)
		others = ", and so can everybody";
	else if (st->st_mode & S_IRGRP)
		others = ", and so can its group, ";
	fault_detail(fault, "It is owned by %s, who can read it%s%s.",
	    user_name(st->st_uid, name, sizeof(name)), others,
	    !(st->st_mode & S_IROTH) && st->st_mode & S_IRGRP ?
	    group_name(st->st_gid, group, sizeof(group)) : "");
	return fault_hint(fault, "Run: chown root:root %s && chmod 0600 %s",
	    path, path);
}

static int
mode_fault(const char *path, const struct stat *st, struct fault *fault)
{
	fault_set(fault, "private key file \"%s\" has group or world access",
	    path);
	fault_detail(fault, "File must have permissions u=rw (0600) or less "
	    "if owned by the database user, or permissions u=rw,g=r (0640) or "
	    "less if owned by root. Its mode is %04o.",
	    (unsigned int)(st->st_mode & 07777));
	return fault_hint(fault, "Run: chmod 0600 %s", path);
}

static int
judge_as_root(const char *path, const struct stat *st, struct fault *fault)
{
	char group[64];

	if (st->st_uid != 0)
		return owner_fault(path, st, fault);
	if (st->st_mode & ROOT_MASK)
		return mode_fault(path, st, fault);
	if ((st->st_mode & S_IRGRP) && st->st_gid != 0)
		log_write(LOG_LEVEL_WARNING,
		    "private key file \"%s\" can be read by %s", path,
		    group_name(st->st_gid, group, sizeof(group)));
	return 0;
}

int
keyfile_judge(const char *path, const struct stat *st, uid_t euid,
    struct fault *fault)
{
	if (!S_ISREG(st->st_mode))
		return fault_set(fault,
		    "private key file \"%s\" is not a regular file", path);
	if (euid == 0)
		return judge_as_root(path, st, fault);

	if (st->st_uid != euid && st->st_uid != 0) {
		char name[64];

		fault_set(fault, "private key file \"%s\" must be owned by "
		    "the database user or root", path);
		return fault_detail(fault, "It is owned by %s.",
		    user_name(st->st_uid, name, sizeof(name)));
	}
	if (st->st_mode & (st->st_uid == euid ? OWN_MASK : ROOT_MASK))
		return mode_fault(path, st, fault);
	return 0;
}

/* Where the opened file really stands: may somebody else replace it there? */
static int
judge_directories(int fd, const char *path, struct fault *fault)
{
	char link[64], real[PATH_MAX];
	ssize_t len;

	if (geteuid() != 0)
		return 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, real, sizeof(real) - 1);
	if (len <= 0)
		return fault_set(fault,
		    "could not find out where private key file \"%s\" stands: "
		    "%m", path);
	real[len] = '\0';
	return textfile_may_trust_directory("directory of the private key file",
	    dirname(real), fault);
}

static int
open_and_judge(const char *path, struct stat *st, struct fault *fault)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	/* A socket cannot be opened: ENXIO. */
	if (fd == -1 && errno == ENXIO)
		return fault_set(fault,
		    "private key file \"%s\" is not a regular file", path);
	if (fd == -1 || fstat(fd, st) == -1) {
		fault_set(fault, "could not access private key file \"%s\": %m",
		    path);
		if (errno == ENOENT)
			fault_hint(fault, "Put the server's private key there, "
			    "or set \"ssl_key_file\" in postern.conf.");
		if (fd != -1)
			close(fd);
		return -1;
	}
	if (keyfile_judge(path, st, geteuid(), fault) == -1 ||
	    judge_directories(fd, path, fault) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The file may grow while it is read; then it is too large, or cut there. */
static int
read_text(int fd, struct keyfile *file, struct fault *fault)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, file->text.map + len, KEYFILE_MAX + 1 - len)) !=
	    0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return fault_set(fault,
			    "could not read private key file \"%s\": %m",
			    file->path);
		len += (size_t)n;
		if (len > KEYFILE_MAX)
			break;
	}
	if (len == 0)
		return fault_set(fault, "private key file \"%s\" is empty",
		    file->path);
	if (len > KEYFILE_MAX) {
		fault_set(fault, "private key file \"%s\" is too large",
		    file->path);
		return fault_detail(fault,
		    "A private key file has at most %d bytes.", KEYFILE_MAX);
	}
	file->text.map[len] = '\0';
	file->len = len;
	return 0;
}

int
keyfile_read(const char *path, enum secret_kind kind, struct keyfile *out,
    struct fault *fault)
{
	struct keyfile file = { .path = path, .text = SECRET_EMPTY };
	struct stat st;
	int rc, fd = open_and_judge(path, &st, fault);

	if (fd == -1)
		return -1;
	rc = secret_open(kind, KEYFILE_MAX + 1, &file.text, fault);
	if (rc == 0)
		rc = secret_map(&file.text, fault);
	if (rc == 0)
		rc = read_text(fd, &file, fault);
	close(fd);
	if (rc == 0)
		*out = file;
	else
		keyfile_wipe(&file);
	return rc;
}

void
keyfile_wipe(struct keyfile *file)
{
	secret_wipe(&file->text);
	file->len = 0;
}
