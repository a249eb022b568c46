/*
 * self_signed: certificates that vouch for themselves: a server's without a
 * CA, the root of a CA of one's own, the answer to TLS-ALPN-01.
 */
#ifndef TLS_SELF_SIGNED_H
#define TLS_SELF_SIGNED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "tls/key.h"
#include "tls/names.h"

enum {
	SELF_SIGNED_COMMON_NAME_MAX = 64, /* RFC 5280, A.1: ub-common-name */
	SELF_SIGNED_MAX = 32768,
	ACME_DIGEST_LEN = 32
};

/*
 * Appends a self-signed certificate (version 3). With `is_ca` it is a root:
 * basicConstraints with cA, keyUsage keyCertSign and cRLSign; `names` may be
 * NULL or empty. Otherwise a server's: extendedKeyUsage serverAuth and clientAuth.
 * The subject and issuer are CN=`common_name`, UTF-8, or empty; then
 * subjectAltName is critical, as RFC 5280, 4.2.1.6 wants it.
 *
 * `acme_digest`, ACME_DIGEST_LEN bytes or NULL: the critical acmeIdentifier
 * extension of TLS-ALPN-01 (RFC 8737, 3; RFC 8738, 6). There is exactly one name
 * then, and no common name is needed.
 *
 * False when `out` overflowed, a common name is too long, a root has neither
 * names nor a common name, any other has no names, or errno: no random bytes
 * for the serial number.
 */
struct self_signed {
	const struct name_set *names;
	struct span common_name;
	int64_t not_before, not_after;
	bool is_ca;
	const unsigned char *acme_digest;
	struct span extensions; /* further ones, each whole (tls/issue.h); evidence (tee/ratls.h), for instance */
};
bool self_signed_write(struct builder *out, const struct key *key, const struct self_signed *what);

#endif
