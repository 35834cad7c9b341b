/* SPDX-License-Identifier: ISC */
/*
 * hba_address: clients' addresses and the networks of access rules.
 * Pure: texts and structs; asks no name service.
 * Runs in: postern-listener, listener-worker.
 */
#include "common/pg/hba_address.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define IPV4_LEN 4
#define MAPPED_LEN 12

static const uint8_t mapped[MAPPED_LEN] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0xff, 0xff };

static void
set_ipv4(struct hba_address *out, const void *bytes)
{
	memset(out, 0, sizeof(*out));
	out->family = HBA_ADDRESS_IPV4;
	memcpy(out->bytes, bytes, IPV4_LEN);
}

static void
set_ipv6(struct hba_address *out, const void *bytes)
{
	out->family = HBA_ADDRESS_IPV6;
	memcpy(out->bytes, bytes, HBA_ADDRESS_LEN);
}

int
hba_address_set(struct hba_address *out, const struct sockaddr *from)
{
	struct sockaddr_in6 six;
	struct sockaddr_in four;

	switch (from->sa_family) {
	case AF_INET:
		memcpy(&four, from, sizeof(four));
		set_ipv4(out, &four.sin_addr);
		return 0;
	case AF_INET6:
		memcpy(&six, from, sizeof(six));
		if (memcmp(&six.sin6_addr, mapped, MAPPED_LEN) == 0)
			set_ipv4(out, six.sin6_addr.s6_addr + MAPPED_LEN);
		else
			set_ipv6(out, &six.sin6_addr);
		return 0;
	default:
		return -1;
	}
}

/* The address without its scope; out has room for INET6_ADDRSTRLEN. */
static int
cut_scope(const char *text, char *out)
{
	size_t len = strcspn(text, "%");

	if (len >= INET6_ADDRSTRLEN || (text[len] == '%' &&
	    text[len + 1] == '\0'))
		return -1;
	memcpy(out, text, len);
	out[len] = '\0';
	return 0;
}

int
hba_address_parse(const char *text, struct hba_address *out)
{
	char cut[INET6_ADDRSTRLEN];
	struct in6_addr six;
	struct in_addr four;

	/* inet_aton() takes what stands behind a blank for a comment. */
	if (strpbrk(text, " \t\n\v\f\r") == NULL &&
	    inet_aton(text, &four) == 1) {
		set_ipv4(out, &four);
		return 0;
	}
	if (cut_scope(text, cut) == -1 || inet_pton(AF_INET6, cut, &six) != 1)
		return -1;
	set_ipv6(out, &six);
	return 0;
}

bool
hba_address_is_numeric(const char *text)
{
	if (strchr(text, ':') != NULL)
		return true;
	return text[0] != '\0' && text[strspn(text, "0123456789.")] == '\0';
}

int
hba_address_parse_bits(const char *text, uint32_t family,
    uint8_t out_mask[HBA_ADDRESS_LEN])
{
	long bits, most = family == HBA_ADDRESS_IPV4 ? 32 : 128;
	char *end;
	int i;

	bits = strtol(text, &end, 10);
	if (*text == '\0' || *end != '\0' || bits < 0 || bits > most)
		return -1;
	memset(out_mask, 0, HBA_ADDRESS_LEN);
	for (i = 0; bits > 0; i++, bits -= 8)
		out_mask[i] = bits >= 8 ? 0xff :
		    (uint8_t)(0xff << (8 - bits));
	return 0;
}

static bool
is_mapped(const struct hba_address *address, const uint8_t *mask)
{
	int i;

	if (address->family != HBA_ADDRESS_IPV6 ||
	    memcmp(address->bytes, mapped, MAPPED_LEN) != 0)
		return false;
	for (i = 0; i < MAPPED_LEN; i++) {
		if (mask[i] != 0xff)
			return false;
	}
	return true;
}

/* Bits outside of the mask say nothing; without them equals are equal. */
void
hba_address_set_network(struct hba_network *out,
    const struct hba_address *address, const uint8_t mask[HBA_ADDRESS_LEN])
{
	int from = is_mapped(address, mask) ? MAPPED_LEN : 0, i;

	memset(out, 0, sizeof(*out));
	out->family = from != 0 ? HBA_ADDRESS_IPV4 : address->family;
	for (i = 0; from + i < HBA_ADDRESS_LEN; i++) {
		out->mask[i] = mask[from + i];
		out->address[i] = address->bytes[from + i] & mask[from + i];
	}
}

int
hba_address_set_interface(struct hba_network *out,
    const struct sockaddr *address, const struct sockaddr *mask)
{
	static const uint8_t none[HBA_ADDRESS_LEN];
	struct hba_address own, of_mask;
	size_t len;

	if (hba_address_set(&own, address) == -1)
		return -1;
	len = own.family == HBA_ADDRESS_IPV4 ? IPV4_LEN : HBA_ADDRESS_LEN;
	memset(out, 0, sizeof(*out));
	out->family = own.family;
	memcpy(out->address, own.bytes, HBA_ADDRESS_LEN);
	if (mask != NULL && hba_address_set(&of_mask, mask) == 0 &&
	    of_mask.family == own.family &&
	    memcmp(of_mask.bytes, none, HBA_ADDRESS_LEN) != 0)
		memcpy(out->mask, of_mask.bytes, HBA_ADDRESS_LEN);
	else
		memset(out->mask, 0xff, len);
	return 0;
}

/* Whether two addresses agree wherever the mask has a bit. */
static bool
agree(const uint8_t *a, const uint8_t *b, const uint8_t *mask)
{
	uint64_t x[2], y[2], m[2];

	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	memcpy(m, mask, sizeof(m));
	return (((x[0] ^ y[0]) & m[0]) | ((x[1] ^ y[1]) & m[1])) == 0;
}

bool
hba_address_is_in(const struct hba_address *address,
    const struct hba_network *network)
{
	return address->family == network->family &&
	    agree(address->bytes, network->address, network->mask);
}

bool
hba_address_is_within(const struct hba_network *narrow,
    const struct hba_network *wide)
{
	int i;

	if (narrow->family != wide->family ||
	    !agree(narrow->address, wide->address, wide->mask))
		return false;
	for (i = 0; i < HBA_ADDRESS_LEN; i++) {
		if ((wide->mask[i] & ~narrow->mask[i]) != 0)
			return false;
	}
	return true;
}

bool
hba_address_is_same_host(const struct hba_address *address,
    const struct hba_network *interface)
{
	return address->family == interface->family &&
	    memcmp(address->bytes, interface->address,
	    HBA_ADDRESS_LEN) == 0;
}
