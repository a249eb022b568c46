/* Evidence in certificates: written, read, bound to a key, judged; and all that must be refused. */
#include "tee/ratls_judge.h"

#include "ratls_make.h"
#include "tap.h"
#include "tee/attestation.h"
#include "tee/cbor.h"
#include "tls/issue.h"

static struct tdx_world world;
static struct ratls_made mine, other;
static struct policy policy;
static struct ratls_judge judge;
static struct ratls r;
static unsigned char room[RATLS_ROOM], scratch[SELF_SIGNED_MAX], list[SELF_SIGNED_MAX];
static const struct span nothing, a_nonce = { (const unsigned char *)"a nonce of a verifier", 21 };
static const unsigned char oid_ccc[] = { 0x67, 0x81, 5, 5, 4, 9 };

static enum ratls_result read_from(struct span der)
{
	struct builder b;
	struct cert c;

	builder_init(&b, room, sizeof room);
	return cert_read(&c, der) ? ratls_read(&r, &c, &b) : RATLS_MALFORMED;
}

static bool judged(struct span der)
{
	return ratls_judge(&judge, der, world.now);
}

static void accepts(struct span der, const char *about)
{
	bool good = judged(der);

	check(good, "accepted: %s (%s)", about, good ? "" : judge.what);
}

static void refuses(struct span der, const char *what, const char *about)
{
	bool good = judged(der);

	check(!good && strcmp(judge.what, what) == 0, "refused: %s (%s)", about, judge.what);
}

static const char another_key[] = "the certificate's evidence is about another key";
static const char malformed[] = "the certificate's evidence is malformed";

/* Each form by its rule, worked out here once more. */
static void rules(void)
{
	unsigned char wanted[64] = { 0 }, got[64];
	br_sha512_context sha512;
	br_sha256_context sha256;

	br_sha512_init(&sha512);
	br_sha512_update(&sha512, "ratls-cert:", 11);
	br_sha512_update(&sha512, mine.spki.p, mine.spki.len);
	br_sha512_out(&sha512, wanted);
	check(ratls_report_data(RATLS_DSTACK, mine.spki, nothing, got) && memcmp(wanted, got, 64) == 0, "dstack");
	memset(wanted, 0, 64);
	br_sha256_init(&sha256);
	br_sha256_update(&sha256, mine.spki.p, mine.spki.len);
	br_sha256_out(&sha256, wanted);
	check(ratls_report_data(RATLS_GRAMINE, mine.spki, nothing, got) && memcmp(wanted, got, 64) == 0, "gramine");
	/* a1 6b "pubkey-hash" 58 24 82 01 58 20 hash */
	memcpy(scratch, "\xa1\x6bpubkey-hash\x58\x24\x82\x01\x58\x20", 19);
	memcpy(scratch + 19, wanted, 32);
	br_sha256_init(&sha256);
	br_sha256_update(&sha256, scratch, 51);
	br_sha256_out(&sha256, wanted);
	check(ratls_report_data(RATLS_CCC, mine.spki, nothing, got) && memcmp(wanted, got, 64) == 0, "ccc");
	check(!ratls_report_data(RATLS_GRAMINE, mine.spki, a_nonce, got) &&
	              !ratls_report_data(RATLS_CCC, mine.spki, span_of(scratch, RATLS_NONCE_MAX + 1), got),
	      "no nonce where there is no place for it, and none too long");
}

static void forms(void)
{
	for (int i = 0; i < RATLS_FORMS; i++) {
		enum ratls_form form = (enum ratls_form)i, again;
		struct span der = ratls_made(&mine, &world, form, nothing, nothing);
		struct quote q;

		check(ratls_form_find(span_str(ratls_form_name(form)), &again) && again == form, "%s",
		      ratls_form_name(form));
		check(read_from(der) == RATLS_OK && r.form == form && span_eq(r.quote, world.quote) &&
		              quote_read(&q, r.quote) == QUOTE_OK && !r.has_nonce,
		      "what was written is read");
		check(ratls_binds(&r, q.report_data, mine.spki) && !ratls_binds(&r, q.report_data, other.spki) &&
		              !ratls_binds(&r, q.report_data, nothing) &&
		              !ratls_binds(&r, span_head(q.report_data, 32), mine.spki),
		      "bound to this key alone");
		accepts(der, ratls_form_name(form));
		judge.nonce = a_nonce;
		refuses(der, "the certificate's evidence has not the nonce", "no nonce");
		judge.nonce = nothing;
	}
	check(!ratls_form_find(span_str("tls"), &(enum ratls_form){ 0 }), "another form");
}

