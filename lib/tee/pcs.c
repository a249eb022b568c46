/* Intel's service and its caches: requests, answers. */
#include "tee/pcs.h"

#include <time.h>

#include "base/hex.h"
#include "base/log.h"
#include "net/http.h"
#include "net/url.h"

enum { WORD_MAX = 80 };

const char *pcs_part_name(enum pcs_part part)
{
	switch (part) {
	case PCS_TCB_INFO:
		return "TCB info";
	case PCS_QE_IDENTITY:
		return "QE identity";
	case PCS_PCK_CRL:
		return "PCK revocation list";
	case PCS_ROOT_CRL:
		return "root's revocation list";
	case PCS_PARTS:
		break;
	}
	return "?";
}

/* The service itself has the root's list at another host. */
static bool is_intel(struct span base)
{
	struct url url;

	return url_parse(&url, base) && span_is_nocase(url.host, "api.trustedservices.intel.com");
}

static void add_update(struct builder *out, const struct pcs_wish *wish, char before)
{
	switch (wish->update) {
	case PCS_UNSAID:
		return;
	case PCS_STANDARD:
	case PCS_EARLY:
		builder_byte(out, (unsigned char)before);
		builder_str(out, wish->update == PCS_EARLY ? "update=early" : "update=standard");
		return;
	case PCS_NUMBERED:
		break;
	}
	builder_byte(out, (unsigned char)before);
	builder_str(out, "tcbEvaluationDataNumber=");
	builder_number(out, wish->evaluation);
}

void pcs_url(struct builder *out, struct span base, const struct pcs_wish *wish, enum pcs_part part)
{
	const struct pcs_platform *platform = &wish->platform;

	if (part == PCS_ROOT_CRL && (wish->root_crl.len > 0 || is_intel(base))) {
		builder_add(out, wish->root_crl.len > 0 ? wish->root_crl : span_str(PCS_INTEL_ROOT_CRL));
		return;
	}
	while (base.len > 0 && base.p[base.len - 1] == '/')
		base.len--;
	builder_add(out, base);
	builder_str(out, part < PCS_PCK_CRL && platform->tdx ? "/tdx" : "/sgx");
	builder_str(out, "/certification/v4/");
	switch (part) {
	case PCS_TCB_INFO:
		builder_str(out, "tcb?fmspc=");
		hex_encode(out, span_of(platform->fmspc, sizeof platform->fmspc));
		add_update(out, wish, '&');
		return;
	case PCS_QE_IDENTITY:
		builder_str(out, "qe/identity");
		add_update(out, wish, '?');
		return;
	case PCS_PCK_CRL:
		builder_str(out, platform->processor ? "pckcrl?ca=processor" : "pckcrl?ca=platform");
		builder_str(out, "&encoding=der");
		return;
	case PCS_ROOT_CRL:
	case PCS_PARTS:
		builder_str(out, "rootcacrl");
	}
}

static bool is_text(unsigned char c)
{
	return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t';
}

bool pcs_pem(struct builder *out, struct span value)
{
	size_t start = out->len;

	for (size_t i = 0; i < value.len; i++) {
		if (value.p[i] != '%') {
			builder_byte(out, value.p[i]);
			continue;
		}
		if (value.len - i < 3 || !hex_decode(out, span_of(value.p + i + 1, 2)))
			return false;
		i += 2;
	}
	for (size_t i = start; i < out->len; i++)
		if (!is_text(out->p[i]))
			return false;
	return builder_ok(out) && out->len > start;
}

/* DER begins with '0', which no hexadecimal of it does. */
bool pcs_crl(struct builder *out, struct span body)
{
	if (!body.p)
		return false;
	while (body.len > 0 && memchr(" \t\r\n", body.p[body.len - 1], 4) && body.p[0] != '0')
		body.len--;
	if (body.len == 0)
		return false;
	if (body.p[0] != '0')
		return hex_decode(out, body);
	builder_add(out, body);
	return builder_ok(out);
}

/* One fetching: what it is about, where to, and how it failed. */
struct errand {
	struct fetch *fetch;
	struct builder *room, *why;
	int64_t *retry_s;
	int64_t deadline;
};

static bool fail(struct errand *e, enum pcs_part part, const char *what)
{
	builder_str(e->why, pcs_part_name(part));
	builder_str(e->why, ": ");
	builder_str(e->why, what);
	return false;
}

