/* A test root and all under it: read back, checked by what reads Intel's; the settings. */
#include "tee/sim_pki.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/json.h"
#include "base/utc.h"
#include "tap.h"
#include "tee/crl.h"
#include "tee/pck.h"
#include "tls/cert.h"
#include "tls/pem.h"

enum { FILES = 32, FILE_MAX = 16384, NOW = 1780315200, DAY_S = 86400, TOKENS = 4096 };

static struct sim_pki pki;
static struct made {
	char name[64];
	mode_t mode;
	size_t len;
	unsigned char bytes[FILE_MAX];
} files[FILES], others[FILES];
static size_t n_files, stop_at;
static unsigned char der[8 * CERT_MAX];
static struct builder der_room;

static bool collect(void *context, const char *name, mode_t mode, struct span bytes)
{
	struct made *f = (struct made *)context + n_files;
	struct builder b;

	if (n_files == stop_at)
		return false;
	if (n_files == FILES || bytes.len > FILE_MAX)
		abort();
	builder_init(&b, f->name, sizeof f->name);
	builder_str(&b, name);
	if (!builder_cstr(&b))
		abort();
	f->mode = mode;
	f->len = bytes.len;
	memcpy(f->bytes, bytes.p, bytes.len);
	n_files++;
	return true;
}

/* Everything anew, with these settings (NULL ends them). */
static bool make_into(struct made *to, const char *seed, const char *const settings[])
{
	sim_pki_init(&pki);
	pki.seed = span_str(seed);
	pki.now = NOW;
	for (; settings && *settings; settings++)
		if (!check(sim_pki_set(&pki, span_str(*settings)) == SIM_OK, "%s", *settings))
			return false;
	n_files = 0;
	stop_at = FILES;
	builder_init(&der_room, der, sizeof der);
	return sim_pki_make(&pki, collect, to) == SIM_OK;
}

static bool make(const char *seed, const char *const settings[])
{
	return make_into(files, seed, settings);
}

static struct span file(const char *name)
{
	for (size_t i = 0; i < n_files; i++)
		if (strcmp(files[i].name, name) == 0)
			return span_of(files[i].bytes, files[i].len);
	check(false, "there is %s", name);
	return span_str("");
}

/* The certificate at place `at` of a chain. */
static struct cert certificate(const char *name, int at)
{
	struct span rest = file(name), label, bytes = span_str("");
	struct cert c = { .is_ca = false };

	for (int i = 0; i <= at; i++)
		if (pem_next(&rest, &label, &der_room, &bytes) != PEM_BLOCK)
			return c;
	check(cert_read(&c, bytes), "%s: certificate %d", name, at);
	return c;
}

static bool named(const struct cert *c, const char *name)
{
	return span_is(cert_common_name(c->subject), name);
}

static struct crl list_of(const char *name, const struct cert *issuer)
{
	struct crl crl = { .entries = 0 };

	check(crl_read(&crl, file(name)) && span_eq(crl.issuer, issuer->subject) &&
	              span_eq(crl.authority_key_id, issuer->key_id) &&
	              signature_holds(issuer->spki, crl.signature_algorithm, crl.tbs, crl.signature),
	      "%s", name);
	return crl;
}

/* The member is signed, byte for byte, by BearSSL's judgement. */
static bool is_signed(const char *name, const char *member, const struct cert *signer,
                      struct json *doc, struct json_value *value)
{
	static struct json_token tokens[TOKENS];
	unsigned char signature[64], digest[32], scratch[256];
	br_ec_public_key key = { .curve = BR_EC_secp256r1 };
	struct public_key public;
	br_sha256_context hash;
	struct span text, source;
	struct builder b, s;

	builder_init(&s, scratch, sizeof scratch);
	builder_init(&b, signature, sizeof signature);
	if (!json_read(doc, file(name), tokens, TOKENS) ||
	    !json_text(json_member(json_root(doc), "signature"), &s, &text) || !hex_decode(&b, text) ||
	    b.len != sizeof signature || !public_key_read(&public, signer->spki))
		return false;
	*value = json_member(json_root(doc), member);
	source = json_source(*value);
	br_sha256_init(&hash);
	br_sha256_update(&hash, source.p, source.len);
	br_sha256_out(&hash, digest);
	key.q = (unsigned char *)(uintptr_t)public.point.p;
	key.qlen = public.point.len;
	return br_ecdsa_i31_vrfy_raw(&br_ec_p256_m31, digest, sizeof digest, &key, signature,
	                             sizeof signature) == 1;
}

