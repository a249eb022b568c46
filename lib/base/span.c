/* Spans: looking at bytes without owning them. */
#include "base/span.h"

#include <string.h>

#include "base/ascii.h"







bool span_is_nocase(struct span a, const char *s)
{
	if (a.len != strlen(s))
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.p[i]) != ascii_lower((unsigned char)s[i]))
			return false;
	return true;
}


size_t span_find(struct span a, unsigned char c)
{
	const unsigned char *at = a.len > 0 ? memchr(a.p, c, a.len) : NULL;

	return at ? (size_t)(at - a.p) : a.len;
}

bool span_split(struct span *rest, unsigned char separator, struct span *field)
{
	size_t at;

	if (!rest->p)
		return false;
	at = span_find(*rest, separator);
	*field = span_head(*rest, at);
	if (at == rest->len)
		*rest = (struct span){ NULL, 0 };
	else
		*rest = span_from(*rest, at + 1);
	return true;
}

static bool blank(unsigned char c)
{
	return c == ' ' || c == '\t';
}

struct span span_trim(struct span a)
{
	while (a.len > 0 && blank(a.p[0]))
		a = span_from(a, 1);
	while (a.len > 0 && blank(a.p[a.len - 1]))
		a.len--;
	return a;
}

bool span_number(struct span a, uint64_t max, uint64_t *value)
{
	uint64_t sum = 0;

	if (a.len == 0)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		uint64_t digit;

		if (!ascii_digit(a.p[i]))
			return false;
		digit = (uint64_t)(a.p[i] - '0');
		if (sum > (UINT64_MAX - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	if (sum > max)
		return false;
	*value = sum;
	return true;
}
