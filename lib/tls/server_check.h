/*
 * server_check: what is made of a client's certificate. For lib/tls/server.c alone.
 *
 * With anchors its chain must lead to one of them, be valid now, and be for clients if it
 * says what it is for; with pins its key must be one of them; with neither any key will do, the
 * certificate being no more than its wrapper. A judge of the caller's (attestation) is asked
 * beyond that. That the client has the key is checked by the engine afterwards
 * (CertificateVerify): before the handshake is done nothing of this is to be believed.
 */
#ifndef TLS_SERVER_CHECK_H
#define TLS_SERVER_CHECK_H

#include "tls/server.h"

/* For a connection of that server. NULL: no memory. Freed by free(). */
struct server_check *server_check_new(const struct server *server, br_ssl_engine_context *engine);

/* What the engine is given. */
const br_x509_class **server_check_class(struct server_check *check);

/* The client has shown a certificate that is accepted: its hash and its key's. */
bool server_check_peer(const struct server_check *check, unsigned char hash[KEY_PIN_LEN],
                       unsigned char pin[KEY_PIN_LEN]);

/* What the judge had against the client's certificate; NULL: nothing, or nobody was asked. */
const char *server_check_why(const struct server_check *check);

#endif
