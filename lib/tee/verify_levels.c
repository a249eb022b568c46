/* Levels of platform, module and quoting enclave, and what they are together. */
#include "tee/verify_parts.h"

/* What one TEE_TCB_SVN comes to. */
struct evaluation {
	const struct tcb_level *platform;
	const struct tcb_isv_level *module; /* NULL: none with levels of its own */
	enum tcb_status status;             /* with the quoting enclave's */
};

/* Components 0 and 1 are the module's version: the second says which identity, the first its SVN. */
static bool find_module(struct verify *v, struct span svn, struct evaluation *e)
{
	const struct tdx_identity *identity;

	e->module = NULL;
	if (svn.len == 0 || svn.p[1] == 0)
		return true;
	identity = tcb_info_identity(&v->tcb_info, svn.p[1]);
	if (!identity)
		return verify_fail(v, VERIFY_MODULE, "TCB info does not know this TDX module");
	e->module = tcb_isv_level_find(identity->levels, identity->n, svn.p[0]);
	return e->module || verify_fail(v, VERIFY_UNSUPPORTED, "the TDX module meets no TCB level");
}

static bool evaluate(struct verify *v, struct span svn, const struct tcb_isv_level *qe,
                     struct evaluation *e)
{
	e->platform = tcb_level_find(v->tcb_info.levels, v->tcb_info.n, &v->out->pck, svn);
	if (!e->platform)
		return verify_fail(v, VERIFY_UNSUPPORTED, "the platform meets no TCB level");
	if (!find_module(v, svn, e))
		return false;
	e->status = e->platform->rating.status;
	if (e->module)
		e->status = tcb_merge(e->status, e->module->rating.status);
	e->status = tcb_merge(e->status, qe->rating.status);
	return true;
}

/* A level's date and advisories count. */
static bool count(struct verify *v, const struct tcb_rating *rating)
{
	if (rating->date < v->out->tcb_date)
		v->out->tcb_date = rating->date;
	return tcb_advisories_add(&v->out->advisories, rating->advisories) ||
	       verify_fail(v, VERIFY_COLLATERAL, "advisories are malformed, or too many");
}

bool verify_levels(struct verify *v)
{
	struct verify_result *out = v->out;
	const struct tcb_isv_level *qe = tcb_isv_level_find(v->qe_identity.levels, v->qe_identity.n,
	                                                    out->quote.qe.isv_svn);
	bool is_td = out->quote.body_type != QUOTE_SGX;
	struct evaluation launched = { 0 }, current = { 0 };

	if (!qe)
		return verify_fail(v, VERIFY_UNSUPPORTED, "the quoting enclave meets no TCB level");
	if (!evaluate(v, is_td ? out->quote.td.tee_tcb_svn : span_of(NULL, 0), qe, &launched))
		return false;
	out->status = launched.status;
	out->platform = launched.platform->rating.status;
	out->qe = qe->rating.status;
	out->has_module = launched.module != NULL;
	if (launched.module)
		out->module = launched.module->rating.status;
	out->has_current = is_td && out->quote.td.tee_tcb_svn_2.len > 0;
	if (out->has_current) {
		if (!evaluate(v, out->quote.td.tee_tcb_svn_2, qe, &current))
			return false;
		out->current = current.status;
		out->status = tcb_relaunch(launched.status, current.status);
	}
	out->tcb_date = qe->rating.date;
	return count(v, &launched.platform->rating) && count(v, &qe->rating) &&
	       (!launched.module || count(v, &launched.module->rating));
}