static bool hex_is(struct span bytes, const char *hex)
{
	unsigned char text[256];
	struct builder b;

	builder_init(&b, text, sizeof text);
	hex_encode(&b, bytes);
	return builder_ok(&b) && span_is(builder_span(&b), hex);
}

static void certificates(void)
{
	struct cert root = certificate("test_root.pem", 0), pck = certificate("pck_chain.pem", 0);
	struct cert ca = certificate("pck_chain.pem", 1), top = certificate("pck_chain.pem", 2);
	struct cert signer = certificate("tcb_info_issuer_chain.pem", 0);
	struct cert other = certificate("processor_ca.pem", 0);

	check(named(&root, "TEST SGX Root CA") && named(&ca, "TEST SGX PCK Platform CA") &&
	              named(&pck, "TEST SGX PCK Certificate") && named(&signer, "TEST SGX TCB Signing") &&
	              named(&other, "TEST SGX PCK Processor CA"),
	      "names as Intel's, but for TEST");
	check(cert_signed_by(&root, &root) && cert_signed_by(&ca, &root) && cert_signed_by(&pck, &ca) &&
	              cert_signed_by(&signer, &root) && cert_signed_by(&other, &root) &&
	              span_eq(top.der, root.der),
	      "each is signed by its issuer");
	check(root.is_ca && ca.is_ca && other.is_ca && !pck.is_ca && !signer.is_ca, "who is a CA");
	check(span_eq(pck.authority_key_id, ca.key_id) && span_eq(ca.authority_key_id, root.key_id) &&
	              span_eq(signer.authority_key_id, root.key_id) && root.key_id.len == 20,
	      "key ids lead up");
	check(pck.not_before == NOW - DAY_S && pck.not_after == NOW + (int64_t)SIM_CERT_DAYS * DAY_S &&
	              root.not_after == pck.not_after,
	      "dates");
	check(pck.serial.len == 20 && !span_eq(pck.serial, ca.serial), "serial numbers of full length");
	list_of("root_ca_crl.der", &root);
	list_of("pck_crl.der", &ca);
	list_of("platform_crl.der", &ca);
	list_of("processor_crl.der", &other);
}

static void extension(void)
{
	struct cert pck = certificate("pck_chain.pem", 0);
	struct pck p;

	check(pck_read(&p, &pck) && p.has_platform && p.pce_svn == 13 && p.sgx_type == 1 &&
	              p.dynamic_platform && !p.cached_keys && p.smt && hex_is(p.fmspc, "b0c06f000000") &&
	              hex_is(p.pce_id, "0000") && hex_is(p.cpu_svn, "03030202040100030000000000000000") &&
	              memcmp(p.svn, p.cpu_svn.p, sizeof p.svn) == 0,
	      "the SGX extension");
}

static void documents(void)
{
	struct cert signer = certificate("tcb_info_issuer_chain.pem", 0);
	struct json_value info, identity;
	struct json doc;

	check(is_signed("tcb_info.json", "tcbInfo", &signer, &doc, &info), "TCB info is signed");
	check(json_is(json_member(info, "id"), "TDX") && json_is(json_member(info, "fmspc"), "B0C06F000000") &&
	              json_is(json_member(info, "issueDate"), "2026-05-31T12:00:00Z") &&
	              json_count(json_member(info, "tcbLevels")) == 2 &&
	              json_count(json_member(info, "tdxModuleIdentities")) == 2,
	      "and for the machine");
	check(is_signed("qe_identity.json", "enclaveIdentity", &signer, &doc, &identity),
	      "the QE identity is signed");
	check(json_is(json_member(identity, "id"), "TD_QE"), "and for TDX");
}

static void layout(void)
{
	bool secret = true;

	for (size_t i = 0; i < n_files; i++)
		secret &= files[i].mode == (strstr(files[i].name, ".key") ? 0600 : 0644);
	check(n_files == 22 && secret, "22 files; keys are for their owner alone");
	check(strcmp(files[n_files - 1].name, "platform") == 0, "platform is the last");
}