static bool fail_status(struct errand *e, enum pcs_part part, const struct http_response *head)
{
	if (!http_retry_after(head, (int64_t)time(NULL), e->retry_s))
		*e->retry_s = -1;
	fail(e, part, "the server says ");
	builder_number(e->why, (uint64_t)head->status);
	builder_byte(e->why, ' ');
	builder_str(e->why, http_reason(head->status));
	return false;
}

/* The chain that came with a document: PCS has had two names for one of the fields. */
static bool take_chain(struct errand *e, enum pcs_part part, const struct http_response *head,
                       struct span *chain)
{
	static const char *const names[PCS_ROOT_CRL][2] = {
		[PCS_TCB_INFO] = { "TCB-Info-Issuer-Chain", "SGX-TCB-Info-Issuer-Chain" },
		[PCS_QE_IDENTITY] = { "SGX-Enclave-Identity-Issuer-Chain", NULL },
		[PCS_PCK_CRL] = { "SGX-PCK-CRL-Issuer-Chain", NULL },
	};
	size_t before = e->room->len;
	struct span value;

	if (!http_response_field(head, names[part][0], 0, &value) &&
	    (!names[part][1] || !http_response_field(head, names[part][1], 0, &value)))
		return fail(e, part, "the answer has no issuer chain");
	if (!pcs_pem(e->room, value))
		return fail(e, part, "the issuer chain is not encoded as it should be");
	*chain = span_from(builder_span(e->room), before);
	return true;
}

/* `chain` may be NULL. */
static bool get(struct errand *e, struct span base, const struct pcs_wish *wish, enum pcs_part part,
                struct span *text, struct span *chain)
{
	unsigned char url_text[URL_MAX + WORD_MAX];
	static struct http_response head;
	struct builder url, body;
	enum fetch_result r;

	builder_init(&url, url_text, sizeof url_text);
	pcs_url(&url, base, wish, part);
	if (!builder_ok(&url) || e->room->cap - e->room->len < COLLATERAL_FILE_MAX)
		return fail(e, part, "the URL is too long, or there is no room");
	builder_init(&body, e->room->p + e->room->len, COLLATERAL_FILE_MAX);
	r = fetch_exchange(e->fetch, &(struct fetch_request){ .method = "GET", .url = builder_span(&url),
	                                                      .repeatable = true },
	                   &head, &body, e->deadline);
	if (r != FETCH_OK)
		return fail(e, part, fetch_why(e->fetch));
	if (head.status != 200)
		return fail_status(e, part, &head);
	*text = span_of(builder_take(e->room, body.len), body.len);
	return !chain || take_chain(e, part, &head, chain);
}

/* A list, in DER, behind what came. */
static bool take_crl(struct errand *e, enum pcs_part part, struct span *text)
{
	size_t before = e->room->len;

	if (!pcs_crl(e->room, *text))
		return fail(e, part, "neither DER nor hexadecimal");
	*text = span_from(builder_span(e->room), before);
	return true;
}

bool pcs_fetch(struct fetch *fetch, struct span base, const struct pcs_wish *wish, struct builder *room,
               struct builder *document, struct builder *why, int64_t *retry_s, int64_t deadline)
{
	static struct json_token tokens[COLLATERAL_TOKENS];
	struct errand e = { fetch, room, why, retry_s, deadline };
	struct collateral c = { .tcb_info = { .signature = { NULL, 0 } } };

	*retry_s = -1;
	if (!get(&e, base, wish, PCS_TCB_INFO, &c.tcb_info.text, &c.tcb_info_chain) ||
	    !get(&e, base, wish, PCS_QE_IDENTITY, &c.qe_identity.text, &c.qe_identity_chain) ||
	    !get(&e, base, wish, PCS_PCK_CRL, &c.pck_crl, &c.pck_crl_chain) ||
	    !take_crl(&e, PCS_PCK_CRL, &c.pck_crl) ||
	    !get(&e, base, wish, PCS_ROOT_CRL, &c.root_crl, NULL) ||
	    !take_crl(&e, PCS_ROOT_CRL, &c.root_crl))
		return false;
	if (collateral_write(document, &c, tokens, COLLATERAL_TOKENS))
		return true;
	builder_str(why, "TCB info or QE identity is no signed document, or all of it is too large");
	return false;
}
