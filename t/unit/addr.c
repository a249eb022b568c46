/* Addresses: every form read and written back, and what is none of them. */
#include "net/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include "tap.h"

static char text[256];

static const char *printed(const struct addr *a, bool whole)
{
	struct builder b;

	builder_init(&b, text, sizeof text);
	(whole ? addr_print : addr_print_ip)(&b, a);
	return builder_cstr(&b);
}

static void good(const char *from, const char *to, int family)
{
	struct addr a, back;
	bool parsed = addr_parse(&a, span_str(from));

	check(parsed && addr_family(&a) == family && strcmp(printed(&a, true), to) == 0,
	      "%s is %s", from, parsed ? printed(&a, true) : "refused");
	check(addr_parse(&back, span_str(to)) &&
	              (addr_eq(&a, &back) || strstr(from, "::ffff:")) &&
	              strcmp(printed(&back, true), to) == 0,
	      "%s reads back", to);
}

static void bad(const char *from)
{
	struct addr a;

	check(!addr_parse(&a, span_str(from)), "'%s' is refused", from);
}

static void test_parse(void)
{
	good("192.0.2.1:80", "192.0.2.1:80", AF_INET);
	good("0.0.0.0:0", "0.0.0.0:0", AF_INET);
	good("255.255.255.255:65535", "255.255.255.255:65535", AF_INET);
	good("[2001:DB8::1]:80", "[2001:db8::1]:80", AF_INET6);
	good("[::]:80", "[::]:80", AF_INET6);
	good("[::1]:00080", "[::1]:80", AF_INET6);
	good("[::ffff:192.0.2.1]:80", "192.0.2.1:80", AF_INET6);
	good("[fe80::1%1]:80", "[fe80::1%1]:80", AF_INET6);
	good("[fe80::1%lo]:80", "[fe80::1%1]:80", AF_INET6);
	good("[fe80::1]:80", "[fe80::1]:80", AF_INET6);
	good(":80", ":80", AF_INET6);
	good("unix:/run/x", "unix:/run/x", AF_UNIX);
	good("unix:/run/x:660", "unix:/run/x:660", AF_UNIX);
	good("unix:/run/x:0600", "unix:/run/x:600", AF_UNIX);

	bad("");
	bad(":");
	bad("80");
	bad("192.0.2.1");
	bad("192.0.2.1:");
	bad("192.0.2.1:65536");
	bad("192.0.2.1:000080");
	bad("192.0.2.1:-1");
	bad("192.0.2.1:8 0");
	bad(" 192.0.2.1:80");
	bad("192.0.2.01:80");
	bad("192.0.2:80");
	bad("192.0.2.256:80");
	bad("[192.0.2.1]:80");
	bad("192.0.2.1%lo:80");
	bad("2001:db8::1:80");
	bad("2001:db8::1");
	bad("[2001:db8::1]");
	bad("[2001:db8::1]80");
	bad("[2001:db8::1:80");
	bad("[2001:db8::1]:");
	bad("[]:80");
	bad("[");
	bad("[:80");
	bad("]:80");
	bad("[::1%lo]:80");
	bad("[fe80::1%]:80");
	bad("[fe80::1%0]:80");
	bad("[fe80::1%no-such-interface]:80");
	bad("[fe80::1%4294967296]:80");
	bad("[fe80::1%lo%lo]:80");
	bad("[1:2:3:4:5:6:7:8:9]:80");
	bad("localhost:80");
	bad("unix:");
	bad("unix:/");
	bad("unix:run/x");
	bad("unix:/run/x:");
	bad("unix:/run/x:66");
	bad("unix:/run/x:680");
	bad("unix:/run/x:1777");
	bad("unix:/run/x:00660");
	bad("unix:/run/x:660:660");
	bad("unix:/run/x:rw");
}

static void test_bytes(void)
{
	static const char nul_ip[] = "192.0.2.1\0x:80", nul_path[] = "unix:/run\0/x";
	char longest[sizeof "unix:" + sizeof(struct sockaddr_un)] = "unix:/";
	size_t room = sizeof((struct sockaddr_un *)0)->sun_path;
	struct addr a;

	check(!addr_parse(&a, span_of(nul_ip, sizeof nul_ip - 1)), "a NUL in an address");
	check(!addr_parse(&a, span_of(nul_path, sizeof nul_path - 1)), "a NUL in a path");
	check(!addr_parse(&a, span_of(NULL, 0)), "nothing at all");
	memset(longest + 6, 'x', room);
	check(addr_parse(&a, span_of(longest, 5 + room - 1)), "the longest path there can be");
	check(a.len == offsetof(struct sockaddr_un, sun_path) + room && a.mode == -1,
	      "its NUL is counted");
	check(!addr_parse(&a, span_of(longest, 5 + room)), "a byte more");
}

static void test_flags(void)
{
	struct addr a;

	addr_parse(&a, span_str("unix:/x:640"));
	check(a.mode == 0640, "a mode is octal");
	addr_parse(&a, span_str("unix:/x"));
	check(a.mode == -1, "no mode");
	addr_parse(&a, span_str(":80"));
	check(a.dual, ":port takes both families");
	addr_parse(&a, span_str("[::]:80"));
	check(!a.dual, "[::]:port takes one");
}

