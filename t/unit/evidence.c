/* What ingresses and gateways publish: sums, quotes in answers, acme-info. */
#include "tee/evidence.h"

#include <bearssl.h>

#include "tap.h"
#include "tls_data.h"

enum { TOKENS = 4096 };

static struct evidence_sum sums[EVIDENCE_FILES_MAX];
static struct json_token tokens[TOKENS], more[TOKENS];
static unsigned char room[1 << 17], text[1 << 16];

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define ACCOUNT ZEROS "  acme-account.json\n"
#define CERT ZEROS "  cert-a.test.pem\n"

static void reads(const char *list, bool good, const char *about)
{
	size_t n;

	check(evidence_sums_read(span_str(list), sums, &n) == good, "%s: %s", good ? "read" : "refused", about);
}

static void sums_of_files(void)
{
	static const char *const names[] = {
		"", " ", "acme-account.json ", "cert-.pem", "cert-a.test", "a.test.pem", "cert-A.test.pem",
		"cert-a.test.PEM", "cert-../a.pem", "cert-a/b.pem", "/cert-a.test.pem", "cert-a.test.pem/", "cert-*.pem",
		"cert-*.*.a.test.pem", "cert-a..test.pem", "quote.json", "sha256sum.txt", "cert-a.test..pem",
		"cert-a.test.pem\r", "cert-\xc3\xa4.test.pem", "cert--a.test.pem",
	};
	char line[512];
	struct builder b;
	size_t n;

	reads(ACCOUNT CERT, true, "an account and a certificate");
	reads(CERT ZEROS " *acme-account.json\n" ZEROS "  cert-*.a.test.pem\n", true, "any order, binary, a wildcard");
	check(evidence_sums_read(span_str(ACCOUNT CERT), sums, &n) && n == 2 &&
	              span_is(sums[1].name, "cert-a.test.pem"),
	      "names are found");
	reads("", false, "nothing");
	reads("\n", false, "an empty line");
	reads(ACCOUNT, false, "no certificate");
	reads(CERT, false, "no account");
	reads(CERT CERT ACCOUNT, false, "a file twice");
	reads(ACCOUNT CERT ACCOUNT, false, "the account twice");
	reads(ACCOUNT CERT "\n", false, "an empty line behind");
	reads(ACCOUNT ZEROS "  cert-a.test.pem", false, "no newline at the end");
	reads(ACCOUNT ZEROS " cert-a.test.pem\n", false, "one space");
	reads(ACCOUNT ZEROS "\t cert-a.test.pem\n", false, "a tab");
	reads(ACCOUNT ZEROS "00  cert-a.test.pem\n", false, "too long a sum");
	reads(ACCOUNT "0" ZEROS "  cert-a.test.pem\n", false, "an odd sum");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		builder_init(&b, line, sizeof line);
		builder_str(&b, ACCOUNT CERT ZEROS "  ");
		builder_str(&b, names[i]);
		builder_str(&b, "\n");
		reads(builder_cstr(&b), false, names[i]);
	}
	builder_init(&b, text, sizeof text);
	builder_str(&b, ACCOUNT);
	for (int i = 0; i < EVIDENCE_FILES_MAX; i++) {
		builder_str(&b, ZEROS "  cert-n");
		builder_number(&b, (uint64_t)i);
		builder_str(&b, ".test.pem\n");
		if (i == EVIDENCE_FILES_MAX - 2)
			check(evidence_sums_read(builder_span(&b), sums, &n) && n == EVIDENCE_FILES_MAX, "as many as may be");
	}
	check(!evidence_sums_read(builder_span(&b), sums, &n), "one more");
}

static void written(void)
{
	/* SHA-256 of "abc", FIPS 180. */
	static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  acme-account.json\n";
	unsigned char report_data[QUOTE_REPORT_DATA_LEN], wanted[64] = { 0 };
	struct builder b;
	size_t n;

	builder_init(&b, text, sizeof text);
	evidence_sum_write(&b, span_str(EVIDENCE_ACCOUNT), span_str("abc"));
	check(span_is(builder_span(&b), abc), "a line as sha256sum writes it");
	builder_str(&b, CERT);
	check(evidence_sums_read(builder_span(&b), sums, &n) && evidence_sum_is(&sums[0], span_str("abc")) &&
	              !evidence_sum_is(&sums[0], span_str("abd")) && !evidence_sum_is(&sums[0], span_of(NULL, 0)),
	      "and the file is held against it");
	evidence_report_data(span_str("abc"), report_data);
	tls_data("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", wanted, 32);
	check(memcmp(report_data, wanted, 64) == 0, "report data: the sum, then zeros");
	builder_init(&b, text, sizeof text);
	check(evidence_cert_name(&b, span_str("*.a.test")) && span_is(builder_span(&b), "cert-*.a.test.pem"), "a name");
	check(!evidence_cert_name(&b, span_str("a/b")) && !evidence_cert_name(&b, span_str("")), "none");
}

