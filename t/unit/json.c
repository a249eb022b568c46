/* JSON: what is a document and what is none, values found, strings read and written. */
#include "base/json.h"

#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/utf8.h"
#include "tap.h"

enum { TOKENS = 4096, TEXT = 70000 };

static struct json_token tokens[TOKENS];
static struct json doc;
static unsigned char text[TEXT], storage[1024];
static struct builder scratch;

/* Over a copy that ends where its storage ends, so that a sanitizer sees a byte too far. */
static bool reads(struct span bytes, size_t n)
{
	unsigned char *copy = text + sizeof text - bytes.len;

	memmove(copy, bytes.p, bytes.len);
	return json_read(&doc, span_of(copy, bytes.len), tokens, n);
}

/* Fit for a line of the protocol. */
static const char *shown(const char *json)
{
	static unsigned char line[1024];
	struct builder b;

	builder_init(&b, line, sizeof line);
	log_hostile(&b, span_str(json), 200);
	return builder_cstr(&b);
}

static struct json_value root_of(const char *json)
{
	if (!reads(span_str(json), TOKENS))
		check(false, "not read: %s", shown(json));
	builder_init(&scratch, storage, sizeof storage);
	return json_root(&doc);
}

static void accepted(void)
{
	static const char *const good[] = {
		"{}", "[]", "null", "true", "false", "0", "-0", "1", "\"\"", " {} ", "\t\r\n []\n",
		"-1", "10", "0.0", "1.5", "-1.25", "1e1", "1E1", "1e+1", "1e-1", "0e0", "1.5e10",
		"123456789012345678901234567890", "1e999999", "[0]", "[1,2]", "[ 1 , 2 ]",
		"{\"a\":1}", "{ \"a\" : 1 , \"b\" : 2 }", "{\"a\":{}}", "{\"a\":[]}", "{\"\":0}",
		"[[],[],{}]", "[true,false,null]", "{\"a\":true,\"b\":null}", "[\"a\",\"b\"]",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0000\"", "\"\\uD83D\\ude00\"", "\"\\ud800\"",
		"\"\\udc00\\ud800\"", "\"\x7f\"", "\"/\"", "\"\xc3\xa9\"", "\"\xe2\x82\xac\"",
		"\"\xf0\x9f\x98\x80\"", "\"\xf4\x8f\xbf\xbf\"", "\"\xef\xbf\xbf\"", "\"\xed\x9f\xbf\"",
		"{\"a\":1,\"A\":2}", "{\"a\":1,\"aa\":2}", "{\"\\ud800\":1,\"\\ud801\":2}",
		"[{\"a\":1},{\"a\":1}]", "{\"a\":{\"a\":{\"a\":1}}}", "\"[{,:}]\"", "\"\\u002c\"",
	};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		check(reads(span_str(good[i]), TOKENS), "a document: %s", shown(good[i]));
}

