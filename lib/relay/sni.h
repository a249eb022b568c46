/*
 * sni: TLS connections sent on by the name their client asks for.
 *
 * A connection's ClientHello is read (net/hello.h), a backend chosen, connected
 * to (net/dial.h), and from then on bytes are carried (net/pair.h), those of
 * the hello first. TLS ends in the backend: nothing is decrypted here.
 *
 * The backend is, the first of these that there is:
 *
 *   the route for the name
 *   the app of ID-[PORT]s.BASE, BASE being the gateway's own domain
 *   the route for *. and the name's parent
 *   the app that a custom domain's TXT record names (relay/domain.h); not
 *     below BASE
 *   the default route, where the client sends no name or none of the above
 *     is there, but never because a lookup failed
 *
 * An app is the route for its id, else the addresses DNS has for ID.HOSTS, with
 * the port asked for. An address from there that is not public, or that this
 * connection came in by, is refused.
 *
 * A line in the log for each connection, when it is over:
 *
 *   name client outcome backend bytes-to-backend bytes-to-client milliseconds
 */
#ifndef RELAY_SNI_H
#define RELAY_SNI_H

#include <stdbool.h>
#include <stdint.h>

#include "net/access.h"
#include "net/clients.h"
#include "net/hosts.h"
#include "net/serve.h"
#include "relay/resolver.h"
#include "relay/routes.h"

enum {
	SNI_HELLO_MS = 5000,       /* for the whole hello, from the connection's start */
	SNI_LINGER_MS = 2000,      /* for a client to see the alert and close */
	SNI_CONNECT_MS = 10000,    /* defaults: connect_ms, idle_ms, total_ms, max_per_name */
	SNI_IDLE_MS = 600000,
	SNI_TOTAL_MS = 86400000,
	SNI_PER_NAME = 2000,
	SNI_FDS_EACH = 2
};

struct sni_conn;

struct sni {
	/* the caller's */
	struct serve *serve;              /* its driver is sni_driver, its context this */
	struct access *access;
	struct routes *routes;            /* NULL for none */
	const char *base, *hosts_domain;  /* folded; "" for no apps */
	bool private_too;                 /* addresses of apps need not be public */
	bool proxy;                       /* every backend is told whose connection it is */
	int64_t connect_ms, idle_ms, total_ms; /* the last two 0 for no limit */
	size_t max_per_name;
	/* its own */
	struct domain_rules rules;
	struct resolver resolver;
	struct resolver_counts counts;
	struct hosts hosts;
	struct clients names;
	struct sni_conn *oldest, *newest; /* those that have not sent a hello yet */
};

extern const struct serve_driver sni_driver;

/* Makes it ready, when serve_open() has made the loop. False (errno) when memory or randomness is short. */
bool sni_init(struct sni *s, const struct dns_servers *servers, const char *hosts_path);

#endif
