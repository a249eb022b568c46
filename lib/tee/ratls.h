/*
 * ratls: evidence in a certificate (RA-TLS): a quote, in an extension, whose report data binds the
 * certificate's key. Three forms are read and written:
 *
 *   dstack    extensions under 1.3.6.1.4.1.62397.1, each an OCTET STRING: .1 the quote, .2 its event
 *             log as JSON, or .8 both of them as an attestation (tee/attestation.h); .3 app id,
 *             .4 what the certificate is for, .9 app info. The report data is SHA-512 of
 *             "ratls-cert:" and the SubjectPublicKeyInfo.
 *   ccc       "interoperable RA-TLS": an extension 2.23.133.5.4.9 (TCG DICE tagged evidence) of
 *             CBOR: tag 60000, an array of the quote and the claims, both byte strings. Claims are
 *             a map of text: "pubkey-hash" is a byte string of an array of a hash's number (1:
 *             SHA-256, 7: SHA-384, 8: SHA-512) and that hash of the SubjectPublicKeyInfo; "nonce"
 *             bytes that a verifier gave. The report data is SHA-256 of the claims, then zeros.
 *   gramine   an extension 1.2.840.113741.1337.6, in whose encoding Gramine has tag and length twice
 *             (0.6.9.42.840.113741.1337.6; so it is written, and either is read): the quote as it
 *             is. The report data is SHA-256 of the SubjectPublicKeyInfo, then zeros.
 *
 * Nothing is copied but what is unpacked from an attestation; all else points into the certificate.
 * Whoever reads evidence knows what somebody wrote. It is true when the quote verifies
 * (tee/verify.h), ratls_binds() holds, and the peer has shown that the key is his: by the signature
 * of a handshake, never by the certificate alone, which everybody has who was once shown it.
 */
#ifndef TEE_RATLS_H
#define TEE_RATLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "tee/attestation.h"
#include "tee/quote.h"
#include "tls/cert.h"

#define RATLS_TAG "ratls-cert" /* of dstack's report data (tee/report_data.h) */

enum {
	RATLS_NONCE_MAX = 256,   /* bytes */
	RATLS_CLAIMS_MAX = 1024, /* of claims that are written */
	RATLS_ROOM = CERT_MAX * ATTESTATION_GROWTH /* for what is unpacked is enough */
};

enum ratls_form { RATLS_DSTACK, RATLS_CCC, RATLS_GRAMINE };
enum { RATLS_FORMS = 3 };

/* By its name, above. */
bool ratls_form_find(struct span name, enum ratls_form *form);
const char *ratls_form_name(enum ratls_form form);

struct ratls {
	enum ratls_form form;
	struct span quote;     /* not looked into */
	struct span log;       /* dstack: JSON, an array; maybe empty */
	bool attestation;      /* dstack: it came as .8 */
	struct span app_id, usage, app_info; /* dstack; maybe empty, and nobody vouches for them */
	struct span claims;    /* ccc: what is hashed */
	uint64_t hash;         /* ccc: its number */
	struct span key_hash;  /* ccc */
	bool has_nonce;
	struct span nonce;     /* ccc */
};

enum ratls_result {
	RATLS_OK,
	RATLS_NONE,      /* no evidence of this form */
	RATLS_MALFORMED, /* an extension, or what is in it */
	RATLS_OTHER      /* evidence of another kind of machine or format */
};
const char *ratls_strerror(enum ratls_result result);

/*
 * Reads evidence of one form. `room` is for what has to be unpacked, and `r` points into it; what
 * stands in it already stays.
 */
enum ratls_result ratls_read_form(struct ratls *r, const struct cert *cert, enum ratls_form form,
                                  struct builder *room);

/*
 * Reads the evidence to be judged: that of the first form, in the order above, that the
 * certificate has at all. One that cannot be read is not made up for by another.
 */
enum ratls_result ratls_read(struct ratls *r, const struct cert *cert, struct builder *room);

/* Whether this report data, of the quote, is what the form wants for the key in `spki`. */
bool ratls_binds(const struct ratls *r, struct span report_data, struct span spki);

/*
 * What a quote has to be made over, for a certificate with the key in `spki`. `nonce` is for ccc
 * alone (no `p`: none). False: too long, or of another form.
 */
bool ratls_report_data(enum ratls_form form, struct span spki, struct span nonce,
                       unsigned char report_data[QUOTE_REPORT_DATA_LEN]);

/*
 * Appends the extensions that carry the quote, for issue_certificate(). `log` is for dstack alone and
 * may be empty. `out` overflows.
 */
void ratls_write(struct builder *out, enum ratls_form form, struct span quote, struct span log,
                 struct span spki, struct span nonce);

/* dstack's extensions by their last number, one written with its OCTET STRING. */
enum ratls_dstack {
	RATLS_DSTACK_QUOTE = 1,
	RATLS_DSTACK_LOG = 2,
	RATLS_DSTACK_APP_ID = 3,
	RATLS_DSTACK_USAGE = 4,
	RATLS_DSTACK_ATTESTATION = 8,
	RATLS_DSTACK_APP_INFO = 9
};
void ratls_write_dstack(struct builder *out, enum ratls_dstack which, struct span bytes);

#endif