/* The names of the files that differ. */
static const char *differences(void)
{
	static char text[1024];
	struct builder b;

	builder_init(&b, text, sizeof text);
	for (size_t i = 0; i < n_files; i++) {
		if (strcmp(files[i].name, others[i].name) == 0 &&
		    span_eq(span_of(files[i].bytes, files[i].len), span_of(others[i].bytes, others[i].len)))
			continue;
		builder_str(&b, b.len > 0 ? " " : "");
		builder_str(&b, files[i].name);
	}
	return builder_cstr(&b);
}

static void seeds(void)
{
	static const char *const status[] = { "status=Revoked", NULL };
	static const char *const from[] = { "pck-crl-from=-2d", NULL };
	static const char *const module[] = { "module-status=OutOfDate", "module-advisories=A,B", NULL };
	static const char *const qe[] = { "qe-status=OutOfDate", NULL };

	make("seed", NULL);
	make_into(others, "seed", NULL);
	check(strcmp(differences(), "") == 0, "the same seed, the same bytes");
	make_into(others, "seed", status);
	check(strcmp(differences(), "tcb_info.json") == 0, "a status changes one document");
	if (RUNNING_ON_VALGRIND)
		return;
	make_into(others, "seed", module);
	check(strcmp(differences(), "tcb_info.json") == 0, "a module's status too");
	make_into(others, "seed", qe);
	check(strcmp(differences(), "qe_identity.json") == 0, "and that of the quoting enclave another");
	make_into(others, "seed", from);
	check(strcmp(differences(), "pck_crl.der platform_crl.der processor_crl.der") == 0,
	      "and a list's dates the lists: %s", differences());
	make_into(others, "other seed", NULL);
	check(strcmp(differences(), "") != 0 && !strstr(differences(), "app-compose"), "another seed");
	make("", NULL);
	make_into(others, "", NULL);
	check(strstr(differences(), "root.key") && strstr(differences(), "pck.key") &&
	              strstr(differences(), "attestation.key"),
	      "without one, other keys each time");
}

static void revocation(void)
{
	static const char *const settings[] = { "revoke=pck", "revoke=ca", "revoke=signer", NULL };
	struct cert root, ca, pck, signer;
	struct crl list;

	make("seed", settings);
	root = certificate("test_root.pem", 0);
	ca = certificate("pck_chain.pem", 1);
	pck = certificate("pck_chain.pem", 0);
	signer = certificate("tcb_info_issuer_chain.pem", 0);
	list = list_of("root_ca_crl.der", &root);
	check(list.entries == 3 && crl_lists(&list, ca.serial) && crl_lists(&list, signer.serial) &&
	              !crl_lists(&list, pck.serial),
	      "both CAs and the signer, by the root");
	list = list_of("pck_crl.der", &ca);
	check(list.entries == 1 && crl_lists(&list, pck.serial), "the PCK, by its CA");
}

static void faults(void)
{
	static const char *const by_pck[] = { "fault=tcb-by-pck", "fault=qe-by-pck", NULL };
	static const char *const no_number[] = { "fault=no-crl-number", NULL };
	static const char *const no_aki[] = { "fault=no-crl-aki", NULL };
	static const char *const no_ca[] = { "fault=ca-is-none", "pck-name=TEST Else", NULL };
	struct json_value value;
	struct json doc;
	struct cert c;
	struct crl crl;

	make("seed", by_pck);
	c = certificate("qe_identity_issuer_chain.pem", 0);
	check(named(&c, "TEST SGX PCK Certificate") &&
	              is_signed("tcb_info.json", "tcbInfo", &c, &doc, &value) &&
	              is_signed("qe_identity.json", "enclaveIdentity", &c, &doc, &value),
	      "documents signed by the PCK");
	make("seed", no_number);
	check(!crl_read(&crl, file("pck_crl.der")), "lists without a number");
	make("seed", no_aki);
	check(!crl_read(&crl, file("root_ca_crl.der")), "without a key id");
	make("seed", no_ca);
	c = certificate("pck_chain.pem", 1);
	check(!c.is_ca, "a CA that is none");
	c = certificate("pck_chain.pem", 0);
	check(named(&c, "TEST Else"), "another name");
}