/* Evidence of mine in a certificate of the other's. */
static void stolen(void)
{
	for (int i = 0; i < RATLS_FORMS; i++) {
		struct span der = ratls_made(&mine, &world, (enum ratls_form)i, nothing, nothing);
		struct builder b;

		builder_init(&b, list, sizeof list);
		ratls_write(&b, (enum ratls_form)i, world.quote, nothing, other.spki, nothing);
		refuses(ratls_made_cert(&other, builder_span(&b)), another_key, "a quote of another certificate");
		/* As it stands in the certificate, the claims with it. */
		check(read_from(der) == RATLS_OK, "read");
		if (r.form == RATLS_CCC) {
			builder_init(&b, list, sizeof list);
			ratls_write(&b, RATLS_CCC, r.quote, nothing, mine.spki, nothing);
			refuses(ratls_made_cert(&other, builder_span(&b)), another_key, "claims of another certificate");
		}
	}
}

/* Zeros are a part of the report data. */
static void padding(void)
{
	static const enum ratls_form padded[] = { RATLS_CCC, RATLS_GRAMINE };
	unsigned char report_data[64];
	struct builder b;

	for (size_t i = 0; i < 2; i++) {
		for (size_t at = 32; at < 64; at += 31) {
			ratls_report_data(padded[i], mine.spki, nothing, report_data);
			report_data[at] ^= 1;
			builder_init(&b, list, sizeof list);
			ratls_write(&b, padded[i], ratls_made_quote(&world, span_of(report_data, 64)), nothing,
			            mine.spki, nothing);
			refuses(ratls_made_cert(&mine, builder_span(&b)), another_key, "padding that is not zero");
		}
	}
}

/* A certificate with tagged evidence of these claims; the quote is over them. */
static struct span with_claims(struct span claims, uint64_t tag)
{
	unsigned char report_data[64] = { 0 };
	br_sha256_context sha256;
	struct builder b, value;

	br_sha256_init(&sha256);
	br_sha256_update(&sha256, claims.p, claims.len);
	br_sha256_out(&sha256, report_data);
	builder_init(&value, room, sizeof room);
	cbor_write(&value, CBOR_TAG, tag);
	cbor_write(&value, CBOR_ARRAY, 2);
	cbor_write_bytes(&value, ratls_made_quote(&world, span_of(report_data, 64)));
	cbor_write_bytes(&value, claims);
	builder_init(&b, list, sizeof list);
	issue_extension(&b, span_of(oid_ccc, sizeof oid_ccc), false, builder_span(&value));
	return ratls_made_cert(&mine, builder_span(&b));
}

static void pubkey_hash(struct builder *out, uint64_t number, enum key_hash hash)
{
	unsigned char digest[64], pair[80];
	struct builder b;

	key_hash(hash, mine.spki, digest);
	builder_init(&b, pair, sizeof pair);
	cbor_write(&b, CBOR_ARRAY, 2);
	cbor_write(&b, CBOR_UNSIGNED, number);
	cbor_write_bytes(&b, span_of(digest, key_hash_len(hash)));
	cbor_write_text(out, span_str("pubkey-hash"));
	cbor_write_bytes(out, builder_span(&b));
}

static void claims(void)
{
	static const struct {
		uint64_t number;
		enum key_hash hash;
		bool good;
	} hashes[] = { { 1, KEY_SHA256, true }, { 7, KEY_SHA384, true }, { 8, KEY_SHA512, true },
		       { 2, KEY_SHA256, false }, { 1, KEY_SHA384, false }, { 8, KEY_SHA256, false },
		       { UINT64_MAX, KEY_SHA256, false } };
	struct builder b;

	for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
		builder_init(&b, scratch, sizeof scratch);
		cbor_write(&b, CBOR_MAP, 1);
		pubkey_hash(&b, hashes[i].number, hashes[i].hash);
		if (hashes[i].good)
			accepts(with_claims(builder_span(&b), 60000), "a hash of the key");
		else
			refuses(with_claims(builder_span(&b), 60000), another_key, "a hash by a wrong number");
	}
	builder_init(&b, scratch, sizeof scratch);
	cbor_write(&b, CBOR_MAP, 3);
	cbor_write_text(&b, span_str("more"));
	cbor_write(&b, CBOR_ARRAY, 1);
	cbor_write(&b, CBOR_NEGATIVE, 5);
	pubkey_hash(&b, 1, KEY_SHA256);
	cbor_write_text(&b, span_str("nonce"));
	cbor_write_bytes(&b, a_nonce);
	judge.nonce = a_nonce;
	accepts(with_claims(builder_span(&b), 60000), "claims nobody knows, and a nonce behind");
	judge.nonce = span_head(a_nonce, 20);
	refuses(with_claims(builder_span(&b), 60000), "the certificate's evidence has not the nonce", "another nonce");
	judge.nonce = nothing;
	refuses(with_claims(builder_span(&b), 60001), ratls_strerror(RATLS_OTHER), "a TD report");
	refuses(with_claims(builder_span(&b), 60002), ratls_strerror(RATLS_OTHER), "older evidence");
	refuses(with_claims(builder_span(&b), 60003), malformed, "another tag");
	builder_init(&b, scratch, sizeof scratch);
	cbor_write(&b, CBOR_MAP, 2);
	pubkey_hash(&b, 1, KEY_SHA256);
	pubkey_hash(&b, 7, KEY_SHA384);
	refuses(with_claims(builder_span(&b), 60000), malformed, "two hashes");
	builder_init(&b, scratch, sizeof scratch);
	cbor_write(&b, CBOR_MAP, 0);
	refuses(with_claims(builder_span(&b), 60000), malformed, "no claims");
	refuses(with_claims(nothing, 60000), malformed, "nothing for claims");
	builder_init(&b, scratch, sizeof scratch);
	cbor_write(&b, CBOR_MAP, 1);
	pubkey_hash(&b, 1, KEY_SHA256);
	cbor_write(&b, CBOR_UNSIGNED, 0);
	refuses(with_claims(builder_span(&b), 60000), malformed, "something behind the claims");
	accepts(ratls_made(&mine, &world, RATLS_CCC, nothing, a_nonce), "a nonce that is not asked for");
}

