/* client_check: how a server's certificate is judged. For lib/tls/client.c alone. */
#ifndef TLS_CLIENT_CHECK_H
#define TLS_CLIENT_CHECK_H

#include "tls/client.h"

/* False when the host is no address though it should be one. */
bool client_check_init(struct client_check *check, const struct client_peer *peer);

#endif
