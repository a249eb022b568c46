/* Quotes of a simulated machine: read back, and every signature checked by BearSSL. */
#include "tee/sim_quote.h"

#include <bearssl.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "tap.h"
#include "tee/sim_pki.h"
#include "tls/cert.h"
#include "tls/pem.h"

enum { TOKENS = 1024 };

static char place[] = "/tmp/sim_quote.XXXXXX";
static int dir;
static struct sim_pki pki;
static struct sim_quote sim;
static unsigned char bytes[SIM_QUOTE_MAX], before[SIM_QUOTE_MAX], text[SIM_LOG_MAX];
static struct quote q;
static const char *wrong;
static bool spoilt; /* the machine in `dir` */

/* Not brought to the disk: nobody waits for that here. */
static bool put_file(const char *name, struct span file)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && write(fd, file.p, file.len) == (ssize_t)file.len;

	spoilt = true;
	return fd >= 0 && close(fd) == 0 && ok;
}

static bool put(void *context, const char *name, mode_t mode, struct span file)
{
	(void)context, (void)mode;
	return put_file(name, file);
}

/* A machine, in `dir` and opened. One that is there and whole is not made again. */
static bool machine(const char *setting)
{
	static const char *there;

	if (there && !spoilt && strcmp(there, setting) == 0)
		return sim_quote_open(&sim, dir, &wrong) == SIM_OK;
	unlinkat(dir, "eventlog.json", 0);
	sim_pki_init(&pki);
	pki.seed = span_str("seed");
	pki.now = SIM_FIXED_TIME;
	if (sim_pki_set(&pki, span_str(setting)) != SIM_OK || sim_pki_make(&pki, put, NULL) != SIM_OK)
		return false;
	there = setting;
	spoilt = false;
	return sim_quote_open(&sim, dir, &wrong) == SIM_OK;
}

static bool quote(struct span report_data)
{
	struct builder b;

	builder_init(&b, bytes, sizeof bytes);
	return sim_quote_write(&sim, report_data, &b) && quote_read(&q, builder_span(&b)) == QUOTE_OK &&
	       q.trailing == 0 && q.all.len == b.len;
}

/* A point x || y has signed. */
static bool holds(struct span point, struct span data, struct span signature)
{
	unsigned char q04[65] = { 4 }, digest[32];
	br_ec_public_key key = { .curve = BR_EC_secp256r1, .q = q04, .qlen = sizeof q04 };
	br_sha256_context hash;

	if (point.len != 64)
		return false;
	memcpy(q04 + 1, point.p, 64);
	br_sha256_init(&hash);
	br_sha256_update(&hash, data.p, data.len);
	br_sha256_out(&hash, digest);
	return br_ecdsa_i31_vrfy_raw(&br_ec_p256_m31, digest, sizeof digest, &key, signature.p,
	                             signature.len) == 1;
}

/* The attestation key's hash, and zeros. */
static bool binds(void)
{
	static const unsigned char zero[32];
	unsigned char digest[32];
	br_sha256_context hash;

	br_sha256_init(&hash);
	br_sha256_update(&hash, q.key.p, q.key.len);
	br_sha256_update(&hash, q.qe_auth.p, q.qe_auth.len);
	br_sha256_out(&hash, digest);
	return memcmp(q.qe.report_data.p, digest, 32) == 0 &&
	       memcmp(q.qe.report_data.p + 32, zero, 32) == 0;
}

/* The point of the first certificate in the quote. */
static bool pck_signed(void)
{
	static unsigned char der[CERT_MAX];
	struct span rest = q.cert, label, one;
	struct public_key public;
	struct builder b;
	struct cert c;

	builder_init(&b, der, sizeof der);
	return pem_next(&rest, &label, &b, &one) == PEM_BLOCK && cert_read(&c, one) &&
	       public_key_read(&public, c.spki) &&
	       holds(span_from(public.point, 1), q.qe_report, q.qe_signature);
}

static void versions(const char *setting, unsigned int version, unsigned int body,
                     enum quote_body expected, size_t signed_len)
{
	static const unsigned char data[] = "report data";

	check(machine(setting) && sim_quote_version(&sim, version, body) == SIM_OK &&
	              quote(span_of(data, sizeof data)),
	      "%s, version %u, body %u", setting, version, body);
	check(q.version == version && q.body_type == expected && q.signed_part.len == signed_len &&
	              q.key_type == QUOTE_KEY_P256 &&
	              q.tee == (expected == QUOTE_SGX ? QUOTE_TEE_SGX : QUOTE_TEE_TDX),
	      "what it is");
	check(memcmp(q.report_data.p, data, sizeof data) == 0 && q.report_data.p[63] == 0, "report data");
	check(holds(q.key, q.signed_part, q.signature), "signed by the attestation key");
	check(pck_signed(), "the QE report by the PCK");
	check(binds() && q.cert_type == QUOTE_CERT_CHAIN && q.cert.p[q.cert.len - 1] == 0, "bound");
}

