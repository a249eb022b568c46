/* The interoperable form: a quote and claims in CBOR. */
#include "tee/cbor.h"
#include "tee/ratls_parts.h"
#include "tls/public_key.h"

/* Other evidence of Intel's. */
enum { TAG_TDREPORT = 60001, TAG_LEGACY = 60002 };

/* IANA's "Named Information Hash Algorithm Registry". */
enum { NUMBER_SHA256 = 1, NUMBER_SHA384 = 7, NUMBER_SHA512 = 8 };

static const char pubkey_hash[] = "pubkey-hash", nonce_name[] = "nonce";

/* An array in a byte string. */
static bool read_key_hash(struct ratls *r, struct span bytes)
{
	struct reader in;

	reader_init(&in, bytes);
	if (cbor_array(&in) != 2)
		return false;
	r->hash = cbor_read(&in, CBOR_UNSIGNED);
	r->key_hash = cbor_bytes(&in);
	return reader_done(&in);
}

/* Whether a name was there before: `claims` up to it has `n` pairs. */
static bool said_before(struct span claims, size_t n, struct span name)
{
	struct reader in;

	reader_init(&in, claims);
	cbor_map(&in);
	while (n-- > 0) {
		if (span_eq(cbor_text(&in), name))
			return true;
		cbor_skip(&in);
	}
	return false;
}

/* What is not known is passed over; what is there twice could be read as two things. */
static bool read_claims(struct ratls *r)
{
	struct reader in;
	size_t n;

	reader_init(&in, r->claims);
	n = cbor_map(&in);
	for (size_t i = 0; i < n; i++) {
		struct span name = cbor_text(&in);

		if (!reader_ok(&in) || said_before(r->claims, i, name))
			return false;
		if (span_is(name, pubkey_hash)) {
			if (!read_key_hash(r, cbor_bytes(&in)))
				return false;
		} else if (span_is(name, nonce_name)) {
			r->nonce = cbor_bytes(&in);
			r->has_nonce = true;
		} else {
			cbor_skip(&in);
		}
	}
	return reader_done(&in) && r->key_hash.len > 0;
}

enum ratls_result ratls_read_ccc(struct ratls *r, struct span value)
{
	struct reader in;
	uint64_t tag;

	reader_init(&in, value);
	tag = cbor_read(&in, CBOR_TAG);
	if (reader_ok(&in) && tag != RATLS_TAG_QUOTE)
		return tag == TAG_TDREPORT || tag == TAG_LEGACY ? RATLS_OTHER : RATLS_MALFORMED;
	if (cbor_array(&in) != 2)
		return RATLS_MALFORMED;
	r->quote = cbor_bytes(&in);
	r->claims = cbor_bytes(&in);
	return reader_done(&in) && read_claims(r) ? RATLS_OK : RATLS_MALFORMED;
}

bool ratls_claims_bind(const struct ratls *r, struct span spki)
{
	unsigned char digest[KEY_HASH_MAX];
	enum key_hash hash;

	switch (r->hash) {
	case NUMBER_SHA256:
		hash = KEY_SHA256;
		break;
	case NUMBER_SHA384:
		hash = KEY_SHA384;
		break;
	case NUMBER_SHA512:
		hash = KEY_SHA512;
		break;
	default:
		return false;
	}
	key_hash(hash, spki, digest);
	return span_eq(r->key_hash, span_of(digest, key_hash_len(hash)));
}

/* Names in the order of their encodings (RFC 8949, 4.2.1): the shorter one first. */
void ratls_write_claims(struct builder *out, struct span spki, struct span nonce)
{
	unsigned char digest[KEY_HASH_MAX], room[KEY_HASH_MAX + 8];
	struct builder pair;

	key_hash(KEY_SHA256, spki, digest);
	builder_init(&pair, room, sizeof room);
	cbor_write(&pair, CBOR_ARRAY, 2);
	cbor_write(&pair, CBOR_UNSIGNED, NUMBER_SHA256);
	cbor_write_bytes(&pair, span_of(digest, key_hash_len(KEY_SHA256)));
	cbor_write(out, CBOR_MAP, nonce.p ? 2 : 1);
	if (nonce.p) {
		cbor_write_text(out, span_str(nonce_name));
		cbor_write_bytes(out, nonce);
	}
	cbor_write_text(out, span_str(pubkey_hash));
	cbor_write_bytes(out, builder_span(&pair));
}
