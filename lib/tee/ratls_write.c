/* Evidence, written as extensions. */
#include "tee/cbor.h"
#include "tee/ratls_parts.h"
#include "tls/der.h"
#include "tls/issue.h"

enum { VALUE_MAX = 60000 }; /* bytes of one extension */

/* What holds one value while its length is not known. */
static unsigned char value_room[VALUE_MAX];

static void write_value(struct builder *out, struct span oid, const struct builder *value)
{
	out->overflow = out->overflow || !builder_ok(value);
	if (builder_ok(out))
		issue_extension(out, oid, false, builder_span(value));
}

void ratls_write_dstack(struct builder *out, enum ratls_dstack which, struct span bytes)
{
	unsigned char oid[RATLS_OID_DSTACK_LEN + 1];
	struct builder value;

	memcpy(oid, ratls_oid_dstack, RATLS_OID_DSTACK_LEN);
	oid[RATLS_OID_DSTACK_LEN] = (unsigned char)which;
	builder_init(&value, value_room, sizeof value_room);
	der_write(&value, DER_OCTET_STRING, bytes);
	write_value(out, span_of(oid, sizeof oid), &value);
}

static void write_ccc(struct builder *out, struct span quote, struct span spki, struct span nonce)
{
	unsigned char room[RATLS_CLAIMS_MAX];
	struct builder claims, value;

	builder_init(&claims, room, sizeof room);
	ratls_write_claims(&claims, spki, nonce);
	builder_init(&value, value_room, sizeof value_room);
	cbor_write(&value, CBOR_TAG, RATLS_TAG_QUOTE);
	cbor_write(&value, CBOR_ARRAY, 2);
	cbor_write_bytes(&value, quote);
	cbor_write_bytes(&value, builder_span(&claims));
	out->overflow = out->overflow || !builder_ok(&claims);
	write_value(out, span_of(ratls_oid_ccc, sizeof ratls_oid_ccc), &value);
}

void ratls_write(struct builder *out, enum ratls_form form, struct span quote, struct span log,
                 struct span spki, struct span nonce)
{
	switch (form) {
	case RATLS_DSTACK:
		ratls_write_dstack(out, RATLS_DSTACK_QUOTE, quote);
		/* Its readers want one, be it empty. */
		ratls_write_dstack(out, RATLS_DSTACK_LOG, log.len > 0 ? log : span_str("[]"));
		return;
	case RATLS_CCC:
		write_ccc(out, quote, spki, nonce);
		return;
	case RATLS_GRAMINE:
		issue_extension(out, span_of(ratls_oid_gramine, sizeof ratls_oid_gramine), false, quote);
		return;
	}
}
