/* SPDX-License-Identifier: ISC */
/*
 * test_secret: both kinds of secret memory hold bytes behind a descriptor,
 * locked and outside core dumps, and forget them.
 * Runs in: make check.
 */
#include "common/secret.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define SIZE 16384
#define WORD "the key"

/* AddressSanitizer makes mlock(2) succeed without effect. */
#ifdef WITH_SANITIZERS
#define MLOCK_WORKS 0
#else
#define MLOCK_WORKS 1
#endif

static struct fault fault;
static struct secret secret = SECRET_EMPTY;

static const enum secret_kind kinds[] = { SECRET_SECRET, SECRET_LOCKED };

/* Opens the kind of this round; 0 where the kernel does not know it. */
static int
open_kind(int round, size_t size)
{
	int rc = secret_open(kinds[round], size, &secret, &fault);
	int error = errno;

	if (rc == -1 && kinds[round] == SECRET_SECRET &&
	    syscall(SYS_memfd_secret, 0) == -1 && errno == ENOSYS) {
		printf("secret memory: skipped, not in this kernel\n");
		return 0;
	}
	ck_assert_msg(rc == 0, "%s (%d)", fault.what, error);
	return 1;
}

static const struct {
	const char *sentence;
	size_t size, pages;
} sizes[] = {
	{ "one byte needs a page", 1, 1 },
	{ "a page is a page", 4096, 1 },
	{ "one byte more needs two", 4097, 2 },
	{ "a key's", SIZE, 4 },
};

START_TEST(a_secret_is_open_unmapped_and_of_whole_pages)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int i;

	for (i = 0; i < LEN(sizes); i++) {
		if (!open_kind(_i, sizes[i].size))
			return;
		ck_assert_int_eq(secret.kind, kinds[_i]);
		ck_assert_uint_ge(secret.size, sizes[i].size);
		ck_assert_uint_eq(secret.size % page, 0);
		if (page == 4096)
			ck_assert_uint_eq(secret.size, sizes[i].pages * page);
		ck_assert_int_eq(fcntl(secret.fd, F_GETFD), FD_CLOEXEC);
		secret_close(&secret);
		ck_assert_int_eq(secret.fd, -1);
		ck_assert_ptr_null(secret.map);
	}
}
END_TEST

