/*
 * client: the client's side of a TLS connection, set up: TLS 1.2, ECDHE with AEAD
 * alone, no renegotiation, the server's certificate held against trust anchors, the
 * time, and the host's name or address.
 *
 * A name must be one of the certificate's (subjectAltName, a "*" for its first label;
 * without subjectAltName the subject's common name). An address must be one of its
 * addresses (iPAddress in subjectAltName), as RFC 6125 and 8738 want it; BearSSL
 * knows no addresses, so that is added here.
 *
 * Beyond BearSSL every certificate of the chain must be for servers, if it says what it is
 * for (extendedKeyUsage), allow the host, if it limits names (nameConstraints), and be of
 * CERT_MAX bytes at most. Either extension being critical BearSSL refuses the chain.
 *
 * With pins the server's key must be one that is known (RFC 7469, 2.4), beyond all that;
 * without anchors, in place of it. The same goes for a judge of the caller's: attestation.
 */
#ifndef TLS_CLIENT_H
#define TLS_CLIENT_H

#include <bearssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "tls/anchors.h"
#include "tls/cert.h"
#include "tls/key.h"
#include "tls/public_key.h"
#include "tls/pump.h"

enum { CLIENT_HOST_MAX = 253 }; /* bytes of a name */

/* Who the client is, for servers that ask: its certificate first, each next one the issuer's. */
struct client_identity {
	const br_x509_certificate *chain;
	size_t n_chain;
	const struct key *key;
};

/* How BearSSL asks for it. */
struct client_auth {
	const br_ssl_client_certificate_class *vtable; /* first: BearSSL sees this alone */
	const struct client_identity *identity;
};

/* BearSSL's verification of a chain, with what is added to it. */
struct client_check {
	const br_x509_class *vtable; /* first: BearSSL sees this alone */
	br_x509_minimal_context chain;
	bool is_address; /* `ip` is to be in the certificate */
	unsigned char ip[16];
	size_t ip_len;
	const unsigned char (*pins)[KEY_PIN_LEN];
	size_t n_pins;
	const char *(*judge)(void *with, struct span leaf);
	void *with;
	bool pins_alone; /* there are no anchors, but maybe a judge */
	bool unpinned;   /* the key was none of the pins */
	const char *unjudged; /* why the judge did not believe it; NULL: he did, or was not asked */
	br_x509_pkey key; /* the leaf's, with the pins alone: points into it */
	size_t n_certs;  /* of the chain so far */
	bool too_large;  /* the leaf is larger than there is room for */
	size_t leaf_len;
	unsigned char leaf[CERT_MAX]; /* the server's own certificate */
	const char *name;     /* what BearSSL compares; NULL for an address */
	unsigned int limited; /* an error that BearSSL does not look for; 0: none so far */
	size_t issuer_len;
	unsigned char issuer[CERT_MAX]; /* the certificate that is coming in, behind the leaf */
	struct builder *seen; /* NULL: nobody wants to see them all */
};

/* Some 75 kB, of which what is not used is never touched: best static. */
struct tls_client {
	br_ssl_client_context ssl;
	struct client_check check;
	struct client_auth auth;
	char host[CLIENT_HOST_MAX + 1];
	unsigned char buffer[BR_SSL_BUFSIZE_BIDI];
};

struct client_peer {
	const struct anchors *anchors; /* NULL: pins and judge alone, without regard to name and time */
	const unsigned char (*pins)[KEY_PIN_LEN]; /* one of which the key must have; outlive the
	                           connection */
	size_t n_pins;          /* 0: any key; then there must be anchors or a judge */
	/* Says, beyond all that, why the server's own certificate (DER) is not believed; NULL when it is.
	   No function: nobody is asked. Called in the handshake, before the server has shown that the
	   key is its own: only when the handshake is done that is so. */
	const char *(*judge)(void *with, struct span leaf);
	void *with;
	struct span host;       /* a name, or with `is_address` an address without brackets */
	bool is_address;
	int64_t unix_now;       /* certificates are judged at */
	const char **protocols; /* ALPN (RFC 7301), the preferred first; outlive the connection */
	size_t n_protocols;     /* 0: none are offered */
	const struct client_identity *identity; /* NULL: none. What it points to, the key above all,
	                           is not needed once the handshake is done */
	struct builder *seen;   /* NULL, or where the server's certificates go as they come, believed
	                           or not, each with its length in 24 bits before it; used until
	                           the handshake is done */
};

enum client_result {
	CLIENT_OK,
	CLIENT_BAD_HOST,
	CLIENT_SYSTEM /* errno: no randomness */
};

/*
 * Sets everything up for a new connection and points `pump` at it. No I/O is done.
 * `c` is used until the connection is over.
 */
enum client_result client_start(struct tls_client *c, const struct client_peer *peer,
                                struct pump *pump);

/* The server's own certificate in DER, after the handshake; empty when it is over CERT_MAX. */
struct span client_leaf(const struct tls_client *c);

/* The ALPN protocol that was agreed on, NULL for none. */
const char *client_protocol(struct tls_client *c);

#endif
