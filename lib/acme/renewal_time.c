/* Moments as RFC 3339 writes them. */
#include "acme/renewal.h"

#include "base/ascii.h"
#include "base/utc.h"

/* Takes `n` digits off the front. */
static bool digits(struct span *rest, size_t n, int *value)
{
	uint64_t number;

	if (rest->len < n || !span_number(span_head(*rest, n), 9999, &number))
		return false;
	*rest = span_from(*rest, n);
	*value = (int)number;
	return true;
}

/* Takes one of two bytes off the front. */
static bool byte(struct span *rest, unsigned char a, unsigned char b)
{
	if (rest->len == 0 || (rest->p[0] != a && rest->p[0] != b))
		return false;
	*rest = span_from(*rest, 1);
	return true;
}

static bool fraction(struct span *rest)
{
	size_t n = 0;

	if (!byte(rest, '.', '.'))
		return true;
	while (n < rest->len && ascii_digit(rest->p[n]))
		n++;
	*rest = span_from(*rest, n);
	return n > 0;
}

/* "Z" or "+01:30"; what is to be taken away, in seconds. */
static bool offset(struct span *rest, int64_t *seconds)
{
	bool west = rest->len > 0 && rest->p[0] == '-';
	int hour, minute;

	*seconds = 0;
	if (byte(rest, 'Z', 'z'))
		return true;
	if (!byte(rest, '+', '-') || !digits(rest, 2, &hour) || !byte(rest, ':', ':') ||
	    !digits(rest, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*seconds = (west ? -1 : 1) * (hour * 3600 + minute * 60);
	return true;
}

bool renewal_time(struct span text, int64_t *unix_s)
{
	int64_t east, at, leap = 0;
	struct utc when;

	if (!digits(&text, 4, &when.year) || !byte(&text, '-', '-') ||
	    !digits(&text, 2, &when.month) || !byte(&text, '-', '-') ||
	    !digits(&text, 2, &when.day) || !byte(&text, 'T', 't') ||
	    !digits(&text, 2, &when.hour) || !byte(&text, ':', ':') ||
	    !digits(&text, 2, &when.minute) || !byte(&text, ':', ':') ||
	    !digits(&text, 2, &when.second) || !fraction(&text) || !offset(&text, &east) ||
	    text.len > 0)
		return false;
	if (when.second == 60) {
		when.second = 59;
		leap = 1;
	}
	if (!utc_join(&when, &at))
		return false;
	*unix_s = at + leap - east;
	return true;
}
