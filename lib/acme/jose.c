/* Keys as JWK, thumbprints, flattened JWS. */
#include "acme/jose.h"

#include <bearssl.h>

#include "base/base64.h"
#include "base/json.h"

enum { SIGNATURE_MAX = KEY_SIGNATURE_MAX, HEADER_MAX = 8192 };

static void member(struct builder *out, const char *front, struct span bytes)
{
	builder_str(out, front);
	base64_url_encode(out, bytes);
	builder_byte(out, '"');
}

void jose_jwk(struct builder *out, const struct public_key *public)
{
	size_t half = public->point.len / 2;

	if (public->type == KEY_RSA) {
		member(out, "{\"e\":\"", public->exponent);
		member(out, ",\"kty\":\"RSA\",\"n\":\"", public->modulus);
		builder_byte(out, '}');
		return;
	}
	builder_str(out, public->type == KEY_P256 ? "{\"crv\":\"P-256\",\"kty\":\"EC\"" :
	                                            "{\"crv\":\"P-384\",\"kty\":\"EC\"");
	member(out, ",\"x\":\"", span_head(span_from(public->point, 1), half));
	member(out, ",\"y\":\"", span_from(public->point, 1 + half));
	builder_byte(out, '}');
}

void jose_thumbprint(struct builder *out, const struct public_key *public)
{
	unsigned char storage[JOSE_JWK_MAX], digest[br_sha256_SIZE];
	struct builder jwk;

	builder_init(&jwk, storage, sizeof storage);
	jose_jwk(&jwk, public);
	if (!builder_ok(&jwk)) {
		out->overflow = true;
		return;
	}
	key_hash(KEY_SHA256, builder_span(&jwk), digest);
	base64_url_encode(out, span_of(digest, sizeof digest));
}

const char *jose_algorithm(enum key_type type)
{
	switch (type) {
	case KEY_P256:
		return "ES256";
	case KEY_P384:
		return "ES384";
	case KEY_RSA:
		return "RS256";
	}
	return "none";
}

const char *jose_mac_algorithm(enum key_hash hash)
{
	switch (hash) {
	case KEY_SHA256:
		return "HS256";
	case KEY_SHA384:
		return "HS384";
	case KEY_SHA512:
		return "HS512";
	}
	return "none";
}

static void header_string(struct builder *out, const char *front, struct span text)
{
	if (text.len == 0)
		return;
	builder_str(out, front);
	json_write_string(out, text);
}

static void write_header(struct builder *out, const struct jose_header *header)
{
	header_string(out, "{\"alg\":", span_str(header->algorithm));
	header_string(out, ",\"nonce\":", header->nonce);
	header_string(out, ",\"url\":", header->url);
	header_string(out, ",\"kid\":", header->kid);
	if (header->jwk.len > 0) {
		builder_str(out, ",\"jwk\":");
		builder_add(out, header->jwk);
	}
	builder_byte(out, '}');
}

bool jose_sign(struct builder *out, const struct jose_header *header, struct span payload,
               const struct jose_signer *signer, struct builder *work)
{
	unsigned char bytes[HEADER_MAX], signed_bytes[SIGNATURE_MAX];
	struct builder plain, signature;
	struct span input;
	size_t dot;

	builder_init(&plain, bytes, sizeof bytes);
	builder_init(&signature, signed_bytes, sizeof signed_bytes);
	write_header(&plain, header);
	work->len = 0;
	base64_url_encode(work, builder_span(&plain));
	dot = work->len;
	builder_byte(work, '.');
	base64_url_encode(work, payload);
	input = builder_span(work);
	if (!builder_ok(&plain) || !builder_ok(work) ||
	    !signer->sign(signer->context, input, &signature) || !builder_ok(&signature))
		return false;
	builder_str(out, "{\"protected\":\"");
	builder_add(out, span_head(input, dot));
	builder_str(out, "\",\"payload\":\"");
	builder_add(out, span_from(input, dot + 1));
	builder_str(out, "\",\"signature\":\"");
	base64_url_encode(out, builder_span(&signature));
	builder_str(out, "\"}");
	return builder_ok(out);
}

static bool white(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static unsigned char url_digit(unsigned char c)
{
	return c == '+' ? '-' : c == '/' ? '_' : c;
}

bool jose_mac_key(struct builder *out, struct span text)
{
	unsigned char digits[JOSE_MAC_KEY_MAX / 3 * 4 + 4];
	size_t before = out->len, pads = 0;
	bool good;

	while (text.len > 0 && white(text.p[0]))
		text = span_from(text, 1);
	while (text.len > 0 && white(text.p[text.len - 1]))
		text.len--;
	for (; pads < 2 && text.len > 0 && text.p[text.len - 1] == '='; pads++)
		text.len--;
	if (text.len == 0 || text.len > sizeof digits || (pads > 0 && (text.len + pads) % 4 != 0))
		return false;
	for (size_t i = 0; i < text.len; i++)
		digits[i] = url_digit(text.p[i]);
	good = base64_url_decode(out, span_of(digits, text.len)) && builder_ok(out) &&
	       out->len > before;
	explicit_bzero(digits, sizeof digits);
	return good;
}
