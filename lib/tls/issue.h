/*
 * issue: what requests, certificates and CRLs of ours have in common: names, extensions
 * (RFC 5280, 4.2), and a signature behind what is signed. What goes into them is the
 * caller's word.
 */
#ifndef TLS_ISSUE_H
#define TLS_ISSUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "tls/key.h"
#include "tls/names.h"

/*
 * Opens what is signed; in between, its contents are appended. issue_sign()
 * closes it and appends algorithm and signature. False when `out` overflowed.
 */
struct issue {
	size_t all, signed_part;
};
struct issue issue_begin(struct builder *out);
bool issue_sign(struct builder *out, const struct issue *issue, const struct key *key);

/* An extension with this OID (encoded contents), its value a whole value of DER. */
void issue_extension(struct builder *out, struct span oid, bool critical, struct span value);

/* subjectAltName. */
void issue_names(struct builder *out, const struct name_set *names, bool critical);

/*
 * subjectKeyIdentifier of a key, and authorityKeyIdentifier of the issuer's: RFC 7093, 2, method
 * 1: 160 bits of SHA-256, here of the whole SubjectPublicKeyInfo.
 */
void issue_key_id(struct builder *out, struct span spki);
void issue_authority_key_id(struct builder *out, struct span issuer_spki);

/* Marks of a CA: basicConstraints with cA, and at most `path_len` CAs below unless negative; keyUsage
 * keyCertSign and cRLSign. Both critical. */
void issue_ca_marks(struct builder *out, int path_len);

/*
 * A Name of one attribute in each RDN, in the order given: UTF-8, or PrintableString for the
 * country (X.520). None: an empty Name.
 */
enum issue_attribute_type {
	ISSUE_COMMON_NAME = 3,
	ISSUE_COUNTRY = 6,
	ISSUE_LOCALITY = 7,
	ISSUE_STATE = 8,
	ISSUE_ORGANIZATION = 10
};
struct issue_attribute {
	enum issue_attribute_type type;
	struct span text;
};
void issue_name(struct builder *out, const struct issue_attribute *attributes, size_t n);

/*
 * Appends a certificate (version 3), signed by `key`, the issuer's. False when `out` overflowed.
 */
enum { ISSUE_SERIAL_MAX = 20 };
struct issue_certificate {
	struct span serial;          /* big endian, not 0, ISSUE_SERIAL_MAX bytes at most */
	struct span issuer, subject; /* Names, whole: issue_name() */
	int64_t not_before, not_after;
	struct span spki;            /* the subject's key, whole */
	struct span extensions;      /* issue_extension() and the like, one after the other */
};
bool issue_certificate(struct builder *out, const struct issue_certificate *what,
                       const struct key *key);

/*
 * Appends a CRL (version 2; RFC 5280, 5), signed by `key`, the issuer's. False when `out`
 * overflowed.
 */
struct issue_revoked {
	struct span serial; /* as above */
	int64_t when;
};
struct issue_crl {
	struct span issuer;
	int64_t this_update, next_update;
	const struct issue_revoked *revoked;
	size_t n_revoked;
	struct span extensions; /* of the list: issue_crl_number(), issue_authority_key_id() */
};
bool issue_crl(struct builder *out, const struct issue_crl *what, const struct key *key);
void issue_crl_number(struct builder *out, uint32_t number);

#endif
