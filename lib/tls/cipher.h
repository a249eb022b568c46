/* cipher: what cipher suites are called. */
#ifndef TLS_CIPHER_H
#define TLS_CIPHER_H

#include <bearssl.h>

/*
 * The name of the suite that was agreed on, as OpenSSL has it and environments (SSL_CIPHER) show
 * it: "ECDHE-ECDSA-AES128-GCM-SHA256". "unknown" before the handshake is done, and for suites
 * that we never offer.
 */
const char *cipher_name(const br_ssl_engine_context *engine);

#endif
