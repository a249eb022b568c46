/*
 * dns_place: where a record has to be put, and whether it is seen there.
 *
 * The name of a challenge's record may be an alias, and an alias may lead into
 * another zone at other servers; a zone may begin right at the name. So: the
 * zone of the name's parent is looked for among its ancestors with questions for
 * SOA records; its own servers are asked about the name; an alias is followed
 * and the search begins again there.
 *
 * Recursive servers are asked only about names that are there already, unless
 * a zone's own servers could not be asked: a recursive server remembers that a
 * name does not exist, and a CA may ask the same one.
 */
#ifndef NET_DNS_PLACE_H
#define NET_DNS_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "net/dns.h"

enum {
	DNS_PLACE_SERVERS_MAX = 32, /* addresses of a zone's servers that are looked at */
	DNS_PLACE_NAMES_MAX = 16    /* names of servers whose addresses are looked for */
};

struct dns_place {
	char owner[DNS_NAME_MAX + 1];   /* where the record belongs, aliases followed */
	char zone[DNS_NAME_MAX + 1];
	char primary[DNS_NAME_MAX + 1]; /* as the SOA record says */
	size_t n;                       /* addresses of the zone's servers, port 53, each once; a
	                                   server whose name cannot be resolved has none */
	struct addr server[DNS_PLACE_SERVERS_MAX];
};

/*
 * Fills `place` for the record `name`. `resolvers` are recursive; `first`, which
 * may be NULL, are asked before each zone's own servers (those that take the
 * updates and need not be among them).
 *
 * DNS_FOUND; DNS_NONE: no zone, or one without servers; DNS_FAILED: somebody did
 * not answer, or aliases lead in a circle; DNS_BAD_NAME: an alias or a zone has a
 * name that cannot be asked for; DNS_SYSTEM. Other than DNS_FOUND, place->owner is
 * the name that was in hand.
 */
enum dns_status dns_place_find(struct dns_place *place, const struct dns_servers *resolvers,
                               const struct dns_servers *first, struct span name, int64_t deadline);

/* How far a record has come. */
struct dns_seen {
	size_t n_shown, n_missing;
	size_t n_beyond;     /* addresses this machine has no way to: IPv6 where there is none */
	struct addr missing; /* one of those that do not show it */
};

/*
 * Waits until every server of the place shows a TXT record with this text at
 * its owner: all of them are asked at the same time, again and again. True when
 * all that can be reached at all do, and there is one.
 */
bool dns_place_wait(const struct dns_place *place, struct span text, int64_t deadline,
                    struct dns_seen *seen);

#endif
