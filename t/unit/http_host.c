/* Hosts with and without ports. */
#include <string.h>

#include "net/http.h"
#include "tap.h"

static const struct {
	const char *text, *host; /* no host: refused */
	bool is_address;
	unsigned int port;
} cases[] = {
	{ "a.test", "a.test", false, 0 },
	{ "A.Test.", "A.Test.", false, 0 },
	{ "a.test:80", "a.test", false, 80 },
	{ "a.test:", "a.test", false, 0 },
	{ "a.test:1", "a.test", false, 1 },
	{ "a.test:65535", "a.test", false, 65535 },
	{ "a.test:00080", "a.test", false, 80 },
	{ "a.test:65536", NULL, false, 0 },
	{ "a.test:0", NULL, false, 0 },
	{ "a.test:-1", NULL, false, 0 },
	{ "a.test:8o", NULL, false, 0 },
	{ "a.test:80:80", NULL, false, 0 },
	{ "a.test: 80", NULL, false, 0 },
	{ "a.test:99999999999999999999", NULL, false, 0 },
	{ "", NULL, false, 0 },
	{ ":80", NULL, false, 0 },
	{ " a", NULL, false, 0 },
	{ "a b", NULL, false, 0 },
	{ "a/b", NULL, false, 0 },
	{ "a?b", NULL, false, 0 },
	{ "a#b", NULL, false, 0 },
	{ "a\\b", NULL, false, 0 },
	{ "u@a", NULL, false, 0 },
	{ "u:p@a", NULL, false, 0 },
	{ "a%20b", NULL, false, 0 },
	{ "a\x7f", NULL, false, 0 },
	{ "\xc3\xa9", NULL, false, 0 },
	{ "a\"", NULL, false, 0 },
	{ "a<b>", NULL, false, 0 },
	{ "_a-b.~!$&'()*+,;=c", "_a-b.~!$&'()*+,;=c", false, 0 },
	{ "192.0.2.1", "192.0.2.1", true, 0 },
	{ "192.0.2.1:80", "192.0.2.1", true, 80 },
	{ "192.0.2.256", "192.0.2.256", false, 0 },
	{ "192.0.2", "192.0.2", false, 0 },
	{ "192.0.2.1.test", "192.0.2.1.test", false, 0 },
	{ "[::1]", "::1", true, 0 },
	{ "[::1]:80", "::1", true, 80 },
	{ "[::1]:", "::1", true, 0 },
	{ "[2001:db8:0:0:0:0:0:1]:443", "2001:db8:0:0:0:0:0:1", true, 443 },
	{ "[::ffff:192.0.2.1]", "::ffff:192.0.2.1", true, 0 },
	{ "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]",
	  "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", true, 0 },
	{ "[::1", NULL, false, 0 },
	{ "[", NULL, false, 0 },
	{ "[]", NULL, false, 0 },
	{ "[::1]80", NULL, false, 0 },
	{ "[::1]]", NULL, false, 0 },
	{ "[::1]:0", NULL, false, 0 },
	{ "[::1%eth0]", NULL, false, 0 },
	{ "[::1%25eth0]", NULL, false, 0 },
	{ "[192.0.2.1]", NULL, false, 0 },
	{ "[v1.a]", NULL, false, 0 },
	{ "[a.test]", NULL, false, 0 },
	{ "[1:2:3:4:5:6:7:8:9]", NULL, false, 0 },
	{ "[00000000000000000000000000000000000000000000000000000::1]", NULL, false, 0 },
	{ "::1", NULL, false, 0 },
	{ "x[::1]", NULL, false, 0 },
};

int main(void)
{
	char name[HTTP_HOST_MAX + 1];
	struct span host;
	bool is_address;
	uint16_t port;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool good = http_host_parse(span_str(cases[i].text), &host, &is_address, &port);

		if (!cases[i].host)
			check(!good, "refused: %zu", i);
		else
			check(good && span_is(host, cases[i].host) && port == cases[i].port &&
			              is_address == cases[i].is_address,
			      "taken: %s", cases[i].text);
	}
	memset(name, 'a', sizeof name);
	check(http_host_parse(span_of(name, HTTP_HOST_MAX), &host, &is_address, &port), "255 bytes");
	check(!http_host_parse(span_of(name, sizeof name), &host, &is_address, &port), "256 bytes");
	check(!http_host_parse(span_of("a\0b", 3), &host, &is_address, &port), "a NUL");
	check(!http_host_parse(span_of("[::1\0]", 6), &host, &is_address, &port),
	      "a NUL in an address");
	check(!http_host_parse(span_of(NULL, 0), &host, &is_address, &port), "no storage");
	return tap_end();
}
