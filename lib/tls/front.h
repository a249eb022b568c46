/*
 * front: connections whose TLS ends here, and whose plaintext is carried on: to an upstream, or to a
 * program that is started for each.
 *
 * A connection's first bytes are read until they are a ClientHello, behind a PROXY header
 * where the other side is a front that is trusted; only then is there an engine (tls/server.h). When its
 * handshake is done the upstream is connected to (net/dial.h), or the program started
 * (net/starter.h) with a socket; and from then on bytes are carried, decrypted and encrypted, until
 * both sides are over. While nothing is on its way, a connection costs no buffer (tls/buffers.h).
 *
 * What a side sends goes to the other as it is, and so does its end: either may be done and still be
 * sent to, as with TCP alone (RFC 8446, 6.1; RFC 5246, 7.2.1 would have all end). What is meant for a side that takes no more is dropped.
 *
 * A line in the log for each connection, when it is over:
 *
 *   name client outcome backend protocol bytes-to-backend bytes-to-client milliseconds [why]
 */
#ifndef TLS_FRONT_H
#define TLS_FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include "net/access.h"
#include "net/addr.h"
#include "net/hosts.h"
#include "net/network.h"
#include "net/serve.h"
#include "net/starter.h"
#include "tls/server.h"

enum {
	FRONT_HANDSHAKE_MS = 10000, /* defaults: handshake_ms, connect_ms, idle_ms, total_ms */
	FRONT_CONNECT_MS = 10000,
	FRONT_IDLE_MS = 600000,
	FRONT_TOTAL_MS = 86400000,
	FRONT_LINGER_MS = 2000,     /* for a side to see our last words */
	FRONT_SWEEP_MS = 60000,     /* between two looks for sessions that are too old */
	FRONT_FDS_EACH = 2
};

/* Where plaintext goes. */
struct front_upstream {
	bool literal;
	struct addr addr;             /* literal */
	char host[HOSTNAME_MAX + 1];  /* else; folded */
	uint16_t port;
};

struct front_conn;

struct front {
	/* the caller's */
	struct serve *serve;             /* its driver is front_driver, its context this */
	struct access *access;
	const struct server *server;
	const struct front_upstream *upstream; /* NULL: programs */
	const struct starter *starter;
	const struct networks *trusted;  /* who begins with a PROXY header; NULL: nobody */
	int proxy;                       /* version of the header the upstream gets; 0: none */
	int64_t handshake_ms;            /* from the connection's start to the end of the handshake */
	int64_t connect_ms;
	int64_t idle_ms, total_ms;       /* 0: no limit */
	/* its own */
	struct hosts hosts;
	struct front_conn *oldest, *newest; /* those whose handshake is not done yet */
	struct loop_timer sweep;            /* of the sessions */
};

extern const struct serve_driver front_driver;

/*
 * Makes it ready, when serve_open() has made the loop. `servers` may be NULL when there is no name
 * to be looked up. False (errno) when randomness or memory is short.
 */
bool front_init(struct front *f, const struct dns_servers *servers, const char *hosts_path);

#endif
