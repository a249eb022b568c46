/* URLs: taken apart, refused, and resolved; RFC 3986's own examples among them. */
#include "net/url.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

static const struct {
	const char *text, *host; /* no host: refused */
	bool https, is_address;
	unsigned int port;
	const char *path, *query, *field; /* as a Host field has it */
} cases[] = {
	{ "http://a.test", "a.test", false, false, 80, "/", "", "a.test" },
	{ "https://a.test/", "a.test", true, false, 443, "/", "", "a.test" },
	{ "HTTPS://A.Test:8443/b/c?d=e&f", "A.Test", true, false, 8443, "/b/c", "?d=e&f", "A.Test:8443" },
	{ "https://a.test:443/", "a.test", true, false, 443, "/", "", "a.test" },
	{ "https://a.test:80/", "a.test", true, false, 80, "/", "", "a.test:80" },
	{ "http://a.test:443", "a.test", false, false, 443, "/", "", "a.test:443" },
	{ "http://a.test:/b", "a.test", false, false, 80, "/b", "", "a.test" },
	{ "http://a.test?b/c", "a.test", false, false, 80, "/", "?b/c", "a.test" },
	{ "http://a.test/?", "a.test", false, false, 80, "/", "?", "a.test" },
	{ "http://a.test/b#c?d", "a.test", false, false, 80, "/b", "", "a.test" },
	{ "http://a.test#c", "a.test", false, false, 80, "/", "", "a.test" },
	{ "http://a.test//b/../c", "a.test", false, false, 80, "//b/../c", "", "a.test" },
	{ "http://192.0.2.1:81/", "192.0.2.1", false, true, 81, "/", "", "192.0.2.1:81" },
	{ "https://[2001:db8::1]/x", "2001:db8::1", true, true, 443, "/x", "", "[2001:db8::1]" },
	{ "https://[::1]:14000/x", "::1", true, true, 14000, "/x", "", "[::1]:14000" },
	{ "", NULL, false, false, 0, "", "", "" },
	{ "http:", NULL, false, false, 0, "", "", "" },
	{ "http:/a", NULL, false, false, 0, "", "", "" },
	{ "http://", NULL, false, false, 0, "", "", "" },
	{ "http:///b", NULL, false, false, 0, "", "", "" },
	{ "http://?b", NULL, false, false, 0, "", "", "" },
	{ "http://#b", NULL, false, false, 0, "", "", "" },
	{ "http://:80/", NULL, false, false, 0, "", "", "" },
	{ "//a.test/", NULL, false, false, 0, "", "", "" },
	{ "/a", NULL, false, false, 0, "", "", "" },
	{ "a.test", NULL, false, false, 0, "", "", "" },
	{ "ftp://a.test/", NULL, false, false, 0, "", "", "" },
	{ "httpss://a.test/", NULL, false, false, 0, "", "", "" },
	{ "ht\ttp://a.test/", NULL, false, false, 0, "", "", "" },
	{ " http://a.test/", NULL, false, false, 0, "", "", "" },
	{ "http://a.test/ ", NULL, false, false, 0, "", "", "" },
	{ "http://a.test/b c", NULL, false, false, 0, "", "", "" },
	{ "http://a.test/b\r\nX: y", NULL, false, false, 0, "", "", "" },
	{ "http://a.test/\x7f", NULL, false, false, 0, "", "", "" },
	{ "http://a.test/\xc3\xa9", NULL, false, false, 0, "", "", "" },
	{ "http://a.test/#\n", NULL, false, false, 0, "", "", "" },
	{ "http://u@a.test/", NULL, false, false, 0, "", "", "" },
	{ "http://u:p@a.test/", NULL, false, false, 0, "", "", "" },
	{ "http://a.test:65536/", NULL, false, false, 0, "", "", "" },
	{ "http://a.test:0/", NULL, false, false, 0, "", "", "" },
	{ "http://a.test:x/", NULL, false, false, 0, "", "", "" },
	{ "http://a%2etest/", NULL, false, false, 0, "", "", "" },
	{ "http://a.test\\b/", NULL, false, false, 0, "", "", "" },
	{ "http://[::1/", NULL, false, false, 0, "", "", "" },
	{ "http://[fe80::1%25lo]/", NULL, false, false, 0, "", "", "" },
	{ "http://::1/", NULL, false, false, 0, "", "", "" },
};

