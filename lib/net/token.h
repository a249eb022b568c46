/*
 * token: what an ACME server makes up and a challenge's answer is made of (RFC
 * 8555, 8.1). Tokens name files, stand in paths and are handed to hooks, so
 * nothing is a token that could be more than a name there.
 */
#ifndef NET_TOKEN_H
#define NET_TOKEN_H

#include <stdbool.h>

#include "base/span.h"

enum {
	TOKEN_MAX = 128,
	TOKEN_THUMBPRINT_LEN = 43 /* SHA-256 in base64url (RFC 7638; RFC 8555, 8.1) */
};

/* 1 to 128 digits of base64url. */
bool token_ok(struct span token);

/* 43 digits of base64url. */
bool token_thumbprint_ok(struct span text);

/* The key authorization of that token: the token, a dot and a thumbprint. */
bool token_authorization_ok(struct span text, struct span token);

#endif
