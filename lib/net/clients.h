/*
 * clients: how many connections each client has, or each name.
 *
 * A client is an IPv4 address or an IPv6 /64; an IPv4-mapped address is the
 * IPv4 one. Clients of a Unix socket are not told apart and not counted.
 */
#ifndef NET_CLIENTS_H
#define NET_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/hash.h"
#include "net/addr.h"

struct client;

enum { CLIENTS_BUCKETS = 4096, CLIENTS_KEY_MAX = 255 };

struct clients {
	struct hash_key key;
	struct client *bucket[CLIENTS_BUCKETS];
};

/* Makes zeroed storage ready; false (errno) without randomness. */
bool clients_init(struct clients *c);

/*
 * Counts a connection from `from` when the client has fewer than `max`, and
 * leaves what clients_leave() wants in `*client` (NULL for one not counted).
 * False when it has `max` already, or memory is short.
 */
bool clients_enter(struct clients *c, const struct addr *from, size_t max, struct client **client);

/* The same for what is known by bytes, at most CLIENTS_KEY_MAX: the name that was asked for, for instance. */
bool clients_enter_key(struct clients *c, struct span key, size_t max, struct client **client);

/* The connection is over. `client` may be NULL. */
void clients_leave(struct clients *c, struct client *client);

#endif
