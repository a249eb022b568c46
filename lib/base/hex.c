/* Hexadecimal text. */
#include "base/hex.h"

#include "base/ascii.h"

void hex_encode(struct builder *out, struct span bytes)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char *at;

	if (bytes.len > SIZE_MAX / 2) {
		out->overflow = true;
		return;
	}
	at = builder_take(out, bytes.len * 2);
	for (size_t i = 0; at && i < bytes.len; i++) {
		at[2 * i] = (unsigned char)digits[bytes.p[i] >> 4];
		at[2 * i + 1] = (unsigned char)digits[bytes.p[i] & 15];
	}
}

/* The value of a digit, or -1. */
static int digit(unsigned char c)
{
	unsigned char l = ascii_lower(c);

	if (ascii_digit(c))
		return c - '0';
	return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

bool hex_decode(struct builder *out, struct span text)
{
	unsigned char *at;

	if (text.len % 2 != 0)
		return false;
	at = builder_take(out, text.len / 2);
	if (!at)
		return false;
	for (size_t i = 0; i < text.len / 2; i++) {
		int high = digit(text.p[2 * i]), low = digit(text.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		at[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}
