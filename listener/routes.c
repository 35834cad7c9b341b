/* SPDX-License-Identifier: ISC */
/*
 * routes: the ways to the server behind: the ordinary one, and the one of
 * sessions that have shown a certificate under a rule with the method cert.
 * Runs in: postern-listener, at start and reload.
 */
#include "listener/routes.h"

#include <string.h>

#include "common/fault.h"
#include "common/log.h"
#include "common/pg/hba_image.h"
#include "common/pg/hba_sink.h"
#include "common/users.h"
#include "listener/rules.h"
#include "listener/settings.h"

#define ORDINARY_HOST "backend_host"
#define ORDINARY_PORT "backend_port"
#define CERT_HOST "backend_cert_host"
#define CERT_PORT "backend_cert_port"

static int
refuse_loop(const struct addresses *listening, const struct addresses *route,
    const struct addresses_list *list, const char *port_setting,
    struct fault *fault)
{
	char text[ADDRESSES_TEXT_MAX];
	size_t i;

	for (i = 0; i < route->len; i++) {
		if (!addresses_may_loop(listening, &route->item[i]))
			continue;
		addresses_format(&route->item[i], text, sizeof(text));
		fault_set(fault, "\"%s\" and \"%s\" lead back to this listener",
		    list->setting, port_setting);
		fault_detail(fault, "It would listen on address \"%s\", port "
		    "%d itself.", text, list->port);
		return fault_hint(fault, "Give PostgreSQL another port or "
		    "listen_addresses = '', and set \"%s\" or \"%s\" to it.",
		    port_setting, list->setting);
	}
	return 0;
}

static int
hint_distinct(struct fault *fault)
{
	fault_detail(fault, "The server could not tell sessions that have "
	    "shown a certificate from all others.");
	return fault_hint(fault, "Set \"" CERT_HOST "\" to the directory of "
	    "the server's Unix socket, and \"" ORDINARY_HOST "\" to an address "
	    "such as 127.0.0.1, at which the server listens too.");
}

/* All that a server knows is whether somebody comes by its Unix socket, and
 * who that is, or over TCP. */
static int
refuse_alike(const struct routes *routes, struct fault *fault)
{
	const struct addresses *ordinary =
	    &routes->item[HANDOFF_ROUTE_ORDINARY].addresses;
	const struct addresses *cert =
	    &routes->item[HANDOFF_ROUTE_CERT].addresses;
	const struct handoff_address *common =
	    addresses_find_common(ordinary, cert);
	char text[ADDRESSES_TEXT_MAX];

	if (common != NULL) {
		addresses_format(common, text, sizeof(text));
		fault_set(fault, "\"" ORDINARY_HOST "\" and \"" CERT_HOST "\" "
		    "lead to the same address \"%s\"", text);
		return hint_distinct(fault);
	}
	if (addresses_has_unix(ordinary) && addresses_has_unix(cert)) {
		fault_set(fault, "\"" ORDINARY_HOST "\" and \"" CERT_HOST "\" "
		    "both have a Unix socket");
		return hint_distinct(fault);
	}
	return 0;
}

static int
find_cert_addresses(const struct settings *settings, struct lookup *lookup,
    const struct addresses *listening, struct routes *out,
    struct fault *fault)
{
	const struct addresses_list list = { .setting = CERT_HOST,
		.value = settings->backend_cert_host,
		.port = settings->backend_cert_port };
	struct addresses *addresses = &out->item[HANDOFF_ROUTE_CERT].addresses;

	addresses->len = 0;
	if (list.value[0] == '\0')
		return 0;
	if (addresses_parse_backend(&list, lookup, addresses, fault) == -1 ||
	    refuse_loop(listening, addresses, &list, CERT_PORT, fault) == -1)
		return -1;
	return refuse_alike(out, fault);
}

