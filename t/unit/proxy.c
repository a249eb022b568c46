/* PROXY headers: written, read back, cut, and wrong. */
#include "net/proxy.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

static struct addr at(const char *text)
{
	struct addr a = { .mode = -1 };

	if (*text && !addr_parse(&a, span_str(text)))
		check(false, "%s is an address", text);
	return a;
}

static struct addr mapped(const char *ip, uint16_t port)
{
	struct addr a;

	if (!addr_parse_ip(&a, span_str(ip), port))
		check(false, "%s is an address", ip);
	return a;
}

static const char *shown(const struct addr *a)
{
	static char text[2][64];
	static int i;
	struct builder b;

	i = !i;
	builder_init(&b, text[i], sizeof text[i]);
	addr_print(&b, a);
	return builder_cstr(&b);
}

/* Written, cut after every byte, and read. */
static void there_and_back(const struct addr *from, const struct addr *to, const char *wanted, const char *what)
{
	const struct proxy_more more = { span_str("app.example.test"), span_str("h2") };
	unsigned char bytes[PROXY_WRITE_MAX + 4];
	char both[160] = "-";
	struct builder b;
	struct proxy p;
	size_t wrong = 0, len;

	builder_init(&b, bytes, sizeof bytes);
	proxy_write(&b, from, to, &more);
	len = b.len;
	for (size_t n = 0; n < len; n++) {
		unsigned char *copy = malloc(n + 1);

		memcpy(copy, bytes, n);
		wrong += proxy_read(&p, span_of(copy, n)) != PROXY_MORE;
		free(copy);
	}
	builder_str(&b, "rest");
	check(wrong == 0, "%s: more is needed at each of %zu bytes", what, len);
	check(proxy_read(&p, builder_span(&b)) == PROXY_OK && p.len == len, "%s: then it is there", what);
	if (p.known)
		snprintf(both, sizeof both, "%s %s", shown(&p.from), shown(&p.to));
	check(strcmp(both, wanted) == 0, "%s: %s", what, both);
	if (p.known)
		check(span_is(p.more.authority, "app.example.test") && span_is(p.more.alpn, "h2"),
		      "%s: with name and protocol", what);
}

static void written(void)
{
	struct addr a = at("192.0.2.1:1234"), b = at("198.51.100.2:443"), c = at("[2001:db8::1]:99"),
	            d = at("[2001:db8::2]:443"), m = mapped("::ffff:192.0.2.1", 5), n = mapped("::ffff:192.0.2.9", 443),
	            u = at("unix:/run/x"), none = { .mode = -1 };
	const struct proxy_more nothing = { .alpn = { NULL, 0 } };
	unsigned char bytes[64];
	struct builder out;

	there_and_back(&a, &b, "192.0.2.1:1234 198.51.100.2:443", "IPv4");
	there_and_back(&c, &d, "[2001:db8::1]:99 [2001:db8::2]:443", "IPv6");
	there_and_back(&m, &n, "192.0.2.1:5 192.0.2.9:443", "mapped");
	there_and_back(&a, &d, "192.0.2.1:1234 [2001:db8::2]:443", "mixed");
	there_and_back(&u, &b, "-", "a Unix socket");
	there_and_back(&none, &none, "-", "nothing known");
	builder_init(&out, bytes, sizeof bytes);
	proxy_write(&out, &a, &b, &nothing);
	check(span_eq(builder_span(&out), span_of("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x02\x04\xd2\x01\xbb", 28)),
	      "byte by byte as the specification has it");
	builder_init(&out, bytes, 20);
	proxy_write(&out, &a, &b, &nothing);
	check(!builder_ok(&out), "no room is noticed");
}

/* Version 1 as text, and read again. */
static void line_is(const struct addr *from, const struct addr *to, const char *wanted)
{
	unsigned char bytes[PROXY_V1_MAX];
	struct builder b;
	struct proxy p;

	builder_init(&b, bytes, sizeof bytes);
	proxy_write_v1(&b, from, to);
	check(builder_ok(&b) && span_is(builder_span(&b), wanted), "version 1: %.*s", (int)(b.len - 2), (const char *)bytes);
	check(proxy_read(&p, builder_span(&b)) == PROXY_OK && p.len == b.len, "version 1 is read again");
}

static void lines(void)
{
	struct addr a = at("192.0.2.1:1234"), b = at("198.51.100.2:443"), c = at("[2001:db8::1]:99"),
	            d = at("[2001:db8::2]:443"), m = mapped("::ffff:192.0.2.1", 5), n = mapped("::ffff:192.0.2.9", 443),
	            u = at("unix:/run/x"), none = { .mode = -1 },
	            l = at("[2001:db8:1111:1111:1111:1111:1111:1111]:65535");

	line_is(&a, &b, "PROXY TCP4 192.0.2.1 198.51.100.2 1234 443\r\n");
	line_is(&c, &d, "PROXY TCP6 2001:db8::1 2001:db8::2 99 443\r\n");
	line_is(&m, &n, "PROXY TCP4 192.0.2.1 192.0.2.9 5 443\r\n");
	line_is(&a, &d, "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::2 1234 443\r\n");
	line_is(&u, &b, "PROXY UNKNOWN\r\n");
	line_is(&none, &none, "PROXY UNKNOWN\r\n");
	line_is(&l, &l, "PROXY TCP6 2001:db8:1111:1111:1111:1111:1111:1111 2001:db8:1111:1111:1111:1111:1111:1111 65535 65535\r\n");
}

