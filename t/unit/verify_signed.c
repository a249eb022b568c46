/*
 * Verification of what the right keys have signed, and is not right all the same: certificates,
 * lists and documents of a simulated machine, changed and signed anew.
 */
#include "tap.h"
#include "tdx_world.h"
#include "tls/pem.h"

enum { TOKENS = COLLATERAL_TOKENS };

static struct tdx_world world;
static struct verify work;
static struct verify_result result;
static struct collateral collateral;
static struct verify_input input;
static unsigned char storage[1 << 18];
static struct builder room; /* for all that is made for one verification */

static void begin(const char *const settings[], const char *const fields[])
{
	tdx_world(&world, settings, 0, 0, fields);
	builder_init(&room, storage, sizeof storage);
	collateral = world.collateral;
	input = (struct verify_input){ .quote = world.quote, .collateral = &collateral,
		                       .root = &world.root, .now = world.now };
}

static void ends(const char *about, enum verify_reason reason, const char *what)
{
	bool good = verify_quote(&work, &input, &result);

	check(good == (reason == VERIFY_OK) && result.reason == reason && strcmp(result.what, what) == 0,
	      "%s: %s (%s)", about, verify_reason_name(result.reason), result.what);
}

static struct cert certificate(const char *name)
{
	struct span pem = tdx_file(&world, name), label, der;
	struct cert c;

	if (pem_next(&pem, &label, &room, &der) != PEM_BLOCK || !cert_read(&c, der))
		abort();
	return c;
}

/* What is written with `text` stands at the end of `room`. */
static struct span since(size_t start)
{
	if (!builder_ok(&room))
		abort();
	return span_from(builder_span(&room), start);
}

/* The CA's certificate with another serial number, or this change, and the root's, as PEM. */
static struct span other_ca(struct span from, struct span to)
{
	struct cert ca = certificate("platform_ca.pem");
	unsigned char serial[64];
	struct tdx_change change = { from, to, { NULL, 0 } };
	struct span der;
	size_t start;

	memcpy(serial, ca.serial.p, ca.serial.len);
	serial[ca.serial.len - 1] ^= 1;
	if (from.len == 0) {
		change.from = ca.serial;
		change.to = span_of(serial, ca.serial.len);
	}
	der = tdx_reissue(&world, &ca, &change, "root.key", &room);
	start = room.len;
	pem_write(&room, "CERTIFICATE", der);
	builder_add(&room, tdx_file(&world, "test_root.pem"));
	return since(start);
}

static void little(size_t value, size_t n)
{
	for (; n > 0; n--, value >>= 8)
		builder_byte(&room, (unsigned char)value);
}

/* The quote of version 4 with another chain in it: the PCK certificate and `rest`. */
static struct span with_chain(struct span rest)
{
	struct span pck = tdx_file(&world, "pck_chain.pem"), label, der, before;
	size_t start, len, qe_len;
	struct quote q;

	if (pem_next(&pck, &label, &room, &der) != PEM_BLOCK || quote_read(&q, world.quote) != QUOTE_OK)
		abort();
	pck = span_head(tdx_file(&world, "pck_chain.pem"),
	                (size_t)(pck.p - tdx_file(&world, "pck_chain.pem").p));
	len = pck.len + rest.len;
	qe_len = q.qe_report.len + q.qe_signature.len + 2 + q.qe_auth.len + 6 + len;
	start = room.len;
	builder_add(&room, q.signed_part);
	little(q.signature.len + q.key.len + 6 + qe_len, 4);
	builder_add(&room, q.signature);
	builder_add(&room, q.key);
	little(QUOTE_CERT_QE_REPORT, 2);
	little(qe_len, 4);
	before = span_of(q.qe_report.p, (size_t)(q.cert.p - q.qe_report.p) - 4);
	builder_add(&room, before);
	little(len, 4);
	builder_add(&room, pck);
	builder_add(&room, rest);
	return since(start);
}

