/*
 * server: the server's side of a TLS connection, set up: TLS 1.2, ECDHE with AEAD alone, no
 * renegotiation, the certificate chosen by server name (tls/certs.h).
 *
 * Who drives it has read the client's first message himself (net/hello.h) before there is an
 * engine: so what is refused, or still waited for, costs next to nothing, and what BearSSL asks
 * nobody about when it resumes a session (name, protocol, certificate) is known beforehand. What the
 * engine makes of the same bytes is held against that at the end of the handshake.
 *
 * A client that offers the application protocol acme-tls/1 and no other is a CA that validates
 * (RFC 8737): it gets the challenge's certificate or nothing, and nothing else is ever done on
 * that connection: `challenge` says so. To all others acme-tls/1 does not exist.
 */
#ifndef TLS_SERVER_H
#define TLS_SERVER_H

#include <bearssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "net/hello.h"
#include "net/hostname.h"
#include "tls/anchors.h"
#include "tls/certs.h"
#include "tls/credential.h"
#include "tls/pins.h"
#include "tls/pump.h"
#include "tls/sessions.h"

#define SERVER_ACME_PROTOCOL "acme-tls/1"

enum { SERVER_PROTOCOLS_MAX = 16 };

/* Whether a client has to show a certificate. */
enum server_clients { SERVER_ANYBODY, SERVER_ASK, SERVER_REQUIRE };

/* What all connections of a server have in common. */
struct server {
	struct certs *certs;         /* by name; or */
	struct credential *only;     /* the one, for every name and none */
	const char **protocols;      /* ALPN (RFC 7301), the preferred first; a client that offers others
	                                alone is refused. None: what clients offer is ignored */
	size_t n_protocols;
	enum server_clients clients;
	const struct pins *pins;       /* a client's key must be one of these; NULL: any */
	const struct anchors *anchors; /* its chain must lead to one of these; NULL: to none */
	/* Says, beyond that, why its own certificate (DER) is not believed; NULL when it is. No function:
	   nobody is asked. Called in the handshake, before the client has shown that the key is its own. */
	const char *(*judge)(void *judge_with, struct span leaf);
	void *judge_with;
	struct sessions *sessions;     /* NULL: no session is resumed. Nor when clients show certificates */
	/* The answer to a challenge for a name, the caller's to drop; NULL: none is pending. No
	   function: challenges are not answered. */
	struct credential *(*challenge)(void *with, struct span name);
	void *with;
};

struct server_check;

/* Some 4.5 kB, and the engine's buffers, which whoever drives it can take back for a while (tls/buffers.h). */
struct server_conn {
	br_ssl_server_context ssl;
	const br_ssl_server_policy_class *policy; /* BearSSL sees this alone */
	const struct server *server;
	struct credential *credential; /* until the handshake is done */
	struct session_cache cache;
	struct server_check *check;    /* likewise; NULL unless clients are asked */
	const char *offered;           /* the protocol that is to be chosen; NULL: none */
	bool challenge;
	bool unsigned_key;             /* the handshake failed because the key, an agent's, did not sign */
	bool has_peer;                 /* the client has shown a certificate, and that its key is its own */
	unsigned char peer_hash[KEY_PIN_LEN], peer_pin[KEY_PIN_LEN]; /* SHA-256 of it, of its key */
	char name[HOSTNAME_MAX + 1];   /* that was asked for, folded; "" for none */
};

enum server_result {
	SERVER_OK,
	SERVER_OLD_VERSION,  /* the client speaks nothing as new as TLS 1.2 */
	SERVER_NEW_VERSION,  /* and nothing as old: TLS 1.3 alone */
	SERVER_BAD_NAME,     /* the name is no host's, and there is no default */
	SERVER_NO_NAME,      /* there is no certificate for it */
	SERVER_BROKEN,       /* there is, but it cannot be used */
	SERVER_NO_CHALLENGE, /* acme-tls/1, and nothing is pending for that name */
	SERVER_NO_ACME,      /* acme-tls/1, and challenges are not answered here */
	SERVER_SYSTEM        /* no memory or randomness: errno */
};

/* A word for a log, and what the client is told (alert). */
const char *server_result_name(enum server_result result);
enum hello_alert server_result_alert(enum server_result result);

/*
 * Sets everything up for the client that began with `hello`, whose bytes are then to be fed to
 * `pump` from the first on. `address` is the one it came to, as text, for clients that send no name;
 * may be empty. Unless SERVER_OK, only c->name is of use.
 */
enum server_result server_start(struct server_conn *c, const struct server *server,
                                const struct hello *hello, struct span address, struct pump *pump);

/*
 * After the handshake, once: false when the engine understood something else than was read
 * before, and the connection must be ended. Gives back what only the handshake needed.
 */
bool server_opened(struct server_conn *c);

/* Why a handshake failed, where there is more to be said than the engine's error; else NULL. */
const char *server_why(const struct server_conn *c);

/* The ALPN protocol that was agreed on, NULL for none. */
const char *server_protocol(const struct server_conn *c);

/* One for a new connection, all zero; NULL when memory is short. Given back, at any time, it is wiped. NULL
   is nothing. */
struct server_conn *server_new(void);
void server_free(struct server_conn *c);

#endif
