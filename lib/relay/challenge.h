/*
 * challenge: HTTP-01 responses (RFC 8555, section 8.3) as an application of
 * net/httpd.h: from files named by their token, or from a thumbprint alone.
 *
 * Files are opened by a checked token relative to a directory descriptor, no
 * link followed, so nothing outside the directory can be read, and only
 * regular files of at most CHALLENGE_FILE_MAX bytes are sent.
 *
 * In the log (net/access.h) the token is where a request went.
 */
#ifndef RELAY_CHALLENGE_H
#define RELAY_CHALLENGE_H

#include <stdbool.h>

#include "base/span.h"
#include "net/access.h"
#include "net/httpd.h"

enum { CHALLENGE_FILE_MAX = 512 };

/* The token of a path below /.well-known/acme-challenge/; empty when it is none of that form. */
struct span challenge_token(struct span path);

/* `path` is below /.well-known/acme-challenge/. */
bool challenge_path(struct span path);

struct challenge {
	struct httpd_app app;       /* to be the context of httpd_kind */
	int dir;                    /* descriptor of the directory, or -1 */
	struct span thumbprint;     /* answers tokens without a file; empty for none */
	struct access *access;
};

/* Makes storage ready in which `dir`, `thumbprint` and `access` are set. */
void challenge_init(struct challenge *c);

#endif