static void renewed(void)
{
	static const char *const revoked[] = { "revoke=platform-ca", NULL };
	struct span none = span_of(NULL, 0);

	begin(NULL, NULL);
	collateral.pck_crl_chain = other_ca(none, none);
	ends("the list's CA has a newer certificate", VERIFY_OK, "");
	check(result.signatures == 10, "which is one signature more: %u", result.signatures);
	begin(NULL, NULL);
	input.quote = with_chain(tdx_file(&world, "pck_crl_issuer_chain.pem"));
	ends("the same quote with its own chain", VERIFY_OK, "");
	begin(NULL, NULL);
	input.quote = with_chain(other_ca(none, none));
	ends("with a newer one", VERIFY_OK, "");
	begin(revoked, NULL);
	collateral.pck_crl_chain = other_ca(none, none);
	ends("the quote's CA is revoked", VERIFY_REVOKED, "the PCK certificate's CA");
	begin(revoked, NULL);
	input.quote = with_chain(other_ca(none, none));
	ends("the list's CA is revoked", VERIFY_REVOKED, "issuer of the PCK revocation list");
}

static void other_issuers(void)
{
	struct public_key ours, other;
	struct cert processor;
	size_t start;

	begin(NULL, NULL);
	processor = certificate("processor_ca.pem");
	if (!public_key_read(&ours, certificate("platform_ca.pem").spki) ||
	    !public_key_read(&other, processor.spki))
		abort();
	collateral.pck_crl_chain = other_ca(ours.point, other.point);
	ends("a CA of this name with another key", VERIFY_COLLATERAL, "the PCK revocation list is of another CA");
	begin(NULL, NULL);
	start = room.len;
	builder_add(&room, tdx_file(&world, "processor_ca.pem"));
	builder_add(&room, tdx_file(&world, "test_root.pem"));
	collateral.pck_crl_chain = since(start);
	ends("the chain of the other CA", VERIFY_COLLATERAL, "the PCK revocation list is of another CA");
	collateral.pck_crl = tdx_file(&world, "processor_crl.der");
	ends("and its list", VERIFY_COLLATERAL, "the PCK revocation list is of another CA");
	collateral.pck_crl_chain = world.collateral.pck_crl_chain;
	ends("its list alone", VERIFY_COLLATERAL, "the PCK revocation list is of another CA");
}

/* A list with another issuer, signed anew. */
static struct span other_list(struct span der, const char *signer)
{
	size_t start = room.len, at;
	struct reader all, tbs;
	struct issue issue;
	struct crl crl;
	struct key key;

	if (!crl_read(&crl, der) || key_read(&key, tdx_file(&world, signer)) != KEY_OK)
		abort();
	reader_init(&all, crl.tbs);
	tbs = der_enter(&all, DER_SEQUENCE);
	issue = issue_begin(&room);
	at = room.len;
	builder_add(&room, reader_bytes(&tbs, reader_left(&tbs)));
	for (; memcmp(room.p + at, "TEST", 4) != 0; at++)
		if (at + 4 > room.len)
			abort();
	room.p[at] = 'B';
	if (!issue_sign(&room, &issue, &key))
		abort();
	return since(start);
}

static void lists(void)
{
	begin(NULL, NULL);
	collateral.root_crl = other_list(collateral.root_crl, "root.key");
	ends("a list of the root's in another name", VERIFY_COLLATERAL, "the root's revocation list is not the root's");
	begin(NULL, NULL);
	collateral.pck_crl = other_list(collateral.pck_crl, "platform_ca.key");
	ends("one of the CA's", VERIFY_COLLATERAL, "the PCK revocation list is of another CA");
}

/* Appends `text` with the first `from` replaced. */
static void replace(struct span text, const char *from, const char *to)
{
	size_t at = 0, len = strlen(from);

	while (memcmp(text.p + at, from, len) != 0)
		if (++at + len > text.len)
			abort();
	builder_add(&room, span_head(text, at));
	builder_str(&room, to);
	builder_add(&room, span_from(text, at + len));
}

