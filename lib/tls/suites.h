/*
 * suites: what of TLS 1.2 is spoken: ECDHE with AEAD alone, AES-GCM first where the processor
 * has instructions for AES, else ChaCha20; signatures over SHA-256, SHA-384 and SHA-512.
 */
#ifndef TLS_SUITES_H
#define TLS_SUITES_H

#include <bearssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Tells an engine all of that; elliptic curves are told apart (tls/curve.h, or BearSSL's own). */
void suites_set(br_ssl_engine_context *engine);

/* The suites in our order of preference. */
const uint16_t *suites_list(size_t *n);

#endif