static bool quote_of(struct evidence_quote *q, const char *answer)
{
	struct builder b;

	builder_init(&b, room, sizeof room);
	return evidence_quote_read(q, span_str(answer), tokens, TOKENS, &b);
}

static void answers(void)
{
	static const char *const bad[] = {
		"", " ", "{", "{}", "[]", "0", "04x", "{\"quote\":1}", "{\"quote\":\"\"}", "{\"quote\":\"0\"}",
		"{\"quote\":\"0g\"}", "{\"quote\":\"04\",\"event_log\":1}", "{\"quote\":\"04\",\"quote\":\"05\"}",
		"{\"quote\":\"04\"}x", "\"04\"",
	};
	static const unsigned char two[] = { 4, 0xff };
	struct evidence_quote q;

	check(quote_of(&q, "04fF\n") && span_eq(q.quote, span_of(two, 2)) && q.log.len == 0, "hexadecimal");
	check(quote_of(&q, " {\"quote\":\"04ff\",\"event_log\":\"[{\\\"imr\\\":3}]\",\"vm_config\":\"\"}") &&
	              span_eq(q.quote, span_of(two, 2)) && span_is(q.log, "[{\"imr\":3}]"),
	      "an answer, its log a string");
	check(quote_of(&q, "{\"event_log\":[1, 2],\"quote\":\"04ff\"}") && span_is(q.log, "[1, 2]"), "its log JSON");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!quote_of(&q, bad[i]), "refused: %s", bad[i]);
}

static bool acme_of(struct evidence_acme *a, const char *document, struct builder *b)
{
	builder_init(b, room, sizeof room);
	return evidence_acme_read(a, span_str(document), tokens, TOKENS, b);
}

static void gateways(void)
{
	static const char good[] = "{\"account_uri\":\"https:\\/\\/ca\",\"account_quote\":\"{\\\"quote\\\":\\\"0400\\\"}\","
	                           "\"quoted_hist_keys\":[{\"public_key\":\"3000\",\"quote\":\"0500\"},"
	                           "{\"public_key\":\"3001\",\"quote\":\"\",\"attestation\":\"ff\"},{\"quote\":\"05\"}]}";
	static const char *const bad[] = {
		"", "{}", "{\"account_uri\":\"\",\"quoted_hist_keys\":[{}]}", "{\"quoted_hist_keys\":[{}]}",
		"{\"account_uri\":\"x\"}", "{\"account_uri\":\"x\",\"quoted_hist_keys\":[]}",
		"{\"account_uri\":\"x\",\"quoted_hist_keys\":{\"a\":1}}", "{\"account_uri\":1,\"quoted_hist_keys\":[{}]}",
	};
	unsigned char report_data[64], wanted[64];
	struct evidence_quote q;
	struct evidence_acme a;
	br_sha512_context sha;
	struct builder b;
	struct span spki;

	check(acme_of(&a, good, &b) && span_is(a.account_uri, "https://ca") && a.n_keys == 3, "acme-info");
	check(evidence_acme_account(&q, &a, more, TOKENS, &b) && q.quote.len == 2 && q.quote.p[0] == 4, "the account's");
	check(evidence_acme_key(&q, &spki, &a, 0, more, TOKENS, &b) && spki.len == 2 && q.quote.p[0] == 5, "a key's");
	check(!evidence_acme_key(&q, &spki, &a, 1, more, TOKENS, &b), "an attestation that is none");
	check(!evidence_acme_key(&q, &spki, &a, 2, more, TOKENS, &b), "no key");
	check(!evidence_acme_key(&q, &spki, &a, 3, more, TOKENS, &b), "beyond the last");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!acme_of(&a, bad[i], &b), "refused: %s", bad[i]);
	br_sha512_init(&sha);
	br_sha512_update(&sha, "acme-account:https://ca", 23);
	br_sha512_out(&sha, wanted);
	evidence_acme_account_data(span_str("https://ca"), report_data);
	check(memcmp(report_data, wanted, 64) == 0, "the account's report data");
	br_sha512_init(&sha);
	br_sha512_update(&sha, "zt-cert:key", 11);
	br_sha512_out(&sha, wanted);
	evidence_acme_key_data(span_str("key"), report_data);
	check(memcmp(report_data, wanted, 64) == 0, "a key's report data");
}

int main(void)
{
	sums_of_files();
	written();
	answers();
	gateways();
	return tap_end();
}
