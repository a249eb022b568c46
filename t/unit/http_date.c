/* Dates in their three forms, malformed ones, and both directions held together. */
#include <stdlib.h>
#include <string.h>

#include "net/http.h"
#include "tap.h"

static const struct {
	const char *text;
	int64_t unix_s;
} good[] = {
	{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
	{ "Sun Nov  6 08:49:37 1994", 784111777 },
	{ "Sun Nov 06 08:49:37 1994", 784111777 },
	{ "Wed Nov 16 08:49:37 1994", 784975777 },
	{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
	{ "Wed, 31 Dec 1969 23:59:59 GMT", -1 },
	{ "Tue, 29 Feb 2000 00:00:00 GMT", 951782400 },
	{ "Thu, 29 Feb 2024 12:00:00 GMT", 1709208000 },
	{ "Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 },
	{ "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 },
	{ "Mon, 06 Nov 1994 08:49:37 GMT", 784111777 }, /* it was a Sunday */
	{ "Thursday, 01-Jan-70 00:00:00 GMT", 0 },
	{ "Tuesday, 31-Dec-69 00:00:00 GMT", 3155673600 },
	{ "Monday, 01-Jan-24 00:00:00 GMT", 1704067200 },
	{ "Wednesday, 03-Jan-24 00:00:00 GMT", 1704240000 },
	{ "Friday, 05-Jan-24 00:00:00 GMT", 1704412800 },
	{ "Saturday, 06-Jan-24 00:00:00 GMT", 1704499200 },
};

static const char *const bad[] = {
	"", "0", "784111777", "tomorrow", "Sun", "Sun,", "Sun, ",
	"sun, 06 Nov 1994 08:49:37 GMT",
	"Xyz, 06 Nov 1994 08:49:37 GMT",
	"Sun 06 Nov 1994 08:49:37 GMT",
	"Sun,06 Nov 1994 08:49:37 GMT",
	"Sun,  06 Nov 1994 08:49:37 GMT",
	"Sun, 6 Nov 1994 08:49:37 GMT",
	"Sun,  6 Nov 1994 08:49:37 GMT",
	"Sun, 00 Nov 1994 08:49:37 GMT",
	"Sun, 31 Nov 1994 08:49:37 GMT",
	"Sun, 32 Nov 1994 08:49:37 GMT",
	"Thu, 29 Feb 2023 00:00:00 GMT",
	"Thu, 29 Feb 1900 00:00:00 GMT",
	"Thu, 30 Feb 2024 00:00:00 GMT",
	"Sun, 06 NOV 1994 08:49:37 GMT",
	"Sun, 06 Nob 1994 08:49:37 GMT",
	"Sun, 06 11 1994 08:49:37 GMT",
	"Sun, 06 Nov 94 08:49:37 GMT",
	"Sun, 06 Nov -994 08:49:37 GMT",
	"Sun, 06 Nov 19940 08:49:37 GMT",
	"Sun, 06 Nov 1994 24:00:00 GMT",
	"Sun, 06 Nov 1994 08:60:37 GMT",
	"Sun, 06 Nov 1994 08:49:61 GMT",
	"Sun, 06 Nov 1994 8:49:37 GMT",
	"Sun, 06 Nov 1994 08:49 GMT",
	"Sun, 06 Nov 1994 08:49:37",
	"Sun, 06 Nov 1994 08:49:37 UTC",
	"Sun, 06 Nov 1994 08:49:37 GMT ",
	" Sun, 06 Nov 1994 08:49:37 GMT",
	"Sun, 06 Nov 1994 08:49:37 +0000",
	"Sun, 06-Nov-94 08:49:37 GMT",
	"Sunday, 06-Nov-1994 08:49:37 GMT",
	"Sunday 06-Nov-94 08:49:37 GMT",
	"Sunday, 06 Nov 1994 08:49:37 GMT",
	"Mosday, 06-Nov-94 08:49:37 GMT",
	"Sunday, 6-Nov-94 08:49:37 GMT",
	"Sun Nov 6 08:49:37 1994",
	"Sun Nov   6 08:49:37 1994",
	"Sun Nov  0 08:49:37 1994",
	"Sun Nov  6 08:49:37 94",
	"Sun Nov  6 08:49:37 1994 GMT",
	"1994-11-06T08:49:37Z",
};

/* Cut short anywhere, in storage of exactly its size, it is no date. */
static bool cut_is_refused(struct span text)
{
	int64_t unix_s;
	bool refused = true;

	for (size_t n = 0; n < text.len; n++) {
		unsigned char *copy = malloc(n + (n == 0));

		if (!copy)
			abort();
		memcpy(copy, text.p, n);
		refused = refused && !http_date_parse(span_of(copy, n), &unix_s);
		free(copy);
	}
	return refused;
}

int main(void)
{
	int64_t unix_s;
	size_t wrong = 0;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct span text = { (const unsigned char *)good[i].text, strlen(good[i].text) };

		check(http_date_parse(text, &unix_s) && unix_s == good[i].unix_s && cut_is_refused(text),
		      "date %zu, and not cut short", i);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!http_date_parse(span_str(bad[i]), &unix_s), "refused: \"%s\"", bad[i]);
	check(!http_date_parse(span_of("Sun, 06 Nov 1994 08:49:37 GM\0", 29), &unix_s), "a NUL");
	check(!http_date_parse(span_of(NULL, 0), &unix_s), "no storage");

	for (int64_t at = -62167219200; at < 253402300800; at += 86399 * 97) {
		unsigned char storage[64];
		struct builder b;

		builder_init(&b, storage, sizeof storage);
		http_date(&b, (time_t)at);
		if (!builder_ok(&b) || !http_date_parse(builder_span(&b), &unix_s) || unix_s != at)
			wrong++;
	}
	check(wrong == 0, "what is written is read, from the year 0 to 9999");
	return tap_end();
}
