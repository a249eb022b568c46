/* The layout of quotes. */
#include "tee/quote.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/file.h"
#include "quote_make.h"
#include "tap.h"

static unsigned char storage[QUOTE_MAX + 4096];
static struct builder b;
static struct quote q;

static const struct quote_plan td15 = { .version = 5, .tee = QUOTE_TEE_TDX, .body_type = 3, .body_len = 648,
	                                .auth_len = 32, .cert_type = 5, .cert_len = 300 };

static const struct {
	const char *about;
	struct quote_plan plan;
	enum quote_result expected;
} table[] = {
	{ "version 3", { 3, 0, 0, 384, 32, 5, 100, 0, 0, 0 }, QUOTE_OK },
	{ "version 3, no certificate", { 3, 0, 0, 384, 0, 3, 0, 0, 0, 0 }, QUOTE_OK },
	{ "version 4, TDX", { 4, 0x81, 0, 584, 32, 5, 100, 0, 0, 0 }, QUOTE_OK },
	{ "version 4, SGX", { 4, 0, 0, 384, 32, 5, 100, 0, 0, 0 }, QUOTE_OK },
	{ "version 5, SGX", { 5, 0, 1, 384, 32, 5, 100, 0, 0, 0 }, QUOTE_OK },
	{ "version 5, TDX 1.0", { 5, 0x81, 2, 584, 32, 5, 100, 0, 0, 0 }, QUOTE_OK },
	{ "version 5, TDX 1.5", { 5, 0x81, 3, 648, 0, 5, 100, 0, 0, 0 }, QUOTE_OK },
	{ "version 5, TDX 1.5 extended", { 5, 0x81, 4, 885, 65535, 5, 100, 0, 0, 0 }, QUOTE_SHORT },
	{ "version 5, TDX 1.5 extended, less", { 5, 0x81, 4, 885, 60000, 5, 100, 0, 0, 0 }, QUOTE_OK },
	{ "version 2", { 2, 0, 0, 384, 32, 5, 100, 0, 0, 0 }, QUOTE_VERSION },
	{ "version 6", { 6, 0x81, 0, 584, 32, 5, 100, 0, 0, 0 }, QUOTE_VERSION },
	{ "version 1025", { 0x401, 0x81, 0, 584, 32, 5, 100, 0, 0, 0 }, QUOTE_VERSION },
	{ "version 3 of a TD", { 3, 0x81, 0, 584, 32, 5, 100, 0, 0, 0 }, QUOTE_TEE },
	{ "version 4 of another TEE", { 4, 0x82, 0, 584, 32, 5, 100, 0, 0, 0 }, QUOTE_TEE },
	{ "version 4 of a TEE above 16 bits", { 4, 0x10081, 0, 584, 32, 5, 100, 0, 0, 0 }, QUOTE_TEE },
	{ "version 5, SGX's body of a TD", { 5, 0x81, 1, 384, 32, 5, 100, 0, 0, 0 }, QUOTE_TEE },
	{ "version 5, a TD's body of SGX", { 5, 0, 3, 648, 32, 5, 100, 0, 0, 0 }, QUOTE_TEE },
	{ "version 5, body type 0", { 5, 0x81, 0, 584, 32, 5, 100, 0, 0, 0 }, QUOTE_TEE },
	{ "version 5, body type 5", { 5, 0x81, 5, 885, 32, 5, 100, 0, 0, 0 }, QUOTE_TEE },
	{ "version 5, a body too long", { 5, 0x81, 2, 648, 32, 5, 100, 0, 0, 0 }, QUOTE_BODY_SIZE },
	{ "version 5, a body too short", { 5, 0x81, 3, 647, 32, 5, 100, 0, 0, 0 }, QUOTE_BODY_SIZE },
	{ "signature data one less", { 4, 0x81, 0, 584, 32, 5, 100, 0, -1, 0 }, QUOTE_LENGTHS },
	{ "signature data one more", { 4, 0x81, 0, 584, 32, 5, 100, 0, 1, 0 }, QUOTE_SHORT },
	{ "signature data of half a key", { 4, 0x81, 0, 584, 32, 5, 100, 0, -688, 0 }, QUOTE_LENGTHS },
	{ "certification data one less", { 4, 0x81, 0, 584, 32, 5, 100, -1, 0, 0 }, QUOTE_LENGTHS },
	{ "certification data one more", { 5, 0x81, 3, 648, 32, 5, 100, 1, 0, 0 }, QUOTE_LENGTHS },
	{ "certification data of 2 GB", { 4, 0x81, 0, 584, 32, 5, 100, 0x7fff0000, 0, 0 }, QUOTE_LENGTHS },
	{ "version 3, one less", { 3, 0, 0, 384, 32, 5, 100, 0, -1, 0 }, QUOTE_LENGTHS },
	{ "version 3, one more", { 3, 0, 0, 384, 32, 5, 100, 0, 1, 0 }, QUOTE_SHORT },
	{ "outer certification of type 5", { 4, 0x81, 0, 584, 32, 5, 100, 0, 0, 5 }, QUOTE_CERT_TYPE },
};

