/*
 * host: a host's name or address, and the socket addresses it stands for.
 *
 * In this order, the first that knows the name answering alone: an IPv4 or
 * IPv6 address as text; "localhost" and what is under it (RFC 6761, section
 * 6.3), which never leaves the machine; a file in the form of /etc/hosts;
 * DNS, where AAAA and A are asked for at the same time under one deadline.
 */
#ifndef NET_HOST_H
#define NET_HOST_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "net/addr.h"
#include "net/dns.h"

enum {
	HOST_ADDRS_MAX = 16, /* further addresses are ignored */
	HOST_LINE_MAX = 1024, /* bytes of a line of the hosts file; longer ones are passed over */
	HOST_LINES_MAX = 65536, /* lines of it that are read */
	HOST_GRACE_MS = 250  /* once one family is known, how long the other is waited for */
};

struct host_list {
	size_t n;
	struct addr addr[HOST_ADDRS_MAX]; /* from DNS: IPv6 first; not yet in an order to be tried */
};

/*
 * Fills `list` with the addresses of `name`, each with `port`. `hosts_path` may be
 * NULL for no file; one that cannot be read or holds nonsense is as good as
 * empty. `servers` may be NULL for no DNS.
 *
 * DNS_FOUND: at least one address. DNS_NONE: there is no such name, or it has
 * neither kind of address. DNS_FAILED: nothing was found and an answer is missing.
 * DNS_BAD_NAME: neither an address nor a name. DNS_SYSTEM: errno.
 */
enum dns_status host_lookup(struct host_list *list, struct span name, uint16_t port,
                            const char *hosts_path, const struct dns_servers *servers,
                            int64_t deadline);

/*
 * What is known of `name` without DNS: DNS_FOUND with `list` filled, DNS_NONE,
 * or DNS_BAD_NAME for what is neither an address nor a name.
 */
enum dns_status host_local(struct host_list *list, struct span name, uint16_t port,
                           const char *hosts_path);

/*
 * What an AAAA and an A question come to when no address was in either, and
 * both are over.
 */
enum dns_status host_none(enum dns_status a, enum dns_status b);

#endif