/* As newer guests of dstack have it: quote and log in one. */
static struct span with_attestation(struct span quote, struct span log)
{
	static unsigned char blob[SELF_SIGNED_MAX];
	static struct json_token tokens[4096];
	struct span report_data = span_head(span_from(quote, 568), QUOTE_REPORT_DATA_LEN);
	struct builder b, out;
	struct json doc;

	builder_init(&out, blob, sizeof blob);
	if (!json_read(&doc, log, tokens, 4096) ||
	    !attestation_write(&out, quote, json_root(&doc), report_data, span_str("{}")))
		abort();
	builder_init(&b, list, sizeof list);
	ratls_write_dstack(&b, RATLS_DSTACK_ATTESTATION, builder_span(&out));
	return ratls_made_cert(&mine, builder_span(&b));
}

static void logs(void)
{
	struct span log = tdx_file(&world, "eventlog.json"), der;
	static const char wrong[] = "compose-hash 00\n";
	unsigned char report_data[64];
	size_t line;

	ratls_report_data(RATLS_DSTACK, mine.spki, nothing, report_data);
	der = with_attestation(ratls_made_quote(&world, span_of(report_data, 64)), log);
	check(read_from(der) == RATLS_OK && r.attestation && r.log.len > 0, "an attestation");
	accepts(der, "an attestation");
	check(policy_add_lines(&policy, span_str(wrong), &line) == POLICY_OK, "a rule about events");
	refuses(der, "compose-hash", "an attestation of something else");
	der = ratls_made(&mine, &world, RATLS_DSTACK, nothing, nothing);
	refuses(der, "the event log does not lead to the RTMRs", "no events");
	der = ratls_made(&mine, &world, RATLS_DSTACK, span_str("[{]"), nothing);
	check(!judged(der) && judge.reason == VERIFY_REPLAY, "a log that is none: %s", judge.what);
	der = ratls_made(&mine, &world, RATLS_GRAMINE, nothing, nothing);
	refuses(der, "rules about events, and no event log", "a form without a log");
	policy_init(&policy);
}

/* Several forms in one certificate: each binds the key, and one of them is judged. */
static void several(void)
{
	unsigned char report_data[64];
	struct builder b;
	struct span der;

	builder_init(&b, list, sizeof list);
	ratls_report_data(RATLS_DSTACK, mine.spki, nothing, report_data);
	ratls_write(&b, RATLS_DSTACK, ratls_made_quote(&world, span_of(report_data, 64)), nothing, mine.spki, nothing);
	ratls_report_data(RATLS_CCC, mine.spki, a_nonce, report_data);
	ratls_write(&b, RATLS_CCC, ratls_made_quote(&world, span_of(report_data, 64)), nothing, mine.spki, a_nonce);
	der = ratls_made_cert(&mine, builder_span(&b));
	accepts(der, "two forms");
	check(judge.evidence.form == RATLS_DSTACK, "the first is judged");
	judge.nonce = a_nonce;
	accepts(der, "two forms, one with the nonce");
	judge.nonce = nothing;
	/* A bad one is not made up for by a good one behind it. */
	builder_init(&b, list, sizeof list);
	ratls_write(&b, RATLS_DSTACK, world.quote, nothing, mine.spki, nothing);
	ratls_write(&b, RATLS_CCC, world.quote, nothing, mine.spki, a_nonce);
	refuses(ratls_made_cert(&mine, builder_span(&b)), another_key, "a bad form before a good one");
}

