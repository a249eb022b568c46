/* One request, its answer, and patience. */
#include "acme/exchange.h"

#include <string.h>

#include "acme/problem.h"
#include "base/base64.h"
#include "base/log.h"

enum {
	LOST_WAIT_MS = 1000, /* doubled with each loss */
	BUSY_WAIT_MS = 1000, /* doubled up to the next, where the server says nothing */
	BUSY_WAIT_MAX_MS = 30000
};

bool acme_may_ask(const struct acme *a, struct span text)
{
	struct url url, directory;

	return url_parse(&url, text) &&
	       (url.https || (url_parse(&directory, span_str(a->directory_url)) && !directory.https));
}

void exchange_recovered(struct acme *a, size_t mark)
{
	a->why.len = mark;
	a->why.overflow = false;
}

/* RFC 8555, 6.5.1: what is no base64url is ignored. */
static void take_nonce(struct acme *a)
{
	struct span nonce;

	if (!http_response_field(&a->head, "Replay-Nonce", 0, &nonce) || nonce.len == 0 ||
	    nonce.len > ACME_NONCE_MAX)
		return;
	for (size_t i = 0; i < nonce.len; i++)
		if (!base64_url_digit(nonce.p[i]))
			return;
	memcpy(a->nonce, nonce.p, nonce.len);
	a->nonce[nonce.len] = 0;
}

/* A clock that is wrong makes good certificates look bad: say so, once. */
static void take_date(struct acme *a)
{
	struct span text;
	int64_t then, skew;

	if (!http_response_field(&a->head, "Date", 0, &text) || !http_date_parse(text, &then) ||
	    __builtin_sub_overflow(then, a->outside->unix_now(a->outside->context), &skew))
		return;
	a->clock_skew_s = skew;
	if (a->skew_warned || (skew <= ACME_SKEW_MAX_S && skew >= -ACME_SKEW_MAX_S))
		return;
	a->skew_warned = true;
	acme_say(a, ACME_WARNING, "the clock here is %lld seconds %s the server's: one is wrong",
	         (long long)(skew < 0 ? -skew : skew), skew < 0 ? "ahead of" : "behind");
}

static void take_location(struct acme *a, struct span url, struct acme_answer *answer)
{
	struct builder b;
	struct span text;
	const char *made;

	builder_init(&b, answer->location, sizeof answer->location);
	if (!http_response_field(&a->head, "Location", 0, &text) || !url_resolve(&b, url, text) ||
	    !acme_may_ask(a, builder_span(&b)))
		b.len = 0;
	b.overflow = false;
	made = builder_cstr(&b);
	if (!made)
		answer->location[0] = 0;
}

static void take_json(struct acme *a, struct acme_answer *answer)
{
	size_t n = 0;

	answer->root = (struct json_value){ NULL, -1 };
	while (n < answer->body.len && strchr(" \t\r\n", answer->body.p[n] ? answer->body.p[n] : 'x'))
		n++;
	if (n < answer->body.len && (answer->body.p[n] == '{' || answer->body.p[n] == '[') &&
	    json_read(&a->json, answer->body, a->tokens, ACME_TOKENS_MAX))
		answer->root = json_root(&a->json);
}

static void tell(struct acme *a, const struct acme_request *request, int status)
{
	unsigned char storage[URL_MAX * 4 + 64];
	struct builder line;
	const char *text;

	builder_init(&line, storage, sizeof storage);
	builder_str(&line, request->method);
	builder_byte(&line, ' ');
	log_hostile(&line, request->url, URL_MAX);
	builder_byte(&line, ' ');
	builder_number(&line, (uint64_t)status);
	text = builder_cstr(&line);
	if (text)
		acme_say(a, ACME_DETAIL, "%s", text);
}

static enum acme_result refuse_url(struct acme *a, struct span url)
{
	unsigned char storage[1024];
	struct builder shown;
	const char *text;

	builder_init(&shown, storage, sizeof storage);
	log_hostile(&shown, url, 200);
	text = builder_cstr(&shown);
	return acme_fail(a, ACME_PERM, "%s: not a URL that may be asked (https, as the directory is)",
	                 text ? text : "?");
}

/* No answer: what the outside says about it becomes a fact. */
static enum acme_result explain_loss(struct acme *a, const struct acme_request *request,
                                     struct builder *said, bool permanent)
{
	unsigned char storage[1024];
	struct builder url;
	const char *what = builder_cstr(said), *where;

	builder_init(&url, storage, sizeof storage);
	log_hostile(&url, request->url, 200);
	where = builder_cstr(&url);
	return acme_fail(a, permanent ? ACME_PERM : ACME_TEMP, "%s: %s", where ? where : "?",
	                 what && what[0] ? what : "no answer");
}

