/*
 * collateral: what is needed beside a quote to verify it: TCB info, identity of the
 * quoting enclave, revocation lists, and the certificates of who signed them. All of it is
 * hostile until its signatures were checked; here it is only put in its places.
 *
 * Two forms. A directory with the answers of Intel's service (PCS, version 4):
 *
 *   tcb_info.json               {"tcbInfo": {...}, "signature": "..."}
 *   tcb_info_issuer_chain.pem   its signer and the root
 *   qe_identity.json            {"enclaveIdentity": {...}, "signature": "..."}
 *   qe_identity_issuer_chain.pem
 *   pck_crl.der                 revoked PCK certificates
 *   pck_crl_issuer_chain.pem    the CA that issued the list, and the root
 *   root_ca_crl.der             revoked certificates of the root
 *
 * or one document, collateral.json, with the members that other verifiers keep: tcb_info and
 * qe_identity (the signed member's text as a string), tcb_info_signature and
 * qe_identity_signature (hexadecimal), the three ..._issuer_chain (PEM), pck_crl and root_ca_crl
 * (DER in hexadecimal). Other members are passed over.
 */
#ifndef TEE_COLLATERAL_H
#define TEE_COLLATERAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/builder.h"
#include "base/file.h"
#include "base/json.h"
#include "base/span.h"

enum {
	COLLATERAL_FILE_MAX = 1 << 18, /* bytes of one file; real TCB info has 3000 to 20000 */
	COLLATERAL_MAX = 1 << 20,      /* bytes of all of them */
	COLLATERAL_TOKENS = 24576,     /* JSON values and names of one document; real ones have 3000 */
	COLLATERAL_SIGNATURE_LEN = 64
};

/* A signed document: as the service gives it, or (signature not empty) the signed member alone. */
struct collateral_document {
	struct span text;
	struct span signature; /* hexadecimal */
};

struct collateral {
	struct collateral_document tcb_info, qe_identity;
	struct span tcb_info_chain, qe_identity_chain; /* PEM */
	struct span pck_crl, root_crl;                 /* DER */
	struct span pck_crl_chain;                     /* PEM */
};

/*
 * Reads the collateral in the directory `dir` (a descriptor), the files first and collateral.json
 * when there is no tcb_info.json. `room` gets all that is in the files. On anything but FILE_OK
 * `*file` is the one it is about: a missing one, for instance. FILE_OK says nothing of
 * collateral.json's form: `document` is then its text, otherwise empty.
 */
enum file_result collateral_load(struct collateral *c, int dir, struct builder *room,
                                 struct span *document, const char **file);

/*
 * Takes collateral.json apart. Strings that have to be decoded go to `room`; `tokens`
 * are free again afterwards. False when a member is missing or malformed.
 */
bool collateral_read(struct collateral *c, struct span document, struct json_token *tokens, size_t n,
                     struct builder *room);

/*
 * The reverse: appends collateral.json. `tokens` are free again afterwards. False, with nothing
 * appended, when TCB info or QE identity is no signed document; false too when `out` overflowed.
 */
bool collateral_write(struct builder *out, const struct collateral *c, struct json_token *tokens,
                      size_t n);

/*
 * The member `name` of a document ("tcbInfo", "enclaveIdentity"), its exact bytes, which are
 * what is signed, and the signature. False when the document is not exactly a member of this
 * name and "signature", or the signature is not of its length.
 */
struct collateral_signed {
	struct json doc;
	struct json_value value;
	struct span bytes;
	unsigned char signature[COLLATERAL_SIGNATURE_LEN];
};
bool collateral_open(struct collateral_signed *s, const struct collateral_document *document,
                     const char *name, struct json_token *tokens, size_t n);

#endif
