/* SPDX-License-Identifier: ISC */
/*
 * keyd: connects by way of the dialer, gives the socket to key_link, and keeps
 * link, loop and clock together.
 * Runs in: listener-worker.
 */
#include "listener/worker/keyd.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "common/clock.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/provider/key_link.h"
#include "listener/handoff.h"

#define RETRY_MS 100	/* between two attempts to connect */
#define FAILURES_TOLD 2	/* in a row, the first loss among them */

static struct timeval
timeval_of_ms(int ms)
{
	return (struct timeval) { ms / 1000, ms % 1000 * 1000 };
}

static void on_answer(struct dial_request *request, int fd, int error,
    const char *address);

static void
connect_again(evutil_socket_t fd, short what, void *arg)
{
	struct keyd *keyd = arg;

	(void)fd;
	(void)what;
	dial_start(keyd->dial, &keyd->request, DIALWIRE_KEY, on_answer);
}

static void
retry_later(struct keyd *keyd)
{
	struct timeval delay = timeval_of_ms(RETRY_MS);

	(void)evtimer_add(&keyd->retry, &delay);
}

/* A signer that another takes over from ends the connection, and the next one
 * is there: that is no news. The first failure beyond is told, not every
 * attempt after it. */
static void
on_lost(struct keyd *keyd)
{
	(void)event_del(&keyd->readable);
	(void)event_del(&keyd->writable);
	(void)event_del(&keyd->hello);
	atomic_store_explicit(keyd->is_up, 0, memory_order_relaxed);
	if (keyd->failures++ == 0) {
		connect_again(-1, 0, keyd);
		return;
	}
	if (keyd->failures == FAILURES_TOLD)
		log_write(LOG_LEVEL_WARNING,
		    "lost the connection to postern-keyd; connecting again");
	retry_later(keyd);
}

void
keyd_watch(struct keyd *keyd)
{
	int wait_ms = key_link_expire(keyd->link, clock_now_ms());
	struct timeval delay;

	if (wait_ms >= 0) {
		delay = timeval_of_ms(wait_ms + 1);
		(void)evtimer_add(&keyd->expiry, &delay);
	}
	if (key_link_fd(keyd->link) != -1 && key_link_wants_write(keyd->link))
		(void)event_add(&keyd->writable, NULL);
}

/* Events of this turn that are not yet served go before: their requests join
 * this one, and nobody waits for company. */
void
keyd_send_soon(struct keyd *keyd)
{
	if (key_link_fd(keyd->link) != -1)
		event_active(&keyd->writable, EV_WRITE, 0);
	else
		keyd_watch(keyd);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct keyd *keyd = arg;

	(void)fd;
	(void)what;
	if (key_link_read(keyd->link) != 0) {
		on_lost(keyd);
		return;
	}
	/* Only one that has answered is a connection that was made. */
	if (key_link_keys(keyd->link) != NULL) {
		(void)event_del(&keyd->hello);
		atomic_store_explicit(keyd->is_up, 1, memory_order_relaxed);
		if (keyd->failures >= FAILURES_TOLD)
			log_write(LOG_LEVEL_LOG,
			    "connected to postern-keyd again");
		keyd->failures = 0;
	}
	keyd_watch(keyd);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct keyd *keyd = arg;

	(void)fd;
	(void)what;
	if (key_link_write(keyd->link) != 0)
		on_lost(keyd);
	else
		keyd_watch(keyd);
}

static void
on_expiry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	keyd_watch(arg);
}

/* A signer that hangs keeps its connection; the next attempt may meet another,
 * or one that answers. */
static void
on_hello_overdue(evutil_socket_t fd, short what, void *arg)
{
	struct keyd *keyd = arg;

	(void)fd;
	(void)what;
	key_link_attach(keyd->link, -1);
	on_lost(keyd);
}

static void
watch_socket(struct keyd *keyd, int fd)
{
	struct timeval patience = timeval_of_ms(keyd->settings->key_timeout);
	struct event_base *base = keyd->dial->base;

	key_link_attach(keyd->link, fd);
	(void)event_assign(&keyd->readable, base, fd, EV_READ | EV_PERSIST,
	    on_readable, keyd);
	(void)event_assign(&keyd->writable, base, fd, EV_WRITE, on_writable,
	    keyd);
	(void)event_add(&keyd->readable, NULL);
	(void)evtimer_add(&keyd->hello, &patience);
	keyd_watch(keyd);
}

