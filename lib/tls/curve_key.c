/* Signatures with a key, by the fast curves. */
#include "tls/curve_key.h"

#include "tls/curve.h"

bool curve_key_sign(const struct key *key, enum key_hash hash, const unsigned char *digest,
                    bool raw, struct builder *out)
{
	unsigned char signature[KEY_SIGNATURE_MAX];
	size_t len;

	if (key->type == KEY_RSA)
		return key_sign(key, hash, digest, raw, out);
	len = (raw ? curve_sign_raw : curve_sign_asn1)(&curve_ec, key_hash_class(hash), digest,
	                                               &key->u.ec.key, signature);
	if (len == 0)
		out->overflow = true;
	builder_add(out, span_of(signature, len));
	return builder_ok(out);
}