/* Bytes written by an adopter are there for the next one, and zero before. */
START_TEST(bytes_cross_by_the_descriptor)
{
	struct secret other = SECRET_EMPTY;
	int status;
	pid_t pid;

	if (!open_kind(_i, SIZE))
		return;
	pid = fork();
	if (pid == 0) {
		if (secret_adopt(secret.fd, &other, &fault) == -1 ||
		    secret_map(&other, &fault) == -1 || other.map[0] != 0 ||
		    memcmp(other.map, other.map + 1, other.size - 1) != 0)
			_exit(1);
		memcpy(other.map + other.size - sizeof(WORD), WORD,
		    sizeof(WORD));
		secret_close(&other);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);

	ck_assert_int_eq(secret_adopt(dup(secret.fd), &other, &fault), 0);
	ck_assert_int_eq(other.kind, kinds[_i]);
	ck_assert_uint_eq(other.size, secret.size);
	ck_assert_ptr_null(other.map);
	ck_assert_int_eq(fcntl(other.fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(secret_map(&other, &fault), 0);
	ck_assert_str_eq((const char *)other.map + SIZE - sizeof(WORD), WORD);
	secret_close(&other);
	secret_close(&secret);
}
END_TEST

START_TEST(mapping_twice_is_mapping_once)
{
	const unsigned char *first;

	if (!open_kind(_i, SIZE))
		return;
	ck_assert_int_eq(secret_map(&secret, &fault), 0);
	first = secret.map;
	ck_assert_int_eq(secret_map(&secret, &fault), 0);
	ck_assert_ptr_eq(secret.map, first);
	memcpy(secret.map, WORD, sizeof(WORD));
	secret_unmap(&secret);
	ck_assert_ptr_null(secret.map);
	secret_unmap(&secret);
	ck_assert_int_eq(secret_map(&secret, &fault), 0);
	ck_assert_str_eq((const char *)secret.map, WORD);
	secret_close(&secret);
}
END_TEST

START_TEST(a_wiped_secret_is_gone_for_all)
{
	struct secret other = SECRET_EMPTY;

	if (!open_kind(_i, SIZE))
		return;
	ck_assert_int_eq(secret_adopt(dup(secret.fd), &other, &fault), 0);
	ck_assert_int_eq(secret_map(&other, &fault), 0);
	memset(other.map, 'k', other.size);
	/* With SECRET_LOCKED this mapping had no access until now. */
	if (kinds[_i] == SECRET_SECRET)
		ck_assert_int_eq(secret_map(&secret, &fault), 0);
	ck_assert_ptr_nonnull(secret.map);
	secret_wipe(&secret);
	ck_assert_int_eq(secret.fd, -1);
	ck_assert_int_eq(other.map[0], 0);
	ck_assert_mem_eq(other.map, other.map + 1, other.size - 1);
	secret_wipe(&other);
	secret_wipe(&other);
	secret_close(&other);
}
END_TEST

/* The kernel's word on a mapping: one line of /proc/self/smaps. */
static void
read_vm_attributes(const void *map, char out[256])
{
	char start[32], line[512];
	FILE *smaps = fopen("/proc/self/smaps", "r");
	int found = 0;

	ck_assert_ptr_nonnull(smaps);
	snprintf(start, sizeof(start), "%08lx-", (unsigned long)(uintptr_t)map);
	out[0] = '\0';
	while (out[0] == '\0' && fgets(line, sizeof(line), smaps) != NULL) {
		if (strncmp(line, start, strlen(start)) == 0)
			found = 1;
		if (found && strncmp(line, "VmFlags:", 8) == 0)
			snprintf(out, 256, "%.255s", line + 8);
	}
	fclose(smaps);
}

static void
assert_locked_and_undumped(const void *map)
{
	char attributes[256];

	read_vm_attributes(map, attributes);
	ck_assert_msg(strstr(attributes, " lo ") != NULL || !MLOCK_WORKS,
	    "%s", attributes);
	ck_assert_msg(strstr(attributes, " dd ") != NULL, "%s", attributes);
}

START_TEST(a_mapping_is_locked_and_in_no_core_dump)
{
	struct secret other = SECRET_EMPTY;

	if (!open_kind(_i, SIZE))
		return;
	ck_assert_int_eq(secret_adopt(dup(secret.fd), &other, &fault), 0);
	ck_assert_int_eq(secret_map(&other, &fault), 0);
	assert_locked_and_undumped(other.map);
	secret_close(&other);
	secret_close(&secret);
}
END_TEST

START_TEST(its_keeper_holds_it_locked_and_cannot_read_it)
{
	int status, null = open("/dev/null", O_WRONLY);
	pid_t pid;

	ck_assert_int_eq(secret_open(SECRET_LOCKED, SIZE, &secret, &fault), 0);
	assert_locked_and_undumped(secret.map);
	/* The kernel finds no readable page there. */
	pid = fork();
	if (pid == 0) {
		int ends[2];

		if (pipe(ends) == -1)
			_exit(1);
		_exit(write(ends[1], secret.map, 1) == -1 && errno == EFAULT ?
		    0 : 2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	close(null);
	secret_close(&secret);
}
END_TEST

START_TEST(its_size_is_fixed)
{
	if (!open_kind(_i, SIZE))
		return;
	ck_assert_int_eq(ftruncate(secret.fd, 0), -1);
	ck_assert_int_eq(ftruncate(secret.fd, SIZE * 2), -1);
	secret_close(&secret);
}
END_TEST

/* Neither read(2) nor /proc/PID/mem reaches the bytes of memfd_secret(2). */
START_TEST(secret_memory_is_not_read_from_outside)
{
	char word[sizeof(WORD)];
	int mem;

	if (!open_kind(0, SIZE))
		return;
	ck_assert_int_eq(secret_map(&secret, &fault), 0);
	memcpy(secret.map, WORD, sizeof(WORD));
	ck_assert_int_eq(pread(secret.fd, word, sizeof(word), 0), -1);
	mem = open("/proc/self/mem", O_RDONLY);
	ck_assert_int_ne(mem, -1);
	ck_assert_int_eq(pread(mem, word, sizeof(word),
	    (off_t)(uintptr_t)secret.map), -1);
	close(mem);
	secret_close(&secret);
}
END_TEST

static int
open_file(void)
{
	char path[] = "/tmp/postern-test-secret.XXXXXX";
	int fd = mkstemp(path);

	unlink(path);
	return ftruncate(fd, SIZE) == 0 ? fd : -1;
}

static int
open_unsealed(void)
{
	int fd = memfd_create("unsealed", MFD_ALLOW_SEALING);

	return ftruncate(fd, SIZE) == 0 ? fd : -1;
}

static int
open_growing(void)
{
	int fd = open_unsealed();

	return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0 ? fd : -1;
}

static int
open_empty(void)
{
	int fd = memfd_create("empty", MFD_ALLOW_SEALING);

	return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW |
	    F_SEAL_SEAL) == 0 ? fd : -1;
}

static int
open_odd(void)
{
	int fd = memfd_create("odd", MFD_ALLOW_SEALING);

	return ftruncate(fd, 100) == 0 && fcntl(fd, F_ADD_SEALS,
	    F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0 ? fd : -1;
}

static int
open_pipe(void)
{
	int ends[2];

	return pipe(ends) == 0 ? ends[0] : -1;
}

static const struct {
	const char *sentence;
	int (*open)(void);
} strangers[] = {
	{ "a file on disk is no secret", open_file },
	{ "a memfd that may shrink is none", open_unsealed },
	{ "one that may grow is none", open_growing },
	{ "an empty one is none", open_empty },
	{ "a part of a page is none", open_odd },
	{ "a pipe is none", open_pipe },
};

START_TEST(only_secret_memory_is_adopted)
{
	int fd = strangers[_i].open();

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(secret_adopt(fd, &secret, &fault), -1);
	ck_assert_ptr_nonnull(strstr(fault.what, "is not secret memory"));
	ck_assert_int_eq(secret.fd, -1);
	ck_assert_int_ne(fcntl(fd, F_GETFD), -1);
}
END_TEST

START_TEST(no_descriptor_and_no_size_are_refused)
{
	ck_assert_int_eq(secret_adopt(-1, &secret, &fault), -1);
	ck_assert_ptr_nonnull(strstr(fault.what, "Bad file descriptor"));
	ck_assert_int_eq(secret_open(SECRET_AUTO, 0, &secret, &fault), -1);
	ck_assert_int_eq(secret_open(SECRET_AUTO, SIZE_MAX, &secret, &fault),
	    -1);
	ck_assert_int_eq(secret.fd, -1);
}
END_TEST

/* In a process of its own, which root leaves: root is not limited. */
static int
check_limit(int round)
{
	struct rlimit none = { 0, 0 };
	int rc;

	if ((geteuid() == 0 && setuid(65534) == -1) ||
	    setrlimit(RLIMIT_MEMLOCK, &none) == -1)
		return 1;
	rc = secret_open(kinds[round], SIZE, &secret, &fault);
	if (kinds[round] == SECRET_SECRET && rc == 0)
		rc = secret_map(&secret, &fault);
	if (rc != -1)
		return 2;
	if (strstr(fault.what, "could not lock 16384 bytes") == NULL)
		return 3;
	return strstr(fault.hint, "LimitMEMLOCK=") != NULL ? 0 : 4;
}

START_TEST(a_limit_too_low_has_a_hint)
{
	int status;
	pid_t pid;

	if (!open_kind(_i, SIZE))
		return;
	secret_close(&secret);
	if (kinds[_i] == SECRET_LOCKED && !MLOCK_WORKS)
		return;
	pid = fork();
	if (pid == 0)
		_exit(check_limit(_i));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

/* From now on this process is on a kernel without memfd_secret(2). */
static int
hide_memfd_secret(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_secret, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
	};
	struct sock_fprog program = {
		.len = LEN(filter), .filter = filter
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

START_TEST(an_old_kernel_has_the_locked_kind)
{
	ck_assert_int_eq(hide_memfd_secret(), 0);
	ck_assert_int_eq(secret_open(SECRET_SECRET, SIZE, &secret, &fault),
	    -1);
	ck_assert_str_eq(fault.what, "could not create secret memory: "
	    "Function not implemented");
	ck_assert_ptr_nonnull(strstr(fault.detail, "secretmem.enable=1"));
	ck_assert_ptr_nonnull(strstr(fault.hint, "key_memory"));
	ck_assert_int_eq(secret.fd, -1);
	ck_assert_int_eq(secret_open(SECRET_AUTO, SIZE, &secret, &fault), 0);
	ck_assert_int_eq(secret.kind, SECRET_LOCKED);
	ck_assert_str_eq(fault.what, "");
	secret_close(&secret);
}
END_TEST

START_TEST(auto_takes_what_there_is)
{
	int there = syscall(SYS_memfd_secret, 0) != -1;

	ck_assert_int_eq(secret_open(SECRET_AUTO, SIZE, &secret, &fault), 0);
	ck_assert_int_eq(secret.kind, there ? SECRET_SECRET : SECRET_LOCKED);
	ck_assert_str_eq(secret_kind_name(secret.kind),
	    there ? "secret" : "locked");
	ck_assert_str_eq(secret_kind_name(SECRET_AUTO), "auto");
	secret_close(&secret);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("secret");
	TCase *tcase = tcase_create("memory");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase,
	    a_secret_is_open_unmapped_and_of_whole_pages, 0, LEN(kinds));
	tcase_add_loop_test(tcase, bytes_cross_by_the_descriptor, 0,
	    LEN(kinds));
	tcase_add_loop_test(tcase, mapping_twice_is_mapping_once, 0,
	    LEN(kinds));
	tcase_add_loop_test(tcase, a_wiped_secret_is_gone_for_all, 0,
	    LEN(kinds));
	tcase_add_loop_test(tcase, a_mapping_is_locked_and_in_no_core_dump, 0,
	    LEN(kinds));
	tcase_add_test(tcase, its_keeper_holds_it_locked_and_cannot_read_it);
	tcase_add_loop_test(tcase, its_size_is_fixed, 0, LEN(kinds));
	tcase_add_test(tcase, secret_memory_is_not_read_from_outside);
	tcase_add_loop_test(tcase, only_secret_memory_is_adopted, 0,
	    LEN(strangers));
	tcase_add_test(tcase, no_descriptor_and_no_size_are_refused);
	tcase_add_loop_test(tcase, a_limit_too_low_has_a_hint, 0, LEN(kinds));
	tcase_add_test(tcase, an_old_kernel_has_the_locked_kind);
	tcase_add_test(tcase, auto_takes_what_there_is);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
