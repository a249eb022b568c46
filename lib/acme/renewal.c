/* When to renew: the server's window, or a part of the lifetime. */
#include "acme/renewal.h"

#include <string.h>

#include "base/base64.h"
#include "base/log.h"

enum { DAY_S = 86400, SHORT_LIFE_S = 10 * DAY_S };

bool renewal_id(struct builder *out, const struct cert *c)
{
	unsigned char text[RENEWAL_ID_MAX - 1];
	struct builder id;

	if (c->authority_key_id.len == 0 || c->serial.len == 0)
		return false;
	builder_init(&id, text, sizeof text);
	base64_url_encode(&id, c->authority_key_id);
	builder_byte(&id, '.');
	base64_url_encode(&id, c->serial);
	if (!builder_ok(&id))
		return false;
	builder_add(out, builder_span(&id));
	return builder_ok(out);
}

/* A member that is a moment. */
static bool moment(struct json_value object, const char *name, int64_t *unix_s)
{
	unsigned char room[64];
	struct builder scratch;
	struct span text;

	builder_init(&scratch, room, sizeof room);
	return json_text(json_member(object, name), &scratch, &text) && renewal_time(text, unix_s);
}

/* The page for people; it is shown and never asked. */
static void explanation(struct renewal_window *window, struct json_value answer)
{
	unsigned char room[URL_MAX];
	struct builder scratch;
	struct span text;
	struct url url;

	builder_init(&scratch, room, sizeof room);
	if (!json_text(json_member(answer, "explanationURL"), &scratch, &text) ||
	    text.len >= sizeof window->explanation || !url_parse(&url, text))
		return;
	memcpy(window->explanation, text.p, text.len);
	window->explanation[text.len] = 0;
}

bool renewal_read(struct renewal_window *window, struct json_value answer)
{
	struct json_value suggested = json_member(answer, "suggestedWindow");
	int64_t start, end;

	window->start = window->end = 0;
	window->explanation[0] = 0;
	if (!moment(suggested, "start", &start) || !moment(suggested, "end", &end) || end <= start)
		return false;
	window->start = start;
	window->end = end;
	explanation(window, answer);
	return true;
}

/* renewalInfo, a slash and the identifier (RFC 9773, 4.1). */
static bool resource(const struct acme *a, const struct cert *c, struct builder *url)
{
	struct span base = span_str(a->directory.renewal_info);

	builder_add(url, base);
	if (base.len > 0 && base.p[base.len - 1] != '/')
		builder_byte(url, '/');
	return renewal_id(url, c) && builder_ok(url);
}

static int64_t bounded(int64_t retry_after_s)
{
	if (retry_after_s < 0)
		return RENEWAL_RETRY_DEFAULT_S;
	if (retry_after_s < RENEWAL_RETRY_MIN_S)
		return RENEWAL_RETRY_MIN_S;
	return retry_after_s < RENEWAL_RETRY_MAX_S ? retry_after_s : RENEWAL_RETRY_MAX_S;
}

enum acme_result renewal_ask(struct acme *a, const struct cert *c, struct renewal_window *window)
{
	unsigned char text[URL_MAX + RENEWAL_ID_MAX];
	int64_t now = a->outside->unix_now(a->outside->context);
	struct acme_answer answer = { .retry_after_s = -1 };
	enum acme_result result;
	struct builder url;

	*window = (struct renewal_window){ .ask_again = now + RENEWAL_RETRY_DEFAULT_S };
	builder_init(&url, text, sizeof text);
	if (!a->directory.renewal_info[0])
		return acme_fail(a, ACME_NO, "the server has no renewal information");
	if (!resource(a, c, &url))
		return acme_fail(a, ACME_NO, "the certificate names no key of its issuer");
	result = acme_get(a, builder_span(&url), &answer);
	if (result == ACME_TEMP)
		window->ask_again = now + (answer.retry_after_s > RENEWAL_RETRY_FAILED_S ?
		                                   bounded(answer.retry_after_s) : RENEWAL_RETRY_FAILED_S);
	if (result != ACME_OK)
		return result == ACME_PERM ? ACME_NO : result;
	window->ask_again = now + bounded(answer.retry_after_s);
	if (!renewal_read(window, answer.root))
		return acme_fail(a, ACME_NO, "the renewal information has no usable window");
	return ACME_OK;
}

/* splitmix64: seeds that are alike end up far apart. */
static uint64_t mixed(uint64_t seed)
{
	seed += 0x9e3779b97f4a7c15U;
	seed = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9U;
	seed = (seed ^ seed >> 27) * 0x94d049bb133111ebU;
	return seed ^ seed >> 31;
}

/* The seed's fraction of `whole`: 0 to whole - 1, for whole up to 2^63. */
static int64_t part(uint64_t whole, uint64_t seed)
{
	uint64_t fraction = mixed(seed) >> 32;

	return (int64_t)((whole >> 32) * fraction + ((whole & 0xffffffffU) * fraction >> 32));
}

int64_t renewal_moment(const struct renewal_window *window, uint64_t seed)
{
	if (window->end <= window->start)
		return window->end;
	return window->start + part((uint64_t)window->end - (uint64_t)window->start, seed);
}

int64_t renewal_by_lifetime(int64_t not_before, int64_t not_after, uint64_t seed)
{
	int64_t life = not_after - not_before + 1; /* the last second is a valid one */

	if (life <= 0)
		return not_before;
	return not_after + 1 - life / (life <= SHORT_LIFE_S ? 2 : 3) -
	       part((uint64_t)life / 50, seed);
}

int64_t renewal_due(const struct renewal_window *window, int64_t not_before, int64_t not_after,
                    uint64_t seed, bool *by_window)
{
	*by_window = window && window->end > window->start &&
	             renewal_moment(window, seed) <= not_after;
	return *by_window ? renewal_moment(window, seed) :
	                    renewal_by_lifetime(not_before, not_after, seed);
}

int64_t renewal_backoff_s(unsigned int failures, uint64_t seed)
{
	int64_t pause = RENEWAL_BACKOFF_MIN_S;

	if (failures == 0)
		return 0;
	for (unsigned int i = 1; i < failures && pause < RENEWAL_BACKOFF_MAX_S; i++)
		pause *= 2;
	if (pause > RENEWAL_BACKOFF_MAX_S)
		pause = RENEWAL_BACKOFF_MAX_S;
	return pause - pause / 4 + part((uint64_t)pause / 2 + 1, seed + failures);
}
