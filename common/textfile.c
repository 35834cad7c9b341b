/* SPDX-License-Identifier: ISC */
/*
 * textfile: reads an administrator's file whole, once, and judges who could
 * have written it.
 * Runs in: the supervisors, keyd-unlock, posternctl; at start and reload only.
 */
#include "common/textfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"

/* What the messages of one judgement have in common. */
struct subject {
	const char *label;	/* "configuration file" */
	const char *path;	/* as the administrator gave it */
};

static bool
is_writable_by_others(const struct stat *st)
{
	return (st->st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/*
 * Whether somebody else than root may replace names in the directory. In one
 * with the sticky bit only the owner of a name, of the directory, and root may;
 * the name below was judged before, and is root's.
 */
static bool
may_others_replace(const struct stat *st)
{
	return is_writable_by_others(st) && (st->st_mode & S_ISVTX) == 0;
}

static int
fault_owner(const struct subject *subject, const struct stat *st,
    struct fault *out)
{
	fault_set(out, "%s \"%s\" must be owned by root", subject->label,
	    subject->path);
	fault_detail(out, "Its owner is user ID %lu.",
	    (unsigned long)st->st_uid);
	return fault_hint(out, "Run: chown root %s", subject->path);
}

static int
fault_mode(const struct subject *subject, const struct stat *st,
    struct fault *out)
{
	fault_set(out, "%s \"%s\" has group or world write access",
	    subject->label, subject->path);
	fault_detail(out, "Its mode is %04o.",
	    (unsigned int)(st->st_mode & 07777));
	return fault_hint(out, "Run: chmod go-w %s", subject->path);
}

static int
judge_itself(const struct subject *subject, const struct stat *st,
    struct fault *out)
{
	if (st->st_uid != 0)
		return fault_owner(subject, st, out);
	if (is_writable_by_others(st))
		return fault_mode(subject, st, out);
	return 0;
}

/* One directory above the subject. */
static int
judge_above(const struct subject *subject, const char *dir, struct fault *out)
{
	struct stat st;

	if (lstat(dir, &st) == -1)
		return fault_set(out, "could not stat directory \"%s\": %m",
		    dir);
	if (st.st_uid == 0 && !may_others_replace(&st))
		return 0;
	fault_set(out, "%s \"%s\" can be replaced by another user than root",
	    subject->label, subject->path);
	if (st.st_uid != 0) {
		fault_detail(out, "The owner of directory \"%s\" is user ID "
		    "%lu.", dir, (unsigned long)st.st_uid);
		return fault_hint(out, "Run: chown root %s", dir);
	}
	fault_detail(out, "The mode of directory \"%s\" is %04o.", dir,
	    (unsigned int)(st.st_mode & 07777));
	return fault_hint(out, "Run: chmod go-w %s", dir);
}

/* resolved has no symbolic link and is cut to "/" from its end. */
static int
judge_all_above(const struct subject *subject, char *resolved,
    struct fault *out)
{
	char *slash;

	while (resolved[1] != '\0') {
		slash = strrchr(resolved, '/');
		if (slash == resolved)
			slash++;
		*slash = '\0';
		if (judge_above(subject, resolved, out) == -1)
			return -1;
	}
	return 0;
}

/*
 * The resolved path must lead to what was judged by its descriptor: else a
 * link on the way changed meanwhile.
 */
static int
judge_path(const struct subject *subject, const struct stat *st,
    struct fault *out)
{
	char resolved[PATH_MAX];
	struct stat now;

	if (realpath(subject->path, resolved) == NULL)
		return fault_set(out, "could not resolve path \"%s\": %m",
		    subject->path);
	if (lstat(resolved, &now) == -1 || now.st_dev != st->st_dev ||
	    now.st_ino != st->st_ino) {
		return fault_set(out, "%s \"%s\" was replaced while it was "
		    "opened", subject->label, subject->path);
	}
	return judge_all_above(subject, resolved, out);
}

/* Without root our files are our own affair. */
static int
judge(const struct subject *subject, const struct stat *st, struct fault *out)
{
	if (geteuid() != 0)
		return 0;
	if (judge_itself(subject, st, out) == -1)
		return -1;
	return judge_path(subject, st, out);
}

/* Opens and fstats; *out_fd on success. */
static int
open_subject(const struct subject *subject, int flags, struct stat *out_st,
    struct fault *out)
{
	struct stat st;
	int fd, saved;

	fd = open(subject->path, flags | O_RDONLY | O_CLOEXEC | O_NONBLOCK |
	    O_NOCTTY);
	if (fd == -1)
		return fault_set(out, "could not open %s \"%s\": %m",
		    subject->label, subject->path);
	if (fstat(fd, &st) == -1) {
		saved = errno;
		fault_set(out, "could not stat %s \"%s\": %m", subject->label,
		    subject->path);
		close(fd);
		errno = saved;
		return -1;
	}
	*out_st = st;
	return fd;
}

int
textfile_open(const char *label, const char *path, struct stat *out_st,
    struct fault *out)
{
	struct subject subject = { .label = label, .path = path };
	struct stat st;
	int fd, rc;

	fd = open_subject(&subject, 0, &st, out);
	if (fd == -1)
		return -1;
	rc = 0;
	if (!S_ISREG(st.st_mode))
		rc = fault_set(out, "%s \"%s\" is not a regular file", label,
		    path);
	if (rc == 0)
		rc = judge(&subject, &st, out);
	if (rc == -1) {
		close(fd);
		errno = 0;
		return -1;
	}
	*out_st = st;
	return fd;
}

int
textfile_may_trust_directory(const char *label, const char *path,
    struct fault *out)
{
	struct subject subject = { .label = label, .path = path };
	struct stat st;
	int fd, rc;

	fd = open_subject(&subject, O_DIRECTORY, &st, out);
	if (fd == -1)
		return -1;
	rc = judge(&subject, &st, out);
	close(fd);
	errno = 0;
	return rc;
}

/* Reads until the end or size bytes. Returns the length or -1 with errno. */
static ssize_t
read_whole(int fd, char *bytes, size_t size)
{
	size_t used = 0;
	ssize_t n;

	while (used < size) {
		n = read(fd, bytes + used, size - used);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

/* A file of st_size bytes; one byte more is asked for, to see it grow. */
static int
read_sized(const struct subject *subject, int fd, size_t size,
    struct textfile *out, struct fault *fault)
{
	char *bytes;
	ssize_t n;

	bytes = malloc(size + 1);
	if (bytes == NULL)
		return fault_set(fault, "could not read %s \"%s\": %m",
		    subject->label, subject->path);
	n = read_whole(fd, bytes, size + 1);
	if (n == -1) {
		fault_set(fault, "could not read %s \"%s\": %m",
		    subject->label, subject->path);
		free(bytes);
		return -1;
	}
	if ((size_t)n != size) {
		free(bytes);
		errno = 0;
		fault_set(fault, "%s \"%s\" changed while it was read",
		    subject->label, subject->path);
		return fault_hint(fault, "Wait until it is written whole, and "
		    "try again.");
	}
	bytes[size] = '\0';
	out->bytes = bytes;
	out->len = size;
	return 0;
}

int
textfile_read(const char *label, const char *path, struct textfile *out,
    struct fault *fault)
{
	return textfile_read_up_to(label, path, TEXTFILE_MAX, out, fault);
}

int
textfile_read_up_to(const char *label, const char *path, size_t max,
    struct textfile *out, struct fault *fault)
{
	struct subject subject = { .label = label, .path = path };
	struct stat st;
	int fd, rc, saved;

	fd = textfile_open(label, path, &st, fault);
	if (fd == -1)
		return -1;
	if (st.st_size < 0 || (uintmax_t)st.st_size > max) {
		close(fd);
		fault_set(fault, "%s \"%s\" is too large", label, path);
		fault_detail(fault, "It has %lld bytes, and at most %zu are "
		    "read.", (long long)st.st_size, max);
		errno = 0;
		return -1;
	}
	rc = read_sized(&subject, fd, (size_t)st.st_size, out, fault);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

void
textfile_close(struct textfile *file)
{
	free(file->bytes);
	file->bytes = NULL;
	file->len = 0;
}
