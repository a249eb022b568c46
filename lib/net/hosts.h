/*
 * hosts: addresses of hosts (net/host.h) in the event loop, each name looked
 * up once at a time and kept for as long as DNS allows.
 *
 * What needs no DNS (an address, localhost, the hosts file) is known at once.
 * AAAA and A are asked for together; when one of them found something the
 * other has HOST_GRACE_MS. Addresses have port 0: the caller sets his.
 */
#ifndef NET_HOSTS_H
#define NET_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "net/dns.h"
#include "net/host.h"
#include "net/loop.h"

enum {
	HOSTS_NAMES = 1024,     /* kept; the one not asked for longest goes */
	HOSTS_BUCKETS = 1024,
	HOSTS_LOOKUPS = 250,    /* under way at once, of two sockets each */
	HOSTS_TTL_MAX_S = 300,  /* however long an answer says it may be kept */
	HOSTS_TTL_NONE_MAX_S = 10,
	HOSTS_TTL_MIN_S = 1     /* failures, too (RFC 9520, section 3.2) */
};

struct hosts_entry;

struct hosts {
	struct loop *loop;
	const struct dns_servers *servers;
	const char *hosts_path;  /* may be NULL */
	struct hash_key key;
	struct hosts_entry *bucket[HOSTS_BUCKETS];
	struct hosts_entry *newest, *oldest; /* those that are known */
	size_t n_known, n_asking;
};

/* Somebody who waits; kept by the caller until `found` is called or hosts_leave(). */
struct hosts_waiter {
	struct hosts_waiter *next;
	struct hosts_entry *entry; /* NULL: does not wait */
	/* The answer; the list stands only during the call. */
	void (*found)(struct hosts_waiter *w, enum dns_status status, const struct host_list *list);
};

/* Makes zeroed storage ready; false (errno) without randomness. What is pointed to stays. */
bool hosts_init(struct hosts *h, struct loop *loop, const struct dns_servers *servers,
                const char *hosts_path);

/*
 * True when the answer is known: `*status`, and with DNS_FOUND `*list`, which
 * stands until the next call. The name is folded (net/hostname.h) or an address.
 */
bool hosts_known(struct hosts *h, struct span name, enum dns_status *status,
                 const struct host_list **list);

/*
 * Looks `name` up, which is not known: w->found() is called later, never
 * during this call. False: too many lookups, or no memory: try again later.
 */
bool hosts_ask(struct hosts *h, struct span name, struct hosts_waiter *w);

/* Waits no longer. Harmless when it does not wait. */
void hosts_leave(struct hosts_waiter *w);

/* Gives back everything; nobody waits any more. */
void hosts_free(struct hosts *h);

#endif
