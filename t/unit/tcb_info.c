/* TCB info and QE identity: whole, and with each member wrong. */
#include "tee/tcb_info.h"

#include <string.h>

#include "tap.h"
#include "tee/qe_identity.h"

#define ZEROS48 "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define ONE "{\"svn\":1}"
#define SVNS "[" ONE "," ONE "," ONE "," ONE "," ONE "," ONE "," ONE "," ONE "," ONE "," ONE "," ONE "," ONE \
	"," ONE "," ONE "," ONE "," ONE "]"
#define MODULE "\"mrsigner\":\"" ZEROS48 "\",\"attributes\":\"0000000000000000\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\""
#define RATING "\"tcbDate\":\"2025-05-14T00:00:00Z\",\"tcbStatus\":\"UpToDate\""
#define LEVELS "[{\"tcb\":{\"sgxtcbcomponents\":" SVNS ",\"pcesvn\":13,\"tdxtcbcomponents\":" SVNS "}," RATING "}]"
#define ISV_LEVELS "[{\"tcb\":{\"isvsvn\":4}," RATING "}]"
#define IDENTITY(id) "{\"id\":\"" id "\"," MODULE ",\"tcbLevels\":" ISV_LEVELS "}"
#define SIGNER "DC9E2A7C6F948F17474E34A7FC43ED030F7C1563F1BABDDF6340C82E0E54A8C5"

enum { TOKENS = 8192, MEMBERS = 12 };

struct member {
	const char *name, *value;
};

static const struct member tdx[MEMBERS] = {
	{ "id", "\"TDX\"" },
	{ "version", "3" },
	{ "issueDate", "\"2026-05-20T00:00:00Z\"" },
	{ "nextUpdate", "\"2026-06-19T00:00:00Z\"" },
	{ "fmspc", "\"B0C06F000000\"" },
	{ "pceId", "\"0000\"" },
	{ "tcbType", "0" },
	{ "tcbEvaluationDataNumber", "20" },
	{ "tdxModule", "{" MODULE "}" },
	{ "tcbLevels", LEVELS },
	{ "tdxModuleIdentities", "[" IDENTITY("TDX_01") "," IDENTITY("TDX_03") "]" },
	{ "more", "{}" },
};

static const struct member qe[MEMBERS] = {
	{ "id", "\"TD_QE\"" },
	{ "version", "2" },
	{ "issueDate", "\"2026-05-20T00:00:00Z\"" },
	{ "nextUpdate", "\"2026-06-19T00:00:00Z\"" },
	{ "tcbEvaluationDataNumber", "20" },
	{ "miscselect", "\"00000000\"" },
	{ "miscselectMask", "\"FFFFFFFF\"" },
	{ "attributes", "\"11000000000000000000000000000000\"" },
	{ "attributesMask", "\"FBFFFFFFFFFFFFFF0000000000000000\"" },
	{ "mrsigner", "\"" SIGNER "\"" },
	{ "isvprodid", "2" },
	{ "tcbLevels", ISV_LEVELS },
};

static struct json doc;
static struct json_token tokens[TOKENS];
static unsigned char text[65536];
static struct tcb_info info;
static struct qe_identity identity;

/* The document with another value for the member `name` (NULL: none changes), or without it (NULL). */
static struct json_value make(const struct member *members, const char *name, const char *value)
{
	struct builder b;

	builder_init(&b, text, sizeof text);
	for (int i = 0; i < MEMBERS; i++) {
		bool is_it = name && strcmp(members[i].name, name) == 0;

		if (is_it && !value)
			continue;
		builder_str(&b, b.len > 0 ? ",\"" : "{\"");
		builder_str(&b, members[i].name);
		builder_str(&b, "\":");
		builder_str(&b, is_it ? value : members[i].value);
	}
	builder_str(&b, "}");
	if (!builder_ok(&b) || !json_read(&doc, builder_span(&b), tokens, TOKENS))
		check(false, "JSON with %s", name);
	return json_root(&doc);
}

static bool reads_info(const char *name, const char *value)
{
	return tcb_info_read(&info, make(tdx, name, value));
}

static bool reads_identity(const char *name, const char *value)
{
	return qe_identity_read(&identity, make(qe, name, value));
}

