/*
 * proof: what has to be shown where, so that a challenge is met.
 *
 *   http-01         RFC 8555, 8.3
 *   dns-01          RFC 8555, 8.4
 *   tls-alpn-01     RFC 8737, RFC 8738
 *   dns-account-01  draft-ietf-acme-dns-account-label-03
 *   dns-persist-01  draft-ietf-acme-dns-persist-02
 *
 * What a server says comes out of here checked, or not at all: it goes on to
 * a hook's arguments, to names of files and into records.
 */
#ifndef ACME_PROOF_H
#define ACME_PROOF_H

#include <stdbool.h>

#include "base/json.h"
#include "base/span.h"
#include "net/hostname.h"
#include "net/token.h"
#include "net/url.h"

enum proof_method {
	PROOF_HTTP_01,
	PROOF_DNS_01,
	PROOF_TLS_ALPN_01,
	PROOF_DNS_ACCOUNT_01,
	PROOF_DNS_PERSIST_01,
	PROOF_METHODS
};

enum {
	PROOF_ISSUERS_MAX = 10, /* issuer domain names of a dns-persist-01 challenge */
	PROOF_AUTH_MAX = URL_MAX + HOSTNAME_MAX + 64,
	PROOF_RECORD_MAX = HOSTNAME_MAX + 64
};

const char *proof_name(enum proof_method method);
bool proof_find(struct span name, enum proof_method *method);

/* What it depends on. */
struct proof_question {
	enum proof_method method;
	struct span identifier;  /* canonical, without "*." */
	bool wildcard, address;
	struct span thumbprint;  /* of the account key */
	struct span account_url, directory_url;
	struct json_value challenge; /* as the server sent it: token, issuer-domain-names */
};

/* What the hook is told, as C strings. */
struct proof {
	/* 1 to 128 digits of base64url; "" for dns-persist-01. */
	char token[TOKEN_MAX + 1];
	/*
	 * http-01: the key authorization, token.thumbprint
	 * dns-01, dns-account-01, tls-alpn-01: its SHA-256 in base64url; the
	 *   TXT record's text, and the acmeIdentifier's value
	 * dns-persist-01: the TXT record's text,
	 *   issuer "; accounturi=" account [ "; policy=wildcard" ]
	 */
	char auth[PROOF_AUTH_MAX];
	/* The owner name of the TXT record, without a final dot; "" for the rest. */
	char record[PROOF_RECORD_MAX];
};

/* Why there is none. */
enum proof_result {
	PROOF_OK,
	PROOF_UNFIT,     /* the method does not go with a wildcard, an address, or a name so long that
	                    its record has none */
	PROOF_TOKEN,     /* no token, or none that may be used */
	PROOF_ISSUER,    /* issuer-domain-names: not 1 to 10 host names in lower case */
	PROOF_ACCOUNT    /* the account's URL is not at the directory's host, or cannot stand in a record */
};
const char *proof_strerror(enum proof_result result);

/*
 * dns-persist-01 binds a name to an account for a long time: the account is
 * always our own, whatever `accounturi` a challenge mentions, and only if it
 * lives where the directory does. The first issuer domain name is taken.
 */
enum proof_result proof_make(struct proof *proof, const struct proof_question *question);

#endif