static void refused_versions(void)
{
	static const unsigned int tdx[][2] = { { 3, 0 }, { 3, 1 }, { 3, 2 }, { 4, 1 }, { 4, 3 }, { 4, 4 },
		                               { 5, 1 }, { 5, 5 }, { 2, 0 }, { 6, 0 }, { 0, 0 } };
	static const unsigned int sgx[][2] = { { 3, 2 }, { 4, 2 }, { 5, 2 }, { 5, 3 }, { 5, 4 } };

	if (!machine("tee=tdx"))
		return;
	for (size_t i = 0; i < sizeof tdx / sizeof *tdx; i++)
		check(sim_quote_version(&sim, tdx[i][0], tdx[i][1]) == SIM_VERSION && sim.version == 4,
		      "refused: %u %u", tdx[i][0], tdx[i][1]);
	if (!machine("tee=sgx"))
		return;
	for (size_t i = 0; i < sizeof sgx / sizeof *sgx; i++)
		check(sim_quote_version(&sim, sgx[i][0], sgx[i][1]) == SIM_VERSION, "refused: %u %u",
		      sgx[i][0], sgx[i][1]);
}

/* A field that is set changes its own bytes, and signatures. */
static void field(const char *name, size_t at, size_t len, unsigned int version)
{
	static char setting[256];
	struct builder b;
	bool same = true;
	size_t end;

	check(sim_quote_version(&sim, version, 0) == SIM_OK && quote(span_str("")), "before %s", name);
	end = q.signed_part.len;
	memcpy(before, bytes, sizeof before);
	builder_init(&b, setting, sizeof setting);
	builder_str(&b, name);
	builder_byte(&b, '=');
	for (size_t i = 0; i < len; i++)
		builder_str(&b, "a5");
	check(sim_quote_field(&sim, builder_span(&b)) == SIM_OK && quote(span_str("")), "%s is set", name);
	for (size_t i = 0; i < end; i++)
		same &= bytes[i] == (i >= at && i < at + len ? 0xa5 : before[i]);
	check(same && holds(q.key, q.signed_part, q.signature), "%s, and nothing else", name);
	builder_byte(&b, 'a');
	check(sim_quote_field(&sim, builder_span(&b)) == SIM_FIELD_VALUE, "%s: half a byte more", name);
	b.len -= 3;
	check(sim_quote_field(&sim, builder_span(&b)) == SIM_FIELD_VALUE, "%s: a byte less", name);
}

static void fields(void)
{
	static const struct {
		const char *name;
		size_t at, len; /* in the body */
	} td[] = {
		{ "tee_tcb_svn", 0, 16 },      { "mr_seam", 16, 48 },       { "mr_signer_seam", 64, 48 },
		{ "seam_attributes", 112, 8 }, { "td_attributes", 120, 8 }, { "xfam", 128, 8 },
		{ "mr_td", 136, 48 },          { "mr_config_id", 184, 48 }, { "mr_owner", 232, 48 },
		{ "mr_owner_config", 280, 48 }, { "rtmr0", 328, 48 },       { "rtmr1", 376, 48 },
		{ "rtmr2", 424, 48 },          { "rtmr3", 472, 48 },
	};

	if (!machine("tee=tdx"))
		return;
	for (size_t i = 0; i < sizeof td / sizeof *td; i += RUNNING_ON_VALGRIND ? 5 : 1)
		field(td[i].name, QUOTE_HEADER_LEN + td[i].at, td[i].len, 4);
	field("user_data", 28, 20, 4);
	field("tee_tcb_svn_2", QUOTE_HEADER_LEN + 6 + 584, 16, 5);
	field("mr_service_td", QUOTE_HEADER_LEN + 6 + 600, 48, 5);
	check(sim_quote_field(&sim, span_str("mrtd")) == SIM_FIELD &&
	              sim_quote_field(&sim, span_str("=00")) == SIM_FIELD &&
	              sim_quote_field(&sim, span_str("")) == SIM_FIELD &&
	              sim_quote_field(&sim, span_str("rtmr4=00")) == SIM_FIELD &&
	              sim_quote_field(&sim, span_str("report_data=00")) == SIM_FIELD,
	      "no such fields");
	if (!machine("tee=sgx"))
		return;
	field("mr_enclave", QUOTE_HEADER_LEN + 64, 32, 3);
	field("isv_svn", QUOTE_HEADER_LEN + 258, 2, 3);
	field("pce_svn", 10, 2, 3);
}

