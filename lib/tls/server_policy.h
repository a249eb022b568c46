/* server_policy: cipher suite, chain and signature of a connection of tls/server.h. For server.c alone. */
#ifndef TLS_SERVER_POLICY_H
#define TLS_SERVER_POLICY_H

#include <bearssl.h>

/* For struct server_conn's `policy`. */
extern const br_ssl_server_policy_class server_policy;

#endif
