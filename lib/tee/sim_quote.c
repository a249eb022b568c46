/* Quotes of a simulated machine: made and signed. */
#include "tee/sim_quote.h"

#include <string.h>

#include "tee/sim_random.h"
#include "tls/curve.h"

/* Offsets in the header, in a TD report, in an SGX report. */
enum { AT_USER_DATA = 28, AT_RTMR = 328, AT_TD_REPORT_DATA = 520, AT_SGX_REPORT_DATA = 320 };

static const unsigned char intel[16] = { 0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
	                                 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07 };

const char *sim_strerror(enum sim_result result)
{
	switch (result) {
	case SIM_OK:
		return "no error";
	case SIM_MISSING:
		return "no such file";
	case SIM_UNREADABLE:
		return "cannot be read";
	case SIM_MALFORMED:
		return "malformed";
	case SIM_FIELD:
		return "there is nothing of this name";
	case SIM_FIELD_VALUE:
		return "cannot have this value";
	case SIM_VERSION:
		return "this version has no such body, or the machine is of the other kind";
	case SIM_LOG:
		return "the event log is malformed";
	case SIM_TOO_LARGE:
		return "does not fit";
	case SIM_STOPPED:
		return "stopped";
	}
	return "unknown error";
}

enum sim_result sim_quote_version(struct sim_quote *sim, unsigned int version, unsigned int body)
{
	if (version < 3 || version > 5 || body > QUOTE_TD15EX)
		return SIM_VERSION;
	if (body == 0)
		body = !sim->is_tdx ? QUOTE_SGX : version == 5 ? QUOTE_TD15 : QUOTE_TD10;
	if ((body == QUOTE_SGX) == sim->is_tdx || (version == 3 && body != QUOTE_SGX) ||
	    (version == 4 && body > QUOTE_TD10))
		return SIM_VERSION;
	sim->version = (uint16_t)version;
	sim->body = (enum quote_body)body;
	return SIM_OK;
}

enum sim_result sim_quote_log(struct sim_quote *sim, struct json_value log, size_t *at)
{
	struct replay replay;

	if (eventlog_json(log, &replay, NULL, NULL, at) != EVENTLOG_OK)
		return SIM_LOG;
	memcpy(sim->td + AT_RTMR, replay.rtmr, sizeof replay.rtmr);
	return SIM_OK;
}

bool sim_quote_seed(struct sim_quote *sim, struct span seed)
{
	struct sim_seed bytes;
	bool ok = sim_seed_make(&bytes, seed) &&
	          sim_random_key(&bytes, "attestation", &sim->attestation);

	explicit_bzero(&bytes, sizeof bytes);
	return ok;
}

static void u16le(struct builder *out, size_t value)
{
	builder_byte(out, (unsigned char)value);
	builder_byte(out, (unsigned char)(value >> 8));
}

static void u32le(struct builder *out, size_t value)
{
	u16le(out, value);
	u16le(out, value >> 16);
}

/* r || s over the SHA-256 of `bytes`. */
static void sign(struct builder *out, const struct key *key, struct span bytes)
{
	unsigned char digest[KEY_HASH_MAX], signature[QUOTE_SIGNATURE_LEN];

	key_hash(KEY_SHA256, bytes, digest);
	if (curve_sign_raw(&curve_ec, &br_sha256_vtable, digest, &key->u.ec.key, signature) !=
	    sizeof signature)
		out->overflow = true;
	builder_add(out, span_of(signature, sizeof signature));
}

/* x || y */
static struct span point(const struct key *key)
{
	struct public_key public;

	if (!public_key_parse(&public, span_of(key->spki, key->spki_len)))
		return span_of(NULL, 0);
	return span_from(public.point, 1);
}

static void put_header(const struct sim_quote *sim, struct builder *out)
{
	u16le(out, sim->version);
	u16le(out, QUOTE_KEY_P256);
	u32le(out, sim->body == QUOTE_SGX ? QUOTE_TEE_SGX : QUOTE_TEE_TDX);
	/* SVNs, which later versions do not have. */
	if (sim->version == 3)
		builder_add(out, span_of(sim->header + 8, 4));
	else
		u32le(out, 0);
	builder_add(out, span_of(intel, sizeof intel));
	builder_add(out, span_of(sim->header + AT_USER_DATA, QUOTE_HEADER_LEN - AT_USER_DATA));
}

static void put_body(const struct sim_quote *sim, struct span report_data, struct builder *out)
{
	size_t at = sim->body == QUOTE_SGX ? AT_SGX_REPORT_DATA : AT_TD_REPORT_DATA;
	size_t len = quote_body_len(sim->body);
	unsigned char *body;

	if (sim->version == 5) {
		u16le(out, sim->body);
		u32le(out, len);
	}
	body = builder_take(out, len);
	if (!body)
		return;
	memcpy(body, sim->body == QUOTE_SGX ? sim->sgx : sim->td, len);
	memset(body + at, 0, QUOTE_REPORT_DATA_LEN);
	if (report_data.len > 0)
		memcpy(body + at, report_data.p, report_data.len);
}

/* The quoting enclave says whose the attestation key is: its hash, with that of the auth data. */
static void put_qe_report(const struct sim_quote *sim, struct builder *out)
{
	struct span key = point(&sim->attestation);
	unsigned char report[QUOTE_SGX_LEN];
	br_sha256_context hash;

	memcpy(report, sim->qe, sizeof report);
	br_sha256_init(&hash);
	br_sha256_update(&hash, key.p, key.len);
	br_sha256_update(&hash, sim->auth, sim->auth_len);
	br_sha256_out(&hash, report + AT_SGX_REPORT_DATA);
	builder_add(out, span_of(report, sizeof report));
	sign(out, &sim->pck, span_of(report, sizeof report));
	u16le(out, sim->auth_len);
	builder_add(out, span_of(sim->auth, sim->auth_len));
	u16le(out, QUOTE_CERT_CHAIN);
	u32le(out, sim->chain_len);
	builder_add(out, span_of(sim->chain, sim->chain_len));
}

bool sim_quote_write(const struct sim_quote *sim, struct span report_data, struct builder *out)
{
	size_t inner = QUOTE_SGX_LEN + QUOTE_SIGNATURE_LEN + 2 + sim->auth_len + 6 + sim->chain_len;
	size_t start = out->len, wrapper = sim->version == 3 ? 0 : 6;
	struct span to_sign;

	if (report_data.len > QUOTE_REPORT_DATA_LEN)
		return false;
	put_header(sim, out);
	put_body(sim, report_data, out);
	if (!builder_ok(out))
		return false;
	to_sign = span_from(builder_span(out), start);
	u32le(out, QUOTE_SIGNATURE_LEN + QUOTE_KEY_LEN + wrapper + inner);
	sign(out, &sim->attestation, to_sign);
	builder_add(out, point(&sim->attestation));
	if (wrapper > 0) {
		u16le(out, QUOTE_CERT_QE_REPORT);
		u32le(out, inner);
	}
	put_qe_report(sim, out);
	return builder_ok(out);
}

void sim_quote_wipe(struct sim_quote *sim)
{
	explicit_bzero(sim, sizeof *sim);
}
