/* Names of hosts: what is one, folded, and its parent. */
#include "net/hostname.h"

#include <string.h>

#include "tap.h"

static void folded(const char *name, const char *wanted)
{
	char text[HOSTNAME_MAX + 1] = "?";
	struct span got = hostname_fold(text, span_str(name));

	check(span_is(got, wanted) && strcmp(text, wanted) == 0, "%s becomes \"%s\"", name, wanted);
}

static void table(void)
{
	folded("example.test", "example.test");
	folded("EXAMPLE.Test", "example.test");
	folded("example.test.", "example.test");
	folded("a", "a");
	folded("a.", "a");
	folded("xn--bcher-kva.test", "xn--bcher-kva.test");
	folded("XN--BCHER-KVA.test", "xn--bcher-kva.test");
	folded("a--b.c-d.e", "a--b.c-d.e");
	folded("1.2.3.a4", "1.2.3.a4");
	folded("0x7f.1a", "0x7f.1a");
	folded("123.test", "123.test");
	folded("", "");
	folded(".", "");
	folded("..", "");
	folded(".a", "");
	folded("a..", "");
	folded("a..b", "");
	folded("-a.b", "");
	folded("a-.b", "");
	folded("a.-", "");
	folded("a_b.c", "");
	folded("_.a.b", "");
	folded("*.a.b", "");
	folded("a b.c", "");
	folded("a/b.c", "");
	folded("a:80", "");
	folded("[::1]", "");
	folded("192.0.2.1", "");
	folded("192.0.2.1.", "");
	folded("1", "");
	folded("999999999999999999999999.9", "");
	folded("a.123", "");
}

static void bytes(void)
{
	char text[HOSTNAME_MAX + 1];
	bool good = true;

	for (int c = 0; c < 256; c++)
		for (size_t at = 0; at < 3; at++) {
			unsigned char name[] = { 'a', 'b', 'c', '.', 'd' };
			bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
			bool wanted = alnum || (at == 1 && (c == '-' || c == '.'));

			name[at] = (unsigned char)c;
			if ((hostname_fold(text, span_of(name, sizeof name)).len > 0) != wanted)
				good = false;
		}
	check(good, "letters, digits, and in the middle hyphen and dot: no other byte, a NUL neither");
	check(!hostname_ok(span_of("a.b\0", 4)) && !hostname_ok(span_of("a\0.b", 4)), "... at the end");
}

static void lengths(void)
{
	char name[300], text[HOSTNAME_MAX + 1];

	memset(name, 'a', sizeof name);
	check(hostname_ok(span_of(name, 63)) && !hostname_ok(span_of(name, 64)), "labels of 63 bytes");
	for (size_t i = 63; i < sizeof name; i += 64)
		name[i] = '.';
	check(hostname_ok(span_of(name, 253)) && !hostname_ok(span_of(name, 254)), "names of 253 bytes");
	name[253] = '.';
	check(hostname_fold(text, span_of(name, 254)).len == 253 && strlen(text) == 253,
	      "a final dot does not count");
	check(!hostname_ok(span_of(name, 254)), "... but is no part of a name that is in use");
}

static void parents(void)
{
	check(span_is(hostname_parent(span_str("a.b.c")), "b.c"), "the parent of a.b.c");
	check(span_is(hostname_parent(span_str("b.c")), "c"), "... of b.c");
	check(hostname_parent(span_str("c")).len == 0, "... of c: none");
	check(hostname_parent(span_str("")).len == 0, "... of nothing");
}

int main(void)
{
	table();
	bytes();
	lengths();
	parents();
	return tap_end();
}