static void sgx(void)
{
	static const char *const settings[] = { "tee=sgx", "ca=processor", NULL };
	struct json_value value;
	struct cert pck, ca, signer;
	struct json doc;
	struct pck p;

	make("seed", settings);
	pck = certificate("pck_chain.pem", 0);
	ca = certificate("pck_crl_issuer_chain.pem", 0);
	signer = certificate("tcb_info_issuer_chain.pem", 0);
	check(pck_read(&p, &pck) && !p.has_platform && named(&ca, "TEST SGX PCK Processor CA") &&
	              cert_signed_by(&pck, &ca),
	      "a PCK of the Processor CA");
	check(is_signed("tcb_info.json", "tcbInfo", &signer, &doc, &value) &&
	              json_is(json_member(value, "id"), "SGX") &&
	              json_type(json_member(value, "tdxModule")) == JSON_ABSENT,
	      "TCB info for SGX");
	check(n_files == 20, "no event log of a VM");
}

/* Levels that are given stand there in their order, and nothing else does. */
static void levels(void)
{
	static const char *const settings[] = {
		"level=01000000000000000000000000000000:2:03000000000000000000000000000000:OutOfDate:A,B",
		"level=02000000000000000000000000000000:65535::Revoked",
		"module-level=1:4:OutOfDate:C", "module-level=7:1:UpToDate", "module-level=1:5:UpToDate",
		"qe-level=9:UpToDate", "tcb-id=QVE", "tcb-fmspc=0102030405ff", "evaluation=0", NULL
	};
	struct json_value info, list, one;
	struct cert signer;
	struct json doc;

	make("seed", settings);
	signer = certificate("tcb_info_issuer_chain.pem", 0);
	check(is_signed("tcb_info.json", "tcbInfo", &signer, &doc, &info) &&
	              json_is(json_member(info, "id"), "QVE") &&
	              json_is(json_member(info, "fmspc"), "0102030405FF"),
	      "for another machine");
	list = json_member(info, "tcbLevels");
	one = json_first(list);
	check(json_count(list) == 2 && json_is(json_member(one, "tcbStatus"), "OutOfDate") &&
	              json_count(json_member(one, "advisoryIDs")) == 2 &&
	              span_is(json_source(json_member(json_member(one, "tcb"), "pcesvn")), "2"),
	      "the first level");
	one = json_next(list, one);
	check(json_is(json_member(one, "tcbStatus"), "Revoked") &&
	              json_type(json_member(one, "advisoryIDs")) == JSON_ABSENT,
	      "the second");
	list = json_member(info, "tdxModuleIdentities");
	one = json_first(list);
	check(json_count(list) == 2 && json_is(json_member(one, "id"), "TDX_01") &&
	              json_count(json_member(one, "tcbLevels")) == 2 &&
	              json_is(json_member(json_next(list, one), "id"), "TDX_07"),
	      "modules, each once");
}

