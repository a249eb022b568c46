/* client_auth: a client's certificate, shown to servers that ask for one. For lib/tls/client.c alone. */
#ifndef TLS_CLIENT_AUTH_H
#define TLS_CLIENT_AUTH_H

#include "tls/client.h"

/* What `identity` says is used until the handshake is done. */
void client_auth_init(struct client_auth *auth, const struct client_identity *identity);

#endif
