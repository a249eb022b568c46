/* Collateral alone, without a verdict on the quote. */
#include "tee/collateral_check.h"

#include "tee/verify_parts.h"

static void begin(struct verify *v, const struct verify_input *in, struct verify_result *out)
{
	*out = (struct verify_result){ .reason = VERIFY_OK, .what = "" };
	v->in = in;
	v->out = out;
	v->trust = (struct trust){ .root = in->root, .now = in->now };
}

const char *collateral_check_quote(struct verify *v, const struct verify_input *in,
                                   struct pcs_platform *platform)
{
	static struct verify_result out;
	enum quote_result read;
	enum trust_result r;

	begin(v, in, &out);
	read = quote_read(&out.quote, in->quote);
	if (read != QUOTE_OK)
		return quote_strerror(read);
	if (out.quote.cert_type != QUOTE_CERT_CHAIN)
		return "there is no PCK certificate chain in it";
	r = trust_chain_read(&v->pck_chain, out.quote.cert, 3);
	if (r == TRUST_OK)
		r = trust_chain_verify(&v->trust, &v->pck_chain, TRUST_PCK);
	if (r != TRUST_OK)
		return trust_strerror(r);
	if (!pck_read(&out.pck, &v->pck_chain.cert[0]))
		return "the PCK certificate's extension is malformed";
	platform->tdx = out.quote.body_type != QUOTE_SGX;
	platform->processor = trust_is_processor_ca(&v->pck_chain.cert[1]);
	memcpy(platform->fmspc, out.pck.fmspc.p, sizeof platform->fmspc);
	return NULL;
}

/* What the documents say of themselves, before anything of it is believed. */
static bool read_dates(struct verify *v, const struct collateral *c, struct collateral_dates *dates)
{
	if (!collateral_open(&v->tcb_document, &c->tcb_info, "tcbInfo", v->tcb_tokens, COLLATERAL_TOKENS) ||
	    !tcb_info_read(&v->tcb_info, v->tcb_document.value) ||
	    !collateral_open(&v->qe_document, &c->qe_identity, "enclaveIdentity", v->qe_tokens,
	                     VERIFY_QE_TOKENS) ||
	    !qe_identity_read(&v->qe_identity, v->qe_document.value) ||
	    !crl_read(&v->pck_crl, c->pck_crl) || !crl_read(&v->root_crl, c->root_crl))
		return false;
	dates->issued[PCS_TCB_INFO] = v->tcb_info.issued;
	dates->issued[PCS_QE_IDENTITY] = v->qe_identity.issued;
	dates->issued[PCS_PCK_CRL] = v->pck_crl.this_update;
	dates->issued[PCS_ROOT_CRL] = v->root_crl.this_update;
	dates->from = dates->issued[0];
	for (size_t i = 1; i < PCS_PARTS; i++)
		if (dates->issued[i] > dates->from)
			dates->from = dates->issued[i];
	return true;
}

/*
 * A revoked CA ends the ladder before its list was looked at: the list must be that CA's all the
 * same. A PCK that is on the list was the last that was looked at.
 */
static bool lists_hold(struct verify *v)
{
	const struct cert *ca = &v->pck_chain.cert[1];
	struct crl *crl = &v->pck_crl;

	if (verify_pck(v))
		return true;
	if (v->out->reason != VERIFY_REVOKED)
		return false;
	return (crl_read(crl, v->in->collateral->pck_crl) && span_eq(crl->issuer, ca->subject) &&
	        trust_signed(&v->trust, ca, crl->signature_algorithm, crl->tbs, crl->signature)) ||
	       verify_fail(v, VERIFY_COLLATERAL, "signature of the PCK revocation list");
}

static const char *differs(const struct verify *v, const struct pcs_wish *wish)
{
	bool tdx = v->out->quote.body_type != QUOTE_SGX;

	if (v->tcb_info.tdx != tdx)
		return "TCB info is of the other kind of TEE";
	if (v->qe_identity.tdx != tdx)
		return "QE identity is of the other kind of TEE";
	if (!span_eq(v->out->pck.fmspc, span_of(v->tcb_info.fmspc, PCK_FMSPC_LEN)))
		return "TCB info is of another FMSPC";
	if (!span_eq(v->out->pck.pce_id, span_of(v->tcb_info.pce_id, PCK_ID_LEN)))
		return "TCB info is of another PCE";
	if (wish->update == PCS_NUMBERED && (v->tcb_info.evaluation != wish->evaluation ||
	                                     v->qe_identity.evaluation != wish->evaluation))
		return "TCB info or QE identity has another evaluation number";
	return NULL;
}

const char *collateral_check(struct verify *v, const struct verify_input *in, const struct pcs_wish *wish,
                             struct collateral_dates *dates)
{
	static struct verify_result out;
	struct verify_input then = *in;

	begin(v, in, &out);
	if (quote_read(&out.quote, in->quote) != QUOTE_OK)
		return "no quote";
	if (!read_dates(v, in->collateral, dates))
		return "TCB info, QE identity or a revocation list is malformed";
	/* Documents are judged at the moment when the last of them began. */
	then.now = dates->from;
	v->in = &then;
	if (!lists_hold(v) || !verify_documents(v))
		return out.what;
	dates->next_update = out.next_update < v->pck_crl.next_update ? out.next_update :
	                                                                v->pck_crl.next_update;
	return differs(v, wish);
}

enum pcs_part collateral_older(const struct collateral_dates *a, const struct collateral_dates *b)
{
	int part = 0;

	while (part < PCS_PARTS && a->issued[part] >= b->issued[part])
		part++;
	return (enum pcs_part)part;
}
