/* Chains: in any order, and none. */
#include "tee/trust.h"

#include "base/builder.h"
#include "tap.h"
#include "tdx_world.h"
#include "tls/pem.h"

static struct tdx_world world;
static struct trust_chain chain;
static struct span blocks[3]; /* PEM of PCK, CA, root */
static unsigned char text[65536];
static struct builder b;

static void begin(void)
{
	builder_init(&b, text, sizeof text);
}

static enum trust_result read_chain(size_t n)
{
	return trust_chain_read(&chain, builder_span(&b), n);
}

static enum trust_result verify(enum trust_role role)
{
	struct trust trust = { .root = &world.root, .now = world.now };

	return trust_chain_verify(&trust, &chain, role);
}

/* The blocks of a chain's text, each with its lines. */
static void split(struct span pem, struct span *to, size_t n)
{
	unsigned char der[4096];
	struct span label, bytes;

	for (size_t i = 0; i < n; i++) {
		const unsigned char *start = pem.p;
		struct builder room;

		builder_init(&room, der, sizeof der);
		if (pem_next(&pem, &label, &room, &bytes) != PEM_BLOCK)
			abort();
		to[i] = span_of(start, (size_t)(pem.p - start));
	}
}

static void orders(void)
{
	static const int order[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	for (int i = 0; i < 6; i++) {
		begin();
		for (int k = 0; k < 3; k++)
			builder_add(&b, blocks[order[i][k]]);
		check(read_chain(3) == TRUST_OK && verify(TRUST_PCK) == TRUST_OK && !chain.cert[0].is_ca &&
		              chain.cert[1].is_ca && span_eq(chain.cert[2].issuer, chain.cert[2].subject),
		      "order %d%d%d", order[i][0], order[i][1], order[i][2]);
	}
}

/* Certificates by their numbers in `which`. */
static void counts(const char *which, size_t n, enum trust_result wanted)
{
	enum trust_result r;

	begin();
	for (const char *p = which; *p; p++)
		builder_add(&b, blocks[*p - '0']);
	r = read_chain(n);
	check(r == wanted, "%s of %zu: %s", which, n, trust_strerror(r));
}

static void around(const char *before, const char *between, const char *after, size_t len,
                   enum trust_result wanted)
{
	enum trust_result r;

	begin();
	builder_str(&b, before);
	builder_add(&b, blocks[0]);
	builder_str(&b, between);
	builder_add(&b, blocks[1]);
	builder_add(&b, blocks[2]);
	builder_add(&b, span_of(after, len));
	r = read_chain(3);
	check(r == wanted, "text around: %s", trust_strerror(r));
}

static void roles(void)
{
	begin();
	builder_add(&b, blocks[0]);
	builder_add(&b, blocks[1]);
	builder_add(&b, blocks[2]);
	check(read_chain(3) == TRUST_OK && verify(TRUST_SIGNER) == TRUST_NAME && verify(TRUST_CA) == TRUST_NAME &&
	              verify(TRUST_ROOT_CA) == TRUST_NAME,
	      "a PCK in another's place");
	begin();
	builder_add(&b, blocks[1]);
	builder_add(&b, blocks[2]);
	check(read_chain(2) == TRUST_OK && verify(TRUST_CA) == TRUST_OK && verify(TRUST_SIGNER) == TRUST_NAME,
	      "a CA");
}

/* What was seen once is not calculated again, and the known root never. */
static void memory(void)
{
	struct trust trust = { .root = &world.root, .now = world.now };

	check(trust_chain_read(&chain, tdx_file(&world, "pck_chain.pem"), 3) == TRUST_OK &&
	              trust_chain_verify(&trust, &chain, TRUST_PCK) == TRUST_OK && trust.signatures == 2,
	      "two signatures");
	check(trust_chain_verify(&trust, &chain, TRUST_PCK) == TRUST_OK && trust.signatures == 2,
	      "and none the second time");
	trust.now = chain.cert[0].not_after + 1;
	check(trust_chain_verify(&trust, &chain, TRUST_PCK) == TRUST_TIME, "but the clock is looked at");
}

#define OID(id) "\x06\x03\x55\x1d" id

/* Certificates that the CA and the root have signed, but that are not as they should be. */
static void signed_anew(void)
{
	static const struct {
		const char *about;
		int which; /* 0: PCK, 1: CA */
		struct span from, to, extension;
		enum trust_result wanted;
	} changes[] = {
#define BYTES(s) { (const unsigned char *)(s), sizeof(s) - 1 }
#define NONE { NULL, 0 }
		{ "a PCK as it was", 0, NONE, NONE, NONE, TRUST_OK },
		{ "a CA as it was", 1, NONE, NONE, NONE, TRUST_OK },
		{ "a CA that is none", 1, BYTES("\x30\x06\x01\x01\xff"), BYTES("\x30\x06\x01\x01\x00"), NONE, TRUST_EXTENSIONS },
		{ "a CA that signs no lists", 1, BYTES("\x03\x02\x01\x06"), BYTES("\x03\x02\x01\x04"), NONE, TRUST_EXTENSIONS },
		{ "a CA that signs nothing else", 1, BYTES("\x03\x02\x01\x06"), BYTES("\x03\x02\x01\x02"), NONE, TRUST_EXTENSIONS },
		{ "a PCK that signs nothing", 0, BYTES("\x03\x02\x06\xc0"), BYTES("\x03\x02\x06\x40"), NONE, TRUST_EXTENSIONS },
		{ "no subjectKeyIdentifier", 0, BYTES(OID("\x0e")), BYTES(OID("\x0d")), NONE, TRUST_EXTENSIONS },
		{ "no CRLDistributionPoints", 0, BYTES(OID("\x1f")), BYTES(OID("\x1e")), NONE, TRUST_EXTENSIONS },
		{ "no authorityKeyIdentifier", 1, BYTES(OID("\x23")), BYTES(OID("\x22")), NONE, TRUST_EXTENSIONS },
		{ "no keyUsage", 1, BYTES(OID("\x0f") "\x01\x01\xff"), BYTES(OID("\x0d") "\x01\x01\x00"), NONE, TRUST_EXTENSIONS },
		{ "one more that may be passed over", 0, NONE, NONE, BYTES("\x30\x09" OID("\x63") "\x04\x02\x05\x00"), TRUST_OK },
		{ "one more that may not", 0, NONE, NONE, BYTES("\x30\x0c" OID("\x63") "\x01\x01\xff\x04\x02\x05\x00"), TRUST_EXTENSIONS },
		{ "another algorithm", 0, BYTES("\x2a\x86\x48\xce\x3d\x04\x03\x02"), BYTES("\x2a\x86\x48\xce\x3d\x04\x03\x03"), NONE, TRUST_MALFORMED },
	};
	unsigned char der[8192];

	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		struct tdx_change change = { changes[i].from, changes[i].to, changes[i].extension };
		int which = changes[i].which;
		enum trust_result r;
		struct builder room;
		struct span anew;

		if (trust_chain_read(&chain, tdx_file(&world, "pck_chain.pem"), 3) != TRUST_OK)
			abort();
		builder_init(&room, der, sizeof der);
		anew = tdx_reissue(&world, &chain.cert[which], &change,
		                   which == 0 ? "platform_ca.key" : "root.key", &room);
		begin();
		if (which == 1)
			builder_add(&b, blocks[0]);
		pem_write(&b, "CERTIFICATE", anew);
		if (which == 0)
			builder_add(&b, blocks[1]);
		builder_add(&b, blocks[2]);
		r = read_chain(3);
		if (r == TRUST_OK)
			r = verify(TRUST_PCK);
		check(r == changes[i].wanted, "%s: %s", changes[i].about, trust_strerror(r));
	}
}