static void test_parse(void)
{
	struct url u;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool good = url_parse(&u, span_str(cases[i].text));
		unsigned char storage[300];
		struct builder b;

		if (!cases[i].host) {
			check(!good, "refused: %zu", i);
			continue;
		}
		builder_init(&b, storage, sizeof storage);
		if (good)
			url_write_host(&b, &u);
		check(good && span_is(u.host, cases[i].host) && u.https == cases[i].https &&
		              u.port == cases[i].port && u.host_is_address == cases[i].is_address &&
		              span_is(u.path, cases[i].path) && span_is(u.query, cases[i].query),
		      "%s", cases[i].text);
		check(good && span_is(builder_span(&b), cases[i].field), "... is at %s", cases[i].field);
	}
	check(!url_parse(&u, span_of(NULL, 0)), "no storage");
	check(!url_parse(&u, span_of("http://a\0b/", 11)), "a NUL in the host");
	check(!url_parse(&u, span_of("http://a/\0", 10)), "a NUL in the path");
}

static void test_length(void)
{
	static char text[URL_MAX + 1];
	struct url u;

	memset(text, 'a', sizeof text);
	memcpy(text, "http://a.test/", 14);
	check(url_parse(&u, span_of(text, URL_MAX)), "2048 bytes");
	check(!url_parse(&u, span_of(text, URL_MAX + 1)), "2049 bytes");
}

#define BASE "http://a/b/c/d;p?q"

static const struct {
	const char *base, *reference, *outcome; /* no outcome: refused */
} references[] = {
	/* RFC 3986, 5.4.1, but for what is no http: */
	{ BASE, "g:h", NULL },
	{ BASE, "g", "http://a/b/c/g" },
	{ BASE, "./g", "http://a/b/c/g" },
	{ BASE, "g/", "http://a/b/c/g/" },
	{ BASE, "/g", "http://a/g" },
	{ BASE, "//g", "http://g" },
	{ BASE, "?y", "http://a/b/c/d;p?y" },
	{ BASE, "g?y", "http://a/b/c/g?y" },
	{ BASE, "#s", "http://a/b/c/d;p?q" },
	{ BASE, "g#s", "http://a/b/c/g" },
	{ BASE, "g?y#s", "http://a/b/c/g?y" },
	{ BASE, ";x", "http://a/b/c/;x" },
	{ BASE, "g;x", "http://a/b/c/g;x" },
	{ BASE, "", "http://a/b/c/d;p?q" },
	{ BASE, ".", "http://a/b/c/" },
	{ BASE, "./", "http://a/b/c/" },
	{ BASE, "..", "http://a/b/" },
	{ BASE, "../", "http://a/b/" },
	{ BASE, "../g", "http://a/b/g" },
	{ BASE, "../..", "http://a/" },
	{ BASE, "../../", "http://a/" },
	{ BASE, "../../g", "http://a/g" },
	/* 5.4.2 */
	{ BASE, "../../../g", "http://a/g" },
	{ BASE, "../../../../g", "http://a/g" },
	{ BASE, "/./g", "http://a/g" },
	{ BASE, "/../g", "http://a/g" },
	{ BASE, "g.", "http://a/b/c/g." },
	{ BASE, ".g", "http://a/b/c/.g" },
	{ BASE, "g..", "http://a/b/c/g.." },
	{ BASE, "..g", "http://a/b/c/..g" },
	{ BASE, "./../g", "http://a/b/g" },
	{ BASE, "./g/.", "http://a/b/c/g/" },
	{ BASE, "g/./h", "http://a/b/c/g/h" },
	{ BASE, "g/../h", "http://a/b/c/h" },
	{ BASE, "g;x=1/./y", "http://a/b/c/g;x=1/y" },
	{ BASE, "g;x=1/../y", "http://a/b/c/y" },
	{ BASE, "g?y/./x", "http://a/b/c/g?y/./x" },
	{ BASE, "g?y/../x", "http://a/b/c/g?y/../x" },
	{ BASE, "http:g", NULL },

	{ "https://a.test", "b", "https://a.test/b" },
	{ "https://a.test?q", "b", "https://a.test/b" },
	{ "https://a.test?q", "", "https://a.test/?q" },
	{ "https://a.test:8443/x/y", "/z", "https://a.test:8443/z" },
	{ "https://a.test:8443/x/y", "//b.test/z", "https://b.test/z" },
	{ "https://a.test/x/y", "http://b.test/../z", "http://b.test/z" },
	{ "https://a.test/x/y#z", "?", "https://a.test/x/y?" },
	{ "https://[::1]:1/x/y", "../../z", "https://[::1]:1/z" },
	{ "https://a.test/x/y", "//", NULL },
	{ "https://a.test/x/y", "///z", NULL },
	{ "https://a.test/x/y", "//u@b.test/", NULL },
	{ "https://a.test/x/y", "https:///z", NULL },
	{ "https://a.test/x/y", "javascript:alert(1)", NULL },
	{ "https://a.test/x/y", "file:///etc/passwd", NULL },
	{ "https://a.test/x/y", "a b", NULL },
	{ "https://a.test/x/y", "a\r\nX: y", NULL },
	{ "https://a.test/x/y", "\\\\b.test\\", "https://a.test/x/\\\\b.test\\" },
	{ "https://a.test/x/y", "//b.test:0/", NULL },
	{ "/x/y", "https://a.test/", NULL },
	{ "", "https://a.test/", NULL },
};

