/* TCB info and QE identity as Intel's PCS (version 4) has them, signed under a test root. */
#include "base/hex.h"
#include "base/json.h"
#include "base/utc.h"
#include "tee/sim_parts.h"

enum { LEVEL_AGE_DAYS = 365, SIGNER_LEN = 48, LEVELS_OF_MODULE = 2, MODULES = 3 };

/* What the default levels say of a machine that is behind. */
#define BEHIND "OutOfDate"
#define BEHIND_ADVISORY "TEST-SA-00001"

/* "name": and a value; the comma or bracket before it is part of `name`. */
static void text(struct builder *out, const char *name, struct span value)
{
	builder_str(out, name);
	json_write_string(out, value);
}

static void number(struct builder *out, const char *name, uint64_t value)
{
	builder_str(out, name);
	builder_number(out, value);
}

static void moment(struct builder *out, const char *name, int64_t unix_s)
{
	builder_str(out, name);
	builder_byte(out, '"');
	utc_print(out, unix_s);
	builder_byte(out, '"');
}

/* Upper case, as Intel's. */
static void hex(struct builder *out, const char *before, const unsigned char *bytes, size_t len)
{
	size_t at;

	builder_str(out, before);
	at = out->len;
	hex_encode(out, span_of(bytes, len));
	for (; builder_ok(out) && at < out->len; at++)
		if (out->p[at] >= 'a')
			out->p[at] = (unsigned char)(out->p[at] - ('a' - 'A'));
	builder_byte(out, '"');
}

/* What all levels end with: date, status, advisories if there are any. */
static void verdict(struct builder *out, const struct sim_level *level, int64_t date)
{
	struct span rest = level->advisories, one;
	const char *before = ",\"advisoryIDs\":[";

	moment(out, ",\"tcbDate\":", date);
	text(out, ",\"tcbStatus\":", level->status);
	if (rest.len > 0) {
		for (; span_split(&rest, ',', &one); before = ",")
			text(out, before, one);
		builder_byte(out, ']');
	}
	builder_byte(out, '}');
}

static void components(struct builder *out, const char *name, const unsigned char *svns)
{
	builder_str(out, name);
	for (size_t i = 0; i < SIM_SVNS; i++) {
		number(out, i ? ",{\"svn\":" : "[{\"svn\":", svns[i]);
		builder_byte(out, '}');
	}
	builder_byte(out, ']');
}

static void platform_level(struct builder *out, const struct sim_pki *pki,
                           const struct sim_level *level, int64_t date)
{
	components(out, "{\"tcb\":{\"sgxtcbcomponents\":", level->sgx);
	number(out, ",\"pcesvn\":", level->pce_svn);
	if (!pki->is_sgx)
		components(out, ",\"tdxtcbcomponents\":", level->tdx);
	builder_byte(out, '}');
	verdict(out, level, date);
}

static void isv_level(struct builder *out, const struct sim_level *level, int64_t date)
{
	number(out, "{\"tcb\":{\"isvsvn\":", level->isv_svn);
	builder_byte(out, '}');
	verdict(out, level, date);
}

/* The level the machine has, and one below it. */
static size_t default_platform_levels(const struct sim_made *made, struct sim_level levels[2])
{
	const struct sim_pki *pki = made->pki;
	struct sim_level *top = &levels[0], *below = &levels[1];
	bool lower = pki->pce_svn > 0;

	*top = (struct sim_level){ .pce_svn = pki->pce_svn,
		                   .status = pki->status[SIM_PLATFORM],
		                   .advisories = pki->advisories[SIM_PLATFORM] };
	*below = (struct sim_level){ .pce_svn = pki->pce_svn - lower,
		                     .status = span_str(BEHIND),
		                     .advisories = span_str(BEHIND_ADVISORY) };
	memcpy(top->sgx, made->cpu_svn, SIM_SVNS);
	memcpy(top->tdx, made->tee_tcb_svn, SIM_SVNS);
	top->tdx[1] = 0; /* the module's version is no SVN */
	for (size_t i = 0; i < SIM_SVNS; i++) {
		below->sgx[i] = (unsigned char)(top->sgx[i] - (top->sgx[i] > 0));
		below->tdx[i] = (unsigned char)(top->tdx[i] - (top->tdx[i] > 0));
		lower |= top->sgx[i] > 0 || (!pki->is_sgx && top->tdx[i] > 0);
	}
	return lower ? 2 : 1;
}