/* Every certificate, a bit at a time: it holds only where nothing changed. */
static void bits(void)
{
	struct span pem = tdx_file(&world, "pck_chain.pem");
	size_t step = RUNNING_ON_VALGRIND ? 401 : 23, accepted = 0;

	for (size_t i = 0; i < pem.len; i += step) {
		begin();
		builder_add(&b, pem);
		text[i] ^= (unsigned char)(1 << i % 7);
		accepted += read_chain(3) == TRUST_OK && verify(TRUST_PCK) == TRUST_OK;
	}
	check(accepted == 0, "no bit may change");
	for (size_t len = 0; len < pem.len - 1; len += step)
		accepted += trust_chain_read(&chain, span_head(pem, len), 3) == TRUST_OK;
	check(accepted == 0, "nor one be missing");
}

static void roots(void)
{
	struct span pem = tdx_file(&world, "test_root.pem");
	struct trust_root root;

	check(trust_root_read(&root, pem) && root.own, "a root");
	check(!trust_root_read(&root, span_of(NULL, 0)) && !trust_root_read(&root, span_str("x")) &&
	              !trust_root_read(&root, span_head(pem, pem.len - 30)) &&
	              !trust_root_read(&root, tdx_file(&world, "pck_chain.pem")) &&
	              !trust_root_read(&root, tdx_file(&world, "pck_crl.der")),
	      "and none");
}

/* Under Intel's root the names are Intel's to the letter. */
static void names(void)
{
	struct trust_root intel = world.root;
	struct trust trust = { .root = &intel, .now = world.now };

	check(trust_chain_read(&chain, tdx_file(&world, "pck_chain.pem"), 3) == TRUST_OK &&
	              trust_chain_verify(&trust, &chain, TRUST_PCK) == TRUST_OK,
	      "under a root of one's own another word may stand for Intel");
	intel.own = false;
	check(trust_chain_verify(&trust, &chain, TRUST_PCK) == TRUST_NAME, "under Intel's none");
}

int main(void)
{
	static const char nul[] = "\0", crlf[] = "\r\n\r\n", half[] = "-----BEGIN CERTIFICATE-----\nMII";

	tdx_world(&world, NULL, 0, 0, NULL);
	split(tdx_file(&world, "pck_chain.pem"), blocks, 3);
	orders();
	counts("", 3, TRUST_MALFORMED);
	counts("012", 2, TRUST_COUNT);
	counts("12", 3, TRUST_COUNT);
	counts("0122", 3, TRUST_COUNT);
	counts("022", 3, TRUST_ORDER);
	counts("002", 3, TRUST_ORDER);
	counts("011", 3, TRUST_ORDER);
	counts("02", 2, TRUST_ORDER);
	counts("01", 2, TRUST_ORDER);
	counts("22", 2, TRUST_ORDER);
	counts("12", 2, TRUST_OK);
	around("", "", "", 0, TRUST_OK);
	around("", "", nul, sizeof nul - 1, TRUST_OK);
	around("subject=x\n", "\r\n", crlf, sizeof crlf - 1, TRUST_OK);
	around("", "", half, sizeof half - 1, TRUST_MALFORMED);
	around("", "-----BEGIN X-----\nAAAA\n-----END X-----\n", "", 0, TRUST_MALFORMED);
	around("-----END CERTIFICATE-----\n", "", "", 0, TRUST_MALFORMED);
	roles();
	memory();
	signed_anew();
	bits();
	roots();
	names();
	return tap_end();
}
