/* Base64 in its two alphabets. */
#include "base/base64.h"

#include <string.h>

#include "base/ascii.h"

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool base64_url_digit(unsigned char c)
{
	return ascii_alnum(c) || c == '-' || c == '_';
}

static void encode(struct builder *out, struct span bytes, const char *alphabet, bool pad)
{
	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t n = bytes.len - i < 3 ? bytes.len - i : 3;
		uint32_t bits = (uint32_t)bytes.p[i] << 16;
		char text[4];

		if (n > 1)
			bits |= (uint32_t)bytes.p[i + 1] << 8;
		if (n > 2)
			bits |= bytes.p[i + 2];
		for (size_t k = 0; k < 4; k++)
			text[k] = k <= n ? alphabet[bits >> (18 - 6 * k) & 63] : '=';
		builder_add(out, span_of(text, pad ? 4 : n + 1));
	}
}

void base64_encode(struct builder *out, struct span bytes)
{
	encode(out, bytes, standard, true);
}

void base64_url_encode(struct builder *out, struct span bytes)
{
	encode(out, bytes, url, false);
}

/* The value of a digit in `alphabet`, or -1; the first 62 digits are common to both. */
static int digit(unsigned char c, const char *alphabet)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (ascii_digit(c))
		return c - '0' + 52;
	if (c == (unsigned char)alphabet[62])
		return 62;
	return c == (unsigned char)alphabet[63] ? 63 : -1;
}

/* `text` without padding. */
static bool decode(struct builder *out, struct span text, const char *alphabet)
{
	uint32_t bits = 0;
	unsigned int held = 0;

	if (text.len % 4 == 1)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		int value = digit(text.p[i], alphabet);

		if (value < 0)
			return false;
		bits = (bits << 6 | (uint32_t)value) & 0xffffff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			builder_byte(out, (unsigned char)(bits >> held));
		}
	}
	return (bits & ((1U << held) - 1)) == 0 && builder_ok(out);
}

bool base64_url_decode(struct builder *out, struct span text)
{
	return decode(out, text, url);
}

bool base64_decode(struct builder *out, struct span text)
{
	if (text.len % 4 != 0)
		return false;
	for (int i = 0; i < 2 && text.len > 0 && text.p[text.len - 1] == '='; i++)
		text.len--;
	return decode(out, text, standard);
}
