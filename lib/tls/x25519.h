/*
 * x25519: multiplication on Curve25519 (RFC 7748, 5), where the compiler has numbers of 128 bits.
 *
 * It takes two thirds of the time of nettle's, whose numbers are GMP's, and is the dearest
 * part of a handshake. Time and memory accesses do not depend on the scalar or the point; what is secret
 * is wiped. For curve.c alone.
 */
#ifndef TLS_X25519_H
#define TLS_X25519_H

enum { X25519_BYTES = 32 };

/* `to` may be either of the others. Bits of the scalar are set and cleared, the point's top bit is ignored. */
void x25519_multiply(unsigned char to[X25519_BYTES], const unsigned char scalar[X25519_BYTES],
                     const unsigned char point[X25519_BYTES]);

#endif
