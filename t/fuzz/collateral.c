/*
 * Collateral: TCB info, QE identity, and the document that has all of it, as if it had been
 * signed; whatever they say, a level can be looked for.
 */
#include <stdlib.h>

#include "tee/collateral.h"
#include "tee/qe_identity.h"
#include "tee/tcb_info.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct json_token tokens[COLLATERAL_TOKENS];
static struct tcb_advisories advisories;
static struct tcb_info info;
static struct qe_identity identity;
static unsigned char room[1 << 17];

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void use_info(void)
{
	static const unsigned char svn[PCK_COMPONENTS] = { 7, 1, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2 };
	struct pck pck = { .pce_svn = 13 };
	const struct tcb_level *level;

	must(info.n > 0 && info.n <= TCB_LEVELS_MAX && info.n_identities <= TCB_MODULES_MAX);
	memset(pck.svn, 9, sizeof pck.svn);
	level = tcb_level_find(info.levels, info.n, &pck, span_of(svn, info.tdx ? sizeof svn : 0));
	if (level) {
		advisories.n = 0;
		tcb_advisories_add(&advisories, level->rating.advisories);
		must(level->rating.status <= TCB_REVOKED && advisories.n <= TCB_ADVISORIES_MAX);
	}
	for (size_t i = 0; i < info.n_identities; i++)
		must(tcb_info_identity(&info, info.identities[i].version) == &info.identities[i]);
}

static void use_identity(void)
{
	unsigned char report[QUOTE_SGX_LEN] = { 0 };
	struct quote_sgx sgx;

	must(identity.n > 0 && identity.n <= TCB_ISV_LEVELS_MAX);
	quote_read_sgx(&sgx, span_of(report, sizeof report));
	qe_identity_differs(&identity, &sgx);
	tcb_isv_level_find(identity.levels, identity.n, 4);
}

/* What is written says what was read. */
static void use_collateral(const struct collateral *c)
{
	static unsigned char text[1 << 18], again_room[1 << 18];
	struct collateral again;
	struct builder b, r;

	must(c->tcb_info.text.len > 0 && c->pck_crl_chain.len > 0);
	builder_init(&b, text, sizeof text);
	if (!collateral_write(&b, c, tokens, COLLATERAL_TOKENS))
		return;
	builder_init(&r, again_room, sizeof again_room);
	must(collateral_read(&again, builder_span(&b), tokens, COLLATERAL_TOKENS, &r));
	must(span_eq(again.tcb_info.text, c->tcb_info.text) && span_eq(again.qe_identity.text, c->qe_identity.text));
	must(span_eq(again.tcb_info_chain, c->tcb_info_chain) && span_eq(again.pck_crl_chain, c->pck_crl_chain));
	must(span_eq(again.pck_crl, c->pck_crl) && span_eq(again.root_crl, c->root_crl));
}

/* max_len=16384 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct collateral_document document = { .text = span_of(data, size) };
	static struct collateral_signed s;
	struct collateral c;
	struct builder b;

	if (collateral_open(&s, &document, "tcbInfo", tokens, COLLATERAL_TOKENS))
		must(s.bytes.p >= data && s.bytes.p + s.bytes.len <= data + size);
	document.signature = span_str("00");
	collateral_open(&s, &document, "tcbInfo", tokens, COLLATERAL_TOKENS);
	if (json_read(&s.doc, span_of(data, size), tokens, COLLATERAL_TOKENS)) {
		struct json_value root = json_root(&s.doc), inner = json_first(root);

		if (tcb_info_read(&info, root) || tcb_info_read(&info, inner))
			use_info();
		if (qe_identity_read(&identity, root) || qe_identity_read(&identity, inner))
			use_identity();
	}
	builder_init(&b, room, sizeof room);
	if (collateral_read(&c, span_of(data, size), tokens, COLLATERAL_TOKENS, &b))
		use_collateral(&c);
	return 0;
}
