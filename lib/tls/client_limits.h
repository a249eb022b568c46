/* client_limits: what authorities limit and BearSSL does not look at. For lib/tls/client_check.c alone. */
#ifndef TLS_CLIENT_LIMITS_H
#define TLS_CLIENT_LIMITS_H

#include "tls/client.h"

/*
 * Whether a certificate of the server's chain may stand in it: its extendedKeyUsage, if
 * there is one, allows TLS servers (RFC 5280, 4.2.1.12), and its nameConstraints, critical
 * or not, allow the host (4.2.1.10). 0, or BearSSL's number of the error.
 */
unsigned int client_limits(const struct client_check *check, struct span der);

#endif
