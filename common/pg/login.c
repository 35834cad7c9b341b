/* SPDX-License-Identifier: ISC */
/*
 * login: follows what the server says between the StartupMessage and the first
 * ReadyForQuery (protocol chapter 55.2.1), and after it only whether the last
 * bytes were a ReadyForQuery.
 * Pure: bytes in, facts out; nothing is changed or held back.
 * Runs in: listener-worker.
 */
#include "common/pg/login.h"

#include <string.h>

#define HEADER_LEN 5		/* type and length word */
#define LENGTH_WORD 4
#define BODY_MAX (1024 * 1024)
#define KEY_MAX 256		/* the protocol's longest cancel key */
#define HEADER_BROKEN 0xff	/* header_len of a stream that was broken */

#define BEFORE_OK 1		/* until AuthenticationOk */
#define AFTER_OK 2		/* from then on */

/*
 * The messages of this phase, every one with a body. A session that began
 * before AuthenticationOk would be one that nobody judged: Z, K and S have no
 * place there.
 */
struct message {
	unsigned char type;
	unsigned int when;
	uint32_t body_min, body_max;	/* bytes */
	uint8_t look;		/* the first bytes of the body, that we read */
};

static const struct message messages[] = {
	{ 'R', BEFORE_OK, 4, BODY_MAX, 4 },	/* Authentication, its kind */
	{ 'v', BEFORE_OK | AFTER_OK, 8, BODY_MAX, 0 },	/* Negotiate... */
	{ 'E', BEFORE_OK | AFTER_OK, 1, BODY_MAX, 0 },	/* ErrorResponse */
	{ 'N', BEFORE_OK | AFTER_OK, 1, BODY_MAX, 0 },	/* NoticeResponse */
	{ 'S', AFTER_OK, 2, BODY_MAX, 0 },	/* ParameterStatus */
	{ 'K', AFTER_OK, 4 + 1, 4 + KEY_MAX, 4 },	/* BackendKeyData */
	{ 'Z', AFTER_OK, 1, 1, 1 },		/* ReadyForQuery, its status */
};

static uint32_t
read_u32(const unsigned char *bytes)
{
	return ((uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	    (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3]);
}

static bool
is_ready_status(unsigned char byte)
{
	return (byte == 'I' || byte == 'T' || byte == 'E');
}

static const struct message *
find_message(unsigned char type)
{
	size_t i;

	for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (messages[i].type == type)
			return (&messages[i]);
	return (NULL);
}

static enum login_event
judge_type(const struct login *login, const struct message *m)
{
	if (m == NULL)
		return (LOGIN_BROKEN);
	if ((m->when & (login->ok ? AFTER_OK : BEFORE_OK)) == 0)
		return (LOGIN_BROKEN);
	return (LOGIN_NOTHING);
}

static enum login_event
judge_length(struct login *login, const struct message *m)
{
	uint32_t len;

	len = read_u32(login->header + 1);
	if (len < LENGTH_WORD || len - LENGTH_WORD < m->body_min ||
	    len - LENGTH_WORD > m->body_max)
		return (LOGIN_BROKEN);
	login->body_left = len - LENGTH_WORD;
	return (LOGIN_NOTHING);
}

static enum login_event
judge_authentication(struct login *login)
{
	uint32_t kind;

	kind = read_u32(login->header + HEADER_LEN);
	if (kind == 0) {
		login->ok = true;
		return (LOGIN_OK);
	}
	if (login->challenged)
		return (LOGIN_NOTHING);
	login->challenged = true;
	login->auth = kind;
	return (LOGIN_CHALLENGE);
}

static enum login_event
judge_key(struct login *login)
{
	login->backend_pid = read_u32(login->header + HEADER_LEN);
	return (LOGIN_NOTHING);
}

static enum login_event
judge_ready(struct login *login)
{
	if (!is_ready_status(login->header[HEADER_LEN]))
		return (LOGIN_BROKEN);
	login->ready = true;
	return (LOGIN_READY);
}

/* One more byte of the type, the length, or the part of the body we read. */
static enum login_event
take_byte(struct login *login, unsigned char byte)
{
	const struct message *m;

	login->header[login->header_len++] = byte;
	m = find_message(login->header[0]);
	if (login->header_len == 1)
		return (judge_type(login, m));
	if (login->header_len == HEADER_LEN)
		return (judge_length(login, m));
	if (login->header_len < HEADER_LEN)
		return (LOGIN_NOTHING);
	login->body_left--;
	if (login->header_len < HEADER_LEN + m->look)
		return (LOGIN_NOTHING);
	switch (m->type) {
	case 'R':
		return (judge_authentication(login));
	case 'K':
		return (judge_key(login));
	default:
		return (judge_ready(login));
	}
}

static bool
wants_byte(const struct login *login)
{
	if (login->header_len < HEADER_LEN)
		return (true);
	return (login->header_len <
	    HEADER_LEN + find_message(login->header[0])->look);
}

/* The message is complete: the next byte is another one's type. */
static enum login_event
end_message(struct login *login, enum login_event event)
{
	login->header_len = 0;
	if (event == LOGIN_NOTHING && login->header[0] == 'E')
		return (LOGIN_REFUSED);
	return (event);
}

enum login_event
login_follow(struct login *login, const unsigned char *bytes, size_t len,
    size_t *out_taken)
{
	enum login_event event;
	size_t n, taken;

	taken = 0;
	event = login->header_len == HEADER_BROKEN ? LOGIN_BROKEN :
	    LOGIN_NOTHING;
	while (taken < len && event == LOGIN_NOTHING) {
		if (wants_byte(login))
			event = take_byte(login, bytes[taken++]);
		else {
			n = len - taken;
			if (n > login->body_left)
				n = login->body_left;
			login->body_left -= (uint32_t)n;
			taken += n;
		}
		if (event == LOGIN_BROKEN)
			login->header_len = HEADER_BROKEN;
		else if (login->header_len >= HEADER_LEN &&
		    login->body_left == 0)
			event = end_message(login, event);
	}
	*out_taken = taken;
	return (event);
}

bool
login_is_between_messages(const struct login *login)
{
	return (login->header_len == 0 && login->body_left == 0);
}

void
login_tail_add(struct login_tail *tail, const unsigned char *bytes, size_t len)
{
	size_t keep;

	if (len >= sizeof(tail->bytes)) {
		memcpy(tail->bytes, bytes + len - sizeof(tail->bytes),
		    sizeof(tail->bytes));
		tail->len = sizeof(tail->bytes);
		return;
	}
	if (len == 0)
		return;
	keep = sizeof(tail->bytes) - len;
	if (keep > tail->len)
		keep = tail->len;
	memmove(tail->bytes, tail->bytes + tail->len - keep, keep);
	memcpy(tail->bytes + keep, bytes, len);
	tail->len = (uint8_t)(keep + len);
}

bool
login_tail_is_ready(const struct login_tail *tail)
{
	static const unsigned char start[] = { 'Z', 0, 0, 0, 5 };

	return (tail->len == sizeof(tail->bytes) &&
	    memcmp(tail->bytes, start, sizeof(start)) == 0 &&
	    is_ready_status(tail->bytes[sizeof(start)]));
}