static void infos(void)
{
	static const struct member bad[] = {
		{ "id", "\"QVE\"" }, { "id", "\"tdx\"" }, { "id", "1" }, { "version", "2" }, { "version", "4" },
		{ "version", "\"3\"" }, { "issueDate", "\"2026-05-20\"" }, { "issueDate", "\"2026-05-20T00:00:00+00:00\"" },
		{ "nextUpdate", "\"2026-06-31T00:00:00Z\"" }, { "nextUpdate", "\"\"" }, { "fmspc", "\"B0C06F0000\"" },
		{ "fmspc", "\"B0C06F00000000\"" }, { "fmspc", "\"G0C06F000000\"" }, { "fmspc", "\"\\u00420C06F000000\"" },
		{ "pceId", "\"00\"" }, { "pceId", "0" }, { "tcbType", "1" }, { "tcbType", "null" },
		{ "tcbEvaluationDataNumber", "4294967296" }, { "tcbEvaluationDataNumber", "1.5" }, { "tdxModule", "{}" },
		{ "tdxModule", "null" }, { "tcbLevels", "[]" }, { "tcbLevels", ISV_LEVELS }, { "tdxModuleIdentities", "{}" },
		{ "tdxModuleIdentities", "null" }, { "tdxModuleIdentities", "[1]" },
		{ "tdxModuleIdentities", "[" IDENTITY("TDX_01") "," IDENTITY("TDX_01") "]" },
		{ "tdxModuleIdentities", "[" IDENTITY("TDX_1") "]" }, { "tdxModuleIdentities", "[" IDENTITY("TDX_001") "]" },
		{ "tdxModuleIdentities", "[" IDENTITY("TDX_0g") "]" }, { "tdxModuleIdentities", "[" IDENTITY("tdx_01") "]" },
		{ "tdxModuleIdentities", "[{\"id\":\"TDX_01\"," MODULE "}]" },
	};

	check(reads_info(NULL, NULL) && info.tdx && info.issued == 1779235200 && info.next_update == 1781827200 &&
	              info.fmspc[0] == 0xb0 && info.evaluation == 20 && info.n == 1 && info.n_identities == 2,
	      "TCB info");
	check(tcb_info_identity(&info, 1) == &info.identities[0] && tcb_info_identity(&info, 3) == &info.identities[1] &&
	              !tcb_info_identity(&info, 2) && !tcb_info_identity(&info, 0),
	      "its identities");
	check(reads_info("tdxModuleIdentities", NULL) && info.n_identities == 0, "it may have none");
	check(reads_info("tdxModuleIdentities", "[" IDENTITY("TDX_0A") "]") && tcb_info_identity(&info, 10),
	      "versions are hexadecimal");
	check(reads_info("more", NULL), "others are passed over");
	for (int i = 0; i < MEMBERS - 2; i++)
		check(!reads_info(tdx[i].name, NULL), "not without %s", tdx[i].name);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!reads_info(bad[i].name, bad[i].value), "refused: %zu, %s", i, bad[i].name);
	check(reads_info("id", "\"SGX\"") && !info.tdx, "SGX");
	check(!tcb_info_read(&info, (struct json_value){ NULL, -1 }), "nothing");
}

static void identities(void)
{
	static const struct member bad[] = {
		{ "id", "\"QVE\"" }, { "id", "\"td_qe\"" }, { "version", "1" }, { "version", "3" }, { "issueDate", "1" },
		{ "nextUpdate", "null" }, { "miscselect", "\"000000\"" }, { "miscselectMask", "\"0\"" },
		{ "attributes", "\"11\"" }, { "attributesMask", "\"\"" }, { "mrsigner", "\"" ZEROS48 "\"" },
		{ "isvprodid", "65536" }, { "isvprodid", "-1" }, { "tcbLevels", "[]" }, { "tcbLevels", LEVELS },
	};

	check(reads_identity("id", "\"QE\"") && !identity.tdx, "SGX's quoting enclave");
	for (int i = 0; i < MEMBERS; i++)
		check(!reads_identity(qe[i].name, NULL), "not without %s", qe[i].name);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!reads_identity(bad[i].name, bad[i].value), "refused: %zu, %s", i, bad[i].name);
	check(reads_identity(NULL, NULL) && identity.tdx && identity.prod_id == 2 && identity.n == 1, "QE identity");
}

/* A report with every bit of every field turned round that counts, and of those that do not. */
static void reports(void)
{
	static const unsigned char good[] = { 0x15, 0, 0, 0, 0, 0, 0, 0, 0xe7, 0, 0, 0, 0, 0, 0, 0 };
	unsigned char report[QUOTE_SGX_LEN] = { 0 };
	struct quote_sgx sgx;
	int wrong = 0;

	quote_read_sgx(&sgx, span_of(report, sizeof report));
	memcpy(report + 48, good, sizeof good);
	memcpy(report + 128, identity.signer, QE_SIGNER_LEN);
	report[256] = 2;
	for (size_t i = 0; i < 8 * sizeof report; i++) {
		size_t byte = i / 8;
		bool counts = (byte >= 16 && byte < 20) || (byte >= 48 && byte < 56 && i != 48 * 8 + 2) ||
		              (byte >= 128 && byte < 160) || byte == 256 || byte == 257;

		report[byte] ^= (unsigned char)(1 << i % 8);
		quote_read_sgx(&sgx, span_of(report, sizeof report));
		wrong += (qe_identity_differs(&identity, &sgx) != NULL) != counts;
		report[byte] ^= (unsigned char)(1 << i % 8);
	}
	quote_read_sgx(&sgx, span_of(report, sizeof report));
	check(!qe_identity_differs(&identity, &sgx), "the report of this enclave");
	check(wrong == 0, "each bit that counts, and no other");
}

int main(void)
{
	infos();
	identities();
	reports();
	return tap_end();
}
