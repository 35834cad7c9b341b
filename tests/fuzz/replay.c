/* SPDX-License-Identifier: ISC */
/*
 * replay: gives a harness every file of its corpus once: the unit test that a
 * harness is where there is no libFuzzer. Without an argument the corpus is
 * the one that it was built with; else each argument is a file or a directory.
 * Runs in: make check.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

static unsigned int inputs;

static void
fail(const char *path)
{
	perror(path);
	exit(EXIT_FAILURE);
}

/* The harness gets a block that is as long as the file, for the sanitizer. */
static void
replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat st;
	uint8_t *bytes;

	if (file == NULL || fstat(fileno(file), &st) != 0)
		fail(path);
	bytes = malloc((size_t)st.st_size + (st.st_size == 0));
	if (bytes == NULL || fread(bytes, 1, (size_t)st.st_size, file) !=
	    (size_t)st.st_size)
		fail(path);
	(void)fclose(file);
	(void)LLVMFuzzerTestOneInput(bytes, (size_t)st.st_size);
	free(bytes);
	inputs++;
}

static void
replay_directory(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	char name[4096];

	if (directory == NULL)
		fail(path);
	while ((entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(name, sizeof(name), "%s/%s", path,
		    entry->d_name);
		replay_file(name);
	}
	(void)closedir(directory);
}

static void
replay(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		fail(path);
	if (S_ISDIR(st.st_mode))
		replay_directory(path);
	else
		replay_file(path);
}

int
main(int argc, char **argv)
{
	int i;

	if (argc < 2)
		replay(CORPUS);
	for (i = 1; i < argc; i++)
		replay(argv[i]);
	printf("%u inputs\n", inputs);
	return inputs > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