static void reads(const char *bytes, size_t len, enum proxy_result wanted, const char *both, const char *what)
{
	unsigned char *copy = malloc(len + 1);
	char got_both[160] = "-";
	struct proxy p;
	enum proxy_result got;

	memcpy(copy, bytes, len);
	got = proxy_read(&p, span_of(copy, len));
	if (got == PROXY_OK && p.known)
		snprintf(got_both, sizeof got_both, "%s %s", shown(&p.from), shown(&p.to));
	check(got == wanted && (got != PROXY_OK || strcmp(both, got_both) == 0), "%s: %d %s", what, got, got_both);
	free(copy);
}

#define READS(bytes, wanted, both, what) reads(bytes, sizeof(bytes) - 1, wanted, both, what)
#define SIGN "\r\n\r\n\0\r\nQUIT\n"

static void version_1(void)
{
	READS("PROXY TCP4 192.0.2.1 192.0.2.2 1 65535\r\nGET", PROXY_OK, "192.0.2.1:1 192.0.2.2:65535", "TCP4");
	READS("PROXY TCP6 2001:db8::1 ::1 0 443\r\n", PROXY_OK, "[2001:db8::1]:0 [::1]:443", "TCP6");
	READS("PROXY UNKNOWN\r\n", PROXY_OK, "-", "UNKNOWN");
	READS("PROXY UNKNOWN whatever there is\r\n", PROXY_OK, "-", "UNKNOWN with more");
	READS("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r", PROXY_MORE, "", "no end yet");
	READS("PROX", PROXY_MORE, "", "a beginning");
	READS("PROXX", PROXY_NONE, "", "something else");
	READS("", PROXY_MORE, "", "nothing");
	READS("GET / HTTP/1.1\r\n", PROXY_NONE, "", "HTTP");
	READS("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n", PROXY_MALFORMED, "", "no CR");
	READS("PROXY\r\n", PROXY_NONE, "", "no space");
	READS("PROXY \r\n", PROXY_MALFORMED, "", "no words");
	READS("PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n", PROXY_MALFORMED, "", "another protocol");
	READS("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n", PROXY_MALFORMED, "", "a word more");
	READS("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n", PROXY_MALFORMED, "", "a space more");
	READS("PROXY TCP4 192.0.2.1  192.0.2.2 1 2\r\n", PROXY_MALFORMED, "", "two spaces");
	READS("PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n", PROXY_MALFORMED, "", "a word less");
	READS("PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n", PROXY_MALFORMED, "", "no port");
	READS("PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n", PROXY_MALFORMED, "", "a zero in front");
	READS("PROXY TCP4 ::1 ::2 1 2\r\n", PROXY_MALFORMED, "", "the other family");
	READS("PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n", PROXY_MALFORMED, "", "the other family again");
	READS("PROXY TCP6 fe80::1%1 ::2 1 2\r\n", PROXY_MALFORMED, "", "a scope");
	READS("PROXY UNKNOWN 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890\r\n",
	      PROXY_OK, "-", "the longest line");
	READS("PROXY UNKNOWN 01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901\r\n",
	      PROXY_MALFORMED, "", "a longer one");
}

static void version_2(void)
{
	READS(SIGN "\x20\0\0\0", PROXY_OK, "-", "LOCAL");
	READS(SIGN "\x20\x11\0\0", PROXY_OK, "-", "LOCAL is not looked into");
	READS(SIGN "\x21\x11\0\x0c\x7f\0\0\x01\x7f\0\0\x02\0\x01\0\x02", PROXY_OK, "127.0.0.1:1 127.0.0.2:2", "TCP4");
	READS(SIGN "\x21\x11\0\x0b\x7f\0\0\x01\x7f\0\0\x02\0\x01\0", PROXY_MALFORMED, "", "addresses that are cut");
	READS(SIGN "\x21\x21\0\x0c\x7f\0\0\x01\x7f\0\0\x02\0\x01\0\x02", PROXY_MALFORMED, "", "IPv6 with IPv4's length");
	READS(SIGN "\x21\x11\0\x0e\x7f\0\0\x01\x7f\0\0\x02\0\x01\0\x02\x04\0", PROXY_MALFORMED, "", "half a TLV");
	READS(SIGN "\x21\x11\0\x0f\x7f\0\0\x01\x7f\0\0\x02\0\x01\0\x02\x04\0\x01", PROXY_MALFORMED, "", "a TLV that is cut");
	READS(SIGN "\x21\x11\0\x0f\x7f\0\0\x01\x7f\0\0\x02\0\x01\0\x02\x04\0\0", PROXY_OK, "127.0.0.1:1 127.0.0.2:2", "an empty TLV");
	READS(SIGN "\x21\x31\0\0", PROXY_OK, "-", "Unix");
	READS(SIGN "\x21\x12\0\0", PROXY_OK, "-", "UDP");
	READS(SIGN "\x21\x41\0\0", PROXY_MALFORMED, "", "a family that is none");
	READS(SIGN "\x11\0\0\0", PROXY_MALFORMED, "", "another version");
	READS(SIGN "\x22\0\0\0", PROXY_MALFORMED, "", "another command");
	READS(SIGN "\x21\x11\xff\xff", PROXY_MALFORMED, "", "longer than anybody's");
	READS("\r\n\r\n\0\r\nQUIX", PROXY_NONE, "", "another signature");
}

int main(void)
{
	written();
	lines();
	version_1();
	version_2();
	return tap_end();
}
