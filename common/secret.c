/* SPDX-License-Identifier: ISC */
/*
 * secret: memory for a key or a passphrase that only its descriptor reaches.
 * memfd_secret(2) where the kernel has it, else a locked and undumpable memfd.
 * Runs in: postern-keyd, keyd-unlock, keyd-signer.
 */
#include "common/secret.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include <linux/magic.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
#ifndef SECRETMEM_MAGIC
#define SECRETMEM_MAGIC 0x5345434d
#endif

#define SECRET_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static const struct secret secret_empty = SECRET_EMPTY;

static size_t
secret_round(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

/* A fault of mmap or mlock: the operator can do something about the limit. */
static int
secret_lock_fault(size_t size, struct fault *fault)
{
	int error = errno;

	fault_set(fault, "could not lock %zu bytes of memory: %m", size);
	if (error == ENOMEM || error == EAGAIN || error == EPERM)
		fault_hint(fault, "Raise the limit of locked memory (ulimit "
		    "-l, or LimitMEMLOCK= of the unit).");
	return -1;
}

/* Maps a locked memfd: mlock first, on PROT_NONE it would fail. */
static int
secret_map_locked(struct secret *secret, struct fault *fault)
{
	void *map = mmap(NULL, secret->size, PROT_READ | PROT_WRITE,
	    MAP_SHARED, secret->fd, 0);

	if (map == MAP_FAILED)
		return fault_set(fault, "could not map %zu bytes of locked "
		    "memory: %m", secret->size);
	if (mlock(map, secret->size) == -1) {
		secret_lock_fault(secret->size, fault);
		munmap(map, secret->size);
		return -1;
	}
	if (madvise(map, secret->size, MADV_DONTDUMP) == -1) {
		fault_set(fault, "could not keep locked memory out of core "
		    "dumps: %m");
		munmap(map, secret->size);
		return -1;
	}
	secret->map = map;
	return 0;
}

/* The kernel itself locks it and keeps it out of dumps, swap and /proc. */
static int
secret_map_secret(struct secret *secret, struct fault *fault)
{
	void *map = mmap(NULL, secret->size, PROT_READ | PROT_WRITE,
	    MAP_SHARED, secret->fd, 0);

	if (map == MAP_FAILED)
		return secret_lock_fault(secret->size, fault);
	secret->map = map;
	return 0;
}

static int
secret_open_secret(size_t size, struct secret *out, struct fault *fault)
{
	struct secret secret = SECRET_EMPTY;

	secret.kind = SECRET_SECRET;
	secret.size = secret_round(size);
	secret.fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
	if (secret.fd == -1) {
		fault_set(fault, "could not create secret memory: %m");
		fault_detail(fault, "memfd_secret(2) needs Linux 6.5, or 5.14 "
		    "with secretmem.enable=1 on the kernel's command line.");
		return fault_hint(fault, "Set key_memory to \"auto\" or "
		    "\"locked\".");
	}
	if (ftruncate(secret.fd, (off_t)secret.size) == -1) {
		fault_set(fault, "could not size secret memory to %zu bytes: "
		    "%m", secret.size);
		close(secret.fd);
		return -1;
	}
	*out = secret;
	return 0;
}

static int
secret_open_locked(size_t size, struct secret *out, struct fault *fault)
{
	struct secret secret = SECRET_EMPTY;

	secret.kind = SECRET_LOCKED;
	secret.size = secret_round(size);
	secret.fd = memfd_create("postern-secret",
	    MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (secret.fd == -1)
		return fault_set(fault, "could not create locked memory: %m");
	if (ftruncate(secret.fd, (off_t)secret.size) == -1 ||
	    fcntl(secret.fd, F_ADD_SEALS, SECRET_SEALS) == -1) {
		fault_set(fault, "could not size locked memory to %zu bytes: "
		    "%m", secret.size);
		close(secret.fd);
		return -1;
	}
	if (secret_map_locked(&secret, fault) == -1) {
		close(secret.fd);
		return -1;
	}
	if (mprotect(secret.map, secret.size, PROT_NONE) == -1) {
		fault_set(fault, "could not forbid access to locked memory: "
		    "%m");
		secret_close(&secret);
		return -1;
	}
	*out = secret;
	return 0;
}

int
secret_open(enum secret_kind kind, size_t size, struct secret *out,
    struct fault *fault)
{
	if (size == 0 || size > SIZE_MAX / 2)
		return fault_set(fault, "secret memory of %zu bytes makes no "
		    "sense", size);
	if (kind != SECRET_LOCKED &&
	    secret_open_secret(size, out, fault) == 0)
		return 0;
	if (kind == SECRET_SECRET)
		return -1;
	fault_clear(fault);
	return secret_open_locked(size, out, fault);
}

/*
 * The kind of a descriptor, without /proc, which confined programs lack.
 * Returns SECRET_AUTO for one that secret_open() did not make.
 */
static enum secret_kind
secret_kind_of(int fd)
{
	struct statfs fs;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals != -1)
		return (seals & SECRET_SEALS) == SECRET_SEALS ?
		    SECRET_LOCKED : SECRET_AUTO;
	if (fstatfs(fd, &fs) == -1 || fs.f_type != SECRETMEM_MAGIC)
		return SECRET_AUTO;
	return SECRET_SECRET;
}

int
secret_adopt(int fd, struct secret *out, struct fault *fault)
{
	struct secret secret = SECRET_EMPTY;
	struct stat st;

	if (fstat(fd, &st) == -1)
		return fault_set(fault, "could not examine secret memory: %m");
	secret.fd = fd;
	secret.kind = secret_kind_of(fd);
	if (secret.kind == SECRET_AUTO || st.st_size <= 0 ||
	    (size_t)st.st_size != secret_round((size_t)st.st_size))
		return fault_set(fault, "descriptor %d is not secret memory",
		    fd);
	secret.size = (size_t)st.st_size;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		return fault_set(fault, "could not keep secret memory from "
		    "other programs: %m");
	*out = secret;
	return 0;
}

int
secret_map(struct secret *secret, struct fault *fault)
{
	if (secret->map == NULL && secret->kind == SECRET_LOCKED)
		return secret_map_locked(secret, fault);
	if (secret->map == NULL)
		return secret_map_secret(secret, fault);
	if (mprotect(secret->map, secret->size, PROT_READ | PROT_WRITE) == -1)
		return fault_set(fault, "could not allow access to secret "
		    "memory: %m");
	return 0;
}

void
secret_unmap(struct secret *secret)
{
	if (secret->map != NULL)
		munmap(secret->map, secret->size);
	secret->map = NULL;
}

void
secret_wipe(struct secret *secret)
{
	/* The mapping of secret_open() has no access until now. */
	if (secret->map != NULL && mprotect(secret->map, secret->size,
	    PROT_READ | PROT_WRITE) == 0)
		explicit_bzero(secret->map, secret->size);
	secret_close(secret);
}

void
secret_close(struct secret *secret)
{
	secret_unmap(secret);
	if (secret->fd != -1)
		close(secret->fd);
	*secret = secret_empty;
}

const char *
secret_kind_name(enum secret_kind kind)
{
	switch (kind) {
	case SECRET_AUTO:
		return "auto";
	case SECRET_SECRET:
		return "secret";
	case SECRET_LOCKED:
		return "locked";
	}
	return "???";
}