/* RFC 5952, sections 4 and 5, with the examples of section 1. */
static void test_ip(void)
{
	static const struct {
		const char *from, *to;
	} table[] = {
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "2001:db8::0:1", "2001:db8::1" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
		{ "2001:DB8:AAAA:BBBB:CCCC:DDDD:EEEE:1", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1" },
		{ "0:0:0:0:0:0:0:0", "::" },
		{ "::1", "::1" },
		{ "1::", "1::" },
		{ "0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7" },
		{ "0:0:2:3:4:5:6:7", "::2:3:4:5:6:7" },
		{ "1:2:3:4:5:6:0:0", "1:2:3:4:5:6::" },
		{ "1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0" },
		{ "::0102:0304", "::102:304" },
		{ "::10a0:b", "::10a0:b" },
		{ "::ffff:192.0.2.33", "192.0.2.33" },
		{ "::ffff:0:192.0.2.33", "::ffff:0:c000:221" },
		{ "64:ff9b::192.0.2.33", "64:ff9b::c000:221" },
		{ "ff02::1%1", "ff02::1%1" },
		{ "192.0.2.200", "192.0.2.200" },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct addr a;

		check(addr_parse_ip(&a, span_str(table[i].from), 443) && addr_port(&a) == 443 &&
		              strcmp(printed(&a, false), table[i].to) == 0,
		      "%s is written %s", table[i].from, table[i].to);
	}
}

static void test_split(void)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
	} table[] = {
		{ "example.com:443", "example.com", 443 },
		{ "[example.com]:443", "example.com", 443 },
		{ "[::1]:0", "::1", 0 },
		{ ":80", "", 80 },
	};
	struct span host;
	uint16_t port;

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		check(addr_split(span_str(table[i].text), &host, &port) &&
		              span_is(host, table[i].host) && port == table[i].port,
		      "%s comes apart", table[i].text);
	check(!addr_split(span_str("a:b:80"), &host, &port), "two colons");
	check(!addr_split(span_str("example.com"), &host, &port), "no port");
	check(!addr_split(span_str("example.com:"), &host, &port), "an empty port");
}

static void test_system(void)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(80) };
	struct sockaddr_storage large = { .ss_family = AF_INET };
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	struct addr a, b;

	v4.sin_addr.s_addr = htonl(0xc0000201);
	addr_set(&a, (const struct sockaddr *)&v4, sizeof v4);
	check(strcmp(printed(&a, true), "192.0.2.1:80") == 0, "a socket's address");
	addr_set_port(&a, 8080);
	check(addr_port(&a) == 8080, "with another port");
	addr_set(&a, (const struct sockaddr *)&large, sizeof large);
	check(a.len == sizeof large, "the largest address");
	addr_set(&a, (const struct sockaddr *)&local, sizeof local.sun_family);
	check(strcmp(printed(&a, true), "unix:") == 0, "a Unix socket without a name");
	check(strcmp(printed(&a, false), "unix") == 0 && addr_port(&a) == 0, "has no address");
	memset(local.sun_path, 'x', sizeof local.sun_path);
	addr_set(&a, (const struct sockaddr *)&local, sizeof local);
	check(strlen(printed(&a, true)) == 5 + sizeof local.sun_path, "a path without a NUL");

	addr_parse(&a, span_str("192.0.2.1:80"));
	addr_parse(&b, span_str("192.0.2.1:81"));
	check(!addr_eq(&a, &b), "ports count");
	addr_parse(&b, span_str("[::ffff:192.0.2.1]:80"));
	check(!addr_eq(&a, &b), "so does the family");
	addr_parse(&a, span_str("[fe80::1%1]:80"));
	addr_parse(&b, span_str("[fe80::1%2]:80"));
	check(!addr_eq(&a, &b), "so does the scope");
	addr_parse(&a, span_str("unix:/a:600"));
	addr_parse(&b, span_str("unix:/a"));
	check(addr_eq(&a, &b), "a mode does not");
	addr_parse(&b, span_str("unix:/b"));
	check(!addr_eq(&a, &b), "a path does");
	addr_parse(&a, span_str("[::ffff:192.0.2.1]:80"));
	addr_parse(&b, span_str("192.0.2.1:80"));
	check(!addr_eq(&a, &b) && addr_same(&a, &b), "a mapped address is the same, if not equal");
	addr_set_port(&b, 81);
	check(!addr_same(&a, &b), "but not with another port");
	addr_parse(&b, span_str("192.0.2.2:80"));
	check(!addr_same(&a, &b), "nor is another address");
	addr_parse(&b, span_str("unix:/tmp/x"));
	check(!addr_same(&a, &b) && addr_same(&b, &b), "a path is itself alone");
}

static void test_public(void)
{
	static const char *const yes[] = {
		"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255",
		"172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
		"223.255.255.255", "2606:4700::1", "2a00::1", "3ffe::1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1",
		"2002:101:101::1", "2001:200::1",
	};
	static const char *const no[] = {
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
		"127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255",
		"192.0.0.1", "192.0.2.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
		"203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::2",
		"::127.0.0.1", "fe80::1", "fec0::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1",
		"::ffff:10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b:1::1", "2002:7f00:1::1", "2002:a00:1::1",
		"2001::1", "2001:db8::1", "3fff::1", "4000::1", "1fff::1", "100::1",
	};
	struct addr a;

	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		check(addr_parse_ip(&a, span_str(yes[i]), 1) && addr_public(&a), "%s is public", yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		check(addr_parse_ip(&a, span_str(no[i]), 1) && !addr_public(&a), "%s is not", no[i]);
	check(addr_parse(&a, span_str("unix:/a")) && !addr_public(&a), "nor is a Unix socket");
}

int main(void)
{
	test_public();
	test_parse();
	test_bytes();
	test_flags();
	test_ip();
	test_split();
	test_system();
	return tap_end();
}
