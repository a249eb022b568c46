/*
 * public_key: the public half of a key pair, as SubjectPublicKeyInfo (RFC 5280,
 * 4.1.2.7): ECDSA on P-256 and P-384 (RFC 5480), RSA (RFC 3279); and the hashes
 * that are signed.
 */
#ifndef TLS_PUBLIC_KEY_H
#define TLS_PUBLIC_KEY_H

#include <bearssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/builder.h"
#include "base/reader.h"
#include "base/span.h"

enum key_type { KEY_P256, KEY_P384, KEY_RSA };

enum {
	KEY_RSA_MIN = 2048, /* bits of a modulus */
	KEY_RSA_MAX = 4096,
	KEY_SPKI_MAX = 600,      /* bytes of a SubjectPublicKeyInfo */
	KEY_SIGNATURE_MAX = 512, /* bytes of a signature */
	KEY_HASH_MAX = 64,       /* bytes of a digest */
	KEY_PIN_LEN = 32         /* SHA-256 of a SubjectPublicKeyInfo */
};

struct public_key {
	enum key_type type;
	unsigned int bits;    /* of a modulus: 2048 ...; 256 or 384 on a curve */
	struct span point;    /* on a curve: 04 || x || y */
	struct span modulus;  /* RSA: big-endian, no leading zeros */
	struct span exponent; /* likewise */
};

/*
 * The spans of `public_key` point into `spki`. False for anything but the three
 * kinds above, a point that is not uncompressed or not on the curve, a modulus
 * that is even or out of bounds, an exponent that is even, 1, or over 64 bits.
 */
bool public_key_read(struct public_key *public, struct span spki);

/*
 * The same without looking whether a point is on its curve, which takes 0.2 ms:
 * for keys that are only passed on to BearSSL, whose calculations look.
 */
bool public_key_parse(struct public_key *public, struct span spki);

/* The same as BearSSL's verification of certificates has a key; it points into `spki`, and is only read. */
bool public_key_lend(struct span spki, br_x509_pkey *key);

/* Appends it as a SubjectPublicKeyInfo. */
void public_key_write(struct builder *out, const struct public_key *public);

/*
 * Reads the contents of an AlgorithmIdentifier of a key. KEY_ALGORITHM_OTHER:
 * another algorithm, curve, or a curve that is not named.
 */
enum key_algorithm { KEY_ALGORITHM_OK, KEY_ALGORITHM_OTHER, KEY_ALGORITHM_MALFORMED };
enum key_algorithm public_key_algorithm(struct reader *algorithm, enum key_type *type);

/* The OBJECT IDENTIFIER of the curve, or of RSA: encoded contents. */
struct span public_key_oid(enum key_type type);

/* What BearSSL calculates with on a curve, and its number there. NULL and 0 for RSA. */
const br_ec_impl *public_key_curve(enum key_type type, int *number);

/* The hashes that are signed. */
enum key_hash { KEY_SHA256, KEY_SHA384, KEY_SHA512 };

/* How long a digest is; and the digest of `data`, into KEY_HASH_MAX bytes at most. */
size_t key_hash_len(enum key_hash hash);
void key_hash(enum key_hash hash, struct span data, unsigned char *digest);

/* What BearSSL calls them. */
const br_hash_class *key_hash_class(enum key_hash hash);
const unsigned char *key_hash_oid(enum key_hash hash);

/* The hash that goes with a key: SHA-384 for P-384, SHA-256 for the rest. */
enum key_hash key_type_hash(enum key_type type);

/* Whether `signature` (ECDSA as DER, RSA PKCS #1 v1.5) is this key's over `digest`. */
bool public_key_verify(const struct public_key *public, enum key_hash hash,
                       const unsigned char *digest, struct span signature);

/*
 * AlgorithmIdentifiers of signatures (RFC 5758, RFC 4055): appended whole; and
 * read, whole. False for any but ECDSA and RSA PKCS #1 v1.5 with these hashes;
 * `*is_rsa` says which.
 */
void signature_algorithm_write(struct builder *out, enum key_type type, enum key_hash hash);
bool signature_algorithm_read(struct span algorithm, bool *is_rsa, enum key_hash *hash);

/* Whether the key in `spki` made `signature` over `bytes`, with this AlgorithmIdentifier. */
bool signature_holds(struct span spki, struct span algorithm, struct span bytes,
                     struct span signature);

/* SHA-256 of the SubjectPublicKeyInfo in `spki`: what is pinned, printed as SHA256:hex. */
void key_pin(struct span spki, unsigned char pin[KEY_PIN_LEN]);

#endif
