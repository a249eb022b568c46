/*
 * addr: where a socket is or goes to.
 *
 * Text forms, none of which asks a resolver:
 *
 *   192.0.2.1:80   [2001:db8::1]:80   [fe80::1%eth0]:80   an address and a port
 *   :80            every address, IPv6 with IPv4 mapped ([::]:80 is IPv6 alone)
 *   unix:/path     a Unix socket; unix:/path:660 with the mode for its file
 *                  (three or four octal digits); the path begins with '/',
 *                  fits sun_path with a NUL, and has no colon
 *
 * A scope (RFC 4007) is an interface's name or number; only link-local addresses
 * take one. It is printed as a number.
 *
 * A host name with a port is taken apart by addr_split() and resolved by
 * net/host.h.
 */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/builder.h"
#include "base/span.h"

struct addr {
	union {
		struct sockaddr any;
		struct sockaddr_storage storage;
		struct sockaddr_un local;
	} u;
	socklen_t len;
	int mode;  /* file mode asked for with unix:, or -1 */
	bool dual; /* from ":port": IPv4 too; for who listens (net/sock.h) */
};

/* An address from one of the forms above; false for anything else, a name included. */
bool addr_parse(struct addr *a, struct span text);

/* An IPv4 or IPv6 address alone (no brackets, an optional %scope) with `port`. */
bool addr_parse_ip(struct addr *a, struct span text, uint16_t port);

/*
 * Takes `host:port`, `[host]:port` or `:port` apart without looking at what the
 * host is; brackets are removed. False when there is no port from 0 to 65535.
 */
bool addr_split(struct span text, struct span *host, uint16_t *port);

/* An accepted or connected socket's address as the system gave it. */
void addr_set(struct addr *a, const struct sockaddr *from, socklen_t len);

/* AF_INET, AF_INET6 or AF_UNIX. */
int addr_family(const struct addr *a);

/* The port, 0 for a Unix socket. */
uint16_t addr_port(const struct addr *a);
void addr_set_port(struct addr *a, uint16_t port);

/*
 * Appends the IP address alone as RFC 5952 writes it, IPv4-mapped ones as
 * IPv4; "unix" for a Unix socket. addr_print() gives the whole address in a
 * form that addr_parse() reads; a Unix socket without a name is "unix:".
 */
void addr_print_ip(struct builder *out, const struct addr *a);
void addr_print(struct builder *out, const struct addr *a);

/*
 * The same family, address, scope and port; for Unix sockets the same path. An
 * IPv4-mapped IPv6 address is not the IPv4 address it prints as.
 */
bool addr_eq(const struct addr *a, const struct addr *b);

/* The same, but that an IPv4-mapped IPv6 address is the IPv4 address it prints as. */
bool addr_same(const struct addr *a, const struct addr *b);

/*
 * An address somebody on the Internet can have: not loopback, private
 * (RFC 1918, RFC 4193), shared (RFC 6598), link-local, unspecified, multicast,
 * reserved or for documentation and benchmarks (RFC 6890). An IPv6 address that
 * stands for an IPv4 one (mapped, NAT64, 6to4) is what that is. False for a
 * Unix socket.
 */
bool addr_public(const struct addr *a);

#endif
