/* Link fields: repeated, joined, quoted and malformed. */
#include <stdlib.h>
#include <string.h>

#include "net/http.h"
#include "tap.h"

static struct http_response r;

static const struct {
	const char *fields, *relation;
	const char *targets; /* with a space between them */
} cases[] = {
	{ "Link: <a>;rel=up\r\n", "up", "a" },
	{ "link: <https://ca.test/c/1>; rel=\"alternate\"\r\n", "alternate", "https://ca.test/c/1" },
	{ "Link: <a>;rel=up\r\n", "UP", "a" },
	{ "Link: <a>;REL=Up\r\n", "up", "a" },
	{ "Link: <a>;rel=upper\r\n", "up", "" },
	{ "Link: <a>;rel=up\r\n", "upper", "" },
	{ "", "up", "" },
	{ "Link:\r\n", "up", "" },
	{ "Link: <a>\r\n", "up", "" },
	{ "Link: <a>; rel\r\n", "up", "" },
	{ "Link: <>; rel=up\r\n", "up", "" },
	{ "Link: <a>;rel=up, <b>;rel=up\r\nLink: <c>;rel=up\r\n", "up", "a b c" },
	{ "Link: <a>;rel=index\r\nLink: <b>;rel=up,<c>;rel=index\r\n", "index", "a c" },
	{ "Link: , ,<a>;rel=up,,\t<b>;rel=up,\r\n", "up", "a b" },
	{ "Link: <a>;rel=\"next up\"\r\n", "up", "a" },
	{ "Link: <a>;rel=\"next  up \"\r\n", "up", "a" },
	{ "Link: <a>;rel=\"nextup\"\r\n", "up", "" },
	{ "Link: <a>;rel=next;rel=up\r\n", "up", "" },
	{ "Link: <a>;rel=up;rel=next\r\n", "up", "a" },
	{ "Link: <a> ; title=\"x, <b>; rel=up\" ; rel=up\r\n", "up", "a" },
	{ "Link: <a>;title=\"\\\"\";rel=up\r\n", "up", "a" },
	{ "Link: <a>;title=\"\\\\\";rel=up\r\n", "up", "a" },
	{ "Link: <a>;title*=UTF-8'en'x;rel=up\r\n", "up", "a" },
	{ "Link: <a> ;\t rel = \"up\" \r\n", "up", "a" },
	{ "Link: <a>;rel=http://x.test/r\r\n", "http://x.test/r", "a" },
	{ "Link: <a?b,c;d>;rel=up\r\n", "up", "a?b,c;d" },
	{ "Link: <a>;rel=up;anchor=\"#x\", <b>;rel=up\r\n", "up", "b" },
	{ "Link: <a>;anchor=\"\";rel=up\r\n", "up", "" },
	/* What is malformed ends its field, and no other. */
	{ "Link: a;rel=up\r\nLink: <b>;rel=up\r\n", "up", "b" },
	{ "Link: <a;rel=up\r\nLink: <b>;rel=up\r\n", "up", "b" },
	{ "Link: <a>;rel=\"up\r\nLink: <b>;rel=up\r\n", "up", "b" },
	{ "Link: <a>;rel=\"up\\\r\nLink: <b>;rel=up\r\n", "up", "b" },
	{ "Link: <a>;rel=up, b;rel=up, <c>;rel=up\r\n", "up", "a" },
	{ "Link: <a>;rel=up <b>;rel=up\r\n", "up", "" },
	{ "Link: <a>;;rel=up\r\n", "up", "" },
	{ "Link: <a>;=up\r\n", "up", "" },
	{ "Link: <a>;rel=\r\n", "up", "" },
	{ "Link: <a>;rel=up\"\r\n", "up", "" },
	{ "Link: <a>x;rel=up\r\n", "up", "" },
	{ "Link: <a>,rel=up\r\n", "up", "" },
};

/* Empty targets too have a place in the list: they are written as "-". */
static const char *listed(const char *relation)
{
	static unsigned char text[1024];
	struct builder b;
	struct span target;

	builder_init(&b, text, sizeof text);
	for (size_t n = 0; http_link(&r, relation, n, &target); n++) {
		if (n > 0)
			builder_byte(&b, ' ');
		builder_add(&b, target);
	}
	return builder_cstr(&b);
}

static bool parse(struct span text)
{
	size_t scanned = 0, used;

	return http_response_parse(text, false, &scanned, &r, &used) == 200;
}

/* A field cut short anywhere, in storage of exactly its size. */
static void test_cut(void)
{
	static const char value[] = "<a>;title=\"x\\\"y\";rel=\"next up\";anchor=\"b\", <c>;rel=up";
	bool good = true;

	for (size_t n = 0; n < sizeof value; n++) {
		unsigned char *copy = malloc(n + (n == 0));
		struct span target;
		/* Behind the relation, in the anchor's name, and at the end of the second link. */
		bool seen = n == 30 || (n > 31 && n < 37) || n == sizeof value - 1;

		if (!copy)
			abort();
		memcpy(copy, value, n);
		r.n_fields = 1;
		r.field[0].name = span_str("Link");
		r.field[0].value = span_of(copy, n);
		good = good && http_link(&r, "up", 0, &target) == seen;
		free(copy);
	}
	check(good, "cut short, it is seen where it is a link");
}

int main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[400];

		snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\n%s\r\n", cases[i].fields);
		check(parse(span_str(text)) &&
		              strcmp(listed(cases[i].relation), cases[i].targets) == 0,
		      "%zu: %.*s", i, (int)strcspn(cases[i].fields, "\r"), cases[i].fields);
	}
	test_cut();
	return tap_end();
}