static struct span make(const struct quote_plan *plan)
{
	builder_init(&b, storage, sizeof storage);
	quote_make(&b, plan);
	return builder_span(&b);
}

static void results(void)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		enum quote_result result = quote_read(&q, make(&table[i].plan));

		check(builder_ok(&b) && result == table[i].expected, "%s: %s", table[i].about, quote_strerror(result));
	}
}

static bool at(struct span s, size_t offset, size_t len)
{
	return s.p == storage + offset && s.len == len;
}

/* The offsets are those that Intel's documents and the guests' own tools use. */
static void fields_v4(void)
{
	static const struct quote_plan plan = { 4, QUOTE_TEE_TDX, 0, 584, 32, 5, 100, 0, 0, 0 };
	const struct quote_td *td = &q.td;

	make(&plan);
	quote_fill(&b, 70);
	check(quote_read(&q, builder_span(&b)) == QUOTE_OK && q.trailing == 70 && at(q.all, 0, b.len - 70),
	      "version 4 with what follows it");
	check(q.version == 4 && q.key_type == QUOTE_KEY_P256 && q.tee == QUOTE_TEE_TDX && q.qe_svn == 0 &&
	              q.pce_svn == 0 && q.body_type == QUOTE_TD10,
	      "its header");
	check(at(q.vendor_id, 12, 16) && at(q.user_data, 28, 20) && at(q.body, 48, 584) &&
	              at(q.signed_part, 0, 632) && at(q.report_data, 568, 64),
	      "its parts");
	check(at(td->tee_tcb_svn, 48, 16) && at(td->mr_seam, 64, 48) && at(td->mr_signer_seam, 112, 48) &&
	              at(td->seam_attributes, 160, 8) && at(td->td_attributes, 168, 8) && at(td->xfam, 176, 8),
	      "the module's");
	check(at(td->mr_td, 184, 48) && at(td->mr_config_id, 232, 48) && at(td->mr_owner, 280, 48) &&
	              at(td->mr_owner_config, 328, 48) && at(td->rtmr[0], 376, 48) && at(td->rtmr[1], 424, 48) &&
	              at(td->rtmr[2], 472, 48) && at(td->rtmr[3], 520, 48) && at(td->report_data, 568, 64),
	      "the TD's");
	check(td->tee_tcb_svn_2.len == 0 && td->mr_service_td.len == 0 && q.sgx.mr_enclave.len == 0,
	      "nothing of TDX 1.5, nothing of SGX");
	check(at(q.signature, 636, 64) && at(q.key, 700, 64) && at(q.qe_report, 770, 384) &&
	              at(q.qe_signature, 1154, 64) && at(q.qe_auth, 1220, 32) && q.cert_type == QUOTE_CERT_CHAIN &&
	              at(q.cert, 1258, 100),
	      "the signature data");
	check(at(q.qe.cpu_svn, 770, 16) && at(q.qe.attributes, 818, 16) && at(q.qe.mr_enclave, 834, 32) &&
	              at(q.qe.mr_signer, 898, 32) && at(q.qe.report_data, 1090, 64),
	      "the quoting enclave's report");
	check(q.qe.misc_select == (uint32_t)(storage[786] | storage[787] << 8 | storage[788] << 16) +
	                                  ((uint32_t)storage[789] << 24) &&
	              q.qe.isv_prod_id == (storage[1026] | storage[1027] << 8) &&
	              q.qe.isv_svn == (storage[1028] | storage[1029] << 8),
	      "its numbers");
}

