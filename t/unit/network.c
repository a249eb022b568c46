/* net/network: sets of addresses. */
#include <netinet/in.h>

#include "net/network.h"
#include "tap.h"

static struct networks set;

static bool has(const char *text)
{
	struct addr a;

	return addr_parse_ip(&a, span_str(text), 80) && networks_has(&set, &a);
}

static bool unix_peer(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct addr a = { .mode = -1 };

	addr_set(&a, (struct sockaddr *)&un, sizeof un.sun_family);
	return networks_has(&set, &a);
}

static void fresh(const char *text)
{
	set.n = 0;
	check(networks_add(&set, span_str(text)), "%s is a set", text);
}

int main(void)
{
	static const char *const bad[] = {
		"", "/", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/24", "1.2.3/8", "/8", "::/129", "::1/127",
		"2001:db8::1/32", "unix/0", "Unix", "1.2.3.4/8 ", "1.2.3.4:80", "[::1]", "fe80::1%1", "1.0.0.0/0",
		"localhost", "1.2.3.4/32/32",
	};
	struct addr nobody = { .mode = -1 };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!networks_add(&set, span_str(bad[i])), "'%s' is none", bad[i]);
	fresh("192.0.2.0/24");
	check(has("192.0.2.0") && has("192.0.2.255") && has("::ffff:192.0.2.7"), "what is in it");
	check(!has("192.0.3.0") && !has("192.0.1.255") && !has("::c000:207") && !unix_peer(), "what is not");
	check(!networks_has(&set, &nobody), "nobody is in it");
	fresh("10.0.0.128/25");
	check(has("10.0.0.128") && has("10.0.0.255") && !has("10.0.0.127"), "a mask in the middle of a byte");
	fresh("127.0.0.1");
	check(has("127.0.0.1") && !has("127.0.0.2"), "one address");
	fresh("0.0.0.0/0");
	check(has("255.1.2.3") && !has("::1") && !unix_peer(), "all of IPv4");
	fresh("2001:db8::/33");
	check(has("2001:db8:7fff::1") && !has("2001:db8:8000::1"), "IPv6");
	fresh("::/0");
	check(has("::1") && !has("::ffff:1.2.3.4"), "all of IPv6");
	fresh("unix");
	check(unix_peer() && !has("127.0.0.1") && !has("::"), "a Unix socket");
	set.n = NETWORKS_MAX;
	check(!networks_add(&set, span_str("unix")), "no more than there is room for");
	return tap_end();
}