enum acme_result exchange_once(struct acme *a, const struct acme_request *request, bool repeatable,
                               struct acme_answer *answer)
{
	unsigned char storage[2048];
	struct builder said;
	bool permanent = false;

	a->status = 0;
	a->problem_type[0] = 0;
	builder_init(&a->text, a->text_bytes, sizeof a->text_bytes);
	memset(answer, 0, sizeof *answer);
	answer->root.at = -1;
	answer->head = &a->head;
	answer->retry_after_s = -1;
	a->head.status = 0;
	a->head.n_fields = 0;
	if (!acme_may_ask(a, request->url))
		return refuse_url(a, request->url);
	builder_init(&said, storage, sizeof storage);
	a->requests++;
	if (!a->outside->exchange(a->outside->context, request, repeatable, &a->head, &answer->body,
	                          &said, &permanent))
		return explain_loss(a, request, &said, permanent);
	a->status = a->head.status;
	tell(a, request, a->status);
	take_nonce(a);
	take_date(a);
	take_location(a, request->url, answer);
	if (!http_retry_after(&a->head, a->outside->unix_now(a->outside->context),
	                      &answer->retry_after_s))
		answer->retry_after_s = -1;
	if (answer->body.len > ACME_BODY_MAX)
		return acme_fail(a, ACME_TEMP, "an answer of more than %d bytes", ACME_BODY_MAX);
	take_json(a, answer);
	return ACME_OK;
}

bool exchange_again_lost(struct acme *a, struct exchange_patience *p, bool repeatable,
                         enum acme_result result, size_t mark)
{
	/* A status: an answer came and was refused. */
	if (!repeatable || result != ACME_TEMP || a->status != 0 || p->lost >= ACME_LOST_MAX ||
	    !a->outside->wait(a->outside->context, (int64_t)LOST_WAIT_MS << p->lost))
		return false;
	p->lost++;
	exchange_recovered(a, mark);
	return true;
}

/* How long such an answer wants to be left alone; negative: it is none of that kind. */
static int64_t busy_ms(const struct exchange_patience *p, bool repeatable,
                       const struct problem *problem, const struct acme_answer *answer)
{
	int status = answer->head->status;
	int64_t own = BUSY_WAIT_MS, said = answer->retry_after_s;
	bool limited = status == 429 || strcmp(problem->type, "rateLimited") == 0;
	bool broken = repeatable && (status == 500 || status == 502 || status == 504) &&
	              p->busy < ACME_LOST_MAX;

	for (unsigned int i = 0; i < p->busy && own < BUSY_WAIT_MAX_MS; i++)
		own *= 2;
	if (said > ACME_BUSY_WAIT_MAX_S || p->busy >= ACME_BUSY_MAX ||
	    !(status == 503 || broken || (limited && said >= 0)))
		return -1;
	if (own > BUSY_WAIT_MAX_MS)
		own = BUSY_WAIT_MAX_MS;
	return said > 0 ? said * 1000 : own;
}

bool exchange_again_busy(struct acme *a, struct exchange_patience *p, bool repeatable,
                         const struct acme_answer *answer)
{
	struct problem problem;
	int64_t ms;

	problem_read(&problem, answer->root, answer->head->status);
	ms = busy_ms(p, repeatable, &problem, answer);
	if (ms < 0)
		return false;
	acme_say(a, ACME_STEP, "the server is busy (HTTP status %d), asking again in %lld s",
	         answer->head->status, (long long)(ms + 999) / 1000);
	if (!a->outside->wait(a->outside->context, ms))
		return false;
	p->busy++;
	return true;
}

enum acme_result exchange_ask(struct acme *a, const char *method, struct span url,
                              struct acme_answer *answer)
{
	const struct acme_request request = { .method = method, .url = url };
	struct exchange_patience patience = { 0, 0 };
	size_t mark = a->why.len;

	for (;;) {
		enum acme_result result = exchange_once(a, &request, true, answer);

		if (result != ACME_OK && exchange_again_lost(a, &patience, true, result, mark))
			continue;
		if (result == ACME_OK && exchange_again_busy(a, &patience, true, answer))
			continue;
		return result;
	}
}

enum acme_result exchange_nonce(struct acme *a)
{
	const struct span url = span_str(a->directory.new_nonce);
	struct acme_answer answer;
	enum acme_result result;

	if (a->nonce[0])
		return ACME_OK;
	result = exchange_ask(a, "HEAD", url, &answer);
	if (result != ACME_OK)
		return result;
	if (a->nonce[0])
		return ACME_OK;
	if (answer.head->status / 100 != 2)
		return problem_of_answer(a, url, &answer);
	return acme_fail(a, ACME_TEMP, "%s gave no usable nonce", a->directory.new_nonce);
}
