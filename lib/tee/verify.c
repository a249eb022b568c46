/* The whole of a quote's verification, step after step. */
#include "tee/verify_parts.h"

#include "tls/public_key.h"

/* Intel's quoting enclaves: 939A7233-F79C-4CA9-940A-0DB3957F0607. */
static const unsigned char intel[] = { 0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
	                               0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07 };

enum { SHA256_LEN = 32, SGX_DEBUG = 2 };

const char *verify_reason_name(enum verify_reason reason)
{
	switch (reason) {
	case VERIFY_OK:
		return "";
	case VERIFY_PARSE:
		return "parse";
	case VERIFY_CHAIN:
		return "chain";
	case VERIFY_REVOKED:
		return "revoked";
	case VERIFY_EXPIRED:
		return "expired";
	case VERIFY_COLLATERAL:
		return "collateral";
	case VERIFY_MISMATCH:
		return "mismatch";
	case VERIFY_QE:
		return "qe";
	case VERIFY_MODULE:
		return "module";
	case VERIFY_SIGNATURE:
		return "signature";
	case VERIFY_UNSUPPORTED:
		return "unsupported";
	case VERIFY_STATUS:
		return "status";
	case VERIFY_DEBUG:
		return "debug";
	case VERIFY_POLICY:
		return "policy";
	case VERIFY_REPLAY:
		return "replay";
	case VERIFY_NO_COLLATERAL:
		break;
	}
	return "no-collateral";
}

bool verify_fail(struct verify *v, enum verify_reason reason, const char *what)
{
	v->out->reason = reason;
	v->out->what = what;
	return false;
}

static bool read_quote(struct verify *v)
{
	struct quote *q = &v->out->quote;
	enum quote_result r = quote_read(q, v->in->quote);

	if (r == QUOTE_VERSION || r == QUOTE_TEE)
		return verify_fail(v, VERIFY_UNSUPPORTED, quote_strerror(r));
	if (r != QUOTE_OK)
		return verify_fail(v, VERIFY_PARSE, quote_strerror(r));
	if (q->key_type != QUOTE_KEY_P256)
		return verify_fail(v, VERIFY_UNSUPPORTED, "the attestation key is not on P-256");
	if (!span_eq(q->vendor_id, span_of(intel, sizeof intel)))
		return verify_fail(v, VERIFY_UNSUPPORTED, "the quoting enclave is of another vendor");
	return q->cert_type == QUOTE_CERT_CHAIN ||
	       verify_fail(v, VERIFY_UNSUPPORTED, "there is no PCK certificate chain in the quote");
}

static bool same_platform(struct verify *v)
{
	const struct pck *pck = &v->out->pck;
	bool is_td = v->out->quote.body_type != QUOTE_SGX;

	if (v->tcb_info.tdx != is_td)
		return verify_fail(v, VERIFY_MISMATCH, "TCB info is of the other kind of TEE");
	if (v->qe_identity.tdx != is_td)
		return verify_fail(v, VERIFY_MISMATCH, "QE identity is of the other kind of TEE");
	if (!span_eq(pck->fmspc, span_of(v->tcb_info.fmspc, PCK_FMSPC_LEN)))
		return verify_fail(v, VERIFY_MISMATCH, "TCB info is of another FMSPC");
	return span_eq(pck->pce_id, span_of(v->tcb_info.pce_id, PCK_ID_LEN)) ||
	       verify_fail(v, VERIFY_MISMATCH, "TCB info is of another PCE");
}

/* Bits of SEAMATTRIBUTES are all reserved: not one may be set, whatever a mask leaves out. */
static bool module_ok(struct verify *v)
{
	const struct quote_td *td = &v->out->quote.td;
	const struct tdx_module *module = &v->tcb_info.module;

	if (v->out->quote.body_type == QUOTE_SGX)
		return true;
	if (td->tee_tcb_svn.p[1] > 0) {
		const struct tdx_identity *identity = tcb_info_identity(&v->tcb_info, td->tee_tcb_svn.p[1]);

		if (!identity)
			return verify_fail(v, VERIFY_MODULE, "TCB info does not know this TDX module");
		module = &identity->module;
	}
	if (!span_eq(td->mr_signer_seam, span_of(module->signer, sizeof module->signer)))
		return verify_fail(v, VERIFY_MODULE, "MRSIGNERSEAM");
	for (size_t i = 0; i < td->seam_attributes.len; i++)
		if (td->seam_attributes.p[i] != 0 ||
		    (td->seam_attributes.p[i] & module->mask[i]) != module->attributes[i])
			return verify_fail(v, VERIFY_MODULE, "SEAMATTRIBUTES");
	return true;
}

/* The report data are SHA-256 of attestation key and authentication data, and zeros. */
static bool vouches(const struct quote *q)
{
	unsigned char expected[QUOTE_REPORT_DATA_LEN] = { 0 };
	br_sha256_context hash;

	br_sha256_init(&hash);
	br_sha256_update(&hash, q->key.p, q->key.len);
	br_sha256_update(&hash, q->qe_auth.p, q->qe_auth.len);
	br_sha256_out(&hash, expected);
	return span_eq(q->qe.report_data, span_of(expected, sizeof expected));
}

static bool quote_ok(struct verify *v)
{
	const struct quote *q = &v->out->quote;
	const char *differs;

	if (!trust_signed_raw(&v->trust, &v->pck_chain.cert[0], q->qe_report, q->qe_signature))
		return verify_fail(v, VERIFY_SIGNATURE, "signature of the quoting enclave's report");
	if (!vouches(q))
		return verify_fail(v, VERIFY_QE, "the quoting enclave vouches for another attestation key");
	differs = qe_identity_differs(&v->qe_identity, &q->qe);
	if (differs)
		return verify_fail(v, VERIFY_QE, differs);
	return trust_signed_by_key(&v->trust, q->key, q->signed_part, q->signature) ||
	       verify_fail(v, VERIFY_SIGNATURE, "signature of the quote");
}

/* The first byte of a TD's attributes is what makes it untrusted: DEBUG, and seven reserved bits. */
static bool has_debug(const struct quote *q)
{
	return q->body_type == QUOTE_SGX ? q->sgx.attributes.p[0] & SGX_DEBUG :
	                                   q->td.td_attributes.p[0] != 0;
}

static bool verify(struct verify *v)
{
	if (!read_quote(v))
		return false;
	if (!v->in->collateral)
		return verify_fail(v, VERIFY_NO_COLLATERAL, "there is no collateral");
	if (!verify_pck(v) || !verify_documents(v) || !same_platform(v) || !module_ok(v) ||
	    !quote_ok(v) || !verify_levels(v))
		return false;
	v->out->genuine = true;
	v->out->evaluation = v->tcb_info.evaluation < v->qe_identity.evaluation ?
	                             v->tcb_info.evaluation :
	                             v->qe_identity.evaluation;
	v->out->debug = has_debug(&v->out->quote);
	return !v->out->debug || verify_fail(v, VERIFY_DEBUG, "the host can look inside");
}

bool verify_quote(struct verify *v, const struct verify_input *in, struct verify_result *out)
{
	bool good;

	*out = (struct verify_result){ .reason = VERIFY_OK, .what = "" };
	v->in = in;
	v->out = out;
	v->trust = (struct trust){ .root = in->root, .now = in->now };
	good = verify(v);
	out->signatures = v->trust.signatures;
	return good;
}
