/* The calendar, held against the C library's. */
#include "base/utc.h"

#include <time.h>

#include "tap.h"

static void prints(int64_t unix_s, const char *text)
{
	char storage[32];
	struct builder b;
	int64_t back;

	builder_init(&b, storage, sizeof storage);
	utc_print(&b, unix_s);
	if (text)
		check(builder_ok(&b) && span_is(builder_span(&b), text) && utc_parse(span_str(text), &back) &&
		              back == unix_s,
		      "%s", text);
	else
		check(!builder_ok(&b), "out of range: %lld", (long long)unix_s);
}

static bool agrees(int64_t unix_s)
{
	time_t when = (time_t)unix_s;
	struct utc utc;
	struct tm tm;
	int64_t back;

	return gmtime_r(&when, &tm) && utc_split(&utc, unix_s) && utc.year == tm.tm_year + 1900 &&
	       utc.month == tm.tm_mon + 1 && utc.day == tm.tm_mday && utc.hour == tm.tm_hour &&
	       utc.minute == tm.tm_min && utc.second == tm.tm_sec && utc_join(&utc, &back) &&
	       back == unix_s;
}

/* Every byte of a good one made another: only digits that still make a date are taken. */
static void parses(void)
{
	static const char *const bad[] = {
		"", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00ZZ", "2026-13-01T00:00:00Z",
		"2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01t00:00:00Z",
		"2026-01-01T00:00:00z", "2026-01-01 00:00:00Z", "dddd-dd-ddTdd:dd:ddZ",
		"2026-01-01T00:00:00.0Z", "+026-01-01T00:00:00Z",
	};
	char text[] = "2026-01-01T00:00:00Z";
	int taken = 0;
	int64_t s;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!utc_parse(span_str(bad[i]), &s), "refused: %s", bad[i]);
	for (size_t i = 0; text[i]; i++) {
		char was = text[i];

		for (int c = 0; c < 256; c++) {
			text[i] = (char)c;
			taken += utc_parse(span_of(text, sizeof text - 1), &s);
		}
		text[i] = was;
	}
	/* Year, month, day, hour, minute, second, and what stands between them. */
	check(taken == 4 * 10 + (2 + 9) + (4 + 9) + (3 + 10) + (6 + 10) + (6 + 10) + 6,
	      "bytes that may stand there: %d", taken);
}

int main(void)
{
	static const struct utc bad[] = {
		{ 2026, 0, 1, 0, 0, 0 },   { 2026, 13, 1, 0, 0, 0 },   { 2026, 1, 0, 0, 0, 0 },
		{ 2026, 1, 32, 0, 0, 0 },  { 2026, 4, 31, 0, 0, 0 },   { 2026, 2, 29, 0, 0, 0 },
		{ 1900, 2, 29, 0, 0, 0 },  { 2024, 2, 30, 0, 0, 0 },   { 2026, 1, 1, 24, 0, 0 },
		{ 2026, 1, 1, 0, 60, 0 },  { 2026, 1, 1, 0, 0, 60 },   { -1, 1, 1, 0, 0, 0 },
		{ 10000, 1, 1, 0, 0, 0 },  { 2026, 1, 1, -1, 0, 0 },   { 2026, 1, 1, 0, -1, 0 },
		{ 2026, 1, 1, 0, 0, -1 },  { 2026, -1, 1, 0, 0, 0 },   { 2026, 1, -1, 0, 0, 0 },
	};
	int64_t first = INT64_C(-62167219200), last = INT64_C(253402300799), unix_s;
	int wrong = 0;

	prints(0, "1970-01-01T00:00:00Z");
	prints(-1, "1969-12-31T23:59:59Z");
	prints(951782400, "2000-02-29T00:00:00Z");
	prints(INT64_C(4107542400), "2100-03-01T00:00:00Z");
	prints(INT64_C(1) << 31, "2038-01-19T03:14:08Z");
	prints(first, "0000-01-01T00:00:00Z");
	prints(last, "9999-12-31T23:59:59Z");
	prints(first - 1, NULL);
	prints(last + 1, NULL);
	prints(INT64_MIN, NULL);
	prints(INT64_MAX, NULL);

	/* A step that is prime to all lengths meets every kind of day. */
	for (int64_t s = first; s <= last; s += 86400 * 3 + 3607)
		wrong += !agrees(s);
	check(wrong == 0, "the same as gmtime_r(), and back, from year 0 to 9999");
	wrong = 0;
	for (int64_t s = 946684800 - 86400; s < 946684800 + 366 * 86400; s += 3599)
		wrong += !agrees(s);
	check(wrong == 0, "every hour of a leap year");

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!utc_join(&bad[i], &unix_s), "refused: %zu", i);
	check(utc_join(&(struct utc){ 2000, 2, 29, 23, 59, 59 }, &unix_s) && unix_s == 951868799,
	      "the 29th of February 2000");
	parses();
	return tap_end();
}
