/*
 * Verification as a whole: a quote and its collateral, untouched, cut short, and with bits turned
 * round. With the argument "all", every byte of everything is tried, which takes minutes.
 */
#include "tee/verify.h"

#include "tap.h"
#include "tdx_world.h"

#define CASES "../shared/data/tdx/"

static struct tdx_world world;
static struct verify good, work;
static struct verify_result good_result, result;
static struct collateral collateral;
static struct verify_input input;
static unsigned char changed[TDX_FILE_MAX];
static size_t step = 11;

static const char *const part_names[TDX_PARTS] = { "quote", "TCB info", "QE identity", "chain of TCB info",
	                                           "chain of QE identity", "PCK CRL", "root CRL",
	                                           "chain of the PCK CRL" };

static bool run(void)
{
	return verify_quote(&work, &input, &result);
}

/* Nothing else than before may be accepted, and what is refused has a reason. */
static bool sound(void)
{
	if (run())
		return tdx_same(&good, &good_result, &work, &result);
	return result.reason != VERIFY_OK && *result.what && *verify_reason_name(result.reason) &&
	       result.reason != VERIFY_NO_COLLATERAL && (!result.genuine || result.reason == VERIFY_DEBUG);
}

static void flips(int part)
{
	struct span *at = tdx_part(&input, &collateral, part), before = *at;
	size_t turns = 0, accepted = 0, bad = 0;

	for (size_t i = before.len / 2 % step; i < before.len; i += step, turns++) {
		memcpy(changed, before.p, before.len);
		changed[i] ^= (unsigned char)(1 << (i / step + i) % 8);
		*at = span_of(changed, before.len);
		bad += !sound();
		accepted += result.reason == VERIFY_OK;
	}
	*at = before;
	check(bad == 0, "%s: %zu of %zu bits turned round, %zu accepted as the same", part_names[part],
	      turns, before.len, accepted);
}

static void cuts(int part)
{
	struct span *at = tdx_part(&input, &collateral, part), before = *at;
	size_t turns = 0, accepted = 0, bad = 0;

	for (size_t len = before.len / 2 % step; len < before.len; len += step, turns++) {
		memcpy(changed, before.p, len);
		*at = span_of(changed, len);
		bad += !sound();
		accepted += result.reason == VERIFY_OK;
	}
	*at = before;
	check(bad == 0, "%s: %zu lengths, %zu accepted as the same", part_names[part], turns, accepted);
}

/* What was set up is accepted, and then everything done to it. */
static void torture(void)
{
	bool accepted = verify_quote(&good, &input, &good_result);

	check(accepted && good_result.status == TCB_UP_TO_DATE && good_result.genuine &&
	              good_result.signatures == 9,
	      "accepted, with %u signatures", good_result.signatures);
	for (int part = 0; part < TDX_PARTS; part++) {
		flips(part);
		cuts(part);
	}
	check(run() && tdx_same(&good, &good_result, &work, &result), "and still accepted untouched");
}

static void use_world(void)
{
	collateral = world.collateral;
	input = (struct verify_input){ .quote = world.quote, .collateral = &collateral,
		                       .root = &world.root, .now = world.now };
}

static void refuses(const char *about, enum verify_reason reason)
{
	bool accepted = run();

	check(!accepted && result.reason == reason, "%s: %s (%s)", about,
	      verify_reason_name(result.reason), result.what);
}

static void missing(void)
{
	input.collateral = NULL;
	refuses("no collateral", VERIFY_NO_COLLATERAL);
	use_world();
	for (int part = 0; part < TDX_PARTS; part++) {
		*tdx_part(&input, &collateral, part) = span_of(NULL, 0);
		refuses(part_names[part], part == 0 ? VERIFY_PARSE : VERIFY_COLLATERAL);
		use_world();
	}
	input.root = &trust_root_intel;
	refuses("Intel's root", VERIFY_CHAIN);
	use_world();
	input.now = 0;
	refuses("1970", VERIFY_EXPIRED);
	input.now = INT64_MAX;
	refuses("the end of time", VERIFY_EXPIRED);
	use_world();
}

