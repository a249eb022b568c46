/* Spans: every function at its edges. */
#include "base/span.h"

#include <string.h>

#include "tap.h"

static void parts(void)
{
	struct span s = span_str("hello"), none = span_of(NULL, 0);

	check(s.len == 5 && memcmp(s.p, "hello", 5) == 0, "over a C string");
	check(span_str(NULL).len == 0 && !span_str(NULL).p, "over no string");
	check(span_is(span_from(s, 0), "hello") && span_is(span_from(s, 2), "llo"), "from");
	check(span_is(span_from(s, 5), "") && span_from(s, 5).p == s.p + 5, "from its end");
	check(span_is(span_from(s, 6), "") && span_is(span_from(s, SIZE_MAX), ""), "from beyond");
	check(!span_from(none, 3).p, "from nothing");
	check(span_is(span_head(s, 0), "") && span_is(span_head(s, 2), "he"), "head");
	check(span_is(span_head(s, 5), "hello") && span_is(span_head(s, SIZE_MAX), "hello"),
	      "head longer than all");
}

static void comparison(void)
{
	struct span none = span_of(NULL, 0);

	check(span_eq(span_of("a\0b", 3), span_of("a\0b", 3)), "equal with a NUL inside");
	check(!span_eq(span_of("a\0b", 3), span_of("a\0c", 3)), "different behind the NUL");
	check(!span_eq(span_str("a"), span_str("ab")) && !span_eq(span_str("ab"), span_str("a")),
	      "one begins the other");
	check(span_eq(none, span_str("")) && span_is(none, ""), "nothing is nothing");
	check(!span_is(span_of("a\0", 2), "a"), "a NUL is a byte");
	check(!span_is(span_str("A"), "a"), "case matters");
	check(span_is_nocase(span_str("Host"), "hOST"), "without case");
	check(!span_is_nocase(span_str("Host"), "Hos") && !span_is_nocase(span_str("Hos"), "Host"),
	      "without case, another length");
	check(!span_is_nocase(span_str("[{@`"), "{[`@"), "only letters have case");
	check(!span_is_nocase(span_str("\xc3\xa9"), "\xc3\x89"), "bytes above 127 have none");
	check(span_starts(span_str("unix:/a"), "unix:") && span_starts(span_str("a"), ""),
	      "a beginning");
	check(!span_starts(span_str("uni"), "unix") && !span_starts(none, "a"), "no beginning");
	check(span_starts(none, ""), "nothing begins with nothing");
}

static void finding(void)
{
	check(span_find(span_str("a:b:c"), ':') == 1, "the first");
	check(span_find(span_str("abc"), ':') == 3, "not there");
	check(span_find(span_of(NULL, 0), ':') == 0, "not in nothing");
	check(span_find(span_of("a\0b", 3), 0) == 1, "a NUL");
	check(span_find(span_str("a\xff"), 0xff) == 1, "a high byte");
}

/* Splits at commas; the fields come back joined by bars. */
static const char *split(struct span all)
{
	static char joined[64];
	struct span field;
	size_t at = 0;

	while (span_split(&all, ',', &field)) {
		memcpy(joined + at, field.p, field.len);
		at += field.len;
		joined[at++] = '|';
	}
	joined[at] = 0;
	return joined;
}

static void splitting(void)
{
	struct span none = span_of(NULL, 0), field;

	check(strcmp(split(span_str("a,bc,d")), "a|bc|d|") == 0, "three fields");
	check(strcmp(split(span_str("abc")), "abc|") == 0, "one field");
	check(strcmp(split(span_str("")), "|") == 0, "one empty field");
	check(strcmp(split(span_str(",")), "||") == 0, "two empty fields");
	check(strcmp(split(span_str("a,,b,")), "a||b||") == 0, "empty ones between and behind");
	check(!span_split(&none, ',', &field), "no storage, no field");
}

static void trimming(void)
{
	static const char *const cases[][2] = {
		{ "a", "a" }, { " a", "a" }, { "a ", "a" }, { "\t a b \t", "a b" },
		{ "", "" }, { " \t ", "" }, { "\na\n", "\na\n" }, { "\va\r", "\va\r" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check(span_is(span_trim(span_str(cases[i][0])), cases[i][1]), "trimmed: %zu", i);
	check(span_trim(span_of(NULL, 0)).len == 0, "trimmed: nothing");
}

static void numbers(void)
{
	static const struct {
		const char *text;
		uint64_t max;
		bool good;
		uint64_t value;
	} cases[] = {
		{ "0", 0, true, 0 },
		{ "1", 0, false, 0 },
		{ "007", 7, true, 7 },
		{ "00000000000000000000000000000001", 1, true, 1 },
		{ "65535", 65535, true, 65535 },
		{ "65536", 65535, false, 0 },
		{ "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, false, 0 },
		{ "18446744073709551620", UINT64_MAX, false, 0 },
		{ "28446744073709551615", UINT64_MAX, false, 0 },
		{ "99999999999999999999999", UINT64_MAX, false, 0 },
		{ "", 9, false, 0 },
		{ "-1", 9, false, 0 },
		{ "+1", 9, false, 0 },
		{ " 1", 9, false, 0 },
		{ "1 ", 9, false, 0 },
		{ "1\n", 9, false, 0 },
		{ "0x1", 9, false, 0 },
		{ "1e0", 9, false, 0 },
		{ "1.0", 9, false, 0 },
		{ "/", 9, false, 0 },
		{ ":", 9, false, 0 },
		{ "\xb2", 9, false, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint64_t value = 4242;
		bool good = span_number(span_str(cases[i].text), cases[i].max, &value);

		check(good == cases[i].good && value == (good ? cases[i].value : 4242),
		      "number %zu", i);
	}
	check(!span_number(span_of("1\0", 2), 9, &(uint64_t){ 0 }), "number: a NUL behind");
}

int main(void)
{
	parts();
	comparison();
	finding();
	splitting();
	trimming();
	numbers();
	return tap_end();
}
