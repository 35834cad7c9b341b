/* SPDX-License-Identifier: ISC */
/*
 * audit: the log lines that a peer can cause, at most so many a second; the
 * rest is told as a count.
 * Runs in: keyd-signer.
 */
#include "keyd/signer/audit.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/peer.h"

#define LINE_MAX_BYTES 256

struct audit {
	pthread_mutex_t lock;
	int64_t window_ms;	/* when the second began */
	unsigned int written;	/* in this second */
	unsigned long held;	/* held back, not told yet */
};

struct audit *
audit_new(void)
{
	struct audit *audit = calloc(1, sizeof(*audit));

	if (audit != NULL)
		pthread_mutex_init(&audit->lock, NULL);
	return audit;
}

void
audit_free(struct audit *audit)
{
	if (audit == NULL)
		return;
	pthread_mutex_destroy(&audit->lock);
	free(audit);
}

/* Begins a new second when the last is over. Returns what that one held back.
 * The lock is held. */
static unsigned long
turn_window(struct audit *audit, int64_t now_ms)
{
	unsigned long held = audit->held;

	if (now_ms - audit->window_ms < AUDIT_WINDOW_MS)
		return 0;
	audit->window_ms = now_ms;
	audit->written = 0;
	audit->held = 0;
	return held;
}

static void
tell_held(unsigned long held)
{
	if (held > 0)
		log_write(LOG_LEVEL_WARNING, "%lu more message%s about "
		    "requests for signatures held back", held,
		    held == 1 ? "" : "s");
}

bool
audit_write(struct audit *audit, int64_t now_ms, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	unsigned long held;
	bool may_write;
	va_list ap;

	pthread_mutex_lock(&audit->lock);
	held = turn_window(audit, now_ms);
	may_write = audit->written < AUDIT_LINES_A_SECOND;
	if (may_write)
		audit->written++;
	else
		audit->held++;
	pthread_mutex_unlock(&audit->lock);
	tell_held(held);
	if (!may_write)
		return false;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log_write(LOG_LEVEL_WARNING, "%s", line);
	return true;
}

void
audit_refusal(struct audit *audit, int64_t now_ms, const struct peer *sender,
    unsigned int type, enum keywire_reason reason)
{
	audit_write(audit, now_ms, "refused %s from process %d of user %d: %s",
	    keywire_type_name(type), (int)sender->pid, (int)sender->uid,
	    keywire_reason_name(reason));
}

bool
audit_is_pending(struct audit *audit)
{
	bool is_pending;

	pthread_mutex_lock(&audit->lock);
	is_pending = audit->held > 0;
	pthread_mutex_unlock(&audit->lock);
	return is_pending;
}

void
audit_flush(struct audit *audit, int64_t now_ms)
{
	unsigned long held = 0;

	pthread_mutex_lock(&audit->lock);
	if (audit->held > 0)
		held = turn_window(audit, now_ms);
	pthread_mutex_unlock(&audit->lock);
	tell_held(held);
}
