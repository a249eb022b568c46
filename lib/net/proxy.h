/*
 * proxy: the header with which a proxy says whose connection this is
 * (haproxy's PROXY protocol, versions 1 and 2).
 *
 * It is the first thing on a connection, in front of everything else. Who
 * believes it must know that the other side is a proxy.
 */
#ifndef NET_PROXY_H
#define NET_PROXY_H

#include <stdbool.h>

#include "base/builder.h"
#include "base/span.h"
#include "net/addr.h"

enum {
	PROXY_V1_MAX = 107,       /* bytes of a version 1 line with its end */
	PROXY_V2_HEAD = 16,       /* bytes of a version 2 header in front of its addresses */
	PROXY_READ_MAX = 4096,    /* bytes of a header that is read; longer ones are malformed */
	PROXY_WRITE_MAX = 768     /* room for any header that is written: addresses, authority, ALPN */
};

/* What is told beside the addresses; empty for nothing. In version 2 only. */
struct proxy_more {
	struct span authority; /* PP2_TYPE_AUTHORITY: the name the client asked for, at most 255 bytes */
	struct span alpn;      /* PP2_TYPE_ALPN: the protocol chosen, at most 255 bytes */
};

/*
 * Appends a version 2 header for a connection from `from` to `to`. Where one
 * of them is IPv6 both are written as IPv6, IPv4-mapped ones on both sides as
 * IPv4; where they are no IP addresses the header says so (family 0), and the
 * receiver uses those of the connection it has.
 */
void proxy_write(struct builder *out, const struct addr *from, const struct addr *to,
                 const struct proxy_more *more);

/*
 * Appends a version 1 header. Addresses are written likewise; there is no room for more.
 */
void proxy_write_v1(struct builder *out, const struct addr *from, const struct addr *to);

enum proxy_result {
	PROXY_OK,
	PROXY_MORE,     /* so far it can be a header */
	PROXY_NONE,     /* the connection begins with something else */
	PROXY_MALFORMED
};

struct proxy {
	size_t len;     /* of the header */
	bool known;     /* it says whose connection it is; else (LOCAL, UNKNOWN, Unix sockets) it is the sender's own */
	struct addr from, to;
	struct proxy_more more; /* in the bytes read */
};

/* Reads a header of either version at the start of `bytes`. */
enum proxy_result proxy_read(struct proxy *p, struct span bytes);

#endif
