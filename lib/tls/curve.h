/*
 * curve: elliptic curves, fast: P-256, P-384 and X25519 behind the interfaces
 * BearSSL has for them, by nettle's hogweed and GMP; but for the product of X25519,
 * for which code of our own is the faster (tls/x25519.h).
 *
 * Why these two: portable 64-bit C of our own, as gcc builds it, needed 130 us
 * for a multiplication on P-256 where hogweed needs 82 (BearSSL: 410), and for
 * one of the generator 24 to 40 where hogweed needs 28 (BearSSL: 260): no gain
 * for new code that handles keys. They add 70 to 90 kB to a program and bring
 * the LGPL, so only those that make many handshakes or verify many signatures
 * use this module.
 *
 * Secrets. Time and memory accesses do not depend on the value of a scalar, a
 * private key or a nonce: nettle's functions for curves are made so (its manual,
 * "Side-channel silence"), and what is around them here is too. Points, digests
 * and signatures are public. Nonces are those of RFC 6979: a signature needs no
 * randomness and is, byte for byte, what BearSSL makes of the same key and
 * digest. Nothing is allocated: GMP is lent static storage for the length of a
 * call, which is wiped at its end; GMP's own memory functions are then again
 * what they were. Hence one thread. No system call is made. Two of GMP's
 * functions are defined here instead (curve_memory.c): a program with this
 * module has no other use for GMP.
 */
#ifndef TLS_CURVE_H
#define TLS_CURVE_H

#include <bearssl.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What bearssl_ec.h says of br_ec_impl, and where that leaves a choice: a
 * scalar that is 0 or not below the order is refused (mul and muladd give 0,
 * mulgen the length 0); it may be shorter or have leading zeros. A point is 04
 * || x || y of exactly that length, coordinates below the prime, on the curve;
 * infinity is none. On error nothing is written.
 *
 * X25519 is as in RFC 7748: numbers begin with the lowest byte (the scalar too:
 * BearSSL's page says otherwise, its code does not), bits of the scalar are set
 * and cleared, the top bit of the point is ignored. A product that is all zero
 * is refused (RFC 8422, 5.11); there is no muladd().
 *
 * P-521, which BearSSL's own have, is missing.
 */
extern const br_ec_impl curve_ec;

/*
 * ECDSA, for br_ecdsa_sign and br_ecdsa_vrfy. `impl` only says which curves
 * are wanted (curve_ec, or another that knows P-256 and P-384); the arithmetic
 * is this module's.
 *
 * Verifying takes hostile bytes: asn1 is DER and nothing else (r and s not
 * negative, minimal, nothing behind them), raw is two numbers of the curve's
 * full length; 0 < r, s < order. BearSSL's own are looser in all of that.
 * One kind of valid signature is refused: that where u1 G = u2 Q (FIPS 186-5,
 * 6.4.2), which nobody makes by accident, and nobody without the private key.
 */
size_t curve_sign_asn1(const br_ec_impl *impl, const br_hash_class *hash, const void *digest,
                       const br_ec_private_key *key, void *signature);
size_t curve_sign_raw(const br_ec_impl *impl, const br_hash_class *hash, const void *digest,
                      const br_ec_private_key *key, void *signature);
uint32_t curve_verify_asn1(const br_ec_impl *impl, const void *digest, size_t digest_len,
                           const br_ec_public_key *key, const void *signature,
                           size_t signature_len);
uint32_t curve_verify_raw(const br_ec_impl *impl, const void *digest, size_t digest_len,
                          const br_ec_public_key *key, const void *signature,
                          size_t signature_len);

/*
 * Has an engine use them, for its key exchange and for signatures of the other
 * side. What checks certificates is told apart (br_x509_minimal_set_ecdsa()),
 * and so is a server's key (br_ssl_server_set_single_ec() and the like take
 * curve_ec and curve_sign_asn1()).
 */
void curve_install(br_ssl_engine_context *engine);

#endif
