/* curve_key: what key_sign() does (tls/key.h), on a curve by the fast one. */
#ifndef TLS_CURVE_KEY_H
#define TLS_CURVE_KEY_H

#include "tls/key.h"

bool curve_key_sign(const struct key *key, enum key_hash hash, const unsigned char *digest,
                    bool raw, struct builder *out);

#endif