static void test_resolve(void)
{
	unsigned char storage[200];
	struct builder b;

	for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
		bool good;

		builder_init(&b, storage, sizeof storage);
		builder_str(&b, "-");
		good = url_resolve(&b, span_str(references[i].base), span_str(references[i].reference));
		if (!references[i].outcome)
			check(!good && b.len == 1 && builder_ok(&b), "refused: %zu", i);
		else
			check(good && span_is(span_from(builder_span(&b), 1), references[i].outcome),
			      "%s in %s", references[i].reference, references[i].base);
	}
	builder_init(&b, storage, strlen("http://a/g") - 1);
	check(!url_resolve(&b, span_str(BASE), span_str("/g")) && !builder_ok(&b), "no room");
}

static void test_long_references(void)
{
	static char text[URL_MAX + 1];
	static unsigned char storage[URL_MAX];
	struct builder b;

	memset(text, 'a', sizeof text);
	builder_init(&b, storage, sizeof storage);
	check(!url_resolve(&b, span_str(BASE), span_of(text, sizeof text)), "too long a reference");
	check(!url_resolve(&b, span_str(BASE), span_of(text, URL_MAX)), "too long an outcome");
	for (size_t i = 0; i + 3 <= sizeof text; i += 3)
		memcpy(text + i, "../", 3);
	builder_init(&b, storage, sizeof storage);
	check(url_resolve(&b, span_str(BASE), span_of(text, 3 * (URL_MAX / 3))) &&
	              span_is(builder_span(&b), "http://a/"),
	      "a long way up");
}

/* Cut short anywhere, in storage of exactly its size. */
static void test_cut(void)
{
	static const char text[] = "https://[2001:db8::1]:8443/b/../c?d#e";
	unsigned char storage[200];
	size_t taken = 0;

	for (size_t n = 0; n <= strlen(text); n++) {
		unsigned char *copy = malloc(n + (n == 0));
		struct builder b;
		struct url u;

		if (!copy)
			abort();
		memcpy(copy, text, n);
		taken += url_parse(&u, span_of(copy, n));
		builder_init(&b, storage, sizeof storage);
		url_resolve(&b, span_of(copy, n), span_of(copy, n));
		url_resolve(&b, span_str(text), span_of(copy, n));
		free(copy);
	}
	check(taken == strlen(text) - strlen("https://[2001:db8::1") , "cut short: %zu are URLs", taken);
}

int main(void)
{
	test_parse();
	test_length();
	test_resolve();
	test_long_references();
	test_cut();
	return tap_end();
}
