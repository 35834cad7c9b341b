/* SPDX-License-Identifier: ISC */
/*
 * rules_input: access files and a client out of an input's pieces.
 * Runs in: make check, tests/fuzz/run.
 */
#include "tests/fuzz/rules_input.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#include "common/fault.h"
#include "common/pg/access.h"
#include "common/pg/hba_image.h"
#include "common/pg/hba_load.h"
#include "common/pg/hba_match.h"
#include "common/pg/hba_method.h"
#include "common/pg/ident_match.h"
#include "tests/fuzz/fuzz.h"

#define DIRECTORY "/f/"
#define NAMES 7		/* pieces behind the client */

static const char names[NAMES][16] = { "pg_hba.conf", "pg_ident.conf", "a",
	"b", "c", "d", "e" };

static int
read_piece(void *owner, const char *path, char **out, size_t *out_len,
    struct fault *fault)
{
	struct rules_input *input = owner;
	const char *name = strrchr(path, '/');
	const struct piece *piece;
	size_t i;

	FUZZ_MUST(path[0] == '/' && name != NULL);
	for (i = 0; i < NAMES && strcmp(name + 1, names[i]) != 0; i++)
		;
	if (i == NAMES || i + 1 >= input->pieces.len) {
		errno = ENOENT;
		return fault_set(fault, "could not open file \"%s\": %m",
		    path);
	}
	piece = &input->pieces.piece[i + 1];
	if ((*out = malloc(piece->len + 1)) == NULL)
		return fault_set(fault, "out of memory");
	memcpy(*out, piece->bytes, piece->len);
	*out_len = piece->len;
	return 0;
}

static int
list_pieces(void *owner, const char *path, char **out, size_t *out_len,
    struct fault *fault)
{
	static const char list[] = "b\0a\0.hidden\0c.conf\0d.conf";

	(void)owner;
	(void)path;
	if ((*out = malloc(sizeof(list))) == NULL)
		return fault_set(fault, "out of memory");
	memcpy(*out, list, sizeof(list));
	*out_len = sizeof(list);
	return 0;
}

static void
take(void *owner, enum hba_severity severity, const struct fault *fault)
{
	(void)owner;
	(void)severity;
	FUZZ_MUST(fault_is_set(fault));
}

/* The next word of the client's piece; its NUL is put behind it. */
static char *
word(char **at)
{
	char *word = *at, *end = strchr(word, '\t');

	if (end != NULL)
		*end = '\0';
	*at = end != NULL ? end + 1 : word + strlen(word);
	return word;
}

static void
set_address(struct hba_facts *facts, const char *text)
{
	facts->host = text;
	if (hba_address_parse(text, &facts->address) != 0)
		(void)hba_address_parse("192.0.2.1", &facts->address);
}

static void
set_certificate(struct rules_input *input, char **at)
{
	input->certificate.common_name = word(at);
	if (input->certificate.common_name[0] == '\0')
		input->certificate.common_name = NULL;
	input->certificate.subject = word(at);
	input->certificate.fingerprint = word(at);
	input->san.name = word(at);
	input->san.type = HBA_SAN_DNS;
	input->certificate.sans = &input->san;
	input->certificate.sans_len = 1;
}

void
rules_input_open(struct rules_input *input, const uint8_t *bytes, size_t len,
    const char **out_map)
{
	struct hba_facts *facts = &input->facts;
	unsigned int what;
	char *at;

	memset(input, 0, sizeof(*input));
	pieces_split(&input->pieces, bytes, len);
	input->sink.take = take;
	at = input->pieces.piece[0].bytes;
	what = (unsigned char)*at;
	at += what != 0;
	facts->user = word(&at);
	facts->database = word(&at);
	set_address(facts, word(&at));
	*out_map = word(&at);
	if (what & RULES_INPUT_SNI)
		facts->sni = word(&at);
	set_certificate(input, &at);
	if (what & RULES_INPUT_TLS)
		facts->tls_version = 0x0304;
	if (what & RULES_INPUT_CERTIFICATE)
		facts->certificate = &input->certificate;
	facts->is_physical_replication = (what & RULES_INPUT_PHYSICAL) != 0;
	facts->may_verify = (what & RULES_INPUT_VERIFY) != 0;
}