static void fields_others(void)
{
	static const struct quote_plan v3 = { 3, 0, 0, 384, 0, 5, 0, 0, 0, 0 };

	check(quote_read(&q, make(&td15)) == QUOTE_OK && at(q.body, 54, 648) && at(q.signed_part, 0, 702) &&
	              at(q.td.tee_tcb_svn_2, 638, 16) && at(q.td.mr_service_td, 654, 48) &&
	              at(q.td.rtmr[3], 526, 48) && at(q.report_data, 574, 64) && at(q.signature, 706, 64),
	      "version 5, TDX 1.5");
	check(quote_read(&q, make(&v3)) == QUOTE_OK && q.qe_svn == 0x0102 && q.pce_svn == 0x0304 &&
	              q.body_type == QUOTE_SGX && at(q.sgx.mr_enclave, 112, 32) && at(q.sgx.mr_signer, 176, 32) &&
	              at(q.report_data, 368, 64) && q.td.mr_td.len == 0 && at(q.signature, 436, 64) &&
	              at(q.qe_report, 564, 384) && q.qe_auth.len == 0 && q.cert.len == 0,
	      "version 3");
}

/* Cut at any byte, it is short; the body alone is there as soon as its last byte is. */
static void cuts(struct span whole, const char *about)
{
	size_t good = 0, bodies = 0, body_end;
	unsigned char *copy;

	if (!check(quote_read(&q, whole) == QUOTE_OK, "%s is a quote", about))
		return;
	body_end = q.signed_part.len;
	whole = q.all;
	for (size_t cut = 0; cut < whole.len; cut += RUNNING_ON_VALGRIND && cut < 4096 ? 13 : 1) {
		/* Storage of exactly this length: who reads beyond it is caught. */
		copy = malloc(cut ? cut : 1);
		memcpy(copy, whole.p, cut);
		good += quote_read(&q, span_of(copy, cut)) != QUOTE_SHORT;
		bodies += (quote_read_body(&q, span_of(copy, cut)) == QUOTE_OK) != (cut >= body_end);
		free(copy);
	}
	check(good == 0 && bodies == 0, "%s, cut at any byte, is short", about);
}

static void unhex(void)
{
	static const struct {
		const char *text, *expected; /* NULL: refused */
	} hex[] = {
		{ "", "" }, { "  \n", "  \n" }, { "0400", "\x04" }, { "0x6a6B\n", "jk" }, { " \t0X6a\r\n6b\n", "jk" },
		{ "6A 6b", "jk" }, { "6", NULL }, { "6a6", NULL }, { "6a6g", NULL }, { "6a,6b", NULL },
		{ "0x", "" }, { "0x0", NULL }, { "0y00", NULL }, { "{\"quote\":1}", "{\"quote\":1}" }, { "\x04q", "\x04q" },
		{ " \x04", " \x04" }, { "0x0x6a", NULL }, { "6a\x80", NULL },
	};
	struct span bytes;

	for (size_t i = 0; i < sizeof hex / sizeof *hex; i++) {
		size_t len = strlen(hex[i].text);
		unsigned char *buf = malloc(len ? len : 1);
		bool ok;

		memcpy(buf, hex[i].text, len);
		ok = quote_unhex(buf, len, &bytes);
		if (!hex[i].expected)
			check(!ok, "hexadecimal %zu is refused", i);
		else if (i == 2)
			check(ok && span_eq(bytes, span_of("\x04", 2)), "hexadecimal %zu", i);
		else
			check(ok && span_is(bytes, hex[i].expected), "hexadecimal %zu", i);
		free(buf);
	}
}

