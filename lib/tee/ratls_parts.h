/* ratls_parts: what the sources of tee/ratls share. */
#ifndef TEE_RATLS_PARTS_H
#define TEE_RATLS_PARTS_H

#include "tee/ratls.h"

/* OBJECT IDENTIFIERs, encoded contents; dstack's without the last number. */
enum { RATLS_OID_DSTACK_LEN = 9, RATLS_OID_CCC_LEN = 6, RATLS_OID_GRAMINE_LEN = 11 };
extern const unsigned char ratls_oid_dstack[RATLS_OID_DSTACK_LEN];
extern const unsigned char ratls_oid_ccc[RATLS_OID_CCC_LEN];
extern const unsigned char ratls_oid_gramine[RATLS_OID_GRAMINE_LEN];

/* CBOR: a quote with claims. */
enum { RATLS_TAG_QUOTE = 60000 };

/* Tagged evidence, the value of the extension. */
enum ratls_result ratls_read_ccc(struct ratls *r, struct span value);

/* The claims are about the key in `spki`. */
bool ratls_claims_bind(const struct ratls *r, struct span spki);

/* Claims about a key; a nonce without `p` is none. */
void ratls_write_claims(struct builder *out, struct span spki, struct span nonce);

#endif