static void refused(void)
{
	static const char *const bad[] = {
		/* what jsmn takes for JSON */
		"", " ", "{\"a\"}", "{,}", "{\"a\":1,}", "[1,,3]", "tru", "01", "{}{}", "1 2",
		"\"\x01\"", "\"\n\"", "\"\t\"", "{\"a\":1,\"a\":2}", "[1 2]", "{\"a\" 1}",
		"{\"a\":1 \"b\":2}", "{\"a\":1:2}", "{\"a\":}", "{:1}", "{1:2}", "{null:1}", "{[]:1}",
		"{{}:1}", "[:]", "[1:2]", "[\"a\":1]", "{\"a\",\"b\"}", "{\"a\":\"b\" \"c\"}", "[,]", "[1,]",
		"[,1]", ",", ":", "1,", "1:", "{},", ",{}", "{}]", "[}", "{]", "[]}", "[[]", "[", "{", "]", "}",
		"[{]}", "{\"a\":[}]", "\"a\"\"b\"", "[\"a\"\"b\"]", "[\"a\"1]", "[1\"a\"]", "[1[]]", "[[]1]",
		"{\"a\":1{}}", "{\"a\"{}}", "a", "'a'", "{a:1}", "{'a':1}", "undefined", "NaN", "Infinity",
		"-Infinity", "[a]", "// c\n1", "/**/1", "1 // c", "#\n1",
		/* literals and numbers */
		"True", "TRUE", "nul", "nulll", "truefalse", "true1", "-", "+1", "--1", "-a", "00", "-01", "1.",
		".5", "-.5", "1.e1", "1e", "1e+", "1e-", "e1", "1e1.5", "1.2.3", "0x10", "1_000", "1a", "0b1",
		"1 e1", "1e 1", "- 1", "\xef\xbc\x91",
		/* strings */
		"\"", "\"a", "a\"", "\"\\\"", "\"\\", "\"\\x41\"", "\"\\a\"", "\"\\v\"", "\"\\0\"", "\"\\'\"",
		"\"\\u\"", "\"\\u1\"", "\"\\u12\"", "\"\\u123\"", "\"\\u123g\"", "\"\\u 123\"", "\"\\u-123\"",
		"\"\\U1234\"", "\"\\u12", "\"\x1f\"", "{\"\x01\":1}", "{\"\\x\":1}",
		/* no UTF-8 */
		"\"\x80\"", "\"\xbf\"", "\"\xc3\"", "\"\xc3(\"", "\"\xc0\x80\"", "\"\xc1\xbf\"",
		"\"\xe0\x80\x80\"", "\"\xe0\x9f\xbf\"", "\"\xe2\x82\"", "\"\xed\xa0\x80\"", "\"\xed\xbf\xbf\"",
		"\"\xf0\x80\x80\x80\"", "\"\xf0\x8f\xbf\xbf\"", "\"\xf4\x90\x80\x80\"", "\"\xf5\x80\x80\x80\"",
		"\"\xff\"", "\"\xfe\"", "\"\xf0\x9f\x98\"", "{\"\xff\":1}",
		/* space that is none */
		"\xef\xbb\xbf{}", "\v1", "\f1", "1\f", "\xc2\xa0" "1", "[1\x0b]", "[\xe2\x80\xa8]",
		/* one name twice, however it is spelled */
		"{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":1,\"\\u0061\":2}", "{\"\\u0041\":1,\"A\":2}",
		"{\"\":1,\"\":2}", "{\"\xc3\xa9\":1,\"\\u00e9\":2}", "{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}",
		"{\"/\":1,\"\\/\":2}", "{\"\\ud800\":1,\"\\uD800\":2}", "[{\"x\":{\"a\":[1,2,{}],\"a\":0}}]",
		"{\"a\":{\"b\":1},\"c\":[1,2],\"a\":1}",
	};
	static const char nul_inside[] = "[1]\0[2]", nul_string[] = "\"a\0b\"", nul_end[] = "{}";

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!reads(span_str(bad[i]), TOKENS), "none: %s", shown(bad[i]));
	check(!reads(span_of(nul_inside, sizeof nul_inside - 1), TOKENS), "none: a NUL between values");
	check(!reads(span_of(nul_string, sizeof nul_string - 1), TOKENS), "none: a NUL in a string");
	check(!reads(span_of(nul_end, sizeof nul_end), TOKENS), "none: a NUL at the end");
	check(json_type(json_root(&doc)) == JSON_ABSENT, "what is none has no root");
}

static const char sample[] =
	" {\"status\" : \"valid\", \"n\":[1,-2,3.5e1, true,null,\"x\"],\n"
	"\"o\":{\"a\\u0062\":{\"deep\":[[],[{}]]},\"e\":\"\\ud83d\\ude00\\n\xc3\xa9\"},\"last\":false} ";

static void cut_anywhere(void)
{
	size_t whole = sizeof sample - 1, good = 0;

	for (size_t n = 0; n < whole; n++)
		good += reads(span_of(sample, n), TOKENS);
	check(good == 1 && reads(span_of(sample, whole - 1), TOKENS),
	      "cut at every byte: only the space at its end may be missing");
	check(reads(span_of(sample, whole), TOKENS), "whole");
}

