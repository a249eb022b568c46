/* What hangs on the root: PCK certificates, revocation lists, signed documents. */
#include "tee/verify_parts.h"

/* Of a chain that is collateral, `bad` is VERIFY_COLLATERAL. */
static bool chain_ok(struct verify *v, struct trust_chain *chain, struct span pem, size_t n,
                     enum trust_role role, enum verify_reason bad)
{
	enum trust_result r = trust_chain_read(chain, pem, n);

	if (r == TRUST_OK)
		r = trust_chain_verify(&v->trust, chain, role);
	return r == TRUST_OK || verify_fail(v, r == TRUST_TIME ? VERIFY_EXPIRED : bad, trust_strerror(r));
}

/* Moments between which a document is valid, both included. */
static bool time_ok(struct verify *v, int64_t first, int64_t last, const char *what)
{
	if (v->in->now < first || v->in->now > last)
		return verify_fail(v, VERIFY_EXPIRED, what);
	if (v->out->next_update == 0 || last < v->out->next_update)
		v->out->next_update = last;
	return true;
}

static bool root_crl(struct verify *v, const struct cert *root)
{
	struct crl *crl = &v->root_crl;

	if (!crl_read(crl, v->in->collateral->root_crl))
		return verify_fail(v, VERIFY_COLLATERAL, "the root's revocation list is malformed");
	if (!span_eq(crl->issuer, root->subject))
		return verify_fail(v, VERIFY_COLLATERAL, "the root's revocation list is not the root's");
	if (!trust_signed(&v->trust, root, crl->signature_algorithm, crl->tbs, crl->signature))
		return verify_fail(v, VERIFY_COLLATERAL, "signature of the root's revocation list");
	return time_ok(v, crl->this_update, crl->next_update,
	               "the root's revocation list is not yet valid, or no longer");
}

/* Its own issuer chain may be another one than the quote's, but must be of the same CA. */
static bool pck_crl(struct verify *v, const struct cert *ca)
{
	struct crl *crl = &v->pck_crl;
	const struct cert *issuer = &v->crl_chain.cert[0];

	if (!chain_ok(v, &v->crl_chain, v->in->collateral->pck_crl_chain, 2, TRUST_CA,
	              VERIFY_COLLATERAL))
		return false;
	if (crl_lists(&v->root_crl, issuer->serial))
		return verify_fail(v, VERIFY_REVOKED, "issuer of the PCK revocation list");
	if (!crl_read(crl, v->in->collateral->pck_crl))
		return verify_fail(v, VERIFY_COLLATERAL, "the PCK revocation list is malformed");
	if (!span_eq(crl->issuer, ca->subject) || !span_eq(issuer->spki, ca->spki))
		return verify_fail(v, VERIFY_COLLATERAL, "the PCK revocation list is of another CA");
	if (!trust_signed(&v->trust, ca, crl->signature_algorithm, crl->tbs, crl->signature))
		return verify_fail(v, VERIFY_COLLATERAL, "signature of the PCK revocation list");
	return time_ok(v, crl->this_update, crl->next_update,
	               "the PCK revocation list is not yet valid, or no longer");
}

bool verify_pck(struct verify *v)
{
	const struct cert *pck = &v->pck_chain.cert[0], *ca = &v->pck_chain.cert[1],
	                  *root = &v->pck_chain.cert[2];

	if (!chain_ok(v, &v->pck_chain, v->out->quote.cert, 3, TRUST_PCK, VERIFY_CHAIN))
		return false;
	if (!pck_read(&v->out->pck, pck))
		return verify_fail(v, VERIFY_CHAIN, "the PCK certificate's extension is malformed");
	v->out->processor_ca = trust_is_processor_ca(ca);
	if (!root_crl(v, root))
		return false;
	if (crl_lists(&v->root_crl, ca->serial) || crl_lists(&v->root_crl, root->serial))
		return verify_fail(v, VERIFY_REVOKED, "the PCK certificate's CA");
	if (!pck_crl(v, ca))
		return false;
	if (crl_lists(&v->pck_crl, pck->serial))
		return verify_fail(v, VERIFY_REVOKED, "the PCK certificate");
	return true;
}

/* A signed document, and what is said when something is wrong with it. */
struct document {
	const char *member, *revoked, *malformed, *signature, *form, *time;
};

static const struct document tcb_info = {
	"tcbInfo",
	"the signer of TCB info",
	"TCB info is malformed",
	"signature of TCB info",
	"TCB info is of an unknown form",
	"TCB info is not yet valid, or no longer",
};
static const struct document qe_identity = {
	"enclaveIdentity",
	"the signer of QE identity",
	"QE identity is malformed",
	"signature of QE identity",
	"QE identity is of an unknown form",
	"QE identity is not yet valid, or no longer",
};

/* Its signer is the first certificate of `chain`. */
static bool document_ok(struct verify *v, const struct trust_chain *chain, const struct document *is,
                        const struct collateral_document *document, struct collateral_signed *s,
                        struct json_token *tokens, size_t n)
{
	if (crl_lists(&v->root_crl, chain->cert[0].serial))
		return verify_fail(v, VERIFY_REVOKED, is->revoked);
	if (!collateral_open(s, document, is->member, tokens, n))
		return verify_fail(v, VERIFY_COLLATERAL, is->malformed);
	return trust_signed_raw(&v->trust, &chain->cert[0], s->bytes,
	                        span_of(s->signature, sizeof s->signature)) ||
	       verify_fail(v, VERIFY_COLLATERAL, is->signature);
}

static bool tcb_info_ok(struct verify *v)
{
	const struct collateral *c = v->in->collateral;

	if (!chain_ok(v, &v->tcb_chain, c->tcb_info_chain, 2, TRUST_SIGNER, VERIFY_COLLATERAL) ||
	    !document_ok(v, &v->tcb_chain, &tcb_info, &c->tcb_info, &v->tcb_document, v->tcb_tokens,
	                 COLLATERAL_TOKENS))
		return false;
	if (!tcb_info_read(&v->tcb_info, v->tcb_document.value))
		return verify_fail(v, VERIFY_COLLATERAL, tcb_info.form);
	return time_ok(v, v->tcb_info.issued, v->tcb_info.next_update, tcb_info.time);
}

/* Mostly the same signer, in the same words. */
static bool qe_identity_ok(struct verify *v)
{
	const struct collateral *c = v->in->collateral;
	const struct trust_chain *chain = &v->tcb_chain;

	if (!span_eq(c->qe_identity_chain, c->tcb_info_chain)) {
		if (!chain_ok(v, &v->qe_chain, c->qe_identity_chain, 2, TRUST_SIGNER, VERIFY_COLLATERAL))
			return false;
		chain = &v->qe_chain;
	}
	if (!document_ok(v, chain, &qe_identity, &c->qe_identity, &v->qe_document, v->qe_tokens,
	                 VERIFY_QE_TOKENS))
		return false;
	if (!qe_identity_read(&v->qe_identity, v->qe_document.value))
		return verify_fail(v, VERIFY_COLLATERAL, qe_identity.form);
	return time_ok(v, v->qe_identity.issued, v->qe_identity.next_update, qe_identity.time);
}

bool verify_documents(struct verify *v)
{
	return tcb_info_ok(v) && qe_identity_ok(v);
}
