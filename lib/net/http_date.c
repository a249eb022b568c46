/* Dates of HTTP (RFC 9110, 5.6.7). */
#include <string.h>

#include "base/utc.h"
#include "net/http.h"

static const char days[] = "SunMonTueWedThuFriSat";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* Two decimal digits. */
static void two(struct builder *out, int value)
{
	builder_byte(out, (unsigned char)('0' + value / 10 % 10));
	builder_byte(out, (unsigned char)('0' + value % 10));
}

void http_date(struct builder *out, time_t when)
{
	const int64_t day_s = 86400;
	struct utc utc;

	if (!utc_split(&utc, when)) {
		out->overflow = true;
		return;
	}
	/* The first day of 1970 was a Thursday. */
	builder_add(out, span_of(days + 3 * (((when % (7 * day_s) + 11 * day_s) / day_s) % 7), 3));
	builder_str(out, ", ");
	two(out, utc.day);
	builder_byte(out, ' ');
	builder_add(out, span_of(months + 3 * (utc.month - 1), 3));
	builder_byte(out, ' ');
	two(out, utc.year / 100);
	two(out, utc.year);
	builder_byte(out, ' ');
	two(out, utc.hour);
	builder_byte(out, ':');
	two(out, utc.minute);
	builder_byte(out, ':');
	two(out, utc.second);
	builder_str(out, " GMT");
}

/* Takes `pattern` off the front of the text; false when it begins otherwise. */
static bool take(struct span *text, const char *pattern)
{
	if (!span_starts(*text, pattern))
		return false;
	*text = span_from(*text, strlen(pattern));
	return true;
}

/* Takes a number of so many digits; a space may stand for its leading zero. */
static bool take_number(struct span *text, size_t digits, bool space, int *value)
{
	struct span number = span_head(*text, digits);
	uint64_t n;

	if (number.len < digits)
		return false;
	*text = span_from(*text, digits);
	if (space && number.p[0] == ' ')
		number = span_from(number, 1);
	if (!span_number(number, 9999, &n))
		return false;
	*value = (int)n;
	return true;
}

/* Takes one of the names, three letters each in `names`, and gives its place. */
static bool take_name(struct span *text, const char *names, int *place)
{
	for (int i = 0; names[3 * i]; i++)
		if (text->len >= 3 && span_eq(span_head(*text, 3), span_of(names + 3 * i, 3))) {
			*text = span_from(*text, 3);
			*place = i;
			return true;
		}
	return false;
}

static bool take_month(struct span *text, struct utc *utc)
{
	if (!take_name(text, months, &utc->month))
		return false;
	utc->month++;
	return true;
}

static bool take_time(struct span *text, struct utc *utc)
{
	return take_number(text, 2, false, &utc->hour) && take(text, ":") &&
	       take_number(text, 2, false, &utc->minute) && take(text, ":") &&
	       take_number(text, 2, false, &utc->second);
}

/* " 06 Nov 1994 08:49:37 GMT" */
static bool fixdate(struct span text, struct utc *utc)
{
	return take(&text, " ") && take_number(&text, 2, false, &utc->day) && take(&text, " ") &&
	       take_month(&text, utc) && take(&text, " ") &&
	       take_number(&text, 4, false, &utc->year) && take(&text, " ") &&
	       take_time(&text, utc) && span_is(text, " GMT");
}

/* " 06-Nov-94 08:49:37 GMT" */
static bool rfc850_date(struct span text, struct utc *utc)
{
	if (!(take(&text, " ") && take_number(&text, 2, false, &utc->day) && take(&text, "-") &&
	      take_month(&text, utc) && take(&text, "-") &&
	      take_number(&text, 2, false, &utc->year) && take(&text, " ") &&
	      take_time(&text, utc) && span_is(text, " GMT")))
		return false;
	utc->year += utc->year < 70 ? 2000 : 1900;
	return true;
}

/* " Nov  6 08:49:37 1994" */
static bool asctime_date(struct span text, struct utc *utc)
{
	return take(&text, " ") && take_month(&text, utc) && take(&text, " ") &&
	       take_number(&text, 2, true, &utc->day) && take(&text, " ") &&
	       take_time(&text, utc) && take(&text, " ") &&
	       take_number(&text, 4, false, &utc->year) && text.len == 0;
}

/* Any form of it, with the full year in `year`. */
static bool any_date(struct span text, struct utc *utc)
{
	static const char *const tails[] = { "day", "day", "sday", "nesday", "rsday", "day", "urday" };
	int day;

	if (!take_name(&text, days, &day))
		return false;
	if (take(&text, ","))
		return fixdate(text, utc);
	if (take(&text, tails[day]))
		return take(&text, ",") && rfc850_date(text, utc);
	return asctime_date(text, utc);
}

bool http_date_parse(struct span text, int64_t *unix_s)
{
	struct utc utc;
	bool leap;

	if (!any_date(text, &utc))
		return false;
	leap = utc.second == 60;
	utc.second -= leap;
	if (!utc_join(&utc, unix_s))
		return false;
	*unix_s += leap;
	return true;
}
