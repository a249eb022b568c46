/*
 * forward_head: heads of messages as a reverse proxy passes them on (RFC 9110, 7.6), as
 * bytes, without any I/O.
 *
 * What is between two neighbours alone is left out: Connection and what it names,
 * Keep-Alive, Proxy-Connection, TE, Trailer, Transfer-Encoding, Upgrade; what says where a
 * message ends is written anew from what was parsed. So nothing a client or a
 * server says of framing reaches the other side as it was.
 *
 * Where a request comes from is said here and by nobody else: Forwarded (RFC 7239),
 * X-Forwarded-* and X-Real-IP of the client's are left out, but for what a front says
 * that is trusted; so are X-Original-URL and X-Rewrite-URL, by which some servers go instead
 * of the path. Names are compared with '_' for '-' too: many a server cannot tell
 * the two apart.
 */
#ifndef NET_FORWARD_HEAD_H
#define NET_FORWARD_HEAD_H

#include <stdbool.h>

#include "base/builder.h"
#include "base/span.h"
#include "net/addr.h"
#include "net/http.h"

enum {
	FORWARD_OPTIONS_MAX = 32, /* members of a message's Connection fields */
	FORWARD_HOPS_MAX = 8,     /* members of Via that are ours, whichever process wrote them */
	FORWARD_BEARER_MAX = 4096,
	FORWARD_NAME_MAX = 32,    /* bytes of our name in Via */
	FORWARD_HEAD_ROOM = HTTP_HEAD_MAX + 10240 /* what a request's head can become */
};

/* How our name in Via (RFC 9110, 7.6.3) begins; the rest tells the processes apart. */
#define FORWARD_NAME "postern-"

struct forward_request {
	const struct http_request *request;
	struct span target;  /* path and query as they are passed on */
	struct span host;    /* what Host says; empty: the client's */
	struct span otherwise; /* and that, should the client not have said any */
	struct span bearer;  /* a token for Authorization, in place of the client's; may be empty */
	struct span name;    /* ours, in Via */
	const struct addr *peer; /* whose connection it is; NULL: not known */
	bool trusted;        /* and what it says of others is believed */
	bool secure;         /* it came over https */
	struct span upgrade; /* what forward_upgrade() gave; empty: nothing */
};

/*
 * Whether the request can be passed on: 200; 400 for more Connection options than anybody
 * needs, and a host with a byte that separates words elsewhere; 501 for TRACE, whose answer
 * would tell the client what was added, a token included; 508 (Loop Detected, RFC 5842) when it has been here before.
 */
int forward_check(const struct http_request *request, struct span name);

/*
 * The request asks for another protocol that may be passed on: of HTTP/1.1, without a body,
 * with Upgrade fields that name neither HTTP nor TLS, which would lead past the rules.
 * Their value is appended to `asked`, which is small.
 */
bool forward_upgrade(struct builder *asked, const struct http_request *request);

/*
 * Appends the head of the request, with how its body ends and Expect as the client has them.
 * At most FORWARD_HEAD_ROOM bytes, unless target or host are longer than a head may be.
 */
void forward_write_request(struct builder *out, const struct forward_request *r);

/* Whether the answer can be passed on: 400's reason, for an answer. */
bool forward_answer_ok(const struct http_response *response);

/* An answer with 101 is of a protocol that was asked for. */
bool forward_upgrade_fits(struct span asked, const struct http_response *response);

/*
 * Appends the fields of an answer that the client is to see, without the empty line. `upgrade`: it is
 * a 101, and its Upgrade field is one of them.
 */
void forward_write_fields(struct builder *out, const struct http_response *response, bool upgrade);

#endif
