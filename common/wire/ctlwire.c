/* SPDX-License-Identifier: ISC */
/*
 * ctlwire: what posternctl asks of a supervisor, and what that answers.
 * Pure: bytes in, struct out; no sockets, no allocation, no logging.
 * Runs in: posternctl, postern-keyd, postern-listener.
 */
#include "common/wire/ctlwire.h"

#include <string.h>

static const char *const verb_names[CTLWIRE_VERBS] = {
	[CTLWIRE_STATUS] = "status",
	[CTLWIRE_RELOAD] = "reload",
	[CTLWIRE_STOP] = "stop",
	[CTLWIRE_ROTATE] = "rotate",
	[CTLWIRE_ROTATE_KEY] = "rotate: key",
	[CTLWIRE_ROTATE_BACK] = "rotate: back",
	[CTLWIRE_ROTATE_RETIRE] = "rotate: retire",
};

static const char *const stop_names[CTLWIRE_STOPS] = {
	[CTLWIRE_STOP_SMART] = "smart",
	[CTLWIRE_STOP_FAST] = "fast",
	[CTLWIRE_STOP_IMMEDIATE] = "immediate",
};

void
ctlwire_begin_request(enum ctlwire_verb verb, struct ctlwire_request *out)
{
	memset(out, 0, sizeof(*out));
	out->version = CTLWIRE_VERSION;
	out->verb = verb;
}

void
ctlwire_begin_answer(enum ctlwire_result result, struct ctlwire_answer *out)
{
	memset(out, 0, sizeof(*out));
	out->version = CTLWIRE_VERSION;
	out->result = result;
}

void
ctlwire_put_request_body(struct ctlwire_request *request, const void *body,
    size_t len)
{
	memcpy(request->body, body, len);
	request->body_len = (uint32_t)len;
}

void
ctlwire_put_answer_body(struct ctlwire_answer *answer, uint32_t kind,
    const void *body, size_t len)
{
	memcpy(answer->body, body, len);
	answer->kind = kind;
	answer->body_len = (uint32_t)len;
}

/* Every version begins with its number. */
static int
check_version(const void *bytes, size_t len, size_t size)
{
	uint32_t version;

	if (len < sizeof(version))
		return -1;
	memcpy(&version, bytes, sizeof(version));
	if (version != CTLWIRE_VERSION)
		return -2;
	return len == size ? 0 : -1;
}

int
ctlwire_read_request(const void *bytes, size_t len,
    struct ctlwire_request *out)
{
	struct ctlwire_request request;
	int rc = check_version(bytes, len, sizeof(request));

	if (rc != 0)
		return rc;
	memcpy(&request, bytes, sizeof(request));
	if (request.verb == 0 || request.verb >= CTLWIRE_VERBS ||
	    request.body_len > CTLWIRE_BODY_MAX ||
	    (request.verb == CTLWIRE_STOP && (request.which == 0 ||
	    request.which >= CTLWIRE_STOPS)))
		return -1;
	*out = request;
	return 0;
}

static void
end_text(struct ctlwire_text *text)
{
	text->what[sizeof(text->what) - 1] = '\0';
	text->detail[sizeof(text->detail) - 1] = '\0';
	text->hint[sizeof(text->hint) - 1] = '\0';
}

int
ctlwire_read_answer(const void *bytes, size_t len, struct ctlwire_answer *out)
{
	struct ctlwire_answer answer;
	int rc = check_version(bytes, len, sizeof(answer));

	if (rc != 0)
		return rc;
	memcpy(&answer, bytes, sizeof(answer));
	if (answer.result == 0 || answer.result >= CTLWIRE_RESULTS ||
	    answer.body_len > CTLWIRE_BODY_MAX)
		return -1;
	end_text(&answer.text);
	*out = answer;
	return 0;
}

const char *
ctlwire_verb_name(unsigned int verb)
{
	return verb == 0 || verb >= CTLWIRE_VERBS ? "unknown" :
	    verb_names[verb];
}

const char *
ctlwire_stop_name(unsigned int stop)
{
	return stop == 0 || stop >= CTLWIRE_STOPS ? "unknown" :
	    stop_names[stop];
}
