/*
 * network: sets of addresses: 192.0.2.0/24, 2001:db8::/32, a single address, "unix" for who
 * comes over a Unix socket. An IPv4-mapped address is the IPv4 one.
 */
#ifndef NET_NETWORK_H
#define NET_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "net/addr.h"

enum { NETWORKS_MAX = 64 };

struct networks {
	size_t n;
	struct network {
		int family;           /* AF_INET, AF_INET6, AF_UNIX */
		unsigned int bits;    /* of `ip` that count */
		unsigned char ip[16];
	} list[NETWORKS_MAX];
};

/* Adds one; false for anything else, for bits behind the mask that are set, and when there is no room. */
bool networks_add(struct networks *set, struct span text);

bool networks_has(const struct networks *set, const struct addr *a);

#endif
