/* Problem documents in words. */
#include "acme/problem.h"

#include <string.h>

#include "base/log.h"

enum {
	SUBJECT_MAX = 300, /* bytes of a name or a URL that are shown */
	EXCERPT_MAX = 200, /* bytes of an answer that is no problem document */
	LINK_MAX = 300
};

static const char acme_urn[] = "urn:ietf:params:acme:error:";

/* What may be over by the next time, whoever is asked. */
static bool temporary_type(struct span type)
{
	static const char *const types[] = { "badNonce", "connection", "dns",  "orderNotReady",
		                             "rateLimited", "serverInternal", "tls" };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (span_is(type, types[i]))
			return true;
	return false;
}

static bool temporary_status(int status)
{
	if (status == 501 || status == 505)
		return false;
	return status >= 500 || status == 408 || status == 425 || status == 429;
}

/* The type without the front that all of ACME's have, escaped, in `p->type`. */
static void read_type(struct problem *p, struct json_value document)
{
	unsigned char storage[512];
	struct builder text, escaped;
	struct span type;
	const char *made;

	p->type[0] = 0;
	builder_init(&text, storage, sizeof storage);
	if (!json_text(json_member(document, "type"), &text, &type) || span_is(type, "about:blank"))
		return;
	if (span_is_nocase(span_head(type, strlen(acme_urn)), acme_urn))
		type = span_from(type, strlen(acme_urn));
	builder_init(&escaped, p->type, sizeof p->type);
	log_hostile(&escaped, type, 64);
	made = builder_cstr(&escaped);
	if (!made) {
		builder_init(&escaped, p->type, sizeof p->type);
		log_hostile(&escaped, type, (PROBLEM_TYPE_MAX - 4) / 4);
		(void)builder_cstr(&escaped);
	}
}

void problem_read(struct problem *p, struct json_value document, int status)
{
	struct json_value subproblems = json_member(document, "subproblems"), v;
	bool temporary;
	struct problem inner;

	read_type(p, document);
	temporary = temporary_status(status) || temporary_type(span_str(p->type));
	if ((!p->type[0] || strcmp(p->type, "compound") == 0) && json_count(subproblems) > 0) {
		temporary = true;
		for (v = json_first(subproblems); json_type(v) != JSON_ABSENT;
		     v = json_next(subproblems, v)) {
			read_type(&inner, v);
			if (!temporary_type(span_str(inner.type)))
				temporary = temporary_status(status);
		}
	}
	p->result = temporary ? ACME_TEMP : ACME_PERM;
}

/* Appends a member that is a string, escaped; false when there is none. */
static bool shown(struct acme *a, struct builder *line, const char *front, struct json_value v,
                  size_t cap)
{
	struct span text;

	if (!json_text(v, &a->text, &text) || text.len == 0)
		return false;
	builder_str(line, front);
	log_hostile(line, text, cap);
	return true;
}

/* `line` becomes one of a->why. */
static void add_line(struct acme *a, struct builder *line)
{
	const char *text = builder_cstr(line);

	(void)acme_fail(a, ACME_PERM, "%s", text ? text : "a problem too long to be told");
}

/* "unauthorized: the detail" behind `front`. */
static void explain_one(struct acme *a, struct builder *line, const char *front,
                        struct json_value document)
{
	struct problem p;

	read_type(&p, document);
	builder_str(line, front);
	builder_str(line, p.type[0] ? p.type : "a problem without a type");
	if (!shown(a, line, ": ", json_member(document, "detail"), PROBLEM_DETAIL_MAX))
		(void)shown(a, line, ": ", json_member(document, "title"), PROBLEM_DETAIL_MAX);
}

static void explain_subproblems(struct acme *a, struct json_value document)
{
	struct json_value all = json_member(document, "subproblems");
	unsigned char storage[ACME_LINE_MAX];
	struct builder line;
	size_t n = 0, count = json_type(all) == JSON_ARRAY ? json_count(all) : 0;

	for (struct json_value v = json_first(all);
	     n < count && n < PROBLEM_SUBPROBLEMS_MAX && json_type(v) != JSON_ABSENT;
	     v = json_next(all, v), n++) {
		builder_init(&line, storage, sizeof storage);
		if (!shown(a, &line, "", json_member(json_member(v, "identifier"), "value"), SUBJECT_MAX))
			builder_str(&line, "no identifier");
		explain_one(a, &line, ": ", v);
		add_line(a, &line);
	}
	if (n < count)
		(void)acme_fail(a, ACME_PERM, "and %zu more problems", count - n);
}

