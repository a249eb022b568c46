/*
 * cloudflare: requests to Cloudflare's API, version 4: one at a time, its answer
 * read, what it complains of told. Failures end the program.
 *
 * The service is not believed more than it must be: an id is a handful of
 * letters and digits before it becomes a part of a URL, a name is compared.
 */
#ifndef BIN_CLOUDFLARE_H
#define BIN_CLOUDFLARE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "base/ascii.h"
#include "base/builder.h"
#include "base/json.h"
#include "base/prog.h"
#include "net/http.h"
#include "net/url.h"
#include "tls/fetch.h"

enum {
	CLOUDFLARE_BODY_MAX = 262144,
	CLOUDFLARE_TOKENS_MAX = 32768,
	CLOUDFLARE_ID_MAX = 64,
	CLOUDFLARE_TOKEN_MAX = 256,
	CLOUDFLARE_ERRORS_MAX = 3,     /* complaints that are told */
	CLOUDFLARE_RECORD_MAX = 8192,  /* bytes of a request about a record */
	CLOUDFLARE_GONE = 81044,       /* "Record does not exist." */
	CLOUDFLARE_IDENTICAL = 81058,  /* "An identical record already exists." */
	CLOUDFLARE_IDENTICAL_OLD = 81057
};

struct cloudflare {
	struct span base; /* of all URLs */
	struct fetch_setting setting;
	struct anchors anchors;
	struct fetch *fetch;
	int64_t deadline;
	size_t token_len;
	unsigned char token[CLOUDFLARE_TOKEN_MAX];
	int status; /* of the last answer */
	struct json json;
	struct json_token tokens[CLOUDFLARE_TOKENS_MAX];
	unsigned char body[CLOUDFLARE_BODY_MAX];
	_Alignas(max_align_t) unsigned char room[FETCH_ROOM];
};

/* A URL below the base is put together here. */
struct cloudflare_url {
	unsigned char text[URL_MAX];
	struct builder b;
};

static void cloudflare_path(const struct cloudflare *c, struct cloudflare_url *url, const char *path)
{
	builder_init(&url->b, url->text, sizeof url->text);
	builder_add(&url->b, c->base);
	builder_str(&url->b, path);
}

/* Names are DNS names and ids letters and digits: nothing has to be escaped. */
static void cloudflare_add(struct cloudflare_url *url, const char *path, struct span value)
{
	builder_str(&url->b, path);
	builder_add(&url->b, value);
}

/* What the answer complains of: "9109: Invalid access token; ...". */
static const char *cloudflare_errors(const struct cloudflare *c)
{
	static unsigned char text[1024], scratch[1024];
	struct json_value errors = json_member(json_root(&c->json), "errors");
	struct json_value one = json_first(errors);
	struct builder b;

	builder_init(&b, text, sizeof text);
	for (size_t i = 0; i < CLOUDFLARE_ERRORS_MAX && one.at >= 0; i++) {
		struct json_value message = json_member(one, "message");
		struct span said = json_source(message);
		struct builder s;

		builder_init(&s, scratch, sizeof scratch);
		json_text(message, &s, &said);
		builder_str(&b, i > 0 ? "; " : "");
		builder_str(&b, prog_text(json_source(json_member(one, "code"))));
		builder_str(&b, ": ");
		builder_str(&b, prog_text(said));
		one = json_next(errors, one);
	}
	if (b.len == 0)
		builder_str(&b, "without a reason");
	return builder_cstr(&b) ? (const char *)text : "too many reasons";
}

static bool cloudflare_has_error(const struct cloudflare *c, uint64_t code)
{
	struct json_value errors = json_member(json_root(&c->json), "errors");
	uint64_t number;

	for (struct json_value one = json_first(errors); one.at >= 0; one = json_next(errors, one))
		if (json_number(json_member(one, "code"), UINT32_MAX, &number) && number == code)
			return true;
	return false;
}

/* Only what somebody here must change is permanent. */
_Noreturn static void cloudflare_refused(const struct cloudflare *c, const char *what,
                                         const struct http_response *head)
{
	int64_t seconds;

	if (c->status == 429 && http_retry_after(head, (int64_t)time(NULL), &seconds))
		prog_temp("%s: Cloudflare has had too many requests (429), again in %lld s: %s", what,
		          (long long)seconds, cloudflare_errors(c));
	if (c->status == 429 || c->status >= 500 || c->status < 400)
		prog_temp("%s: Cloudflare failed (%d): %s", what, c->status, cloudflare_errors(c));
	prog_perm("%s: Cloudflare refused (%d): %s", what, c->status, cloudflare_errors(c));
}

/*
 * One request. Its answer's "result" is given back; absent for one to add a record that
 * is there already, or to remove one that is not.
 */
static struct json_value cloudflare_ask(struct cloudflare *c, const char *what, const char *method,
                                        struct cloudflare_url *url, struct span body)
{
	unsigned char fields[CLOUDFLARE_TOKEN_MAX + 128], bearer[CLOUDFLARE_TOKEN_MAX + 16];
	struct fetch_request request = { .method = method, .url = builder_span(&url->b), .body = body,
		                         .has_body = body.len > 0, .repeatable = true };
	struct builder b, f, answer;
	struct http_response head;
	enum fetch_result r;
	bool success = false;

	builder_init(&b, bearer, sizeof bearer);
	builder_str(&b, "Bearer ");
	builder_add(&b, span_of(c->token, c->token_len));
	builder_init(&f, fields, sizeof fields);
	http_field_line(&f, "Authorization", builder_span(&b));
	http_field_line(&f, "Accept", span_str("application/json"));
	if (body.len > 0)
		http_field_line(&f, "Content-Type", span_str("application/json"));
	if (!builder_ok(&f) || !builder_ok(&url->b))
		prog_bug("%s: the request does not fit", what);
	request.fields = builder_span(&f);
	builder_init(&answer, c->body, sizeof c->body);
	r = fetch_exchange(c->fetch, &request, &head, &answer, c->deadline);
	explicit_bzero(bearer, sizeof bearer);
	explicit_bzero(fields, sizeof fields);
	if (r == FETCH_UNTRUSTED || r == FETCH_BAD_URL)
		prog_perm("%s: %s", what, fetch_why(c->fetch));
	if (r != FETCH_OK)
		prog_temp("%s: %s", what, fetch_why(c->fetch));
	c->status = head.status;
	if (!json_read(&c->json, builder_span(&answer), c->tokens, CLOUDFLARE_TOKENS_MAX))
		prog_temp("%s: Cloudflare's answer (%d) is no JSON", what, c->status);
	if (cloudflare_has_error(c, CLOUDFLARE_IDENTICAL) ||
	    cloudflare_has_error(c, CLOUDFLARE_IDENTICAL_OLD) || cloudflare_has_error(c, CLOUDFLARE_GONE))
		return (struct json_value){ &c->json, -1 };
	if (c->status != 200 || !json_boolean(json_member(json_root(&c->json), "success"), &success) ||
	    !success)
		cloudflare_refused(c, what, &head);
	return json_member(json_root(&c->json), "result");
}

/* The id of a zone or record as it may stand in a URL; false when it is none. */
static bool cloudflare_id(struct json_value object, char id[CLOUDFLARE_ID_MAX + 1])
{
	struct span text = { NULL, 0 };
	struct builder none;

	builder_init(&none, NULL, 0);
	if (!json_text(json_member(object, "id"), &none, &text) || text.len == 0 ||
	    text.len > CLOUDFLARE_ID_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (!ascii_alnum(text.p[i]))
			return false;
	memcpy(id, text.p, text.len);
	id[text.len] = 0;
	return true;
}

#endif
