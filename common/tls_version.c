/* SPDX-License-Identifier: ISC */
/*
 * tls_version: the versions of TLS as settings name them, and which of them
 * Postern speaks.
 * Runs in: the supervisors.
 */
#include "common/tls_version.h"

#include <stddef.h>
#include <strings.h>

#include "common/fault.h"
#include "common/instance.h"

static const struct config_word versions[] = {
	{ "TLSv1", 0x0301 }, { "TLSv1.1", 0x0302 },
	{ "TLSv1.2", TLS_VERSION_1_2 }, { "TLSv1.3", TLS_VERSION_1_3 },
	{ NULL, 0 }
};

int
tls_version_of(const char *name)
{
	const struct config_word *word;

	for (word = versions; word->word != NULL; word++)
		if (strcasecmp(word->word, name) == 0)
			return word->value;
	return -1;
}

int
tls_version_check(const char *setting, const char *value, struct fault *out)
{
	int version = tls_version_of(value);

	if (version >= TLS_VERSION_1_2)
		return 0;
	instance_refuse(setting, value, out);
	if (version != -1)
		fault_detail(out, "Protocols below TLS 1.2 are broken, and the "
		    "key daemon does not sign for them.");
	return fault_hint(out, "Available values: TLSv1.2, TLSv1.3.");
}
