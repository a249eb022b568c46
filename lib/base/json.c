/*
 * Reading JSON. jsmn cuts; then one walk over text and tokens together checks
 * that a token stands wherever the grammar wants one, and that nothing else
 * stands between them.
 */
#include "base/json.h"

#include <limits.h>

#include "base/ascii.h"
#include "base/json_names.h"
#include "base/json_string.h"
#include "base/utf8.h"

/* With parents in its tokens jsmn's time does not grow with the square of their number. */
#define JSMN_STATIC
#define JSMN_PARENT_LINKS
#include <jsmn.h>

/* jsmn writes into our tokens, which may alias its own. */
_Static_assert(sizeof(jsmntok_t) == sizeof(struct json_token) &&
               offsetof(jsmntok_t, start) == offsetof(struct json_token, start) &&
               offsetof(jsmntok_t, end) == offsetof(struct json_token, end) &&
               offsetof(jsmntok_t, size) == offsetof(struct json_token, size) &&
               offsetof(jsmntok_t, parent) == offsetof(struct json_token, next),
               "a token of ours is one of jsmn's");

struct walk {
	struct span text;
	struct json_token *tokens;
	size_t at;          /* what is before this is good */
	int n, used;        /* tokens, and how many of them were found in their places */
};

static bool value(struct walk *w, int depth);

static void skip_space(struct walk *w)
{
	while (w->at < w->text.len && memchr(" \t\n\r", w->text.p[w->at], 4))
		w->at++;
}

/* Takes this byte, and the space before it. */
static bool take(struct walk *w, char c)
{
	skip_space(w);
	if (w->at == w->text.len || w->text.p[w->at] != (unsigned char)c)
		return false;
	w->at++;
	return true;
}

/* The next token when it begins here, after space, and its index. */
static struct json_token *token(struct walk *w, int *index)
{
	struct json_token *t = &w->tokens[w->used];
	int quote;

	skip_space(w);
	if (w->used == w->n)
		return NULL;
	quote = t->type == JSMN_STRING;
	if (t->start < quote || (size_t)(t->start - quote) != w->at || t->end < t->start)
		return NULL;
	t->next = -1;
	*index = w->used++;
	return t;
}

static struct span between(const struct walk *w, const struct json_token *t)
{
	return span_of(w->text.p + t->start, (size_t)(t->end - t->start));
}

static bool string(struct walk *w, struct json_token *t)
{
	if (!json_string_ok(between(w, t)))
		return false;
	t->type = JSON_STRING;
	t->size = 0;
	w->at = (size_t)t->end + 1;
	return true;
}

/* Takes digits off the front; false when there is none. */
static bool digits(struct span *s)
{
	size_t n = 0;

	while (n < s->len && ascii_digit(s->p[n]))
		n++;
	*s = span_from(*s, n);
	return n > 0;
}

static bool number_ok(struct span s)
{
	if (span_starts(s, "-"))
		s = span_from(s, 1);
	if (span_starts(s, "0"))
		s = span_from(s, 1);
	else if (!digits(&s))
		return false;
	if (span_starts(s, ".")) {
		s = span_from(s, 1);
		if (!digits(&s))
			return false;
	}
	if (span_starts(s, "e") || span_starts(s, "E")) {
		s = span_from(s, 1);
		if (span_starts(s, "+") || span_starts(s, "-"))
			s = span_from(s, 1);
		if (!digits(&s))
			return false;
	}
	return s.len == 0;
}

static bool primitive(struct walk *w, struct json_token *t)
{
	struct span text = between(w, t);

	if (span_is(text, "true") || span_is(text, "false"))
		t->type = JSON_BOOLEAN;
	else if (span_is(text, "null"))
		t->type = JSON_NULL;
	else if (number_ok(text))
		t->type = JSON_NUMBER;
	else
		return false;
	t->size = 0;
	w->at = (size_t)t->end;
	return true;
}

/* A name and its colon; put in front of those before. */
static bool name(struct walk *w, int *names)
{
	int index;
	struct json_token *t = token(w, &index);

	if (!t || t->type != JSMN_STRING || !string(w, t))
		return false;
	t->next = *names;
	*names = index;
	return take(w, ':');
}

/* What is inside of an array or object whose first byte was taken, and its last byte. */
static bool inside(struct walk *w, struct json_token *parent, char close, int depth)
{
	int last = -1, names = -1;

	parent->size = 0;
	if (take(w, close))
		return w->at == (size_t)parent->end;
	do {
		if (parent->type == JSON_OBJECT && !name(w, &names))
			return false;
		if (last >= 0)
			w->tokens[last].next = w->used;
		last = w->used;
		if (!value(w, depth))
			return false;
		parent->size++;
	} while (take(w, ','));
	return take(w, close) && w->at == (size_t)parent->end &&
	       json_names_differ(w->text, w->tokens, names);
}

static bool value(struct walk *w, int depth)
{
	int index;
	struct json_token *t = token(w, &index);

	if (!t)
		return false;
	if (t->type == JSMN_STRING)
		return string(w, t);
	if (t->type == JSMN_PRIMITIVE)
		return primitive(w, t);
	if (depth == JSON_DEPTH_MAX)
		return false;
	t->type = t->type == JSMN_OBJECT ? JSON_OBJECT : JSON_ARRAY;
	return t->type == JSON_OBJECT ? take(w, '{') && inside(w, t, '}', depth + 1) :
	                                take(w, '[') && inside(w, t, ']', depth + 1);
}