/* Quotes that machines made, and such that were bent. */
static const struct {
	const char *name;
	enum quote_result expected;
	int version;
	enum quote_body body;
	size_t trailing;
	uint16_t cert_type;
} real[] = {
	{ "p01-tdx4-uptodate", QUOTE_OK, 4, QUOTE_TD10, 70, 5 },
	{ "p02-sgx3-conf-swhard", QUOTE_OK, 3, QUOTE_SGX, 0, 5 },
	{ "p03-tdx5-tcb-not-supported", QUOTE_OK, 5, QUOTE_TD15, 0, 5 },
	{ "p04-tdx5-uptodate", QUOTE_OK, 5, QUOTE_TD15, 0, 5 },
	{ "p05-tdx4-gcp-cos-ccel", QUOTE_OK, 4, QUOTE_TD10, 3065, 5 },
	{ "p11-tdx5-uptodate-alibaba", QUOTE_OK, 5, QUOTE_TD15, 0, 5 },
	{ "n10-version-6", QUOTE_VERSION, 6, 0, 0, 0 },
	{ "n11-att-key-type-3", QUOTE_OK, 4, QUOTE_TD10, 70, 5 },
	{ "n14-trunc-header", QUOTE_SHORT, 4, 0, 0, 0 },
	{ "n15-trunc-body", QUOTE_SHORT, 4, 0, 0, 0 },
	{ "n16-trunc-cert", QUOTE_SHORT, 4, 0, 0, 0 },
	{ "n17-siglen-huge", QUOTE_SHORT, 4, 0, 0, 0 },
	{ "n18-certlen-huge", QUOTE_LENGTHS, 4, 0, 0, 0 },
	{ "n19-authlen-huge", QUOTE_LENGTHS, 4, 0, 0, 0 },
	{ "n20-outer-type-5", QUOTE_CERT_TYPE, 4, 0, 0, 0 },
	{ "n44-v5-type", QUOTE_BODY_SIZE, 5, 0, 0, 0 },
	{ "n45-v5-type9", QUOTE_TEE, 5, 0, 0, 0 },
};

static void real_quotes(void)
{
	static unsigned char bytes[QUOTE_MAX];
	char path[256];
	size_t len;

	for (size_t i = 0; i < sizeof real / sizeof *real; i++) {
		enum quote_result result;

		snprintf(path, sizeof path, "../shared/data/tdx/%s/quote.bin", real[i].name);
		if (file_read(AT_FDCWD, path, bytes, sizeof bytes, &len) != FILE_OK) {
			check(true, "%s # skip no %s", real[i].name, path);
			continue;
		}
		result = quote_read(&q, span_of(bytes, len));
		check(result == real[i].expected && q.version == real[i].version, "%s: %s", real[i].name,
		      quote_strerror(result));
		if (result != QUOTE_OK)
			continue;
		check(q.body_type == real[i].body && q.trailing == real[i].trailing &&
		              q.cert_type == real[i].cert_type && q.qe_auth.len == 32,
		      "%s: %d, %zu, %d", real[i].name, q.body_type, q.trailing, q.cert_type);
		cuts(span_of(bytes, len), real[i].name);
	}
}

int main(void)
{
	results();
	fields_v4();
	fields_others();
	cuts(make(&td15), "version 5");
	unhex();
	real_quotes();
	return tap_end();
}
