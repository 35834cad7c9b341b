/* SPDX-License-Identifier: ISC */
/*
 * top: who is connected, those that moved the most bytes first, again and
 * again. To anything but a terminal it writes one listing after the other.
 * Runs in: posternctl.
 */
#include <sys/ioctl.h>

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "common/ctl/ctl.h"
#include "common/ctl/inquiry.h"
#include "common/ctl/sheet.h"
#include "common/ctl/verbs.h"
#include "common/fault.h"
#include "common/log.h"

#define QUITS "qQ\003\004"	/* with Ctrl-C and Ctrl-D */
#define HOME "\033[H"
#define CLEAR_REST "\033[J"
#define CLEAR "\033[2J"

/* What is shown, in this order; before it, bytes a second of both ways. */
static const enum statuswire_column shown[] = { STATUSWIRE_PID,
	STATUSWIRE_CLIENT_ADDR, STATUSWIRE_CLIENT_PORT, STATUSWIRE_USENAME,
	STATUSWIRE_DATNAME, STATUSWIRE_APPLICATION_NAME,
	STATUSWIRE_VERSION_NAME, STATUSWIRE_STATE, STATUSWIRE_BYTES_IN,
	STATUSWIRE_BYTES_OUT };
#define SHOWN (sizeof(shown) / sizeof(shown[0]))

struct line {
	size_t row;
	uint64_t bytes;		/* both ways, since the listing before */
};

struct top {
	struct termios before;
	bool is_terminal;
	struct sheet now, last;
};

static const char *
text_of(const struct sheet *sheet, size_t row, enum statuswire_column column)
{
	const char *bytes = sheet_value(sheet, row, column)->bytes;

	return bytes == NULL ? "" : bytes;
}

static uint64_t
bytes_of(const struct sheet *sheet, size_t row)
{
	return strtoull(text_of(sheet, row, STATUSWIRE_BYTES_IN), NULL, 10) +
	    strtoull(text_of(sheet, row, STATUSWIRE_BYTES_OUT), NULL, 10);
}

static int
compare(const struct sheet *a, size_t a_row, const struct sheet *b,
    size_t b_row)
{
	int order = strcmp(text_of(a, a_row, STATUSWIRE_CLIENT_PORT),
	    text_of(b, b_row, STATUSWIRE_CLIENT_PORT));

	return order != 0 ? order : strcmp(text_of(a, a_row,
	    STATUSWIRE_CLIENT_ADDR), text_of(b, b_row,
	    STATUSWIRE_CLIENT_ADDR));
}

/* What that connection had moved when it was listed before; 0 if it is new. */
static uint64_t
bytes_before(const struct top *top, size_t row)
{
	size_t i;

	for (i = 0; i < top->last.rows; i++)
		if (compare(&top->now, row, &top->last, i) == 0)
			return bytes_of(&top->last, i);
	return 0;
}

static int
by_bytes(const void *a, const void *b)
{
	const struct line *left = a, *right = b;

	if (left->bytes != right->bytes)
		return left->bytes < right->bytes ? 1 : -1;
	return left->row < right->row ? -1 : left->row > right->row;
}

static struct line *
sort_lines(const struct top *top)
{
	struct line *lines = calloc(top->now.rows + 1, sizeof(*lines));
	uint64_t now, before;
	size_t i;

	for (i = 0; lines != NULL && i < top->now.rows; i++) {
		now = bytes_of(&top->now, i);
		before = bytes_before(top, i);
		lines[i].row = i;
		lines[i].bytes = now > before ? now - before : 0;
	}
	if (lines != NULL)
		qsort(lines, top->now.rows, sizeof(*lines), by_bytes);
	return lines;
}

static void
print_lines(const struct ctl *ctl, const struct top *top, size_t rows,
    size_t width)
{
	const struct sheet_style style = { .is_coloured = ctl_may_colour(),
		.width = width };
	struct statuswire_value values[SHOWN + 1];
	struct line *lines = sort_lines(top);
	struct sheet sheet = { 0 };
	char rate[32];
	size_t i, at;

	sheet_add_column(&sheet, "bytes/s", STATUSWIRE_NUMBER);
	for (at = 0; at < SHOWN; at++)
		sheet_add_column(&sheet, statuswire_column_name(shown[at]),
		    statuswire_column_kind(shown[at]));
	for (i = 0; lines != NULL && i < top->now.rows && i < rows; i++) {
		(void)snprintf(rate, sizeof(rate), "%" PRIu64,
		    lines[i].bytes / (uint64_t)ctl->delay_s);
		values[0] = (struct statuswire_value){ rate, strlen(rate) };
		for (at = 0; at < SHOWN; at++)
			values[at + 1] = *sheet_value(&top->now,
			    lines[i].row, shown[at]);
		(void)sheet_add_row(&sheet, values);
	}
	sheet_print(&sheet, &style, stdout);
	sheet_close(&sheet);
	free(lines);
}

static void
print_frame(const struct ctl *ctl, const struct top *top)
{
	struct winsize size = { 0 };
	time_t now = time(NULL);
	char clock[32] = "";
	struct tm tm;

	if (top->is_terminal)
		(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	if (localtime_r(&now, &tm) != NULL)
		(void)strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	if (top->is_terminal)
		(void)fputs(HOME CLEAR_REST, stdout);
	(void)printf("%s  %zu connections%s\n\n", clock, top->now.rows,
	    top->is_terminal ? "  (q quits)" : "");
	print_lines(ctl, top, size.ws_row > 5 ? size.ws_row - 4u : SIZE_MAX,
	    size.ws_col);
	if (!top->is_terminal)
		(void)fputc('\n', stdout);
	(void)fflush(stdout);
}

/* Waits for the next frame. Returns true if it is to end. */
static bool
wait_for_key(const struct top *top, int delay_s)
{
	struct pollfd polled = { .fd = top->is_terminal ? STDIN_FILENO : -1,
		.events = POLLIN };
	char key;

	if (poll(&polled, 1, delay_s * 1000) <= 0)
		return false;
	return read(STDIN_FILENO, &key, 1) != 1 ||
	    strchr(QUITS, key) != NULL;
}

/* Keys come at once and are not shown; Ctrl-C is one of them, so that the
 * terminal is left as it was. */
static void
take_terminal(struct top *top)
{
	struct termios raw;

	top->is_terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
	    tcgetattr(STDIN_FILENO, &top->before) == 0;
	if (!top->is_terminal)
		return;
	raw = top->before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
	(void)fputs(CLEAR, stdout);
}

static int
loop(struct ctl *ctl, struct top *top, struct fault *fault)
{
	int frame;

	for (frame = 0; ctl->count == 0 || frame < ctl->count; frame++) {
		if (frame > 0 && wait_for_key(top, ctl->delay_s))
			break;
		sheet_close(&top->last);
		top->last = top->now;
		memset(&top->now, 0, sizeof(top->now));
		if (inquiry_connections(ctl, &top->now, fault) != 0)
			return -1;
		print_frame(ctl, top);
	}
	return 0;
}

int
top_run(struct ctl *ctl)
{
	struct fault fault = { 0 };
	struct top top = { .is_terminal = false };
	int rc;

	take_terminal(&top);
	rc = loop(ctl, &top, &fault);
	if (top.is_terminal)
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &top.before);
	sheet_close(&top.now);
	sheet_close(&top.last);
	if (rc == 0)
		return ctl_flush();
	log_fault(LOG_LEVEL_ERROR, &fault);
	return CTL_EXIT_FAILURE;
}
