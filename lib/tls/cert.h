/*
 * cert: what an X.509 certificate (RFC 5280) says.
 *
 * A tolerant reader: it wants the structure to be whole and DER where it
 * looks, and leaves judgement to its callers. Nothing is copied; all spans
 * point into the certificate's bytes.
 */
#ifndef TLS_CERT_H
#define TLS_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "tls/key.h"
#include "tls/names.h"

enum {
	CERT_MAX = 16384,   /* bytes of one certificate that are read from a file */
	CERT_CHAIN_MAX = 10 /* certificates of a chain */
};

struct cert {
	struct span der;        /* all of it */
	struct span tbs;        /* what is signed */
	struct span serial;     /* the INTEGER's content octets, with a leading 00 */
	struct span issuer, subject; /* Name, whole, with its tag */
	int64_t not_before, not_after; /* seconds since 1970; the second is still valid (4.1.2.5) */
	struct span spki;       /* SubjectPublicKeyInfo, whole */
	struct span names;      /* contents of GeneralNames in subjectAltName; empty: none */
	bool names_critical;
	struct span key_id;     /* subjectKeyIdentifier; empty: none */
	struct span authority_key_id; /* keyIdentifier of authorityKeyIdentifier; empty: none */
	bool is_ca;             /* basicConstraints */
	bool must_staple;       /* the feature status_request (RFC 7633) */
	struct span extensions; /* contents of the SEQUENCE of extensions; empty: none */
	struct span signature_algorithm; /* AlgorithmIdentifier, whole */
	struct span signature;  /* without the bit string's first byte */
};

/* False when `der` is not one whole certificate. */
bool cert_read(struct cert *c, struct span der);

/*
 * Fills what is said in `extensions` alone, the contents of a SEQUENCE of them:
 * of a certificate or of a request. False when one of those that are known here
 * is malformed, or one is there twice.
 */
bool cert_read_extensions(struct cert *c, struct span extensions);

/* The value of the extension with this OID (encoded contents); false when there is none. */
bool cert_extension(const struct cert *c, struct span oid, bool *critical, struct span *value);

/*
 * Appends a Name in RFC 4514's form ("CN=R11,O=Let's Encrypt,C=US"), control
 * bytes and those above 126 escaped; nothing for an empty one. As OpenSSL's
 * -nameopt RFC2253 has it.
 */
void cert_print_name(struct builder *out, struct span name);

/* The value of a Name's last commonName, as it stands there; empty when it has none. */
struct span cert_common_name(struct span name);

/*
 * Whether `issuer` is the certificate that signed `c`: names alike, and the
 * signature holds. False too for signature algorithms that are not ECDSA or
 * RSA PKCS #1 v1.5 over SHA-256, 384 or 512.
 */
bool cert_signed_by(const struct cert *c, const struct cert *issuer);

#endif
