/*
 * Certificate evidence. The first byte chooses: a certificate of the input's making; the input in
 * the place of one extension's value; or a good certificate with changes (kind, place in two bytes,
 * byte). What is believed says what the good one says.
 */
#include <stdlib.h>

#include "../unit/ratls_make.h"
#include "tee/ratls_judge.h"
#include "tls/issue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tdx_world world;
static struct ratls_made made;
static struct policy policy;
static struct ratls_judge judge;
static unsigned char good[RATLS_FORMS][CERT_MAX], claims[256], changed[2 * CERT_MAX];
static size_t good_len[RATLS_FORMS];
static unsigned char signed_part[RATLS_FORMS][1024];

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void start(void)
{
	static const struct span none;

	if (world.n > 0)
		return;
	world.keep = true;
	tdx_world(&world, NULL, 0, 0, NULL);
	ratls_made_key(&made);
	policy_init(&policy);
	judge.policy = &policy;
	judge.root = &world.root;
	judge.collateral = &world.collateral;
	for (int i = 0; i < RATLS_FORMS; i++) {
		struct span der = ratls_made(&made, &world, (enum ratls_form)i, none, none);

		memcpy(good[i], der.p, der.len);
		good_len[i] = der.len;
		must(ratls_judge(&judge, span_of(good[i], der.len), world.now));
		memcpy(signed_part[i], judge.result.quote.signed_part.p, judge.result.quote.signed_part.len);
		if (i == RATLS_CCC)
			memcpy(claims, judge.evidence.claims.p, judge.evidence.claims.len);
	}
	tdx_end(&world);
}

static struct span change(int form, const uint8_t *data, size_t size)
{
	size_t len = good_len[form];

	memcpy(changed, good[form], len);
	for (; size >= 4 && len > 0; data += 4, size -= 4) {
		size_t at = (size_t)(data[1] << 8 | data[2]) % len;

		if (data[0] % 4 == 0) {
			len = at;
		} else if (data[0] % 4 == 1 && len < sizeof changed) {
			memmove(changed + at + 1, changed + at, len++ - at);
			changed[at] = data[3];
		} else if (data[0] % 4 == 2) {
			memmove(changed + at, changed + at + 1, --len - at);
		} else {
			changed[at] ^= data[3];
		}
	}
	return span_of(changed, len);
}

/* An extension of dstack's, of the tagged form or of Gramine's, by a number. */
static struct span extension(unsigned int which, struct span value)
{
	static unsigned char list[SELF_SIGNED_MAX];
	static const unsigned char ccc[] = { 0x67, 0x81, 5, 5, 4, 9 };
	static const unsigned char gramine[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x8a, 0x39, 6 };
	struct builder b;

	builder_init(&b, list, sizeof list);
	if (which % 16 == 10)
		issue_extension(&b, span_of(ccc, sizeof ccc), false, value);
	else if (which % 16 == 11)
		issue_extension(&b, span_of(gramine, sizeof gramine), false, value);
	else
		ratls_write_dstack(&b, (enum ratls_dstack)(which % 16), value);
	return ratls_made_cert(&made, builder_span(&b));
}

/* max_len=4096 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest, der;

	if (size < 2)
		return 0;
	start();
	rest = span_of(data + 1, size - 1);
	if (data[0] < 64)
		der = rest;
	else if (data[0] < 160)
		der = extension(data[0], rest);
	else
		der = change(data[0] % RATLS_FORMS, rest.p, rest.len);
	if (!ratls_judge(&judge, der, world.now)) {
		must(judge.what && *judge.what);
		return 0;
	}
	must(memcmp(judge.result.quote.signed_part.p, signed_part[judge.evidence.form],
	            judge.result.quote.signed_part.len) == 0);
	must(judge.evidence.form != RATLS_CCC ||
	     memcmp(claims, judge.evidence.claims.p, judge.evidence.claims.len) == 0);
	return 0;
}