/*
 * What is nested costs jsmn the square of its depth, so that is looked at first: brackets outside of
 * strings, where there are values. Behind anything else a quote or a bracket is no value, and what
 * jsmn takes for one there is not what it looks like.
 */
static bool is_shallow(struct span text)
{
	unsigned char before = ' ';
	bool in_string = false;
	int depth = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = text.p[i];

		if (in_string) {
			in_string = c != '"';
			i += c == '\\';
		} else if (c == '"' || c == '[' || c == '{') {
			in_string = c == '"';
			depth += !in_string;
			if (!memchr(" \t\n\r[{,:", before, 8) || depth > JSON_DEPTH_MAX)
				return false;
		} else if (c == ']' || c == '}') {
			depth--;
		}
		before = c;
	}
	return true;
}

bool json_read(struct json *doc, struct span text, struct json_token *tokens, size_t n)
{
	struct walk w = { .text = text, .tokens = tokens };
	jsmn_parser parser;

	*doc = (struct json){ .text = text, .tokens = tokens };
	if (text.len == 0 || text.len > INT_MAX - 1 || n == 0 || !is_shallow(text))
		return false;
	jsmn_init(&parser);
	w.n = jsmn_parse(&parser, (const char *)text.p, text.len, (jsmntok_t *)tokens,
	                 n < INT_MAX ? (unsigned int)n : INT_MAX);
	if (w.n <= 0)
		return false;
	if (!value(&w, 0) || w.used != w.n)
		return false;
	skip_space(&w);
	if (w.at != text.len)
		return false;
	doc->n = w.n;
	return true;
}

static const struct json_value absent = { NULL, -1 };

static const struct json_token *token_of(struct json_value v)
{
	return v.in && v.at >= 0 && v.at < v.in->n ? &v.in->tokens[v.at] : NULL;
}

static struct span text_of(struct json_value v)
{
	const struct json_token *t = token_of(v);

	return t ? span_of(v.in->text.p + t->start, (size_t)(t->end - t->start)) : span_str("");
}

struct json_value json_root(const struct json *doc)
{
	return doc->n > 0 ? (struct json_value){ doc, 0 } : absent;
}

enum json_type json_type(struct json_value v)
{
	const struct json_token *t = token_of(v);

	return t ? (enum json_type)t->type : JSON_ABSENT;
}

struct json_value json_member(struct json_value v, const char *text)
{
	struct json_value found;

	if (json_type(v) != JSON_OBJECT)
		return absent;
	for (found = json_first(v); found.at >= 0; found = json_next(v, found))
		if (json_is(json_name(v, found), text))
			return found;
	return absent;
}

struct json_value json_first(struct json_value parent)
{
	if (json_count(parent) == 0)
		return absent;
	return (struct json_value){ parent.in, parent.at + (json_type(parent) == JSON_OBJECT ? 2 : 1) };
}

struct json_value json_next(struct json_value parent, struct json_value v)
{
	const struct json_token *t = token_of(v);

	if (json_count(parent) == 0 || !t || t->next < 0)
		return absent;
	return (struct json_value){ v.in, t->next };
}

struct json_value json_name(struct json_value parent, struct json_value v)
{
	if (json_type(parent) != JSON_OBJECT || !token_of(v) || v.at < parent.at + 2)
		return absent;
	return (struct json_value){ v.in, v.at - 1 };
}

size_t json_count(struct json_value v)
{
	enum json_type type = json_type(v);

	return type == JSON_ARRAY || type == JSON_OBJECT ? (size_t)token_of(v)->size : 0;
}

bool json_text(struct json_value v, struct builder *scratch, struct span *text)
{
	struct span raw = text_of(v);
	size_t before = scratch->len;
	uint32_t c;

	if (json_type(v) != JSON_STRING)
		return false;
	if (span_find(raw, '\\') == raw.len) {
		*text = raw;
		return true;
	}
	while (json_string_next(&raw, &c)) {
		if (c == 0 || (c >= 0xd800 && c < 0xe000)) {
			scratch->len = before;
			return false;
		}
		utf8_write(scratch, c);
	}
	*text = span_from(builder_span(scratch), before);
	return builder_ok(scratch);
}

bool json_is(struct json_value v, const char *text)
{
	return json_type(v) == JSON_STRING && json_string_is(text_of(v), span_str(text));
}

bool json_number(struct json_value v, uint64_t max, uint64_t *number)
{
	return json_type(v) == JSON_NUMBER && span_number(text_of(v), max, number);
}

bool json_boolean(struct json_value v, bool *truth)
{
	if (json_type(v) != JSON_BOOLEAN)
		return false;
	*truth = span_is(text_of(v), "true");
	return true;
}

struct span json_source(struct json_value v)
{
	struct span text = text_of(v);

	if (json_type(v) == JSON_STRING) {
		text.p--;
		text.len += 2;
	}
	return text;
}
