/* SPDX-License-Identifier: ISC */
/*
 * networks: a setting that is a list of networks.
 * Runs in: postern-listener, listener-worker.
 */
#include "listener/networks.h"

#include <stddef.h>
#include <string.h>

#include "common/fault.h"

#define BLANKS " \t"

static int
refuse(const char *setting, const char *word, struct fault *fault)
{
	(void)fault_set(fault, "invalid value for parameter \"%s\": \"%s\"",
	    setting, word);
	return fault_hint(fault, "Write numeric addresses, each with or "
	    "without /bits, separated by commas: 10.0.0.0/8, 2001:db8::7.");
}

/* The word is cut at its slash. */
static int
parse_network(char *word, struct hba_network *out)
{
	struct hba_address address;
	uint8_t mask[HBA_ADDRESS_LEN];
	char *bits = strchr(word, '/');
	const char *whole;

	if (bits != NULL)
		*bits++ = '\0';
	if (hba_address_parse(word, &address) != 0)
		return -1;
	whole = address.family == HBA_ADDRESS_IPV4 ? "32" : "128";
	if (hba_address_parse_bits(bits != NULL ? bits : whole,
	    address.family, mask) != 0)
		return -1;
	hba_address_set_network(out, &address, mask);
	return 0;
}

int
networks_parse(const char *setting, const char *text, struct networks *out,
    struct fault *fault)
{
	struct networks found = { .len = 0 };
	char word[64], whole[64];
	size_t len;

	text += strspn(text, BLANKS);
	while (*text != '\0') {
		len = strcspn(text, "," BLANKS);
		if (len >= sizeof(word) || found.len == NETWORKS_MAX)
			return refuse(setting, text, fault);
		memcpy(word, text, len);
		word[len] = '\0';
		memcpy(whole, word, len + 1);
		if (parse_network(word, &found.network[found.len]) != 0)
			return refuse(setting, whole, fault);
		found.len++;
		text += len;
		text += strspn(text, BLANKS);
		if (*text != '\0' && *text != ',')
			return refuse(setting, text, fault);
		if (*text == ',')
			text += 1 + strspn(text + 1, BLANKS);
	}
	*out = found;
	return 0;
}

bool
networks_have(const struct networks *networks,
    const struct hba_address *address)
{
	uint32_t i;

	for (i = 0; i < networks->len; i++)
		if (hba_address_is_in(address, &networks->network[i]))
			return true;
	return false;
}