/* Likewise, for a module or the quoting enclave. */
static size_t default_isv_levels(const struct sim_pki *pki, enum sim_kind kind, uint32_t isv_svn,
                                 struct sim_level levels[2])
{
	levels[0] = (struct sim_level){ .isv_svn = isv_svn,
		                        .status = pki->status[kind],
		                        .advisories = pki->advisories[kind] };
	levels[1] = (struct sim_level){ .isv_svn = isv_svn - 1,
		                        .status = span_str(BEHIND),
		                        .advisories = span_str(BEHIND_ADVISORY) };
	return isv_svn > 0 ? 2 : 1;
}

/* Each level is a year older than the one before it. */
static int64_t level_date(const struct sim_pki *pki, enum sim_object object, size_t i)
{
	int64_t date = sim_from(pki, object) - (int64_t)(i + 1) * LEVEL_AGE_DAYS * SIM_DAY_S;

	return date - ((date % SIM_DAY_S) + SIM_DAY_S) % SIM_DAY_S;
}

static void module_begin(struct builder *out, const char *before, uint32_t version)
{
	static const unsigned char signer[SIGNER_LEN], attributes[8];
	static const unsigned char mask[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	unsigned char byte = (unsigned char)version;

	builder_str(out, before);
	if (version > 0) {
		hex(out, "\"id\":\"TDX_", &byte, 1);
		builder_byte(out, ',');
	}
	hex(out, "\"mrsigner\":\"", signer, sizeof signer);
	hex(out, ",\"attributes\":\"", attributes, sizeof attributes);
	hex(out, ",\"attributesMask\":\"", mask, sizeof mask);
}

static void module(struct builder *out, const struct sim_pki *pki, const char *before,
                   uint32_t version, const struct sim_level *levels, size_t n)
{
	size_t written = 0;

	module_begin(out, before, version);
	builder_str(out, ",\"tcbLevels\":[");
	for (size_t i = 0; i < n; i++) {
		if (levels[i].version != version)
			continue;
		builder_str(out, written > 0 ? "," : "");
		isv_level(out, &levels[i], level_date(pki, SIM_TCB_INFO, written++));
	}
	builder_str(out, "]}");
}

/* The first of its version. */
static bool first_of(const struct sim_level *levels, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (levels[i].version == levels[at].version)
			return false;
	return true;
}

/* Modules 3 and 1, as Intel lists them, and the machine's when it is another. */
static size_t default_modules(const struct sim_made *made, struct sim_level *levels)
{
	uint32_t own = made->tee_tcb_svn[1], versions[MODULES] = { 3, 1, own };
	size_t modules = own > 0 && own != 1 && own != 3 ? MODULES : MODULES - 1, n = 0;

	for (size_t i = 0; i < modules; i++) {
		uint32_t svn = versions[i] == own ? made->tee_tcb_svn[0] : 3;
		size_t more = default_isv_levels(made->pki, SIM_MODULE, svn, levels + n);

		for (size_t j = 0; j < more; j++)
			levels[n++].version = versions[i];
	}
	return n;
}

static void modules(struct builder *out, const struct sim_made *made)
{
	struct sim_level defaults[MODULES * LEVELS_OF_MODULE];
	const struct sim_level *levels = made->pki->levels[SIM_MODULE];
	size_t n = made->pki->n_levels[SIM_MODULE];
	const char *before = "{";

	if (n == 0) {
		n = default_modules(made, defaults);
		levels = defaults;
	}
	module_begin(out, ",\"tdxModule\":{", 0);
	builder_str(out, "},\"tdxModuleIdentities\":[");
	for (size_t i = 0; i < n; i++) {
		if (!first_of(levels, i))
			continue;
		module(out, made->pki, before, levels[i].version, levels, n);
		before = ",{";
	}
	builder_byte(out, ']');
}

/* Closes {"member":{...} with the signature over exactly the bytes of the inner one. */
static bool sign(const struct sim_made *made, size_t from, bool by_pck, struct builder *out)
{
	const struct key *key = &made->certs[by_pck ? SIM_PCK : SIM_SIGNER].key;
	unsigned char digest[KEY_HASH_MAX], signature[QUOTE_SIGNATURE_LEN];
	struct builder raw;

	if (!builder_ok(out))
		return false;
	key_hash(KEY_SHA256, span_from(builder_span(out), from), digest);
	builder_init(&raw, signature, sizeof signature);
	if (!key_sign(key, KEY_SHA256, digest, true, &raw))
		return false;
	builder_str(out, ",\"signature\":\"");
	hex_encode(out, builder_span(&raw));
	builder_str(out, "\"}");
	return builder_ok(out);
}

bool sim_tcb_info_write(const struct sim_made *made, struct builder *out)
{
	const struct sim_pki *pki = made->pki;
	const struct sim_level *levels = pki->levels[SIM_PLATFORM];
	size_t n = pki->n_levels[SIM_PLATFORM], from;
	struct sim_level defaults[2];

	if (n == 0) {
		n = default_platform_levels(made, defaults);
		levels = defaults;
	}
	builder_str(out, "{\"tcbInfo\":");
	from = out->len;
	text(out, "{\"id\":", pki->tcb_id.p ? pki->tcb_id : span_str(pki->is_sgx ? "SGX" : "TDX"));
	moment(out, ",\"version\":3,\"issueDate\":", sim_from(pki, SIM_TCB_INFO));
	moment(out, ",\"nextUpdate\":", sim_until(pki, SIM_TCB_INFO));
	hex(out, ",\"fmspc\":\"", pki->tcb_fmspc.is_set ? pki->tcb_fmspc.bytes : made->fmspc,
	    SIM_FMSPC_LEN);
	hex(out, ",\"pceId\":\"", pki->tcb_pce_id.is_set ? pki->tcb_pce_id.bytes : made->pce_id,
	    SIM_PCE_ID_LEN);
	number(out, ",\"tcbType\":0,\"tcbEvaluationDataNumber\":", pki->evaluation);
	if (!pki->is_sgx)
		modules(out, made);
	builder_str(out, ",\"tcbLevels\":[");
	for (size_t i = 0; i < n; i++) {
		builder_str(out, i > 0 ? "," : "");
		platform_level(out, pki, &levels[i], level_date(pki, SIM_TCB_INFO, i));
	}
	builder_str(out, "]}");
	return sign(made, from, pki->faults & SIM_TCB_BY_PCK, out);
}

bool sim_qe_identity_write(const struct sim_made *made, struct builder *out)
{
	static const unsigned char misc[4], misc_mask[4] = { 0xff, 0xff, 0xff, 0xff };
	static const unsigned char attributes[16] = { 0x11 };
	static const unsigned char mask[16] = { 0xfb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	const struct sim_pki *pki = made->pki;
	const struct sim_level *levels = pki->levels[SIM_QE];
	size_t n = pki->n_levels[SIM_QE], from;
	struct sim_level defaults[2];

	if (n == 0) {
		n = default_isv_levels(pki, SIM_QE, pki->qe_svn, defaults);
		levels = defaults;
	}
	builder_str(out, "{\"enclaveIdentity\":");
	from = out->len;
	text(out, "{\"id\":", pki->qe_id.p ? pki->qe_id : span_str(pki->is_sgx ? "QE" : "TD_QE"));
	moment(out, ",\"version\":2,\"issueDate\":", sim_from(pki, SIM_QE_IDENTITY));
	moment(out, ",\"nextUpdate\":", sim_until(pki, SIM_QE_IDENTITY));
	number(out, ",\"tcbEvaluationDataNumber\":", pki->evaluation);
	hex(out, ",\"miscselect\":\"", misc, sizeof misc);
	hex(out, ",\"miscselectMask\":\"", misc_mask, sizeof misc_mask);
	hex(out, ",\"attributes\":\"", attributes, sizeof attributes);
	hex(out, ",\"attributesMask\":\"", mask, sizeof mask);
	hex(out, ",\"mrsigner\":\"", made->qe_signer, sizeof made->qe_signer);
	number(out, ",\"isvprodid\":", pki->is_sgx ? 1 : 2);
	builder_str(out, ",\"tcbLevels\":[");
	for (size_t i = 0; i < n; i++) {
		builder_str(out, i > 0 ? "," : "");
		isv_level(out, &levels[i], level_date(pki, SIM_QE_IDENTITY, i));
	}
	builder_str(out, "]}");
	return sign(made, from, pki->faults & SIM_QE_BY_PCK, out);
}
