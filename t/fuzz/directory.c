/*
 * A directory: what is taken from it are URLs that may be asked, text that may
 * be shown, and JSON; what is refused is refused with a reason.
 */
#include "../unit/acme_outside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct outside o;
static struct acme a;

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void asked(const char *url, bool must_be)
{
	must(url[0] ? acme_may_ask(&a, span_str(url)) : !must_be);
}

static void shown(const char *text)
{
	for (; *text; text++)
		must(*text >= ' ' && *text <= '~');
}

static struct span document;

static const char *answer(struct outside *self, const struct acme_request *request)
{
	(void)self;
	(void)request;
	return "200\n\n";
}

/* The document as the body of an answer: the only thing here that is hostile. */
static bool exchange(void *context, const struct acme_request *request, bool repeatable,
                     struct http_response *head, struct span *body, struct builder *why,
                     bool *permanent)
{
	bool good = outside_exchange(context, request, repeatable, head, body, why, permanent);

	*body = document;
	return good;
}

/* max_len=32768 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct json doc;
	static struct json_token tokens[ACME_TOKENS_MAX];
	const struct acme_directory *d = &a.directory;
	enum acme_result result;

	outside_start(&o, KEY_P256);
	o.trusting = true;
	o.answer = answer;
	o.functions.exchange = exchange;
	document = span_of(data, size);
	result = acme_open(&a, &o.functions, span_str(OUTSIDE_DIRECTORY_URL));
	must(o.faults == 0 && o.requests == 1);
	must(result == ACME_OK ? a.why.len == 0 : result == ACME_PERM && a.why.len > 0);
	if (result != ACME_OK)
		return 0;
	asked(d->new_nonce, true);
	asked(d->new_account, true);
	asked(d->new_order, true);
	asked(d->revoke_cert, false);
	asked(d->key_change, false);
	asked(d->renewal_info, false);
	shown(d->terms_of_service);
	shown(d->website);
	must(d->profiles.len == 0 || json_read(&doc, d->profiles, tokens, ACME_TOKENS_MAX));
	must(d->caa_identities.len == 0 ||
	     json_read(&doc, d->caa_identities, tokens, ACME_TOKENS_MAX));
	return 0;
}
