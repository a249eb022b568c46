/* Strings of JSON: their grammar, what they mean, how they are written. */
#include "base/json_string.h"

#include "base/builder.h"
#include "base/hex.h"
#include "base/json.h"
#include "base/utf8.h"

/* How many bytes the escape at the front has; 0 when it is none. */
static size_t escape_length(struct span s)
{
	unsigned char bytes[2];
	struct builder code;

	if (s.len < 2 || s.p[0] != '\\')
		return 0;
	if (s.p[1] != 'u')
		return memchr("\"\\/bfnrt", s.p[1], 8) ? 2 : 0;
	builder_init(&code, bytes, sizeof bytes);
	return hex_decode(&code, span_head(span_from(s, 2), 4)) && code.len == 2 ? 6 : 0;
}

bool json_string_ok(struct span raw)
{
	while (raw.len > 0) {
		uint32_t c;
		size_t n = raw.p[0] == '\\' ? escape_length(raw) : utf8_first(raw, &c);

		if (n == 0 || raw.p[0] < ' ' || raw.p[0] == '"')
			return false;
		raw = span_from(raw, n);
	}
	return true;
}

static uint32_t escape_value(struct span s)
{
	static const char names[] = "bfnrt", values[] = "\b\f\n\r\t";
	unsigned char bytes[2];
	struct builder code;
	const char *at;

	if (s.p[1] != 'u') {
		at = memchr(names, s.p[1], 5);
		return at ? (uint32_t)values[at - names] : s.p[1];
	}
	builder_init(&code, bytes, sizeof bytes);
	hex_decode(&code, span_head(span_from(s, 2), 4));
	return (uint32_t)bytes[0] << 8 | bytes[1];
}

static bool high_half(uint32_t c)
{
	return c >= 0xd800 && c < 0xdc00;
}

static bool low_half(uint32_t c)
{
	return c >= 0xdc00 && c < 0xe000;
}

bool json_string_next(struct span *raw, uint32_t *character)
{
	uint32_t low;

	if (raw->len == 0)
		return false;
	if (raw->p[0] != '\\') {
		size_t n = utf8_first(*raw, character);

		*raw = span_from(*raw, n);
		return n > 0;
	}
	*character = escape_value(*raw);
	*raw = span_from(*raw, escape_length(*raw));
	if (high_half(*character) && span_starts(*raw, "\\u") && low_half(low = escape_value(*raw))) {
		*character = 0x10000 + ((*character - 0xd800) << 10 | (low - 0xdc00));
		*raw = span_from(*raw, 6);
	}
	return true;
}

static bool plain(struct span raw)
{
	return span_find(raw, '\\') == raw.len;
}

bool json_string_same(struct span a, struct span b)
{
	uint32_t c, d;

	if (plain(a) && plain(b))
		return span_eq(a, b);
	while (json_string_next(&a, &c))
		if (!json_string_next(&b, &d) || c != d)
			return false;
	return b.len == 0;
}

int json_string_order(struct span a, struct span b)
{
	uint32_t c, d;

	while (json_string_next(&a, &c)) {
		if (!json_string_next(&b, &d))
			return 1;
		if (c != d)
			return c < d ? -1 : 1;
	}
	return b.len > 0 ? -1 : 0;
}

bool json_string_is(struct span raw, struct span text)
{
	uint32_t c, d;

	if (plain(raw))
		return span_eq(raw, text);
	while (json_string_next(&raw, &c)) {
		size_t n = utf8_first(text, &d);

		if (n == 0 || c != d)
			return false;
		text = span_from(text, n);
	}
	return text.len == 0;
}

static void write_escape(struct builder *out, unsigned char c)
{
	static const char names[] = "btnvfr"; /* from 8; 11 has none */

	builder_byte(out, '\\');
	if (c == '"' || c == '\\') {
		builder_byte(out, c);
	} else if (c >= '\b' && c <= '\r' && c != '\v') {
		builder_byte(out, (unsigned char)names[c - '\b']);
	} else {
		builder_str(out, "u00");
		hex_encode(out, span_of(&c, 1));
	}
}

/* How many bytes at the front stand for themselves, of those of ASCII. */
static size_t ordinary(struct span text)
{
	size_t n = 0;

	while (n < text.len && text.p[n] >= ' ' && text.p[n] < 0x7f && text.p[n] != '"' && text.p[n] != '\\')
		n++;
	return n;
}

void json_write_string(struct builder *out, struct span text)
{
	builder_byte(out, '"');
	while (text.len > 0) {
		uint32_t c;
		size_t n = ordinary(text);

		if (n > 0) {
			builder_add(out, span_head(text, n));
			text = span_from(text, n);
			continue;
		}
		n = utf8_first(text, &c);
		if (n == 0)
			utf8_write(out, 0xfffd);
		else if (c < ' ' || c == '"' || c == '\\' || c == 0x7f)
			write_escape(out, text.p[0]);
		else
			builder_add(out, span_head(text, n));
		text = span_from(text, n > 0 ? n : 1);
	}
	builder_byte(out, '"');
}
