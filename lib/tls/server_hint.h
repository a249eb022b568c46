/*
 * server_hint: saves BearSSL's server half of its time. For server.c and server_policy.c alone.
 *
 * When it has read a hello, BearSSL 0.6 looks up all 48 places of its list of suites in common in a
 * table, in an interpreter: for each place that is empty, which most are, to the table's end. That is some 200
 * microseconds of a handshake's 450. Between reading the suites and that, it makes a session id, with
 * a hash function that the caller has provided. So this is one that is SHA-256, and on its way
 * fills the empty places with the suite the table begins with, which we never choose.
 *
 * Nothing depends on it: whenever it happens, or when it does not, the same suite is chosen.
 */
#ifndef TLS_SERVER_HINT_H
#define TLS_SERVER_HINT_H

#include <bearssl.h>

/* Has an engine use it; the next hello that is fed to any engine is to be this one's. */
void server_hint_begin(br_ssl_server_context *ssl);

/* It was read, or the context is of no more use. */
void server_hint_end(const br_ssl_server_context *ssl);

#endif
