/* Queries. */
#include "net/query.h"

#include "tap.h"

static unsigned char room[256];

/* The pairs as "name=value;", or "bad". */
static void reads(const char *query, const char *expected)
{
	unsigned char text[256];
	struct builder scratch, out;
	struct span rest = span_str(query), name, value;
	bool bad = false;

	builder_init(&scratch, room, sizeof room);
	builder_init(&out, text, sizeof text);
	while (query_next(&rest, &scratch, &name, &value, &bad)) {
		builder_add(&out, name);
		builder_byte(&out, '=');
		builder_add(&out, value);
		builder_byte(&out, ';');
	}
	if (bad)
		builder_str(&out, "bad");
	check(span_is(builder_span(&out), expected), "%s", query);
}

int main(void)
{
	static const char *const bad[] = { "%", "%1", "%g0", "%0g", "a=%", "a=b%2", "%2", "a=%%41" };
	struct builder scratch;
	struct span rest, name, value;
	bool is_bad = false;

	reads("", "");
	reads("a", "a=;");
	reads("a=b", "a=b;");
	reads("a=b&c=d", "a=b;c=d;");
	reads("a=b=c", "a=b=c;");
	reads("=b", "=b;");
	reads("&&a=b&&", "a=b;");
	reads("a+b=c+d", "a b=c d;");
	reads("%61=%62%3d%26", "a=b=&;");
	reads("a=%C3%BC%c3%bc", "a=\xc3\xbc\xc3\xbc;");
	reads("a;b=c;d", "a;b=c;d;");
	reads("a=1&b=%&c=2", "a=1;bad");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		reads(bad[i], "bad");

	rest = span_str("a=%00b");
	builder_init(&scratch, room, sizeof room);
	check(query_next(&rest, &scratch, &name, &value, &is_bad) && value.len == 2 && value.p[0] == 0,
	      "a NUL is a byte");
	for (size_t cap = 0; cap < 6; cap++) {
		rest = span_str("abc=de+");
		builder_init(&scratch, room, cap);
		is_bad = false;
		check(!query_next(&rest, &scratch, &name, &value, &is_bad) && is_bad, "room for %zu", cap);
	}
	return tap_end();
}
