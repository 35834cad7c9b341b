/* SPDX-License-Identifier: ISC */
/*
 * hba_address: clients' addresses and the networks of access rules.
 * Pure: texts and structs; asks no name service.
 * Runs in: postern-listener, listener-worker.
 */
#ifndef COMMON_PG_HBA_ADDRESS_H
#define COMMON_PG_HBA_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

struct sockaddr;

#define HBA_ADDRESS_IPV4 4
#define HBA_ADDRESS_IPV6 6
#define HBA_ADDRESS_LEN 16

/*
 * An IPv4 address is in the first four bytes, the others are zero. An
 * IPv4-mapped IPv6 address (::ffff:192.0.2.1) is that IPv4 address: whether a
 * client comes by the one socket or the other, the same rules hold for it.
 */
struct hba_address {
	uint32_t family;
	uint8_t bytes[HBA_ADDRESS_LEN];
};

/* The addresses that agree with address wherever mask has a bit. */
struct hba_network {
	uint32_t family;
	uint8_t address[HBA_ADDRESS_LEN];
	uint8_t mask[HBA_ADDRESS_LEN];
};

/* From a socket. Returns 0, or -1 for another family than IPv4 and IPv6. */
int hba_address_set(struct hba_address *out, const struct sockaddr *from);

/*
 * A numeric address as getaddrinfo() takes it with AI_NUMERICHOST, IPv4-mapped
 * ones as IPv6 (hba_address_set_network() turns them). The scope of an IPv6
 * address is passed over. Returns 0 or -1.
 */
int hba_address_parse(const char *text, struct hba_address *out);

/* Does the text want to be a numeric address, good or not? */
bool hba_address_is_numeric(const char *text);

/* The first bits of a mask, written in decimal. Returns 0 or -1. */
int hba_address_parse_bits(const char *text, uint32_t family,
    uint8_t out_mask[HBA_ADDRESS_LEN]);

/* One network of these; one within ::ffff:0:0/96 is an IPv4 one. */
void hba_address_set_network(struct hba_network *out,
    const struct hba_address *address, const uint8_t mask[HBA_ADDRESS_LEN]);

/*
 * One of the machine's own addresses with its netmask (getifaddrs()), for
 * samehost and samenet: the address is kept whole. An absent mask, or one that
 * is no mask, is one of all bits. Returns 0, or -1 for another family.
 */
int hba_address_set_interface(struct hba_network *out,
    const struct sockaddr *address, const struct sockaddr *mask);

/* Questions: is an address in a network, are all addresses of a network in
 * another, is an address an interface's own? */
bool hba_address_is_in(const struct hba_address *address,
    const struct hba_network *network);
bool hba_address_is_within(const struct hba_network *narrow,
    const struct hba_network *wide);
bool hba_address_is_same_host(const struct hba_address *address,
    const struct hba_network *interface);

#endif
