/* SPDX-License-Identifier: ISC */
/*
 * trust: the bytes of the authorities' certificates and revocation lists, by
 * which the workers judge clients' certificates. Parses none of them.
 * Runs in: postern-listener, at start and reload only.
 */
#include "listener/trust.h"

#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"
#include "common/log.h"
#include "listener/directory.h"
#include "listener/settings.h"

#define CA_LABEL "root certificate file"	/* PostgreSQL's words */
#define CRL_LABEL "SSL certificate revocation list file"
#define CRL_DIR_LABEL "SSL certificate revocation list directory"
#define HASH_LEN 8		/* hexadecimal digits of a subject's hash */

/* A file that nobody named is used if it is there. A link that leads nowhere
 * is there: somebody wanted a file. */
static void
drop_absent(char *path, bool is_optional)
{
	struct stat st;

	if (is_optional && lstat(path, &st) == -1 && errno == ENOENT)
		path[0] = '\0';
}

/* Nobody is asked for a certificate. */
static void
drop_lists(struct settings *settings)
{
	struct handoff_settings *worker = &settings->worker;

	if (settings->ssl && ((worker->ssl_crl_file[0] != '\0' &&
	    !settings->is_crl_optional) || worker->ssl_crl_dir[0] != '\0'))
		log_write(LOG_LEVEL_WARNING, "certificate revocation lists "
		    "have no effect without \"ssl_ca_file\"");
	worker->ssl_crl_file[0] = '\0';
	worker->ssl_crl_dir[0] = '\0';
	worker->ssl_client_cert_required = 0;
}

/* Leaves what is there and of use. */
static int
choose(struct settings *settings, struct fault *fault)
{
	struct handoff_settings *worker = &settings->worker;

	drop_absent(worker->ssl_ca_file, settings->is_ca_optional);
	drop_absent(worker->ssl_crl_file, settings->is_crl_optional);
	if (!settings->ssl)
		worker->ssl_ca_file[0] = '\0';
	if (worker->ssl_ca_file[0] != '\0')
		return 0;
	if (settings->ssl &&
	    settings->ssl_client_cert == SETTINGS_CLIENT_CERT_REQUIRE) {
		fault_set(fault, "client certificates can only be checked if "
		    "a root certificate store is available");
		fault_detail(fault, "Parameter \"ssl_client_cert\" is "
		    "\"require\", and there is no file of authorities.");
		return fault_hint(fault, "Set \"ssl_ca_file\", or put "
		    "root.crt into the data directory.");
	}
	drop_lists(settings);
	return 0;
}

static int
fault_load(const char *label, const char *path, const char *reason,
    struct fault *fault)
{
	fault_set(fault, "could not load %s \"%s\": %s", label, path, reason);
	return fault_code(fault, "F0000");
}

/* One file with at least one byte; a path of "" is none. */
static int
read_file(const char *label, const char *path, size_t max,
    struct textfile *out, struct fault *fault)
{
	if (path[0] == '\0')
		return 0;
	if (textfile_read_up_to(label, path, max, out, fault) == -1)
		return errno == 0 ? -1 :
		    fault_load(label, path, strerror(errno), fault);
	if (out->len > 0)
		return 0;
	textfile_close(out);
	return fault_load(label, path, "it is empty", fault);
}

bool
trust_is_crl_name(const char *name)
{
	size_t i;

	for (i = 0; i < HASH_LEN; i++)
		if (!isxdigit((unsigned char)name[i]))
			return false;
	if (name[i] != '.' || name[i + 1] != 'r')
		return false;
	name += i + 2;
	return name[0] != '\0' && strspn(name, "0123456789") == strlen(name);
}

/* Puts a file behind those before, each with a newline at its end. */
static int
append(struct textfile *all, const struct textfile *file)
{
	char *grown = realloc(all->bytes, all->len + file->len + 2);

	if (grown == NULL)
		return -1;
	memcpy(grown + all->len, file->bytes, file->len);
	all->bytes = grown;
	all->len += file->len + 1;
	grown[all->len - 1] = '\n';
	grown[all->len] = '\0';
	return 0;
}

static int
append_list(const char *directory, const char *name, struct textfile *out,
    struct fault *fault)
{
	char path[PATH_MAX];
	struct textfile file = { 0 };
	int rc;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >=
	    (int)sizeof(path))
		return fault_load(CRL_DIR_LABEL, directory,
		    "a name in it is too long", fault);
	if (read_file(CRL_LABEL, path, TRUST_CRL_MAX - out->len, &file,
	    fault) == -1)
		return -1;
	rc = append(out, &file);
	textfile_close(&file);
	return rc == 0 ? 0 : fault_load(CRL_DIR_LABEL, directory,
	    "out of memory", fault);
}

static int
refuse_without_lists(const char *directory, struct fault *fault)
{
	fault_load(CRL_DIR_LABEL, directory, "it has no revocation list",
	    fault);
	fault_detail(fault, "Only names that are a hash, as "
	    "\"1a2b3c4d.r0\", are used.");
	return fault_hint(fault, "Run: openssl rehash %s", directory);
}

static int
read_directory(const char *directory, struct textfile *out,
    struct fault *fault)
{
	char *names;
	const char *name;
	size_t len;
	int rc = 0;

	if (directory[0] == '\0')
		return 0;
	if (directory_list(CRL_DIR_LABEL, directory, &names, &len,
	    fault) == -1)
		return errno == 0 ? -1 : fault_load(CRL_DIR_LABEL, directory,
		    strerror(errno), fault);
	for (name = names; rc == 0 && name < names + len;
	    name += strlen(name) + 1)
		if (trust_is_crl_name(name))
			rc = append_list(directory, name, out, fault);
	free(names);
	if (rc == 0 && out->len == 0)
		return refuse_without_lists(directory, fault);
	return rc;
}

int
trust_read(struct settings *settings, struct trust *out,
    struct fault_list *faults)
{
	const struct handoff_settings *worker = &settings->worker;
	size_t before = faults->count;
	struct fault fault = { 0 };

	if (choose(settings, &fault) == -1)
		return fault_list_add(faults, &fault);
	if (read_file(CA_LABEL, worker->ssl_ca_file, TEXTFILE_MAX, &out->ca,
	    &fault) == -1)
		fault_list_add(faults, &fault);
	if (read_file(CRL_LABEL, worker->ssl_crl_file, TRUST_CRL_MAX,
	    &out->crl, &fault) == -1)
		fault_list_add(faults, &fault);
	if (read_directory(worker->ssl_crl_dir, &out->crl_dir, &fault) == -1)
		fault_list_add(faults, &fault);
	return faults->count == before ? 0 : -1;
}

void
trust_close(struct trust *trust)
{
	textfile_close(&trust->ca);
	textfile_close(&trust->crl);
	textfile_close(&trust->crl_dir);
}
