/*
 * key: private keys: made, read, written, used for signing, wiped.
 *
 * A struct key is a secret from its first byte to its last: who has one wipes
 * it (key_wipe) and holds it in storage that is not copied.
 *
 * Signing is BearSSL's: constant time, ECDSA with deterministic nonces (RFC
 * 6979), RSA with PKCS #1 v1.5 padding (RFC 8017, 8.2).
 */
#ifndef TLS_KEY_H
#define TLS_KEY_H

#include <bearssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/builder.h"
#include "base/span.h"
#include "tls/public_key.h"

enum { KEY_PEM_MAX = 8192 }; /* bytes of a private key's PEM file that are read */

struct key {
	enum key_type type;
	unsigned int bits;
	union {
		struct {
			br_ec_private_key key;
			unsigned char x[BR_EC_KBUF_PRIV_MAX_SIZE];
		} ec;
		struct {
			br_rsa_private_key key;
			unsigned char factors[BR_RSA_KBUF_PRIV_SIZE(KEY_RSA_MAX)];
			size_t d_len;
			unsigned char d[KEY_RSA_MAX / 8]; /* to be written again; signing needs it not */
		} rsa;
	} u;
	size_t spki_len;
	unsigned char spki[KEY_SPKI_MAX]; /* the public half, DER */
};

/*
 * What `key-make -t` takes: p256, p384, rsa2048, rsa3072, rsa4096. False for
 * anything else.
 */
struct key_kind {
	enum key_type type;
	unsigned int bits;
};
bool key_kind_parse(struct span text, struct key_kind *kind);

/* The name of a kind, for instance "p256"; of other RSA sizes "rsa". */
const char *key_kind_name(enum key_type type, unsigned int bits);

/*
 * Makes a new key from the system's random bytes. False: errno, EINVAL for
 * sizes that key_kind_parse() does not give. RSA 4096 takes seconds.
 */
bool key_make(struct key *key, struct key_kind kind);

/* The same from random bytes of the caller's: with a seeded generator, the same key again. */
bool key_make_from(struct key *key, struct key_kind kind, const br_prng_class **random);

/*
 * Reads a private key: PEM (the first block of PRIVATE KEY, EC PRIVATE KEY,
 * RSA PRIVATE KEY; text around it and CRLF tolerated) or DER of one of these
 * (RFC 5958, RFC 5915, RFC 8017 A.1.2). All that is in it is held against the
 * rest: the scalar's range, the point, modulus, exponents and factors. After
 * anything but KEY_OK the key is wiped.
 */
enum key_result {
	KEY_OK,
	KEY_MALFORMED,  /* no private key */
	KEY_ENCRYPTED,  /* one that needs a passphrase */
	KEY_UNSUPPORTED, /* another algorithm, curve or size */
	KEY_MISMATCH    /* the parts do not belong together */
};
enum key_result key_read(struct key *key, struct span bytes);
const char *key_strerror(enum key_result result);

/* Appends the key as PKCS #8 in PEM. The storage becomes a secret. */
void key_write(const struct key *key, struct builder *out);

/*
 * Appends the signature over a digest: ECDSA as X.509 and TLS want it (DER),
 * or, with `raw`, r || s of full length as JOSE does (RFC 7518, 3.4). `raw`
 * changes nothing for RSA. False when `out` overflowed.
 */
bool key_sign(const struct key *key, enum key_hash hash, const unsigned char *digest, bool raw,
              struct builder *out);

/* A second one of the same key: a secret too, and wiped apart. */
void key_copy(struct key *to, const struct key *from);

void key_wipe(struct key *key);

#endif