/* Whatever byte stands in place of another, the outcome is an answer and all values are inside. */
static void bent_anywhere(void)
{
	char bent[sizeof sample];
	size_t n = 0;

	for (size_t i = 0; i < sizeof sample - 1; i++)
		for (int c = 0; c < 256; c += i % 7 == 0 ? 1 : 5) {
			memcpy(bent, sample, sizeof bent);
			bent[i] = (char)c;
			if (!reads(span_of(bent, sizeof bent - 1), TOKENS))
				continue;
			for (struct json_value v = json_first(json_root(&doc)); json_type(v) != JSON_ABSENT;
			     v = json_next(json_root(&doc), v)) {
				struct span s = json_source(v);

				n += s.len > 0 && s.p > doc.text.p && s.p + s.len < doc.text.p + doc.text.len ? 0 : 1000000;
				n++;
			}
		}
	check(n > 1000 && n < 1000000, "bent at every byte");
}

static void room(void)
{
	size_t n;

	for (n = 0; n < 20 && !reads(span_str("{\"a\":[1,2,{\"b\":\"c\"}]}"), n); n++)
		;
	check(n == 8, "one token a value and one a name (%zu)", n);
	check(!json_read(&doc, span_of("1", (size_t)1 << 40), tokens, TOKENS), "a text too long to count");
	check(!json_read(&doc, span_str(NULL), tokens, TOKENS), "no text");
}

static bool nested(const char *open, const char *middle, const char *close, int depth)
{
	static unsigned char bytes[4 * TOKENS * 2];
	struct builder b;

	builder_init(&b, bytes, sizeof bytes);
	for (int i = 0; i < depth; i++)
		builder_str(&b, open);
	builder_str(&b, middle);
	for (int i = 0; i < depth; i++)
		builder_str(&b, close);
	return builder_ok(&b) && reads(builder_span(&b), TOKENS);
}

static void depth(void)
{
	check(nested("[", "", "]", JSON_DEPTH_MAX), "arrays as deep as can be");
	check(!nested("[", "", "]", JSON_DEPTH_MAX + 1), "and one too deep");
	check(nested("{\"a\":", "1", "}", JSON_DEPTH_MAX), "objects as deep as can be");
	check(!nested("{\"a\":", "1", "}", JSON_DEPTH_MAX + 1), "and one too deep");
	check(!nested("[", "1", "]", TOKENS - 1), "as deep as there are tokens");
	check(!nested("[", "", "", TOKENS), "only opened");
}

/* As many members as fit, all with names alike in length, the last one again. */
static void many_members(bool twice)
{
	struct builder b;
	static unsigned char bytes[TEXT];
	int n = TOKENS / 2 - 1;

	builder_init(&b, bytes, sizeof bytes);
	for (int i = 0; i < n; i++) {
		builder_str(&b, i == 0 ? "{\"" : ",\"");
		builder_number(&b, (uint64_t)(10000 + (twice && i == n - 1 ? 0 : i)));
		builder_str(&b, "\":");
		builder_number(&b, (uint64_t)i);
	}
	builder_str(&b, "}");
	check(reads(builder_span(&b), TOKENS) == !twice, "%d members, %s", n, twice ? "one again" : "all new");
	if (!twice) {
		uint64_t number = 0;

		check(json_count(json_root(&doc)) == (size_t)n &&
		      json_number(json_member(json_root(&doc), "12000"), 5000, &number) && number == 2000,
		      "one of many is found");
	}
}