static void qe_fields(void)
{
	static char auth[2 * SIM_AUTH_MAX + 16];
	struct builder b;

	if (!machine("tee=tdx"))
		return;
	check(sim_quote_field(&sim, span_str("qe_isv_svn=0201")) == SIM_OK && quote(span_str("")) &&
	              q.qe.isv_svn == 0x0102 && pck_signed() && binds(),
	      "the QE's SVN, signed");
	check(sim_quote_field(&sim, span_str("qe_report_data_2="
	                                     "01000000000000000000000000000000"
	                                     "00000000000000000000000000000000")) == SIM_OK &&
	              quote(span_str("")) && q.qe.report_data.p[32] == 1 && pck_signed() && !binds(),
	      "the other half of its report data");
	sim.qe[352] = 0;
	check(sim_quote_field(&sim, span_str("qe_auth=")) == SIM_OK && quote(span_str("")) &&
	              q.qe_auth.len == 0 && pck_signed() && binds(),
	      "no QE authentication data");
	builder_init(&b, auth, sizeof auth);
	builder_str(&b, "qe_auth=");
	for (int i = 0; i < SIM_AUTH_MAX; i++)
		builder_str(&b, "5a");
	check(sim_quote_field(&sim, builder_span(&b)) == SIM_OK && quote(span_str("")) &&
	              q.qe_auth.len == SIM_AUTH_MAX && pck_signed() && binds(),
	      "as much as there may be");
	builder_str(&b, "5a");
	check(sim_quote_field(&sim, builder_span(&b)) == SIM_FIELD_VALUE && sim.auth_len == SIM_AUTH_MAX,
	      "and more");
}

static void report_data(void)
{
	static const unsigned char data[QUOTE_REPORT_DATA_LEN + 1] = { 1, 2, 3 };
	struct builder b;
	size_t whole;

	if (!machine("tee=tdx"))
		return;
	check(quote(span_of(data, 0)) && quote(span_of(data, 1)) && q.report_data.p[0] == 1 &&
	              q.report_data.p[1] == 0,
	      "none, and one byte");
	check(quote(span_of(data, 64)) && memcmp(q.report_data.p, data, 64) == 0, "64 bytes");
	check(!quote(span_of(data, 65)), "65");
	check(quote(span_of(data, 64)), "again");
	whole = q.all.len;
	memcpy(before, bytes, whole);
	check(quote(span_of(data, 64)) && memcmp(before, bytes, whole) == 0, "the same, the same bytes");
	/* All of the lengths near the places where something begins, and some between. */
	for (size_t cap = 0; cap < whole; cap += RUNNING_ON_VALGRIND ? 211 : 17) {
		builder_init(&b, bytes, cap);
		if (sim_quote_write(&sim, span_of(data, 3), &b))
			check(false, "fits %zu bytes", cap);
	}
	builder_init(&b, bytes, whole);
	check(sim_quote_write(&sim, span_of(data, 3), &b), "room for exactly the quote");
}

static void seeds(void)
{
	unsigned char first[64];

	if (!machine("tee=tdx") || !quote(span_str("")))
		return;
	memcpy(first, q.key.p, 64);
	check(sim_quote_seed(&sim, span_str("another")) && quote(span_str("")) &&
	              memcmp(first, q.key.p, 64) != 0 && holds(q.key, q.signed_part, q.signature) &&
	              pck_signed() && binds(),
	      "another attestation key");
	memcpy(before, bytes, q.all.len);
	check(machine("tee=tdx") && sim_quote_seed(&sim, span_str("another")) && quote(span_str("")) &&
	              memcmp(before, bytes, q.all.len) == 0,
	      "the same one for the same seed");
}

/* The registers are the log's, and a longer log gives others. */
static void logs(void)
{
	static const char more[] = ",{\"imr\":3,\"event_type\":134217729,\"digest\":\"\","
	                           "\"event\":\"more\",\"event_payload\":\"00\"}]";
	static struct json_token tokens[TOKENS];
	struct replay replay;
	struct json doc;
	size_t len, at;

	if (!machine("tee=tdx") || !quote(span_str("")))
		return;
	check(sim.has_log && file_read(dir, "eventlog.json", text, sizeof text, &len) == FILE_OK &&
	              json_read(&doc, span_of(text, len), tokens, TOKENS) &&
	              eventlog_json(json_root(&doc), &replay, NULL, NULL, &at) == EVENTLOG_OK,
	      "the machine's log");
	check(replay_compare(&replay, &q.td) == 15 && replay.events == 16, "leads to its registers");
	memcpy(text + len - 1, more, sizeof more - 1);
	check(json_read(&doc, span_of(text, len - 1 + sizeof more - 1), tokens, TOKENS) &&
	              sim_quote_log(&sim, json_root(&doc), &at) == SIM_OK && quote(span_str("")) &&
	              replay_compare(&replay, &q.td) == 7,
	      "one more event, another RTMR3");
	text[20] = '}';
	check(!json_read(&doc, span_of(text, len), tokens, TOKENS), "no log");
	check(put_file("eventlog.json", span_str("[{\"imr\":4}]")) &&
	              sim_quote_open(&sim, dir, &wrong) == SIM_LOG && strcmp(wrong, "eventlog.json") == 0,
	      "a log that is none");
	check(put_file("eventlog.json", span_str("[")) &&
	              sim_quote_open(&sim, dir, &wrong) == SIM_LOG,
	      "nor JSON");
	unlinkat(dir, "eventlog.json", 0);
	spoilt = true;
	check(sim_quote_open(&sim, dir, &wrong) == SIM_OK && !sim.has_log && quote(span_str("")) &&
	              q.td.rtmr[3].p[0] == 0,
	      "without one, registers that nothing was measured into");
}

