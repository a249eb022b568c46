/* What is asked of the guest agent, read. */
#include "tee/agent_arguments.h"

#include "tap.h"

static struct agent_arguments a;

static void json(const char *text)
{
	check(agent_arguments_json(&a, span_str(text)), "read: %s", text);
}

static void query(const char *text)
{
	check(agent_arguments_query(&a, span_str(text)), "read: %s", text);
}

static void text_is(const char *name, const char *expected)
{
	struct span text;

	check(agent_text(&a, name, &text) && span_is(text, expected), "%s is %s", name, expected);
}

static void wrong_is(bool answer, const char *name)
{
	check(!answer && a.wrong && strcmp(a.wrong, name) == 0, "%s is wrong", name);
	a.wrong = NULL;
}

static void texts(void)
{
	struct span s;

	json("{\"path\":\"a\\u0062c\",\"purpose\":null,\"other\":[1,{\"x\":2}]}");
	text_is("path", "abc");
	text_is("purpose", "");
	text_is("algorithm", "");
	json("");
	text_is("path", "");
	check(agent_arguments_json(&a, span_str(" \r\n\t")), "white space alone");
	json("{\"path\":1}");
	wrong_is(agent_text(&a, "path", &s), "path");
	json("{\"path\":\"a\\u0000b\"}");
	wrong_is(agent_text(&a, "path", &s), "path");
	query("path=a%2fb+c&purpose=");
	text_is("path", "a/b c");
	text_is("purpose", "");
	text_is("algorithm", "");
	query("path=%ff\"");
	text_is("path", "\xef\xbf\xbd\"");
}

static void bytes(void)
{
	static const char *const bad[] = { "{\"data\":\"0\"}", "{\"data\":\"0g\"}", "{\"data\":\" 00\"}",
		                           "{\"data\":\"0x0\"}", "{\"data\":\"0X00\"}", "{\"data\":7}",
		                           "{\"data\":[]}", "{\"data\":\"0x0x00\"}" };
	struct span s;

	json("{\"data\":\"00fFa0\",\"empty\":\"\",\"prefixed\":\"0x1234\"}");
	check(agent_bytes(&a, "data", &s) && span_eq(s, span_of("\0\xff\xa0", 3)), "bytes");
	check(agent_bytes(&a, "empty", &s) && s.len == 0, "no bytes");
	check(agent_bytes(&a, "missing", &s) && s.len == 0, "none either");
	check(agent_bytes(&a, "prefixed", &s) && span_is(s, "\x12\x34"), "0x in front");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		json(bad[i]);
		wrong_is(agent_bytes(&a, "data", &s), "data");
	}
}

static void flags_and_numbers(void)
{
	bool flag, there;
	uint64_t n;

	json("{\"a\":true,\"b\":false,\"c\":\"true\",\"d\":1,\"e\":null}");
	check(agent_flag(&a, "a", &flag) && flag, "true");
	check(agent_flag(&a, "b", &flag) && !flag, "false");
	check(agent_flag(&a, "e", &flag) && !flag, "null");
	check(agent_flag(&a, "f", &flag) && !flag, "absent");
	wrong_is(agent_flag(&a, "c", &flag), "c");
	wrong_is(agent_flag(&a, "d", &flag), "d");
	query("a=true&b=1&c=false&d=0&e=yes&f");
	check(agent_flag(&a, "a", &flag) && flag && agent_flag(&a, "b", &flag) && flag, "true in a query");
	check(agent_flag(&a, "c", &flag) && !flag && agent_flag(&a, "d", &flag) && !flag,
	      "false in a query");
	wrong_is(agent_flag(&a, "e", &flag), "e");
	wrong_is(agent_flag(&a, "f", &flag), "f");

	json("{\"a\":7,\"b\":\"8\",\"c\":-1,\"d\":1.5,\"e\":11,\"f\":\"x\",\"g\":true}");
	check(agent_number(&a, "a", 10, &there, &n) && there && n == 7, "a number");
	check(agent_number(&a, "b", 10, &there, &n) && there && n == 8, "one in a string");
	check(agent_number(&a, "z", 10, &there, &n) && !there, "none");
	wrong_is(agent_number(&a, "c", 10, &there, &n), "c");
	wrong_is(agent_number(&a, "d", 10, &there, &n), "d");
	wrong_is(agent_number(&a, "e", 10, &there, &n), "e");
	wrong_is(agent_number(&a, "f", 10, &there, &n), "f");
	wrong_is(agent_number(&a, "g", 10, &there, &n), "g");
}

/* The list as "a,b,". */
static void list_is(const char *expected)
{
	unsigned char room[256];
	struct builder out;
	struct json_value list, v = { NULL, -1 };
	struct span text;

	builder_init(&out, room, sizeof room);
	check(agent_list(&a, "alt_names", &list), "a list");
	while (agent_list_next(&a, list, &v, &text)) {
		builder_add(&out, text);
		builder_byte(&out, ',');
	}
	check(span_is(builder_span(&out), expected), "it is %s", expected);
}

static void lists(void)
{
	struct json_value list;

	json("{\"alt_names\":[\"a\",\"b\\u0063\",\"\"]}");
	list_is("a,bc,,");
	json("{\"alt_names\":[]}");
	list_is("");
	json("{}");
	list_is("");
	json("{\"alt_names\":null}");
	list_is("");
	json("{\"alt_names\":[\"a\",1]}");
	wrong_is(agent_list(&a, "alt_names", &list), "alt_names");
	json("{\"alt_names\":\"a\"}");
	wrong_is(agent_list(&a, "alt_names", &list), "alt_names");
	query("alt_names=a&subject=s&alt_names[]=b&alt_names%5b%5d=c");
	list_is("a,b,c,");
	text_is("subject", "s");
	query("subject=s");
	list_is("");
}

static void malformed(void)
{
	static const char *const bad[] = { "[]", "1", "\"a\"", "null", "{", "{}{}", "{\"a\"}", "{\"a\":1,}",
		                           "{\"a\":1,\"a\":2}", "{\"a\":\"\xff\"}", "a=b", "{'a':1}" };
	static const char whole[] = "{\"path\":\"x\",\"alt_names\":[\"a\",\"b\"],\"usage_ra_tls\":true}";
	static char many[4 * AGENT_ARGUMENTS];
	struct builder b;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!agent_arguments_json(&a, span_str(bad[i])), "refused: %s", bad[i]);
	for (size_t n = 1; n < sizeof whole - 1; n++)
		check(!agent_arguments_json(&a, span_of(whole, n)), "cut after %zu", n);
	check(!agent_arguments_query(&a, span_str("a=b&a=c")), "a name twice in a query");
	check(!agent_arguments_query(&a, span_str("a=%zz")), "a malformed escape");
	builder_init(&b, many, sizeof many);
	builder_str(&b, "{\"a\":[0");
	for (int i = 0; i < AGENT_ARGUMENTS; i++)
		builder_str(&b, ",0");
	builder_str(&b, "]}");
	check(builder_ok(&b) && !agent_arguments_json(&a, builder_span(&b)), "too many values");
}

int main(void)
{
	texts();
	bytes();
	flags_and_numbers();
	lists();
	malformed();
	return tap_end();
}