int
routes_find_addresses(const struct settings *settings, struct lookup *lookup,
    const struct addresses *listening, struct routes *out,
    struct fault *fault)
{
	const struct addresses_list list = { .setting = ORDINARY_HOST,
		.value = settings->backend_host,
		.port = settings->backend_port };
	struct addresses *addresses =
	    &out->item[HANDOFF_ROUTE_ORDINARY].addresses;

	if (addresses_parse_backend(&list, lookup, addresses, fault) == -1 ||
	    refuse_loop(listening, addresses, &list, ORDINARY_PORT,
	    fault) == -1)
		return -1;
	return find_cert_addresses(settings, lookup, listening, out, fault);
}

/* In PostgreSQL's words for a method that lacks what it needs. */
static int
refuse_cert(const struct hba_image *image, const struct hba_rule *rule,
    struct fault *fault)
{
	struct hba_place place;

	hba_image_place(image, rule, &place);
	fault_set(fault, "authentication method \"cert\" requires parameter "
	    "\"" CERT_HOST "\" to be set");
	fault_detail(fault, "line %u of configuration file \"%s\"", place.line,
	    place.file);
	fault_hint(fault, "Set it to the directory of the server's Unix "
	    "socket; postern.conf(5) has the lines that the server needs.");
	return fault_code(fault, "F0000");
}

/* Each dialer's own, and no other program's, nor keyd's where there is one. */
static int
find_users(const struct settings *settings, const struct handoff_user *user,
    struct routes *out, struct fault *fault)
{
	struct privs_user worker, signer, exporter, dialers[HANDOFF_ROUTES];
	const struct users_row rows[] = {
		{ "key_user", settings->instance.key_user, &signer },
		{ "user", settings->instance.user, &worker },
		{ "stat_user", settings->stat_user, &exporter },
		{ "dial_user", settings->instance.dial_user,
		    &dialers[HANDOFF_ROUTE_ORDINARY] },
		{ "cert_user", settings->cert_user,
		    &dialers[HANDOFF_ROUTE_CERT] },
	};
	size_t i, first = settings->worker.ssl ? 0 : 1;

	for (i = 0; i < out->len; i++)
		out->item[i].user = *user;
	if (!user->change_user)
		return 0;
	if (users_find(rows + first, 3 - first + out->len, fault) == -1)
		return -1;
	for (i = 0; i < out->len; i++) {
		out->item[i].user.uid = dialers[i].uid;
		out->item[i].user.gid = dialers[i].gid;
	}
	return 0;
}

/* Over TCP the server cannot ask the kernel who comes. */
static void
warn_of_tcp(const struct addresses *addresses)
{
	char text[ADDRESSES_TEXT_MAX];
	size_t i;

	for (i = 0; i < addresses->len; i++) {
		if (addresses->item[i].addr.ss_family == AF_UNIX)
			continue;
		addresses_format(&addresses->item[i], text, sizeof(text));
		log_write(LOG_LEVEL_WARNING, "\"" CERT_HOST "\" has an address "
		    "that is no Unix socket: \"%s\"", text);
		log_write(LOG_LEVEL_DETAIL, "The server cannot tell who "
		    "connects to it, and must trust everybody who can.");
	}
}

int
routes_choose(const struct settings *settings, const struct rules *rules,
    const struct handoff_user *user, struct routes *out, struct fault *fault)
{
	struct route *cert = &out->item[HANDOFF_ROUTE_CERT];
	const struct hba_image *image = NULL;
	const struct hba_rule *rule = NULL;

	if (rules->image != NULL) {
		image = hba_image_open(rules->image, rules->len, fault);
		if (image == NULL)
			return -1;
		rule = hba_image_find_method(image, HBA_CERT);
	}
	out->len = rule != NULL && cert->addresses.len > 0 ? HANDOFF_ROUTES :
	    1;
	if (find_users(settings, user, out, fault) == -1)
		return -1;
	if (rule != NULL && settings->backend_cert_host[0] == '\0')
		return refuse_cert(image, rule, fault);
	if (rule != NULL)
		warn_of_tcp(&cert->addresses);
	return 0;
}