void problem_explain(struct acme *a, struct json_value document, struct span subject)
{
	unsigned char storage[ACME_LINE_MAX];
	struct builder line;

	builder_init(&line, storage, sizeof storage);
	log_hostile(&line, subject, SUBJECT_MAX);
	explain_one(a, &line, ": ", document);
	add_line(a, &line);
	explain_subproblems(a, document);
}

static bool white(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The words of a text, or of HTML without its tags, each run of white space as one space. */
static void words(struct builder *out, struct span text, bool html)
{
	unsigned char kept[EXCERPT_MAX + 1];
	size_t n = 0;
	bool tag = false, gap = false;

	for (size_t i = 0; i < text.len && n < sizeof kept; i++) {
		unsigned char c = text.p[i];

		if (html && (c == '<' || tag)) {
			tag = c != '>';
			gap = n > 0;
		} else if (white(c)) {
			gap = n > 0;
		} else {
			if (gap)
				kept[n++] = ' ';
			gap = false;
			if (n < sizeof kept)
				kept[n++] = c;
		}
	}
	log_hostile(out, span_of(kept, n), EXCERPT_MAX);
}

/* What came instead of a problem document. */
static void explain_foreign(struct builder *line, const struct acme_answer *answer)
{
	struct span type = { NULL, 0 };
	bool html;

	(void)http_response_field(answer->head, "Content-Type", 0, &type);
	html = span_is_nocase(span_head(type, strlen("text/html")), "text/html");
	builder_str(line, " and no problem document");
	if (answer->body.len == 0)
		return;
	builder_str(line, " but ");
	log_field(line, span_head(type, span_find(type, ';')), 64);
	builder_str(line, ": ");
	words(line, answer->body, html);
}

/* What somebody should read: RFC 8555, 6.6 and 7.3.3. */
static void explain_links(struct acme *a, struct json_value document, const struct acme_answer *answer)
{
	static const char *const relations[] = { "terms-of-service", "help" };
	unsigned char storage[ACME_LINE_MAX];
	struct builder line;
	struct span target;

	for (size_t i = 0; i < sizeof relations / sizeof *relations; i++) {
		if (!http_link(answer->head, relations[i], 0, &target))
			continue;
		builder_init(&line, storage, sizeof storage);
		builder_str(&line, relations[i]);
		builder_str(&line, ": ");
		log_hostile(&line, target, LINK_MAX);
		add_line(a, &line);
	}
	builder_init(&line, storage, sizeof storage);
	if (shown(a, &line, "see ", json_member(document, "instance"), LINK_MAX))
		add_line(a, &line);
}

enum acme_result problem_of_answer(struct acme *a, struct span url, const struct acme_answer *answer)
{
	unsigned char storage[ACME_LINE_MAX];
	struct builder line;
	struct problem p;
	bool document = json_type(answer->root) == JSON_OBJECT;

	problem_read(&p, answer->root, answer->head->status);
	memcpy(a->problem_type, p.type, sizeof a->problem_type);
	builder_init(&line, storage, sizeof storage);
	log_hostile(&line, url, SUBJECT_MAX);
	builder_str(&line, ": HTTP status ");
	builder_number(&line, (uint64_t)answer->head->status);
	if (document)
		explain_one(a, &line, ", ", answer->root);
	else
		explain_foreign(&line, answer);
	add_line(a, &line);
	explain_subproblems(a, answer->root);
	explain_links(a, answer->root, answer);
	acme_heed(a, answer->retry_after_s);
	if (answer->retry_after_s > 0)
		(void)acme_fail(a, p.result, "the server asks to be left alone for %lld seconds",
		                (long long)answer->retry_after_s);
	return p.result;
}
