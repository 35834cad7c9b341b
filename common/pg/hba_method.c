/* SPDX-License-Identifier: ISC */
/*
 * hba_method: the authentication methods of pg_hba.conf: their names, how
 * their failure is told, and what a server may ask under them.
 * Pure.
 * Runs in: postern-listener, listener-worker.
 */
#include "common/pg/hba_method.h"

#include <string.h>

#include "common/fault.h"

/* Kinds of Authentication messages (protocol chapter 55.7), as bits. */
#define ASKS(kind) (1u << (kind))
#define OK ASKS(0)
#define CLEARTEXT ASKS(3)
#define MD5 ASKS(5)
#define GSS (ASKS(7) | ASKS(9))		/* 9 is SSPI */
#define SASL ASKS(10)
#define ANY_CHALLENGE (CLEARTEXT | MD5 | GSS | SASL)

#define INVALID_AUTHORIZATION "28000"
#define INVALID_PASSWORD "28P01"

static const struct method {
	const char *name;
	const char *failure;	/* the words before "authentication failed" */
	const char *sqlstate;
	uint32_t asks;		/* ASKS() */
} methods[HBA_METHODS] = {
	[HBA_REJECT] = { "reject", "", INVALID_AUTHORIZATION, 0 },
	[HBA_TRUST] = { "trust", "\"trust\" ", INVALID_AUTHORIZATION,
	    OK | ANY_CHALLENGE },
	[HBA_IDENT] = { "ident", "Ident ", INVALID_AUTHORIZATION,
	    ANY_CHALLENGE },
	[HBA_PEER] = { "peer", "Peer ", INVALID_AUTHORIZATION,
	    ANY_CHALLENGE },
	[HBA_PASSWORD] = { "password", "password ", INVALID_PASSWORD,
	    CLEARTEXT },
	[HBA_MD5] = { "md5", "password ", INVALID_PASSWORD, MD5 | SASL },
	[HBA_SCRAM] = { "scram-sha-256", "password ", INVALID_PASSWORD,
	    SASL },
	[HBA_GSS] = { "gss", "GSSAPI ", INVALID_AUTHORIZATION, GSS },
	[HBA_SSPI] = { "sspi", "SSPI ", INVALID_AUTHORIZATION, GSS },
	[HBA_PAM] = { "pam", "PAM ", INVALID_AUTHORIZATION, CLEARTEXT },
	[HBA_BSD] = { "bsd", "BSD ", INVALID_AUTHORIZATION, CLEARTEXT },
	[HBA_LDAP] = { "ldap", "LDAP ", INVALID_AUTHORIZATION, CLEARTEXT },
	[HBA_CERT] = { "cert", "certificate ", INVALID_AUTHORIZATION,
	    OK | ANY_CHALLENGE },
	[HBA_RADIUS] = { "radius", "RADIUS ", INVALID_AUTHORIZATION,
	    CLEARTEXT },
	[HBA_OAUTH] = { "oauth", "OAuth bearer ", INVALID_AUTHORIZATION,
	    SASL },
	[HBA_BACKEND] = { "backend", "certificate ", INVALID_AUTHORIZATION,
	    ANY_CHALLENGE },
};

const char *
hba_method_name(enum hba_method method)
{
	return methods[method].name;
}

int
hba_method_parse(const char *name, enum hba_method *out)
{
	int i;

	for (i = 0; i < HBA_METHODS; i++) {
		if (strcmp(name, methods[i].name) == 0) {
			*out = (enum hba_method)i;
			return 0;
		}
	}
	return -1;
}

int
hba_method_fault(enum hba_method method, const char *user, struct fault *fault)
{
	(void)fault_set(fault, "%sauthentication failed for user \"%s\"",
	    methods[method].failure, user);
	return fault_code(fault, methods[method].sqlstate);
}

bool
hba_method_may_ask(enum hba_method method, uint32_t authentication)
{
	return authentication < 32 &&
	    (methods[method].asks & ASKS(authentication)) != 0;
}