/* Evidence that cannot be read, and none. */
static void broken(void)
{
	struct span der = ratls_made_cert(&mine, nothing), value;
	static const unsigned char garbage[] = { 4, 3, 1, 2 };
	struct builder b;
	struct cert c;
	bool critical;

	refuses(der, ratls_strerror(RATLS_NONE), "a certificate without evidence");
	refuses(span_head(der, der.len - 1), "no certificate", "a certificate cut short");
	builder_init(&b, list, sizeof list);
	ratls_write_dstack(&b, RATLS_DSTACK_ATTESTATION, span_of(garbage, 4));
	refuses(ratls_made_cert(&mine, builder_span(&b)), ratls_strerror(RATLS_OTHER), "no attestation");
	builder_init(&b, list, sizeof list);
	ratls_write_dstack(&b, RATLS_DSTACK_LOG, span_str("[]"));
	refuses(ratls_made_cert(&mine, builder_span(&b)), malformed, "a log without a quote");
	builder_init(&b, list, sizeof list);
	ratls_write_dstack(&b, RATLS_DSTACK_QUOTE, span_of(garbage, 4));
	refuses(ratls_made_cert(&mine, builder_span(&b)), "the certificate's evidence has no quote", "no quote");
	/* Every cut of a tagged quote. */
	der = ratls_made(&mine, &world, RATLS_CCC, nothing, a_nonce);
	if (!cert_read(&c, der) || !cert_extension(&c, span_of(oid_ccc, sizeof oid_ccc), &critical, &value))
		abort();
	memcpy(scratch, value.p, value.len);
	for (size_t n = 0, step = (size_t)(RUNNING_ON_VALGRIND ? 997 : 37); n < value.len; n += step) {
		builder_init(&b, list, sizeof list);
		issue_extension(&b, span_of(oid_ccc, sizeof oid_ccc), false, span_of(scratch, n));
		if (judged(ratls_made_cert(&mine, builder_span(&b))) || strcmp(judge.what, malformed) != 0)
			check(false, "tagged evidence cut at %zu: %s", n, judge.what);
	}
	check(true, "cut anywhere it is malformed");
}

/* With a bit turned round, evidence is believed only where it says the same: around PEM, for instance. */
static void flips(void)
{
	struct span der = ratls_made(&mine, &world, RATLS_CCC, nothing, nothing), value;
	size_t step = RUNNING_ON_VALGRIND ? 1501 : 31, at, turns = 0, believed = 0, same = 0;
	static unsigned char before[1024], claimed[256];
	struct cert c;
	bool critical;

	if (!cert_read(&c, der) || !cert_extension(&c, span_of(oid_ccc, sizeof oid_ccc), &critical, &value) ||
	    !judged(der) || judge.result.quote.signed_part.len > sizeof before ||
	    judge.evidence.claims.len > sizeof claimed)
		abort();
	memcpy(before, judge.result.quote.signed_part.p, judge.result.quote.signed_part.len);
	memcpy(claimed, judge.evidence.claims.p, judge.evidence.claims.len);
	at = (size_t)(value.p - der.p);
	for (size_t i = 0; i < value.len; i += step, turns++) {
		memcpy(scratch, der.p, der.len);
		scratch[at + i] ^= (unsigned char)(1 << turns % 8);
		if (!judged(span_of(scratch, der.len)))
			continue;
		same += memcmp(before, judge.result.quote.signed_part.p, judge.result.quote.signed_part.len) == 0 &&
		        memcmp(claimed, judge.evidence.claims.p, judge.evidence.claims.len) == 0;
		believed++;
	}
	check(believed == same && believed < turns / 2, "%zu bits of evidence turned round, %zu believed, as the same",
	      turns, believed);
	/* And of the key. */
	memcpy(scratch, der.p, der.len);
	scratch[(size_t)(c.spki.p - der.p) + c.spki.len - 1] ^= 1;
	refuses(span_of(scratch, der.len), another_key, "a bit of the key turned round");
}

int main(void)
{
	world.keep = true;
	tdx_world(&world, NULL, 0, 0, NULL);
	ratls_made_key(&mine);
	ratls_made_key(&other);
	policy_init(&policy);
	judge.policy = &policy;
	judge.root = &world.root;
	judge.collateral = &world.collateral;
	rules();
	forms();
	stolen();
	padding();
	claims();
	logs();
	several();
	broken();
	flips();
	tdx_end(&world);
	return tap_end();
}