void
rules_input_close(struct rules_input *input)
{
	pieces_close(&input->pieces);
}

int
rules_input_load(struct rules_input *input, void **out, size_t *out_len)
{
	const struct hba_files files = { .read = read_piece,
		.list = list_pieces, .owner = input };
	unsigned int what = (unsigned char)input->pieces.piece[0].bytes[0];
	struct sockaddr_in own = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0xc0000201) };
	struct sockaddr_in mask = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0xffffff00) };
	struct hba_network interface;
	struct hba_load_options options = {
		.hba_path = DIRECTORY "pg_hba.conf",
		.parse = { .ssl = (what & RULES_INPUT_TLS) != 0 },
		.interfaces = &interface,
		.interfaces_len = 1 };

	(void)hba_address_set_interface(&interface, (const void *)&own,
	    (const void *)&mask);
	if (what & RULES_INPUT_NO_HBA)
		options.hba_path = NULL;
	if (what & RULES_INPUT_IDENT)
		options.ident_path = DIRECTORY "pg_ident.conf";
	return hba_load_image(&options, &files, &input->sink, out, out_len);
}

/* The index finds what going through all rules does. */
static void
check_find(const struct rules_input *input, const struct hba_match *match)
{
	const struct hba_rule *found, *rule = NULL;
	uint32_t i;

	found = hba_match_find(match, &input->facts);
	for (i = 0; i < match->image->rules_len && rule == NULL; i++) {
		rule = hba_image_rule(match->image, i);
		if (!hba_match_is(match, rule, &input->facts))
			rule = NULL;
	}
	FUZZ_MUST(found == rule);
}

/* What the log says of it fits, and no method that asks for a password lets
 * the server ask for nothing. */
static void
check_words(const struct hba_match *match, const struct access_answer *answer)
{
	enum hba_method method = (enum hba_method)answer->rule->method;
	char line[64];

	access_format_authenticated(match, answer->rule, "x", line,
	    sizeof(line));
	FUZZ_MUST(memchr(line, '\0', sizeof(line)) != NULL);
	access_format_matched(match, answer->rule, line, sizeof(line));
	FUZZ_MUST(memchr(line, '\0', sizeof(line)) != NULL);
	FUZZ_MUST(!hba_method_may_ask(method, 0) || method == HBA_TRUST ||
	    method == HBA_CERT);
}

static void
check_access(const struct rules_input *input, const struct hba_match *match)
{
	struct access_answer answer;

	access_decide(match, &input->facts, &answer);
	if (answer.verdict == ACCESS_REFUSE) {
		FUZZ_MUST(fault_is_set(&answer.fault));
		return;
	}
	FUZZ_MUST(answer.rule != NULL && answer.rule->method != HBA_REJECT);
	check_words(match, &answer);
	FUZZ_MUST((answer.rule->method == HBA_CERT) ==
	    (answer.verdict == ACCESS_PASS_CERT));
	FUZZ_MUST(answer.verdict != ACCESS_PASS_CERT ||
	    (input->facts.certificate != NULL && answer.identity != NULL));
	FUZZ_MUST(answer.rule->clientcert == HBA_CLIENTCERT_OFF ||
	    input->facts.certificate != NULL);
}

void
rules_input_ask(struct rules_input *input, const void *bytes,
    size_t bytes_len, const char *map)
{
	struct ident_question question = { .map = map,
		.system_user = input->certificate.subject,
		.pg_user = input->facts.user };
	const struct hba_image *image;
	struct hba_match match = { 0 };
	struct fault fault = { 0 };

	image = hba_image_open(bytes, bytes_len, &fault);
	if (image == NULL) {
		FUZZ_MUST(fault_is_set(&fault));
		return;
	}
	if (hba_match_open(&match, image, &input->sink) == 0) {
		check_find(input, &match);
		check_access(input, &match);
		if (ident_match_user(&match, &question, &fault) != 0)
			FUZZ_MUST(fault_is_set(&fault));
		(void)hba_image_may_want_certificate(image);
	}
	hba_match_close(&match);
}