/* Cut anywhere, `platform` gives a machine or none, and never half of one with keys. */
static void platforms(void)
{
	static const char *const bad[] = {
		"", "\n", "# only a comment\n", "tee=", "tee=sev\n", "rtmr0=00\ntee=tdx\n",
		"tee=tdx\nno_such=00\n", "tee=tdx\nrtmr0=00\n", "tee=tdx\nrtmr0\n", "tee=tdx\ntee=sgx\n",
		"tee=tdx\r\n", " tee=tdx\n",
	};
	unsigned char copy[4096];
	struct key none = { .bits = 0 };
	int good = 0, malformed = 0;
	enum sim_result r;
	size_t len;

	if (!machine("tee=tdx"))
		return;
	if (file_read(dir, "platform", copy, sizeof copy, &len) != FILE_OK)
		abort();
	for (size_t i = 0; i < len; i += RUNNING_ON_VALGRIND ? 97 : 7) {
		if (!put_file("platform", span_of(copy, i)))
			abort();
		r = sim_quote_open(&sim, dir, &wrong);
		good += r == SIM_OK;
		malformed += r == SIM_MALFORMED && strcmp(wrong, "platform") == 0 &&
		             memcmp(&sim.pck, &none, sizeof none) == 0;
		if (r != SIM_OK && r != SIM_MALFORMED)
			check(false, "cut at %zu", i);
	}
	check(good > 0 && malformed > good, "cut anywhere: %d and %d", good, malformed);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(put_file("platform", span_str(bad[i])) &&
		              sim_quote_open(&sim, dir, &wrong) == SIM_MALFORMED,
		      "no machine: %zu", i);
	check(put_file("platform", span_str("tee=tdx")) &&
	              sim_quote_open(&sim, dir, &wrong) == SIM_OK,
	      "the least there is");
}

static void files(void)
{
	static const char *const names[] = { "platform", "pck_chain.pem", "pck.key", "attestation.key" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (!check(machine("tee=tdx"), "a machine"))
			return;
		check(put_file(names[i], span_of(text, sizeof text)) &&
		              sim_quote_open(&sim, dir, &wrong) == SIM_MALFORMED &&
		              strcmp(wrong, names[i]) == 0,
		      "too large: %s", names[i]);
		unlinkat(dir, names[i], 0);
		check(sim_quote_open(&sim, dir, &wrong) == SIM_MISSING && strcmp(wrong, names[i]) == 0,
		      "missing: %s", names[i]);
	}
	check(machine("tee=tdx") && put_file("pck.key", span_str("no key")) &&
	              sim_quote_open(&sim, dir, &wrong) == SIM_MALFORMED && strcmp(wrong, "pck.key") == 0,
	      "no key");
}

static bool put_away(void *context, const char *name, mode_t mode, struct span file)
{
	(void)context, (void)mode, (void)file;
	unlinkat(dir, name, 0);
	return true;
}

int main(void)
{
	if (!mkdtemp(place) || (dir = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return 1;
	versions("tee=tdx", 4, 0, QUOTE_TD10, 632);
	versions("tee=tdx", 5, 0, QUOTE_TD15, 702);
	versions("tee=tdx", 5, QUOTE_TD10, QUOTE_TD10, 638);
	versions("tee=tdx", 5, QUOTE_TD15EX, QUOTE_TD15EX, 939);
	refused_versions();
	versions("tee=sgx", 3, 0, QUOTE_SGX, 432);
	versions("tee=sgx", 4, 0, QUOTE_SGX, 432);
	versions("tee=sgx", 5, 0, QUOTE_SGX, 438);
	fields();
	qe_fields();
	report_data();
	seeds();
	logs();
	platforms();
	files();
	sim_quote_wipe(&sim);
	check(sim.pck.bits == 0 && sim.attestation.bits == 0, "wiped");
	sim_pki_init(&pki);
	pki.seed = span_str("seed");
	sim_pki_make(&pki, put_away, NULL);
	check(rmdir(place) == 0, "nothing else was left there");
	return tap_end();
}
