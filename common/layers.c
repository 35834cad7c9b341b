/* SPDX-License-Identifier: ISC */
/*
 * layers: which layers of a process's confinement are in force, and which the
 * running kernel lacks; told in one line of the log.
 * Runs in: every confined program, at its start.
 */
#include "common/layers.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

static void __attribute__((format(printf, 2, 0)))
layers_append(char list[LAYERS_TEXT_MAX], const char *fmt, va_list ap)
{
	size_t len = strlen(list);

	if (len > 0 && len + 2 < LAYERS_TEXT_MAX) {
		memcpy(list + len, ", ", 3);
		len += 2;
	}
	vsnprintf(list + len, LAYERS_TEXT_MAX - len, fmt, ap);
}

void
layers_add(struct layers *layers, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	layers_append(layers->in_force, fmt, ap);
	va_end(ap);
}

void
layers_lack(struct layers *layers, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	layers_append(layers->lacking, fmt, ap);
	va_end(ap);
}

#ifdef WITH_SANDBOX_OFF
bool
layers_are_off(struct layers *layers)
{
	if (getenv(LAYERS_OFF) == NULL)
		return false;
	if (layers != NULL && layers->lacking[0] == '\0')
		layers_lack(layers, "any other layer, \"sandbox\" being off");
	return true;
}
#else
bool
layers_are_off(struct layers *layers)
{
	return false;
}
#endif

void
layers_log(const struct layers *layers)
{
	if (layers->lacking[0] == '\0')
		log_write(LOG_LEVEL_INFO, "confined by %s",
		    layers->in_force);
	else
		log_write(LOG_LEVEL_LOG, "confined by %s; without %s",
		    layers->in_force[0] != '\0' ? layers->in_force :
		    "nothing", layers->lacking);
}
