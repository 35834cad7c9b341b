/* SPDX-License-Identifier: ISC */
/*
 * rules: pg_hba.conf and pg_ident.conf become the image that every worker
 * gets.
 * Runs in: postern-listener, at start and reload only.
 */
#include "listener/rules.h"

#include <sys/stat.h>

#include <errno.h>
#include <ifaddrs.h>
#include <stdlib.h>

#include "common/fault.h"
#include "common/log.h"
#include "common/pg/hba_address.h"
#include "common/pg/hba_image.h"
#include "common/pg/hba_load.h"
#include "common/pg/hba_shadow.h"
#include "common/textfile.h"
#include "listener/directory.h"
#include "listener/settings.h"

#define LABEL "configuration file"	/* PostgreSQL's words */
#define DIRECTORY_LABEL "configuration directory"

/* The machine's own addresses, for samehost and samenet. */
struct interfaces {
	struct hba_network *item;	/* owned */
	size_t len;
};

static int
read_file(void *owner, const char *path, char **out, size_t *out_len,
    struct fault *fault)
{
	struct textfile file;

	(void)owner;
	if (textfile_read(LABEL, path, &file, fault) == -1)
		return -1;
	*out = file.bytes;
	*out_len = file.len;
	return 0;
}

static int
list_directory(void *owner, const char *path, char **out, size_t *out_len,
    struct fault *fault)
{
	(void)owner;
	return directory_list(DIRECTORY_LABEL, path, out, out_len, fault);
}

/* owner: NULL, or where the first error is kept. */
static void
log_one(void *owner, enum hba_severity severity, const struct fault *fault)
{
	struct fault *first = owner;

	if (first != NULL && severity == HBA_ERROR && !fault_is_set(first))
		*first = *fault;
	log_fault(severity == HBA_ERROR ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
	    fault);
}

static size_t
count(const struct ifaddrs *list)
{
	size_t n = 0;

	for (; list != NULL; list = list->ifa_next)
		n++;
	return n;
}

static int
read_interfaces(struct interfaces *out, struct fault *fault)
{
	struct ifaddrs *list, *at;

	if (getifaddrs(&list) == -1)
		return fault_set(fault, "could not read this machine's "
		    "addresses: %m");
	out->len = 0;
	out->item = calloc(count(list) + 1, sizeof(*out->item));
	for (at = list; at != NULL && out->item != NULL; at = at->ifa_next)
		if (at->ifa_addr != NULL && hba_address_set_interface(
		    &out->item[out->len], at->ifa_addr, at->ifa_netmask) == 0)
			out->len++;
	freeifaddrs(list);
	if (out->item == NULL)
		return fault_set(fault, "could not read this machine's "
		    "addresses: out of memory");
	return 0;
}

/* A link that leads nowhere is not absent: somebody wanted a file. */
static bool
is_absent(const char *path)
{
	struct stat st;

	return lstat(path, &st) == -1 && errno == ENOENT;
}

static int
refuse(const struct settings *settings, size_t errors,
    const struct fault *first, struct fault *fault)
{
	fault_set(fault, "could not load pg_hba.conf");
	fault_detail(fault, "File \"%s\" and those that belong to it contain "
	    "%zu error%s. The first: %s%s%s.", settings->hba_file, errors,
	    errors == 1 ? "" : "s", first->what,
	    first->detail[0] == '\0' ? "" : ", ", first->detail);
	return fault_code(fault, "F0000");
}

int
rules_read(const struct settings *settings, struct rules *out,
    struct fault *fault)
{
	const struct hba_files files = { .read = read_file,
		.list = list_directory };
	struct fault first = { 0 };
	struct hba_sink sink = { .take = log_one, .owner = &first };
	struct hba_load_options options = { .parse.ssl = settings->ssl };
	struct interfaces interfaces = { 0 };
	int rc;

	if (read_interfaces(&interfaces, fault) == -1)
		return -1;
	options.interfaces = interfaces.item;
	options.interfaces_len = interfaces.len;
	out->is_default = settings->is_hba_optional &&
	    is_absent(settings->hba_file);
	if (!out->is_default)
		options.hba_path = settings->hba_file;
	if (!settings->is_ident_optional || !is_absent(settings->ident_file))
		options.ident_path = settings->ident_file;
	rc = hba_load_image(&options, &files, &sink, &out->image, &out->len);
	free(interfaces.item);
	return rc == 0 ? 0 : refuse(settings, sink.errors, &first, fault);
}

void
rules_log_default(const struct settings *settings, const struct rules *rules)
{
	if (!rules->is_default)
		return;
	log_write(LOG_LEVEL_LOG, "there is no file \"%s\": the rule is \"%s\"",
	    settings->hba_file, HBA_LOAD_DEFAULT);
	log_write(LOG_LEVEL_DETAIL, "Every client may try, with or without "
	    "SSL; the server behind asks who it is.");
}

/* PostgreSQL's words of the day when such a client comes. */
static void
warn_without_authority(void)
{
	struct fault fault = { 0 };

	fault_set(&fault, "client certificates can only be checked if a root "
	    "certificate store is available");
	fault_detail(&fault, "Access rules ask for a certificate, and there "
	    "is no file of authorities: nobody comes in by them.");
	fault_hint(&fault, "Set \"ssl_ca_file\", or put root.crt into the "
	    "data directory.");
	log_fault(LOG_LEVEL_WARNING, &fault);
}

void
rules_warn(const struct settings *settings, const struct rules *rules)
{
	struct hba_sink sink = { .take = log_one };
	const struct hba_image *image;
	struct fault fault;

	image = hba_image_open(rules->image, rules->len, &fault);
	if (image == NULL)
		return;
	hba_shadow_warn(image, &sink);
	if (settings->ssl && settings->worker.ssl_ca_file[0] == '\0' &&
	    hba_image_may_want_certificate(image))
		warn_without_authority();
}

void
rules_close(struct rules *rules)
{
	free(rules->image);
	rules->image = NULL;
	rules->len = 0;
}