static void
on_answer(struct dial_request *request, int fd, int error, const char *address)
{
	struct keyd *keyd = (struct keyd *)(void *)((char *)request -
	    offsetof(struct keyd, request));

	keyd->last_error = error;
	(void)strncpy(keyd->last_address, address,
	    sizeof(keyd->last_address) - 1);
	if (fd == -1) {
		if (keyd->failures < FAILURES_TOLD && !keyd->is_awaited)
			log_write(LOG_LEVEL_WARNING,
			    "could not connect to postern-keyd at \"%s\": %s",
			    address, strerror(error));
		keyd->failures += FAILURES_TOLD;
		retry_later(keyd);
		return;
	}
	watch_socket(keyd, fd);
}

int
keyd_open(struct keyd *keyd, struct dial *dial, struct event_base *base,
    const struct handoff_settings *settings, struct fault *fault)
{
	keyd->settings = settings;
	keyd->dial = dial;
	if ((keyd->link = key_link_new(settings->key_timeout)) == NULL)
		return fault_set(fault, "out of memory");
	key_link_gather(keyd->link);
	(void)evtimer_assign(&keyd->expiry, base, on_expiry, keyd);
	(void)evtimer_assign(&keyd->retry, base, connect_again, keyd);
	(void)evtimer_assign(&keyd->hello, base, on_hello_overdue, keyd);
	/* Not yet for a socket, but event_del() must be allowed. */
	(void)event_assign(&keyd->readable, base, -1, 0, on_readable, keyd);
	(void)event_assign(&keyd->writable, base, -1, 0, on_writable, keyd);
	connect_again(-1, 0, keyd);
	return 0;
}

/* Only ends one round of the loop. */
static void
wake(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static int
absent_fault(const struct keyd *keyd, struct fault *fault)
{
	(void)fault_set(fault, "could not connect to postern-keyd at \"%s\": "
	    "%s", keyd->settings->key_socket, strerror(keyd->last_error));
	return fault_hint(fault, "Start it first: postern-keyd -D %s",
	    keyd->settings->data_directory);
}

/* Runs the loop until KEYS has come. */
static int
await_keys(struct keyd *keyd, struct event_base *base, struct fault *fault)
{
	int64_t deadline = clock_now_ms() + keyd->settings->key_timeout;
	struct timeval tick = timeval_of_ms(RETRY_MS);

	while (key_link_keys(keyd->link) == NULL) {
		if (keyd->last_error != 0)
			return absent_fault(keyd, fault);
		if (clock_now_ms() > deadline) {
			(void)fault_set(fault, "postern-keyd at \"%s\" did not "
			    "answer within %d ms", keyd->settings->key_socket,
			    keyd->settings->key_timeout);
			return fault_hint(fault,
			    "Is the user that \"user\" names the same for "
			    "both daemons? postern-keyd's log says more.");
		}
		/* Not event_base_loopexit(): its timer would outlive this. */
		(void)event_base_once(base, -1, EV_TIMEOUT, wake, NULL, &tick);
		(void)event_base_loop(base, EVLOOP_ONCE);
	}
	return 0;
}

int
keyd_await_key(struct keyd *keyd, struct event_base *base,
    const unsigned char *key_id, struct fault *fault)
{
	const struct keywire_keys *keys;
	uint8_t i;
	int result;

	keyd->is_awaited = true;
	result = await_keys(keyd, base, fault);
	keyd->is_awaited = false;
	if (result != 0)
		return -1;
	keys = key_link_keys(keyd->link);
	for (i = 0; i < keys->count; i++)
		if (memcmp(keys->key[i].id, key_id, KEYWIRE_KEY_ID_LEN) == 0)
			return 0;
	(void)fault_set(fault, "certificate \"%s\" does not match any key of "
	    "postern-keyd", keyd->settings->ssl_cert_file);
	return fault_hint(fault, "Set \"ssl_cert_file\" to the certificate of "
	    "the key that postern-keyd has read, or start postern-keyd anew.");
}

void
keyd_leave(struct keyd *keyd)
{
	(void)event_del(&keyd->readable);
	(void)event_del(&keyd->writable);
	(void)event_del(&keyd->expiry);
	(void)event_del(&keyd->retry);
	(void)event_del(&keyd->hello);
	dial_abandon(&keyd->request);
	key_link_attach(keyd->link, -1);
}