/* A document signed anew, in the form that has no signature in it. */
static struct collateral_document document(struct collateral_document d, const char *name, const char *from,
                                           const char *to)
{
	static struct json_token tokens[TOKENS];
	static struct collateral_signed s;
	unsigned char digest[KEY_HASH_MAX], raw[64];
	struct builder b;
	struct key key;
	size_t start;

	if (!collateral_open(&s, &d, name, tokens, TOKENS) ||
	    key_read(&key, tdx_file(&world, "tcb_signing.key")) != KEY_OK)
		abort();
	start = room.len;
	replace(s.bytes, from, to);
	d.text = since(start);
	key_hash(KEY_SHA256, d.text, digest);
	builder_init(&b, raw, sizeof raw);
	if (!key_sign(&key, KEY_SHA256, digest, true, &b))
		abort();
	start = room.len;
	hex_encode(&room, builder_span(&b));
	d.signature = since(start);
	return d;
}

static void tcb(const char *about, const char *from, const char *to, enum verify_reason reason, const char *what)
{
	begin(NULL, NULL);
	collateral.tcb_info = document(collateral.tcb_info, "tcbInfo", from, to);
	ends(about, reason, what);
}

static void qe(const char *about, const char *from, const char *to, enum verify_reason reason, const char *what)
{
	begin(NULL, NULL);
	collateral.qe_identity = document(collateral.qe_identity, "enclaveIdentity", from, to);
	ends(about, reason, what);
}

static void documents(void)
{
	static const char malformed[] = "TCB info is of an unknown form", ended[] = "TCB info is malformed";

	tcb("TCB info as it was", "\"id\"", "\"id\"", VERIFY_OK, "");
	tcb("with space", "\"id\"", " \"id\"", VERIFY_OK, "");
	tcb("with a member more", "\"id\"", "\"new\":[1,{}],\"id\"", VERIFY_OK, "");
	tcb("with a member twice", "\"id\"", "\"id\":\"SGX\",\"id\"", VERIFY_COLLATERAL, ended);
	tcb("of version 4", "\"version\":3", "\"version\":4", VERIFY_COLLATERAL, malformed);
	tcb("of another type", "\"tcbType\":0", "\"tcbType\":1", VERIFY_COLLATERAL, malformed);
	tcb("without a date", "\"issueDate\"", "\"issuedate\"", VERIFY_COLLATERAL, malformed);
	tcb("an older level", "]},\"tcbDate\":\"2025", "]},\"tcbDate\":\"2019", VERIFY_OK, "");
	check(result.tcb_date / 31556952 == 49, "has its date: %lld", (long long)result.tcb_date);
	qe("an older quoting enclave", "\"tcbDate\":\"2025", "\"tcbDate\":\"2018", VERIFY_OK, "");
	check(result.tcb_date / 31556952 == 48, "likewise: %lld", (long long)result.tcb_date);
	qe("another evaluation", "\"tcbEvaluationDataNumber\":20", "\"tcbEvaluationDataNumber\":7", VERIFY_OK, "");
	check(result.evaluation == 7, "the lower one counts");
	tcb("another evaluation of TCB info", "\"tcbEvaluationDataNumber\":20", "\"tcbEvaluationDataNumber\":6",
	    VERIFY_OK, "");
	check(result.evaluation == 6, "the lower one counts there too");
	qe("QE identity of version 1", "\"version\":2", "\"version\":1", VERIFY_COLLATERAL,
	   "QE identity is of an unknown form");
}

