/*
 * JSON: a document is what a plain reading of RFC 8259's grammar says, and one
 * written again from its values means the same.
 */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TOKENS = 1024, ROOM = 1 << 20 }; /* max_len=4096 */

static struct json_token tokens[TOKENS], again_tokens[TOKENS];
static unsigned char room[ROOM], scratch_room[ROOM];

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* The grammar, without names twice, UTF-8 and depth: these are asked of the values. */
static const unsigned char *p, *end;

static int peek(void)
{
	return p < end ? *p : -1;
}

static int next(void)
{
	return p < end ? *p++ : -1;
}

static void space(void)
{
	while (peek() == ' ' || peek() == '\t' || peek() == '\r' || peek() == '\n')
		p++;
}

static bool hex4(void)
{
	for (int i = 0; i < 4; i++) {
		int c = next();

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F'))
			return false;
	}
	return true;
}

static bool string(void)
{
	if (next() != '"')
		return false;
	for (;;) {
		int c = next();

		if (c == '"')
			return true;
		if (c < ' ')
			return false;
		if (c != '\\')
			continue;
		c = next();
		if (c == 'u' ? !hex4() : c <= 0 || !strchr("\"\\/bfnrt", c))
			return false;
	}
}

static bool word(const char *text)
{
	for (; *text; text++)
		if (next() != *text)
			return false;
	return true;
}

static bool some_digits(void)
{
	const unsigned char *from = p;

	while (peek() >= '0' && peek() <= '9')
		p++;
	return p > from;
}

static bool number(void)
{
	if (peek() == '-')
		p++;
	if (peek() == '0')
		p++;
	else if (!some_digits())
		return false;
	if (peek() == '.') {
		p++;
		if (!some_digits())
			return false;
	}
	if (peek() == 'e' || peek() == 'E') {
		p++;
		if (peek() == '+' || peek() == '-')
			p++;
		return some_digits();
	}
	return true;
}

static bool value(int depth);

static bool list(int depth, bool object)
{
	int close = object ? '}' : ']';

	if (depth == JSON_DEPTH_MAX)
		return false;
	p++;
	space();
	if (peek() == close)
		return next() == close;
	for (;;) {
		space();
		if (object && !string())
			return false;
		space();
		if (object && next() != ':')
			return false;
		if (!value(depth + 1))
			return false;
		if (peek() == ',')
			p++;
		else
			return next() == close;
	}
}

static bool value(int depth)
{
	bool good;

	space();
	switch (peek()) {
	case '{': good = list(depth, true); break;
	case '[': good = list(depth, false); break;
	case '"': good = string(); break;
	case 't': good = word("true"); break;
	case 'f': good = word("false"); break;
	case 'n': good = word("null"); break;
	default: good = number();
	}
	space();
	return good;
}

static bool utf8(struct span s)
{
	for (size_t i = 0; i < s.len;) {
		unsigned char c = s.p[i];
		size_t n = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 :
		           c >= 0xf0 && c < 0xf5 ? 4 : 0;

		if (n == 0 || n > s.len - i)
			return false;
		for (size_t k = 1; k < n; k++)
			if ((s.p[i + k] & 0xc0) != 0x80)
				return false;
		if (n > 2 && ((c == 0xe0 && s.p[i + 1] < 0xa0) || (c == 0xed && s.p[i + 1] > 0x9f) ||
		              (c == 0xf0 && s.p[i + 1] < 0x90) || (c == 0xf4 && s.p[i + 1] > 0x8f)))
			return false;
		i += n;
	}
	return true;
}

/* Strings that have a text are written from it, the rest as they are. */
static void write_value(struct builder *out, struct json_value v)
{
	enum json_type type = json_type(v);
	struct builder scratch;
	struct span text;
	size_t n = 0;

	builder_init(&scratch, scratch_room, sizeof scratch_room);
	if (type == JSON_STRING && json_text(v, &scratch, &text)) {
		json_write_string(out, text);
		return;
	}
	if (type != JSON_ARRAY && type != JSON_OBJECT) {
		builder_add(out, json_source(v));
		return;
	}
	builder_byte(out, type == JSON_ARRAY ? '[' : '{');
	for (struct json_value c = json_first(v); json_type(c) != JSON_ABSENT; c = json_next(v, c)) {
		if (n++ > 0)
			builder_byte(out, ',');
		if (type == JSON_OBJECT) {
			write_value(out, json_name(v, c));
			builder_byte(out, ':');
		}
		write_value(out, c);
	}
	must(n == json_count(v));
	builder_byte(out, type == JSON_ARRAY ? ']' : '}');
}

static void must_be_same(struct json_value a, struct json_value b)
{
	unsigned char room_a[8192], room_b[8192];
	struct builder scratch_a, scratch_b;
	struct span text_a, text_b;

	must(json_type(a) == json_type(b) && json_count(a) == json_count(b));
	builder_init(&scratch_a, room_a, sizeof room_a);
	builder_init(&scratch_b, room_b, sizeof room_b);
	if (json_text(a, &scratch_a, &text_a))
		must(json_text(b, &scratch_b, &text_b) && span_eq(text_a, text_b));
	else if (json_count(a) == 0 && json_type(a) < JSON_ARRAY)
		must(span_eq(json_source(a), json_source(b)));
	struct json_value d = json_first(b);
	for (struct json_value c = json_first(a); json_type(c) != JSON_ABSENT; c = json_next(a, c)) {
		must_be_same(c, d);
		if (json_type(a) == JSON_OBJECT)
			must_be_same(json_name(a, c), json_name(b, d));
		d = json_next(b, d);
	}
	must(json_type(d) == JSON_ABSENT);
}

/* Some object has a name twice: looked for by asking for each by its text. */
static bool name_twice(struct json_value v)
{
	for (struct json_value c = json_first(v); json_type(c) != JSON_ABSENT; c = json_next(v, c)) {
		unsigned char name_room[8192];
		struct builder scratch;
		struct span text;

		builder_init(&scratch, name_room, sizeof name_room);
		if (json_text(json_name(v, c), &scratch, &text)) {
			builder_init(&scratch, scratch_room, sizeof scratch_room);
			builder_add(&scratch, text);
			if (json_member(v, builder_cstr(&scratch)).at != c.at)
				return true;
		}
		if (name_twice(c))
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json doc, again;
	struct builder out;
	bool good;

	if (size > 4096)
		return 0;
	p = data;
	end = data + size;
	good = value(0) && p == end && utf8(span_of(data, size));
	if (!json_read(&doc, span_of(data, size), tokens, TOKENS)) {
		/* Only too many tokens or a name twice: at least two bytes a token, eight a name twice. */
		must(!good || size > TOKENS || memchr(data, ':', size));
		return 0;
	}
	must(good && !name_twice(json_root(&doc)));
	builder_init(&out, room, sizeof room);
	write_value(&out, json_root(&doc));
	must(builder_ok(&out) && json_read(&again, builder_span(&out), again_tokens, TOKENS));
	must_be_same(json_root(&doc), json_root(&again));
	return 0;
}
