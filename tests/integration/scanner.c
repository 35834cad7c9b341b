/* SPDX-License-Identifier: ISC */
/*
 * scanner: looks for bytes in the memory of a live process, as root can read it
 * by /proc/PID/mem, and says whether a core dump would have them: whatever its
 * coredump_filter, it leaves out what is marked "dd" and "io".
 *	scanner PID <PATTERNS
 * One pattern a line, in hexadecimal. For each one found in a mapping a line:
 *	INDEX START-END FLAGS...
 * with the mapping's VmFlags (proc_pid_smaps(5)); then "read BYTES".
 * Runs in: tests/integration, as root.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATTERNS_MAX 4096
#define PATTERN_MIN 8
#define PATTERN_MAX 4096
#define CHUNK ((size_t)1 << 20)
#define MAPPING_MAX ((size_t)1 << 30)	/* larger: a sanitizer's shadow */

struct pattern {
	size_t len;
	unsigned char *bytes;
	bool found;		/* in the mapping at hand */
	int next;		/* of those with the same two first bytes */
};

static struct pattern patterns[PATTERNS_MAX];
static int patterns_len;
static int first_of[65536];	/* by the two first bytes; -1 for none */

static unsigned int
key_of(const unsigned char *bytes)
{
	return (unsigned int)bytes[0] << 8 | bytes[1];
}

static void
add_pattern(const char *hex)
{
	struct pattern *p = &patterns[patterns_len];
	size_t i;

	p->len = strspn(hex, "0123456789abcdef") / 2;
	if (patterns_len == PATTERNS_MAX || p->len < PATTERN_MIN ||
	    p->len > PATTERN_MAX)
		errx(2, "a pattern of %zu bytes", p->len);
	p->bytes = malloc(p->len);
	if (p->bytes == NULL)
		err(2, "malloc");
	for (i = 0; i < p->len; i++)
		if (sscanf(hex + 2 * i, "%2hhx", &p->bytes[i]) != 1)
			errx(2, "not hexadecimal");
	p->next = first_of[key_of(p->bytes)];
	first_of[key_of(p->bytes)] = patterns_len++;
}

static void
read_patterns(void)
{
	char *line = NULL;
	size_t size = 0;

	memset(first_of, -1, sizeof(first_of));
	while (getline(&line, &size, stdin) > 1)
		add_pattern(line);
	free(line);
	if (patterns_len == 0)
		errx(2, "no patterns");
}

static void
search(const unsigned char *bytes, size_t len)
{
	size_t at;
	int i;

	for (at = 0; at + PATTERN_MIN <= len; at++) {
		for (i = first_of[key_of(bytes + at)]; i != -1;
		    i = patterns[i].next)
			if (patterns[i].len <= len - at &&
			    memcmp(bytes + at, patterns[i].bytes,
			    patterns[i].len) == 0)
				patterns[i].found = true;
	}
}

/* Chunks overlap by the longest pattern. What cannot be read is passed over. */
static size_t
search_mapping(int mem, uint64_t start, uint64_t end)
{
	static unsigned char chunk[CHUNK + PATTERN_MAX];
	uint64_t at;
	size_t want, total = 0;
	ssize_t n;

	if (end - start > MAPPING_MAX)
		return 0;
	for (at = start; at < end; at += CHUNK) {
		want = sizeof(chunk) < end - at ? sizeof(chunk) :
		    (size_t)(end - at);
		n = pread(mem, chunk, want, (off_t)at);
		if (n <= 0)
			continue;
		search(chunk, (size_t)n);
		total += (size_t)n < CHUNK ? (size_t)n : CHUNK;
	}
	return total;
}

static void
print_found(uint64_t start, uint64_t end, const char *flags)
{
	int i;

	for (i = 0; i < patterns_len; i++) {
		if (patterns[i].found)
			printf("%d %llx-%llx %s", i, (unsigned long long)start,
			    (unsigned long long)end, flags);
		patterns[i].found = false;
	}
}

static FILE *
open_smaps(const char *pid)
{
	char path[64];
	FILE *smaps;

	snprintf(path, sizeof(path), "/proc/%s/smaps", pid);
	smaps = fopen(path, "r");
	if (smaps == NULL)
		err(2, "%s", path);
	return smaps;
}

static int
open_mem(const char *pid)
{
	char path[64];
	int mem;

	snprintf(path, sizeof(path), "/proc/%s/mem", pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	if (mem == -1)
		err(2, "%s", path);
	return mem;
}

/* The first line of a mapping; any other leaves out as it is. */
static bool
is_mapping(const char *line, uint64_t *out_start, uint64_t *out_end)
{
	unsigned long long start, end;

	if (sscanf(line, "%llx-%llx ", &start, &end) != 2)
		return false;
	*out_start = start;
	*out_end = end;
	return true;
}

int
main(int argc, char **argv)
{
	uint64_t start = 0, end = 0;
	char *line = NULL;
	size_t size = 0, total = 0;
	FILE *smaps;
	int mem;

	if (argc != 2)
		errx(2, "usage: scanner PID <PATTERNS");
	read_patterns();
	smaps = open_smaps(argv[1]);
	mem = open_mem(argv[1]);
	while (getline(&line, &size, smaps) > 0) {
		if (is_mapping(line, &start, &end) ||
		    strncmp(line, "VmFlags: ", 9) != 0)
			continue;
		total += search_mapping(mem, start, end);
		print_found(start, end, line + 9);
	}
	printf("read %zu\n", total);
	return 0;
}