/* No bit of SEAMATTRIBUTES may be set, whatever TCB info allows. */
static void seam_attributes(void)
{
	static const char *const fields[] = { "seam_attributes=0000000000000080", NULL };

	begin(NULL, fields);
	ends("SEAMATTRIBUTES", VERIFY_MODULE, "SEAMATTRIBUTES");
	collateral.tcb_info = document(collateral.tcb_info, "tcbInfo",
	                               "\"tdxModuleIdentities\":", "\"tdxModuleIdentities\":");
	for (int i = 0; i < 4; i++) /* in every identity */
		if (memmem(collateral.tcb_info.text.p, collateral.tcb_info.text.len, "FFFFFFFFFFFFFFFF", 16))
			collateral.tcb_info = document(collateral.tcb_info, "tcbInfo", "FFFFFFFFFFFFFFFF",
			                               "0000000000000000");
	ends("allowed by TCB info", VERIFY_MODULE, "SEAMATTRIBUTES");
}

/* TCB info names who signs modules: of version 0 in one place, of others each in its own. */
static void module_signers(void)
{
#define SIGNER(digit) "\"mrsigner\":\"" digit
#define ZEROS "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define OF_1(digit) "\"TDX_01\"," SIGNER("0") ZEROS "\",\"attributes\":\"" digit
	static const char of_0[] = "\"tdxModule\":{" SIGNER("0"), other_0[] = "\"tdxModule\":{" SIGNER("1");
	static const char *const old[] = { "tee-tcb-svn=05000600000000000000000000000000", NULL };

	tcb("another signer of version 0", of_0, other_0, VERIFY_OK, "");
	check(result.has_module, "which this one is not");
	tcb("of version 3", "\"TDX_03\"," SIGNER("0"), "\"TDX_03\"," SIGNER("1"), VERIFY_OK, "");
	tcb("of version 1", "\"TDX_01\"," SIGNER("0"), "\"TDX_01\"," SIGNER("1"), VERIFY_MODULE, "MRSIGNERSEAM");
	tcb("other attributes of version 1", OF_1("0"), OF_1("1"), VERIFY_MODULE, "SEAMATTRIBUTES");
	begin(old, NULL);
	ends("a module of version 0", VERIFY_OK, "");
	check(!result.has_module, "has no levels of its own");
	collateral.tcb_info = document(collateral.tcb_info, "tcbInfo", of_0, other_0);
	ends("and another signer", VERIFY_MODULE, "MRSIGNERSEAM");
#undef OF_1
#undef ZEROS
#undef SIGNER
}

/* The form with the signature inside: those two members, and a signature of its length. */
static void envelopes(void)
{
	static const struct {
		const char *from, *to;
	} bad[] = {
		{ "{\"tcbInfo\"", "{\"more\":1,\"tcbInfo\"" }, { "\"signature\":\"", "\"signature\":\"00" },
		{ "\"signature\"", "\"Signature\"" },          { "{\"tcbInfo\"", "{\"tcbinfo\"" },
		{ "{\"tcbInfo\"", "[{\"tcbInfo\"" },
	};
	struct span whole;
	size_t start;

	/* What the verification before has left is no part of a signature that is too short. */
	begin(NULL, NULL);
	ends("an envelope as it was", VERIFY_OK, "");
	start = room.len;
	builder_add(&room, span_head(collateral.tcb_info.text, collateral.tcb_info.text.len - 4));
	builder_str(&room, "\"}");
	collateral.tcb_info.text = since(start);
	ends("a signature of 63 bytes", VERIFY_COLLATERAL, "TCB info is malformed");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		begin(NULL, NULL);
		start = room.len;
		replace(collateral.tcb_info.text, bad[i].from, bad[i].to);
		collateral.tcb_info.text = since(start);
		ends("an envelope", VERIFY_COLLATERAL, "TCB info is malformed");
	}
	begin(NULL, NULL);
	start = room.len;
	replace(collateral.tcb_info.text, "{\"tcbInfo\":", " { \"tcbInfo\" : ");
	whole = since(start);
	collateral.tcb_info.text = whole;
	ends("space outside of what is signed", VERIFY_OK, "");
}

int main(void)
{
	renewed();
	lists();
	seam_attributes();
	/* Machines are made slowly under valgrind, and these are more of the same. */
	if (!RUNNING_ON_VALGRIND) {
		other_issuers();
		documents();
		module_signers();
		envelopes();
	}
	return tap_end();
}