/* One of `n` names again, wherever both stand: spelled otherwise the second time. */
static int said_twice(int n)
{
	unsigned char bytes[TEXT / 16];
	struct builder b;
	int found = 0;

	for (int first = 0; first < n; first++)
		for (int second = first + 1; second < n; second++) {
			builder_init(&b, bytes, sizeof bytes);
			for (int i = 0; i < n; i++) {
				builder_str(&b, i == 0 ? "{\"" : ",\"");
				builder_str(&b, i == second ? "\\u006b" : "k");
				builder_number(&b, (uint64_t)(i == second ? first : i));
				builder_str(&b, "\":1");
			}
			builder_str(&b, "}");
			found += !reads(builder_span(&b), TOKENS);
		}
	return found;
}

static void names(void)
{
	static const int sizes[] = { 2, 3, 4, 5, 8, 13, 17, 33 };
	/* Two pairs of names that our hash does not tell apart. */
	static const char pairs[] = "\"k87022\":1,\"k147620\":2,\"k87024\":3,\"k147622\":4";
	char object[128];

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		check(said_twice(sizes[i]) == sizes[i] * (sizes[i] - 1) / 2, "one of %d names again", sizes[i]);
	snprintf(object, sizeof object, "{%s}", pairs);
	check(json_count(root_of(object)) == 4 && json_is(json_name(root_of(object), json_member(root_of(object), "k147622")), "k147622"),
	      "names that look alike to a hash");
	snprintf(object, sizeof object, "{%s,\"k\\u00387022\":5}", pairs);
	check(!reads(span_str(object), TOKENS), "and one of them again");
	check(json_type(json_next(root_of("{\"a\":1,\"b\":2}"), (struct json_value){ &doc, 1 })) == JSON_ABSENT, "behind a name is none");
}

/* What is deeper than may be costs no more than what is not: with jsmn alone it is half a minute. */
static void far_too_deep(void)
{
	static struct json_token many[100001];
	static unsigned char bytes[200000];
	clock_t start = clock();

	memset(bytes, '[', sizeof bytes / 2);
	memset(bytes + sizeof bytes / 2, ']', sizeof bytes / 2);
	check(!json_read(&doc, span_of(bytes, sizeof bytes), many, 100001), "far too deep");
	/* Where jsmn sees no string, nothing hides there. */
	memcpy(bytes, "[a\",a ", 7);
	check(!json_read(&doc, span_of(bytes, sizeof bytes), many, 100001), "behind a quote that begins nothing");
	memcpy(bytes, "[a[\", ", 6);
	check(!json_read(&doc, span_of(bytes, sizeof bytes), many, 100001), "behind a bracket that opens nothing");
	check((clock() - start) / CLOCKS_PER_SEC < 3, "in no time");
}

static void walks(void)
{
	struct json_value root = root_of(sample), n = json_member(root, "n"), v = json_first(n);
	static const enum json_type types[] = { JSON_NUMBER, JSON_NUMBER, JSON_NUMBER, JSON_BOOLEAN,
		                                JSON_NULL, JSON_STRING };
	static const char *const names[] = { "status", "n", "o", "last" };
	size_t i = 0;

	check(json_type(root) == JSON_OBJECT && json_count(root) == 4, "four members");
	for (v = json_first(root); json_type(v) != JSON_ABSENT; v = json_next(root, v), i++)
		check(i < 4 && json_is(json_name(root, v), names[i]), "member %zu", i);
	check(i == 4, "and no fifth");
	check(json_count(n) == 6, "six values");
	for (i = 0, v = json_first(n); json_type(v) != JSON_ABSENT; v = json_next(n, v), i++)
		check(i < 6 && json_type(v) == types[i] && json_type(json_name(n, v)) == JSON_ABSENT,
		      "value %zu", i);
	check(i == 6, "and no seventh");
	v = json_member(json_member(json_member(root, "o"), "ab"), "deep");
	check(json_count(v) == 2 && json_count(json_first(v)) == 0, "a path, with a name that is escaped");
	v = json_next(v, json_first(v));
	check(json_count(v) == 1 && json_type(json_first(v)) == JSON_OBJECT, "the value behind an array");
	check(span_is(json_source(v), "[{}]") && span_is(json_source(json_member(root, "last")), "false") &&
	      span_is(json_source(json_member(root, "status")), "\"valid\""), "sources");
}

