/*
 * request: certificate requests (PKCS #10, RFC 2986), made and read.
 *
 * A request says the names (subjectAltName) and the key, and nothing that a CA
 * might refuse: an empty subject, no key usage. OCSP must-staple (RFC 7633) is
 * the one thing that may be added.
 */
#ifndef TLS_REQUEST_H
#define TLS_REQUEST_H

#include <stdbool.h>

#include "base/builder.h"
#include "base/span.h"
#include "tls/key.h"
#include "tls/names.h"

enum { REQUEST_MAX = 32768 };

/* Appends the request in DER. False when `out` overflowed or there are no names. */
bool request_write(struct builder *out, const struct key *key, const struct name_set *names,
                   bool must_staple);

/*
 * Reads a request made elsewhere (DER): its key and names. `names` must be
 * empty; a common name that is not among the alternative names is added. False
 * when it is malformed, its own signature does not hold, it has no names or
 * some of another kind.
 */
struct request {
	struct span der;
	struct span spki; /* into `der` */
	bool must_staple;
};
bool request_read(struct request *r, struct span der, struct name_set *names);

#endif
