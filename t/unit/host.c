/* Hosts: addresses, localhost, the hosts file, and AAAA and A from a server of the test's own. */
#include "net/host.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "host_server.h"
#include "tap.h"

enum { TOTAL_MS = 3000, GRACE_TOTAL_MS = 1500 };

static struct host_list list;
static char path[] = "/tmp/unit-host.XXXXXX";
static char text[2048];

/* The addresses in the list, a space between them. */
static const char *listed(void)
{
	struct builder b;

	builder_init(&b, text, sizeof text);
	for (size_t i = 0; i < list.n; i++) {
		if (i > 0)
			builder_byte(&b, ' ');
		addr_print(&b, &list.addr[i]);
	}
	return builder_cstr(&b);
}

static void gives(const char *name, const char *hosts, const struct dns_servers *s, const char *all)
{
	enum dns_status status = host_lookup(&list, span_str(name), 80, hosts, s, deadline_in(TOTAL_MS));

	check(status == DNS_FOUND && strcmp(listed(), all) == 0, "%.60s is %.300s", name, listed());
}

static void status_is(const char *name, const char *hosts, const struct dns_servers *s,
                      enum dns_status expected)
{
	enum dns_status status = host_lookup(&list, span_str(name), 80, hosts, s, deadline_in(TOTAL_MS));

	check(status == expected && list.n == 0, "%.60s: %s", name, dns_strerror(status));
}

static void test_numeric(void)
{
	gives("192.0.2.1", NULL, NULL, "192.0.2.1:80");
	gives("2001:DB8::1", NULL, NULL, "[2001:db8::1]:80");
	gives("fe80::1%lo", NULL, NULL, "[fe80::1%1]:80");
	status_is("192.0.2.1.", NULL, NULL, DNS_NONE);
	status_is("[::1]", NULL, NULL, DNS_BAD_NAME);
	status_is("no good", NULL, NULL, DNS_BAD_NAME);
	status_is("", NULL, NULL, DNS_BAD_NAME);
}

static void test_localhost(void)
{
	gives("localhost", "/nonexistent", NULL, "[::1]:80 127.0.0.1:80");
	gives("LocalHost.", NULL, NULL, "[::1]:80 127.0.0.1:80");
	gives("app.localhost", NULL, NULL, "[::1]:80 127.0.0.1:80");
	status_is("alocalhost", NULL, NULL, DNS_NONE);
	status_is("localhost.example.com", NULL, NULL, DNS_NONE);
}

static void write_hosts(const char *contents, size_t len)
{
	int fd = mkstemp(path);

	if (fd < 0 || write(fd, contents, len) != (ssize_t)len)
		abort();
	close(fd);
}

static void end_hosts(void)
{
	unlink(path);
	memset(path + strlen(path) - 6, 'X', 6);
}

static void test_hosts(void)
{
	static const char contents[] =
		"# 192.0.2.9 one.test\n"
		"192.0.2.1\tone.test alias # not.test\n"
		"  192.0.2.2 two.test\r\n"
		"2001:db8::2 TWO.test#not.test\n"
		"192.0.2.3\n"
		"\n"
		"not-an-address one.test\n"
		"192.0.2.999 one.test\n"
		"\0\x01\xff 192.0.2.9 one.test\n"
		"192.0.2.4 last.test";

	write_hosts(contents, sizeof contents - 1);
	gives("one.test", path, NULL, "192.0.2.1:80");
	gives("ALIAS", path, NULL, "192.0.2.1:80");
	gives("two.test.", path, NULL, "192.0.2.2:80 [2001:db8::2]:80");
	gives("last.test", path, NULL, "192.0.2.4:80");
	status_is("not.test", path, NULL, DNS_NONE);
	status_is("192.0.2.3.", path, NULL, DNS_NONE);
	status_is("one.test", "/nonexistent/hosts", NULL, DNS_NONE);
	status_is("one.test", "/etc", NULL, DNS_NONE);
	status_is("one.test", "/dev/zero", NULL, DNS_NONE);
	end_hosts();
}

static void test_large_hosts(void)
{
	static char large[20 * HOST_LINE_MAX];
	struct builder b;

	builder_init(&b, large, sizeof large);
	memset(builder_take(&b, 5 * HOST_LINE_MAX + 100), 'x', 5 * HOST_LINE_MAX + 100);
	builder_str(&b, " one.test\n");
	builder_str(&b, "192.0.2.1 one.test\n");
	builder_str(&b, "192.0.2.2");
	memset(builder_take(&b, HOST_LINE_MAX - 20), ' ', HOST_LINE_MAX - 20);
	builder_str(&b, " one.test\n");
	/* What stands after a line's first 1024 bytes is not a line of its own. */
	memset(builder_take(&b, HOST_LINE_MAX), '#', HOST_LINE_MAX);
	builder_str(&b, "192.0.2.3 one.test\n");
	write_hosts(large, b.len);
	gives("one.test", path, NULL, "192.0.2.1:80 192.0.2.2:80");
	end_hosts();

	builder_init(&b, large, sizeof large);
	for (int i = 0; i < 30; i++) {
		builder_str(&b, "192.0.2.");
		builder_number(&b, (uint64_t)i);
		builder_str(&b, " one.test\n");
	}
	write_hosts(large, b.len);
	check(host_lookup(&list, span_str("one.test"), 80, path, NULL, 0) == DNS_FOUND &&
	              list.n == HOST_ADDRS_MAX,
	      "of 30 addresses 16");
	end_hosts();
}

static void test_dns(void)
{
	int64_t began;

	gives("46.test", NULL, &servers, "[2001:db8::1]:80 192.0.2.1:80");
	gives("44.test", NULL, &servers, "192.0.2.1:80 192.0.2.2:80");
	gives("6.test", NULL, &servers, "[2001:db8::1]:80");
	gives("f6.test", NULL, &servers, "[2001:db8::1]:80");
	status_is("none.test", NULL, &servers, DNS_NONE);
	status_is("f.test", NULL, &servers, DNS_FAILED);
	gives("4444444444444444444466.test", NULL, &servers,
	      "[2001:db8::1]:80 [2001:db8::2]:80 192.0.2.1:80 192.0.2.2:80 192.0.2.3:80 "
	      "192.0.2.4:80 192.0.2.5:80 192.0.2.6:80 192.0.2.7:80 192.0.2.8:80");

	began = deadline_now();
	gives("s4.test", NULL, &servers, "192.0.2.1:80");
	gives("t6.test", NULL, &servers, "[2001:db8::1]:80");
	check(deadline_now() - began >= 2 * HOST_GRACE_MS && deadline_now() - began < GRACE_TOTAL_MS,
	      "the silent half was waited for a quarter of a second each time");
	began = deadline_now();
	check(host_lookup(&list, span_str("s.test"), 80, NULL, &servers, began + 300) == DNS_FAILED &&
	              deadline_now() - began < TOTAL_MS,
	      "no IPv4 address and silence about IPv6: not known, at the deadline");

	write_hosts("192.0.2.99 46.test\n", 19);
	gives("46.test", path, &servers, "192.0.2.99:80");
	gives("4.test", path, &servers, "192.0.2.1:80");
	end_hosts();
}

int main(void)
{
	pid_t server = start_server();

	test_numeric();
	test_localhost();
	test_hosts();
	test_large_hosts();
	test_dns();
	if (server > 1) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	return tap_end();
}
