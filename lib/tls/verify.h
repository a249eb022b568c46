/* verify: BearSSL's verification of chains of certificates, set up. */
#ifndef TLS_VERIFY_H
#define TLS_VERIFY_H

#include <bearssl.h>
#include <stdint.h>

#include "tls/anchors.h"

/*
 * RSA from 2048 bits and ECDSA, with SHA-256, 384 and 512, judged at `unix_now`. Without
 * anchors (NULL) nobody is believed.
 */
void verify_init(br_x509_minimal_context *chain, const struct anchors *anchors, int64_t unix_now,
                const br_ec_impl *curves, br_ecdsa_vrfy verify);

#endif