/* Absent values, and functions asked about another type. */
static void nothing(void)
{
	struct json_value root = root_of("{\"a\":1,\"b\":[],\"c\":{},\"d\":\"x\"}");
	struct json_value gone = json_member(root, "none"), one = json_member(root, "a");
	struct span s;
	uint64_t number = 7;
	bool truth = true;

	check(json_type(gone) == JSON_ABSENT && json_count(gone) == 0 && json_source(gone).len == 0, "absent");
	check(json_type(json_member(json_first(json_next(gone, gone)), "x")) == JSON_ABSENT &&
	      json_type(json_name(gone, one)) == JSON_ABSENT && json_type(json_name(root, gone)) == JSON_ABSENT,
	      "absent of absent");
	check(!json_text(gone, &scratch, &s) && !json_is(gone, "") && !json_number(gone, 9, &number) &&
	      !json_boolean(gone, &truth), "no value of absent");
	check(json_type(json_member(one, "a")) == JSON_ABSENT && json_type(json_first(one)) == JSON_ABSENT &&
	      json_type(json_next(one, one)) == JSON_ABSENT && json_count(one) == 0, "a number has no members");
	check(json_type(json_first(json_member(root, "b"))) == JSON_ABSENT &&
	      json_type(json_first(json_member(root, "c"))) == JSON_ABSENT, "nothing in nothing");
	check(json_type(json_next(root, json_member(root, "d"))) == JSON_ABSENT, "nothing behind the last");
	check(!json_text(one, &scratch, &s) && !json_boolean(one, &truth) && !json_is(one, "1"), "a number is no text");
	check(!json_number(json_member(root, "d"), 9, &number) && number == 7 && truth, "outcomes left alone");
	check(json_type(json_member(root, "x")) == JSON_ABSENT, "a value is no name");
}

static void numbers(void)
{
	static const struct { const char *text; bool good; uint64_t value; } table[] = {
		{ "0", true, 0 }, { "7", true, 7 }, { "18446744073709551615", true, UINT64_MAX },
		{ "18446744073709551616", false, 0 }, { "-0", false, 0 }, { "-1", false, 0 },
		{ "1.0", false, 0 }, { "1e2", false, 0 }, { "\"1\"", false, 0 }, { "true", false, 0 },
	};
	uint64_t number;
	bool truth = false;

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		number = 0;
		check(json_number(root_of(table[i].text), UINT64_MAX, &number) == table[i].good &&
		      number == table[i].value, "number: %s", table[i].text);
	}
	check(json_number(root_of("9"), 9, &number) && !json_number(root_of("10"), 9, &number), "at most nine");
	check(json_boolean(root_of("true"), &truth) && truth && json_boolean(root_of("false"), &truth) && !truth,
	      "truths");
}

static void means(const char *json, const char *meaning)
{
	struct json_value v = root_of(json);
	struct span s = { NULL, 0 };

	check(json_text(v, &scratch, &s) && span_is(s, meaning) && json_is(v, meaning), "means: %s", shown(json));
}

