/*
 * url: http and https URLs (RFC 3986, RFC 9110 section 4.2).
 */
#ifndef NET_URL_H
#define NET_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"

enum { URL_MAX = 2048 };

/* The spans point into the text; path and query are as they stand there. */
struct url {
	bool https;
	struct span host;     /* without brackets */
	bool host_is_address; /* an IPv4 or IPv6 literal */
	uint16_t port;        /* 80 or 443 when the text names none */
	struct span path;     /* begins with '/'; url_root when there is none */
	struct span query;    /* with its '?', or empty */
};

/*
 * False for anything but an absolute http: or https: URL of visible ASCII, at
 * most URL_MAX bytes, without userinfo. The scheme is compared without case; a
 * fragment is left out.
 */
bool url_parse(struct url *u, struct span text);

/*
 * Appends the absolute URL, without a fragment, that `reference` means where
 * `base` was fetched (RFC 3986, 5.2). False, with nothing appended, when `base`
 * or the outcome is none that url_parse() takes, or `out` overflowed.
 */
bool url_resolve(struct builder *out, struct span base, struct span reference);

/* Appends host and port as a Host field has them: brackets, and no port that is the default. */
void url_write_host(struct builder *out, const struct url *u);

/* Any bytes taken apart as RFC 3986, appendix B does it; nothing is checked. */
struct url_parts {
	struct span scheme;    /* empty: none, it is a relative reference */
	struct span authority; /* `p` is NULL when there is none */
	struct span path;
	struct span query;     /* with its '?', or empty */
	struct span fragment;  /* with its '#', or empty */
};
void url_split(struct url_parts *parts, struct span text);

/* "/", in static storage. */
extern const struct span url_root;

#endif
