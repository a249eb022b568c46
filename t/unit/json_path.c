/* Paths into JSON: what they lead to, what is none; and values on one line. */
#include "base/json_path.h"

#include <string.h>

#include "base/json_compact.h"
#include "tap.h"

static struct json_token tokens[512];
static struct json doc;
static unsigned char storage[4096];

static bool read_document(const char *text)
{
	return json_read(&doc, span_str(text), tokens, sizeof tokens / sizeof *tokens);
}

static void test_find(void)
{
	static const char document[] =
		"{\"a\":{\"b\":[10,[11,{\"c\":12}],\"x\"]},\"a b\":1,\"\":2,\"a.b\":3,\"[0]\":4,\"q\\\"\\\\\":5,"
		"\"\\u00e9\":6,\"0\":7,\"-1\":8,\"null\":null,\"e\":[],\"o\":{},\"_-Z9\":9,\"\\ud800\":13}";
	static const struct {
		const char *path, *source; /* NULL: absent */
	} cases[] = {
		{ ".", document },
		{ ".a", "{\"b\":[10,[11,{\"c\":12}],\"x\"]}" },
		{ ".a.b", "[10,[11,{\"c\":12}],\"x\"]" },
		{ ".a.b[0]", "10" },
		{ ".a.b[00]", "10" },
		{ ".a.b[1][1].c", "12" },
		{ ".a[\"b\"][1][1][\"c\"]", "12" },
		{ "[\"a\"].b[0]", "10" },
		{ ".[\"a\"].b[0]", "10" },
		{ ".a.b[2]", "\"x\"" },
		{ ".a.b[-1]", "\"x\"" },
		{ ".a.b[-3]", "10" },
		{ ".a.b[3]", NULL },
		{ ".a.b[-4]", NULL },
		{ ".a.b[-0]", NULL },
		{ ".a.b[2147483647]", NULL },
		{ ".\"a b\"", "1" },
		{ "[\"a b\"]", "1" },
		{ ".\"\"", "2" },
		{ ".\"a.b\"", "3" },
		{ ".\"[0]\"", "4" },
		{ ".\"q\\\"\\\\\"", "5" },
		{ ".\"q\\u0022\\u005c\"", "5" },
		{ ".\"\xc3\xa9\"", "6" },
		{ ".\"\\u00E9\"", "6" },
		{ ".0", "7" },
		{ ".-1", "8" },
		{ ".null", "null" },
		{ ".null.x", NULL },
		{ ".null[0]", NULL },
		{ ".e[0]", NULL },
		{ ".e[-1]", NULL },
		{ ".o.x", NULL },
		{ ".o[0]", NULL },
		{ "[0]", NULL },
		{ ".a.b.c", NULL },
		{ ".a.b[2].x", NULL },
		{ ".A", NULL },
		{ ".a.b[0][0]", NULL },
		{ "._-Z9", "9" },
		{ ".\"\\ud800\"", "13" },
		{ ".\"\\udc00\"", NULL },
		{ ".x.y.z[1]", NULL },
	};

	check(read_document(document), "find: a document");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct span path = span_str(cases[i].path);
		struct json_value v = json_path_find(json_root(&doc), path);

		check(json_path_ok(path) && (json_type(v) == JSON_ABSENT) == !cases[i].source &&
		              span_is(json_source(v), cases[i].source ? cases[i].source : ""),
		      "find: %s", cases[i].path);
	}
}

static void test_malformed(void)
{
	static const char *const paths[] = {
		"", "a", "..", ".a.", ".a..b", ". a", ".a b", " .a", ".a ", ".[", ".[]", ".]", "[", "[]", "[a]",
		"[0", "[0]]", "[[0]]", "[0]a", "[ 0]", "[0 ]", "[+1]", "[--1]", "[-]", "[1.0]", "[1e1]", "[0x1]",
		"[2147483648]", "[18446744073709551616]", ".a.[0]", ".[0].[0]", ".\"a", ".\"a\\\"", ".\"a\\",
		".\"\\x\"", ".\"\\u12\"", ".\"a\"b", "[\"a\"", "[\"a]", "[\"a\"", "[\"a\" ]", "['a']", ".a\"b\"",
		".\xc3\xa9", ".\"\xff\"", ".\"\n\"", ".a\n", ".a/b", ".$", ".*", ".a[*]", ".a[0:1]", ".a[0][",
	};
	static const char good[] = ".a.\"b\\u0041\"[12][\"c\\\\\"][-3]";
	static char longest[JSON_PATH_MAX + 2];

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		check(!json_path_ok(span_str(paths[i])), "malformed: path %zu", i);
	check(!json_path_ok(span_of(".a\0b", 4)), "malformed: a NUL");
	check(json_path_ok(span_str(good)), "whole: %s", good);
	for (size_t n = 0; n < sizeof good - 1; n++) {
		/* Where a step ends, or in a name without quotes. */
		bool whole = n == 1 || n == 2 || n == 12 || n == 16 || n == 23;

		check(json_path_ok(span_of(good, n)) == whole, "cut at %zu: %.*s", n, (int)n, good);
	}
	memset(longest, 'a', sizeof longest - 1);
	longest[0] = '.';
	check(json_path_ok(span_of(longest, JSON_PATH_MAX)) &&
	              !json_path_ok(span_of(longest, JSON_PATH_MAX + 1)), "length");
}

static void test_compact(void)
{
	static const struct {
		const char *text, *compact;
	} cases[] = {
		{ " [ 1 , \t2.50e+1 ,\r\n-0 ] ", "[1,2.50e+1,-0]" },
		{ "{ \"a b\" : \" c\\\" \" , \"d\" : [ ] , \"e\" : { } }", "{\"a b\":\" c\\\" \",\"d\":[],\"e\":{}}" },
		{ "\"\\\\\"", "\"\\\\\"" },
		{ "[\"\\\\\" , \" \\\\\\\" , \"]", "[\"\\\\\",\" \\\\\\\" , \"]" },
		{ "\"\\n\\u000a\\/\\ud800\xc3\xa9\xf0\x9f\x98\x80\"", "\"\\n\\u000a\\/\\ud800\xc3\xa9\xf0\x9f\x98\x80\"" },
		{ "\"\x7f\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0\"", "\"\\u007f\\u0080\\u009b\\u009f\xc2\xa0\"" },
		{ " null ", "null" },
	};
	struct builder out;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		builder_init(&out, storage, sizeof storage);
		check(read_document(cases[i].text), "compact: a document");
		json_compact(&out, json_root(&doc));
		check(builder_ok(&out) && span_is(builder_span(&out), cases[i].compact), "compact: %s",
		      cases[i].compact);
	}
	builder_init(&out, storage, 3);
	read_document("[1,2]");
	json_compact(&out, json_root(&doc));
	check(!builder_ok(&out), "compact: what does not fit");
	builder_init(&out, storage, sizeof storage);
	json_compact(&out, json_path_find(json_root(&doc), span_str(".x")));
	check(builder_ok(&out) && out.len == 0, "compact: nothing of nothing");
}

int main(void)
{
	test_find();
	test_malformed();
	test_compact();
	return tap_end();
}
