/* Characters of several bytes. */
#include "base/utf8.h"

static bool surrogate(uint32_t c)
{
	return c >= 0xd800 && c < 0xe000;
}

/* The bytes of a character that begins with this one, and what of it is the character's. */
static size_t first_byte(unsigned char c, uint32_t *bits)
{
	*bits = c;
	if (c < 0x80)
		return 1;
	*bits = c & 0x1f;
	if (c >= 0xc2 && c < 0xe0)
		return 2;
	*bits = c & 0x0f;
	if (c >= 0xe0 && c < 0xf0)
		return 3;
	*bits = c & 0x07;
	return c >= 0xf0 && c < 0xf5 ? 4 : 0;
}

size_t utf8_first(struct span s, uint32_t *character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c;
	size_t n;

	if (s.len == 0)
		return 0;
	n = first_byte(s.p[0], &c);
	if (n == 0 || n > s.len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s.p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s.p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || surrogate(c))
		return 0;
	*character = c;
	return n;
}

bool utf8_ok(struct span s)
{
	uint32_t c;
	size_t n = 1;

	while (s.len > 0 && n > 0) {
		n = utf8_first(s, &c);
		s = span_from(s, n);
	}
	return n > 0;
}

void utf8_write(struct builder *out, uint32_t c)
{
	unsigned char bytes[4];
	size_t n;

	if (c > 0x10ffff || surrogate(c))
		c = 0xfffd;
	if (c < 0x80) {
		builder_byte(out, (unsigned char)c);
		return;
	}
	n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		bytes[i] = (unsigned char)(0x80 | (c & 0x3f));
	bytes[0] = (unsigned char)(0xf00 >> n | c);
	builder_add(out, span_of(bytes, n));
}
