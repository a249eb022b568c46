/*
 * issue: what requests and certificates of ours have in common: extensions
 * (RFC 5280, 4.2), and a signature behind what is signed.
 */
#ifndef TLS_ISSUE_H
#define TLS_ISSUE_H

#include <stdbool.h>
#include <stddef.h>

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

#endif