static void strings(void)
{
	struct json_value v;
	struct span s;

	means("\"\"", "");
	means("\"abc\"", "abc");
	means("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t");
	means("\"\\u0041\\u00e9\\u20AC\\uD83D\\uDE00\"", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	means("\"\\uffff\\udbff\\udfff\"", "\xef\xbf\xbf\xf4\x8f\xbf\xbf");
	means("\"\xc3\xa9\\n\"", "\xc3\xa9\n");
	means("\"\\\\u0041\"", "\\u0041");

	static const char *const without[] = { "\"\\u0000\"", "\"a\\u0000\"", "\"\\ud800\"", "\"\\udc00\"",
		"\"\\udc00\\ud800\"", "\"\\ud800x\"", "\"\\ud800\\n\"", "\"\\ud800\\ud800\"", "\"\\ud83d\\u0041\"" };

	for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
		v = root_of(without[i]);
		check(!json_text(v, &scratch, &s) && scratch.len == 0 && builder_ok(&scratch) &&
		      !json_is(v, "") && !json_is(v, "\xed\xa0\x80") && !json_is(v, "a"), "no text: %s", shown(without[i]));
	}
	check(!json_is(root_of("\"a\\u0062\""), "a") && !json_is(json_root(&doc), "abc") &&
	      !json_is(json_root(&doc), "aB"), "not nearly");
	v = root_of("\"\\n\\u00e9\"");
	builder_init(&scratch, storage, 2);
	check(!json_text(v, &scratch, &s) && !builder_ok(&scratch), "too little room");
	builder_init(&scratch, storage, 3);
	check(json_text(v, &scratch, &s) && span_is(s, "\n\xc3\xa9"), "just enough");
	builder_init(&scratch, storage, sizeof storage);
	builder_str(&scratch, "before");
	check(json_text(v, &scratch, &s) && span_is(s, "\n\xc3\xa9") && scratch.len == 9, "behind what is there");
}

static void written(struct span bytes, const char *json, const char *about)
{
	struct builder b;
	unsigned char out[256];

	builder_init(&b, out, sizeof out);
	json_write_string(&b, bytes);
	check(builder_ok(&b) && span_is(builder_span(&b), json), "written: %s", about);
}

static void writes(void)
{
	unsigned char two[2], out[2000];
	struct builder b;
	struct span s;
	int good = 0;

	written(span_str(""), "\"\"", "nothing");
	written(span_str(NULL), "\"\"", "no storage");
	written(span_str("a/b\x7f"), "\"a/b\\u007f\"", "DEL");
	written(span_str("\"\\\b\f\n\r\t\v\x01\x1f"), "\"\\\"\\\\\\b\\f\\n\\r\\t\\u000b\\u0001\\u001f\"", "escapes");
	written(span_of("a\0b", 3), "\"a\\u0000b\"", "a NUL");
	written(span_str("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", "UTF-8");
	written(span_str("\xff" "a\xc3"), "\"\xef\xbf\xbd" "a\xef\xbf\xbd\"", "no UTF-8");
	written(span_str("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", "a surrogate");
	for (int i = 0; i < 65536; i++) {
		two[0] = (unsigned char)(i >> 8);
		two[1] = (unsigned char)i;
		builder_init(&b, out, sizeof out);
		json_write_string(&b, span_of(two, 2));
		builder_init(&scratch, storage, sizeof storage);
		if (!reads(builder_span(&b), 1))
			continue;
		if (!json_text(json_root(&doc), &scratch, &s))
			good += two[0] == 0 || two[1] == 0;
		else
			good += (two[0] > 127 || two[1] > 127) || span_eq(s, span_of(two, 2));
	}
	check(good == 65536, "two bytes of any kind become a string (%d)", good);
	builder_init(&b, out, 5);
	json_write_string(&b, span_str("abcd"));
	check(!builder_ok(&b), "too little room to write");
}

static void characters(void)
{
	unsigned char bytes[8];
	struct builder b;
	uint32_t got = 0;
	int good = 0, wrong = 0;

	for (uint32_t c = 0; c < 0x120000; c++) {
		bool none = c > 0x10ffff || (c >= 0xd800 && c < 0xe000);

		builder_init(&b, bytes, sizeof bytes);
		utf8_write(&b, c);
		if (utf8_first(builder_span(&b), &got) == b.len && got == (none ? 0xfffd : c))
			good++;
		for (size_t n = 0; n < b.len; n++)
			wrong += utf8_first(span_head(builder_span(&b), n), &got) != 0;
	}
	check(good == 0x120000 && wrong == 0, "every character and back");
}

int main(void)
{
	accepted();
	refused();
	cut_anywhere();
	bent_anywhere();
	room();
	depth();
	many_members(false);
	many_members(true);
	names();
	far_too_deep();
	walks();
	nothing();
	numbers();
	strings();
	writes();
	characters();
	return tap_end();
}
