/*
 * curve-lines: what lib/tls/curve says, line by line, for what it is held against.
 *
 *   curve-lines <questions >answers
 *
 * Curves are p256, p384 and x25519, all else is hexadecimal, "-" for no bytes.
 *
 *   mul curve point scalar                the product, or "no"
 *   mulgen curve scalar                   likewise
 *   sign curve digest scalar              the signature, DER, or "no"
 *   asn1 curve point digest signature     "yes" or "no"
 *   raw curve point digest signature      likewise
 */
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/prog.h"
#include "tls/curve.h"

enum { LINE_LEN = 65536, WORDS = 5, BYTES_MAX = 16384 };

struct question {
	size_t n;
	struct span word[WORDS];
	int curve;
};

/* Word i as bytes, in storage of its own. */
static struct span bytes(const struct question *q, size_t i)
{
	static unsigned char store[WORDS][BYTES_MAX];
	struct builder b;

	builder_init(&b, store[i], sizeof store[i]);
	if (i >= q->n || (!span_is(q->word[i], "-") && !hex_decode(&b, q->word[i])))
		prog_perm("stdin: a question of %zu words does not fit", q->n);
	return builder_span(&b);
}

static void answer(bool ok, struct span what)
{
	static unsigned char hex[1024];
	struct builder b;

	builder_init(&b, hex, sizeof hex);
	hex_encode(&b, what);
	printf("%.*s\n", ok ? (int)b.len : 2, ok ? (const char *)hex : "no");
}

static void answer_product(const struct question *q)
{
	unsigned char product[256];
	struct span point, x;
	size_t len;

	if (span_is(q->word[0], "mulgen")) {
		x = bytes(q, 2);
		len = curve_ec.mulgen(product, x.p, x.len, q->curve);
		answer(len > 0, span_of(product, len));
		return;
	}
	point = bytes(q, 2);
	x = bytes(q, 3);
	if (point.len > sizeof product)
		point = span_head(point, sizeof product);
	memcpy(product, point.p, point.len);
	answer(curve_ec.mul(product, point.len, x.p, x.len, q->curve) == 1,
	       span_of(product, point.len));
}

static void answer_signature(const struct question *q)
{
	struct span digest = bytes(q, 2), x = bytes(q, 3);
	br_ec_private_key key = { q->curve, (unsigned char *)(uintptr_t)x.p, x.len };
	const br_hash_class *hash = digest.len == 32 ? &br_sha256_vtable :
	                            digest.len == 48 ? &br_sha384_vtable : &br_sha512_vtable;
	unsigned char signature[128];
	size_t len = curve_sign_asn1(&curve_ec, hash, digest.p, &key, signature);

	answer(len > 0, span_of(signature, len));
}

static void answer_verified(const struct question *q, br_ecdsa_vrfy verify)
{
	struct span point = bytes(q, 2), digest = bytes(q, 3), signature = bytes(q, 4);
	br_ec_public_key key = { q->curve, (unsigned char *)(uintptr_t)point.p, point.len };

	puts(verify(&curve_ec, digest.p, digest.len, &key, signature.p, signature.len) == 1 ?
	             "yes" :
	             "no");
}

static void answer_line(struct span line)
{
	struct question q = { 0 };

	while (q.n < WORDS && span_split(&line, ' ', &q.word[q.n]))
		q.n++;
	if (q.n < 3)
		prog_perm("stdin: not a question");
	q.curve = span_is(q.word[1], "p256") ? BR_EC_secp256r1 :
	          span_is(q.word[1], "p384") ? BR_EC_secp384r1 : BR_EC_curve25519;
	if (span_starts(q.word[0], "mul"))
		answer_product(&q);
	else if (span_is(q.word[0], "sign"))
		answer_signature(&q);
	else
		answer_verified(&q, span_is(q.word[0], "raw") ? curve_verify_raw : curve_verify_asn1);
}

int main(int argc, char **argv)
{
	static char line[LINE_LEN];

	prog_init("curve-lines", "<questions >answers");
	if (argc != 1 || argv[1])
		prog_usage();
	while (fgets(line, sizeof line, stdin))
		answer_line(span_of(line, strcspn(line, "\n")));
	return 0;
}