static void settings(void)
{
	static const struct {
		const char *text;
		enum sim_result result;
	} table[] = {
		{ "", SIM_FIELD }, { "=", SIM_FIELD }, { "fmspc", SIM_FIELD }, { "FMSPC=00", SIM_FIELD },
		{ "no-such=1", SIM_FIELD }, { "pck=1", SIM_FIELD }, { "fmspc=", SIM_FIELD_VALUE },
		{ "fmspc=00", SIM_FIELD_VALUE }, { "fmspc=00112233445566", SIM_FIELD_VALUE },
		{ "fmspc=00112233445g", SIM_FIELD_VALUE }, { "pce-svn=", SIM_FIELD_VALUE },
		{ "pce-svn=65536", SIM_FIELD_VALUE }, { "pce-svn=-1", SIM_FIELD_VALUE },
		{ "pce-svn=1 ", SIM_FIELD_VALUE }, { "pce-svn=65535", SIM_OK }, { "smt=", SIM_FIELD_VALUE },
		{ "smt=YES", SIM_FIELD_VALUE }, { "smt=no", SIM_OK }, { "status=", SIM_FIELD_VALUE },
		{ "status=a\x1b[0m", SIM_FIELD_VALUE }, { "status=\xc3\xa4", SIM_FIELD_VALUE },
		{ "status=\"=\\", SIM_OK }, { "advisories=", SIM_OK }, { "tee=", SIM_FIELD_VALUE },
		{ "tee=TDX", SIM_FIELD_VALUE }, { "ca=root", SIM_FIELD_VALUE }, { "revoke=", SIM_FIELD_VALUE },
		{ "revoke=all", SIM_FIELD_VALUE }, { "fault=", SIM_FIELD_VALUE },
		{ "root-name=Intel SGX Root CA", SIM_FIELD_VALUE }, { "root-name=TEST", SIM_FIELD_VALUE },
		{ "root-name=TEST R", SIM_OK }, { "root-from=", SIM_FIELD_VALUE },
		{ "root-from=1d", SIM_FIELD_VALUE }, { "root-from=+d", SIM_FIELD_VALUE },
		{ "root-from=+36501d", SIM_FIELD_VALUE }, { "root-from=-36500d", SIM_OK },
		{ "root-from=2026-02-30T00:00:00Z", SIM_FIELD_VALUE },
		{ "root-from=2026-02-28T00:00:00Z", SIM_OK }, { "root-until=0", SIM_OK },
		{ "root-until=4294967296", SIM_FIELD_VALUE }, { "days=36501", SIM_FIELD_VALUE },
		{ "level=", SIM_FIELD_VALUE }, { "level=00:1::UpToDate", SIM_FIELD_VALUE },
		{ "level=01000000000000000000000000000000:2:", SIM_FIELD_VALUE },
		{ "level=01000000000000000000000000000000:2::", SIM_FIELD_VALUE },
		{ "level=01000000000000000000000000000000:2:00:UpToDate", SIM_FIELD_VALUE },
		{ "level=01000000000000000000000000000000:2::S:A:B", SIM_FIELD_VALUE },
		{ "level=01000000000000000000000000000000:65536::S", SIM_FIELD_VALUE },
		{ "module-level=1:S", SIM_FIELD_VALUE }, { "module-level=256:1:S", SIM_FIELD_VALUE },
		{ "module-level=255:1:S:", SIM_OK }, { "qe-level=S", SIM_FIELD_VALUE },
		{ "qe-level=1:S:A,B,C", SIM_OK },
	};

	sim_pki_init(&pki);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		check(sim_pki_set(&pki, span_str(table[i].text)) == table[i].result, "setting %zu", i);
	sim_pki_init(&pki);
	for (int i = 0; i < SIM_LEVELS; i++)
		if (sim_pki_set(&pki, span_str("qe-level=1:S")) != SIM_OK)
			check(false, "level %d", i);
	check(sim_pki_set(&pki, span_str("qe-level=1:S")) == SIM_FIELD_VALUE, "too many levels");
}

/* The largest that can be set still fits; whoever stops is obeyed. */
static void limits(void)
{
	static char text[512], advisories[SIM_ADVISORIES_MAX + 1];
	struct builder b;

	sim_pki_init(&pki);
	pki.seed = span_str("seed");
	pki.now = NOW;
	for (size_t i = 0; i < SIM_ADVISORIES_MAX; i++)
		advisories[i] = i % 2 ? ',' : '"';
	builder_init(&b, text, sizeof text);
	builder_str(&b, "level=ffffffffffffffffffffffffffffffff:65535:ffffffffffffffffffffffffffffffff:S:");
	builder_str(&b, advisories);
	for (int i = 0; i < SIM_LEVELS; i++)
		if (sim_pki_set(&pki, builder_span(&b)) != SIM_OK)
			check(false, "level %d", i);
	n_files = 0;
	stop_at = FILES;
	check(sim_pki_make(&pki, collect, files) == SIM_OK, "the longest document");
	sim_pki_init(&pki);
	pki.seed = span_str("seed");
	pki.now = NOW;
	for (size_t i = 0; i < 22; i += RUNNING_ON_VALGRIND ? 11 : 1) {
		n_files = 0;
		stop_at = i;
		check(sim_pki_make(&pki, collect, files) == SIM_STOPPED && n_files == i, "stopped at %zu", i);
	}
	pki.now = INT64_C(253402300800);
	stop_at = FILES;
	n_files = 0;
	check(sim_pki_make(&pki, collect, files) == SIM_TOO_LARGE && n_files == 0, "a year that there is not");
}

int main(void)
{
	check(make("seed", NULL), "made");
	layout();
	certificates();
	extension();
	documents();
	seeds();
	revocation();
	faults();
	sgx();
	levels();
	settings();
	limits();
	return tap_end();
}