/* The other form: the same, and one verification the less for a chain in other words. */
static void as_document(void)
{
	static unsigned char text[8 * TDX_FILE_MAX], room[8 * TDX_FILE_MAX];
	static struct json_token tokens[COLLATERAL_TOKENS];
	static struct collateral_signed tcb, qe;
	struct collateral again;
	struct builder b, r;

	if (!check(collateral_open(&tcb, &collateral.tcb_info, "tcbInfo", tokens, COLLATERAL_TOKENS),
	           "TCB info"))
		return;
	builder_init(&b, text, sizeof text);
	builder_str(&b, "{\"tcb_info\":");
	json_write_string(&b, tcb.bytes);
	builder_str(&b, ",\"tcb_info_signature\":\"");
	hex_encode(&b, span_of(tcb.signature, sizeof tcb.signature));
	check(collateral_open(&qe, &collateral.qe_identity, "enclaveIdentity", tokens, COLLATERAL_TOKENS),
	      "QE identity");
	builder_str(&b, "\",\"qe_identity\":");
	json_write_string(&b, qe.bytes);
	builder_str(&b, ",\"qe_identity_signature\":\"");
	hex_encode(&b, span_of(qe.signature, sizeof qe.signature));
	builder_str(&b, "\",\"pck_crl\":\"");
	hex_encode(&b, collateral.pck_crl);
	builder_str(&b, "\",\"root_ca_crl\":\"");
	hex_encode(&b, collateral.root_crl);
	builder_str(&b, "\",\"pck_crl_issuer_chain\":");
	json_write_string(&b, collateral.pck_crl_chain);
	builder_str(&b, ",\"tcb_info_issuer_chain\":");
	json_write_string(&b, collateral.tcb_info_chain);
	builder_str(&b, ",\"qe_identity_issuer_chain\":");
	json_write_string(&b, collateral.qe_identity_chain);
	builder_str(&b, ",\"more\":[]}");
	builder_init(&r, room, sizeof room);
	check(builder_ok(&b) &&
	              collateral_read(&again, builder_span(&b), tokens, COLLATERAL_TOKENS, &r),
	      "collateral.json is read");
	collateral = again;
	check(run() && tdx_same(&good, &good_result, &work, &result) && result.signatures == 9,
	      "and says the same");
	use_world();
	for (size_t len = 0; len < b.len; len += step)
		if (collateral_read(&again, span_of(text, len), tokens, COLLATERAL_TOKENS, &r)) {
			check(false, "collateral.json cut at %zu", len);
			break;
		}
}

/* A genuine quote with Intel's collateral, where there is one. */
static bool use_case(const char *name, int64_t now)
{
	static unsigned char room[COLLATERAL_MAX], quote[QUOTE_MAX];
	char path[128];
	struct span document;
	const char *file;
	struct builder b;
	size_t len;
	int dir;

	snprintf(path, sizeof path, CASES "%s", name);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return false;
	builder_init(&b, room, sizeof room);
	check(file_read(dir, "quote.bin", quote, sizeof quote, &len) == FILE_OK &&
	              collateral_load(&collateral, dir, &b, &document, &file) == FILE_OK,
	      "%s is read", name);
	close(dir);
	input = (struct verify_input){ .quote = span_of(quote, len), .collateral = &collateral,
		                       .root = &trust_root_intel, .now = now };
	return true;
}

int main(int argc, char **argv)
{
	bool all = argc == 2 && strcmp(argv[1], "all") == 0;

	step = all ? 1 : RUNNING_ON_VALGRIND ? TDX_FILE_MAX : 37;
	tdx_world(&world, NULL, 0, 0, NULL);
	use_world();
	torture();
	missing();
	as_document();
	tdx_world(&world, (const char *const[]){ "ca=processor", "tee=sgx", NULL }, 0, 0, NULL);
	use_world();
	check(run() && result.processor_ca && result.quote.version == 3, "SGX under the Processor CA");
	if (use_case("p01-tdx4-uptodate", 1751624191))
		torture();
	else
		printf("ok %d # skip no " CASES "\n", ++tap_count);
	if (all && use_case("p04-tdx5-uptodate", 1771980350))
		torture();
	return tap_end();
}
