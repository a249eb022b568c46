/* Calendar and clock, UTC. */
#include "base/utc.h"

#include "base/ascii.h"

enum { DAY_S = 86400 };

/* 0000-01-01 and the end of 9999, in seconds since 1970. */
#define FIRST_S INT64_C(-62167219200)
#define LAST_S INT64_C(253402300799)

static bool leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of(int year, int month)
{
	static const signed char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && leap(year));
}

/* Days from 0000-01-01 to the first of January; year 0 is a leap year. */
static int64_t days_before(int year)
{
	int64_t y = year - 1;

	return year == 0 ? 0 : 366 + y * 365 + y / 4 - y / 100 + y / 400;
}

bool utc_split(struct utc *when, int64_t unix_s)
{
	int64_t day, second;

	if (unix_s < FIRST_S || unix_s > LAST_S)
		return false;
	day = (unix_s - FIRST_S) / DAY_S;
	second = (unix_s - FIRST_S) % DAY_S;
	*when = (struct utc){ .year = (int)(day / 366), .month = 1 };
	while (when->year < 9999 && days_before(when->year + 1) <= day)
		when->year++;
	day -= days_before(when->year);
	while (day >= days_of(when->year, when->month))
		day -= days_of(when->year, when->month++);
	when->day = (int)day + 1;
	when->hour = (int)(second / 3600);
	when->minute = (int)(second / 60 % 60);
	when->second = (int)(second % 60);
	return true;
}

bool utc_join(const struct utc *when, int64_t *unix_s)
{
	int64_t days;

	if (when->year < 0 || when->year > 9999 || when->month < 1 || when->month > 12 ||
	    when->day < 1 || when->day > days_of(when->year, when->month) || when->hour < 0 ||
	    when->hour > 23 || when->minute < 0 || when->minute > 59 || when->second < 0 ||
	    when->second > 59)
		return false;
	days = days_before(when->year) + when->day - 1;
	for (int month = 1; month < when->month; month++)
		days += days_of(when->year, month);
	*unix_s = FIRST_S + days * DAY_S + when->hour * 3600 + when->minute * 60 + when->second;
	return true;
}

void utc_print(struct builder *out, int64_t unix_s)
{
	struct utc when;

	if (!utc_split(&when, unix_s)) {
		out->overflow = true;
		return;
	}
	builder_digits(out, (uint64_t)when.year, 4);
	builder_byte(out, '-');
	builder_digits(out, (uint64_t)when.month, 2);
	builder_byte(out, '-');
	builder_digits(out, (uint64_t)when.day, 2);
	builder_byte(out, 'T');
	builder_digits(out, (uint64_t)when.hour, 2);
	builder_byte(out, ':');
	builder_digits(out, (uint64_t)when.minute, 2);
	builder_byte(out, ':');
	builder_digits(out, (uint64_t)when.second, 2);
	builder_byte(out, 'Z');
}

bool utc_parse(struct span text, int64_t *unix_s)
{
	static const struct span form = { (const unsigned char *)"dddd-dd-ddTdd:dd:ddZ", 20 };
	int number[6] = { 0 }, at = 0;

	if (text.len != form.len)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (form.p[i] == 'd' && ascii_digit(text.p[i]))
			number[at] = number[at] * 10 + (text.p[i] - '0');
		else if (form.p[i] == text.p[i] && form.p[i] != 'd')
			at += i + 1 < text.len;
		else
			return false;
	}
	return utc_join(&(struct utc){ number[0], number[1], number[2], number[3], number[4], number[5] },
	                unix_s);
}
