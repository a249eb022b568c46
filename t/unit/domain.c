/* App address records, and gateways taken out of CNAME targets. */
#include "relay/domain.h"

#include <string.h>

#include "relay/config.h"
#include "tap.h"

#define BYTES(s) span_of(s, sizeof(s) - 1)
#define LABEL63 "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ0"
#define APP "5b912f5c1a2d4e8f90716253a4b5c6d7e8f90a1b"

static void records(void)
{
	static const struct {
		const char *text, *id;
		unsigned int port;
	} good[] = {
		{ APP ":80", APP, 80 },
		{ APP ":443", APP, 443 },
		{ "a:1", "a", 1 },
		{ "0:65535", "0", 65535 },
		{ "AbC:8080", "abc", 8080 },
		{ "a:0080", "a", 80 },
		{ LABEL63 ":9", "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0", 9 },
	};
	static const char *const bad[] = {
		"", ":", ":80", "a", "a:", "a:0", "a:65536", "a:99999999999999999999", "a:-1", "a:+1",
		"a: 1", "a:1 ", " a:1", "a:1:2", "a::1", "a:b", "a:0x50", "a:1\n", "a\n:1", "a b:1",
		"a-b:1", "a_b:1", "a.b:1", "evil.test/x:1", "evil.test#:1", "a@b:1", "-:1", ".:1",
		"\"a:1\"", "a;1", "a:1;a:2", "\xc3\xa4:1", "a%41:1", LABEL63 "1:9",
		"v=spf1 -all", "https://a:80",
	};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		char id[HOSTNAME_LABEL_MAX + 1] = "?";
		uint16_t port = 0;

		check(domain_record_parse(span_str(good[i].text), id, &port) &&
		              strcmp(id, good[i].id) == 0 && port == good[i].port,
		      "a record: %.20s", good[i].text);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char id[HOSTNAME_LABEL_MAX + 1] = "kept";
		uint16_t port = 7;

		check(!domain_record_parse(span_str(bad[i]), id, &port) && strcmp(id, "kept") == 0 &&
		              port == 7,
		      "no record, and nothing touched: %zu bytes, number %zu", strlen(bad[i]), i);
	}
}

/* A NUL, and every other byte, at every place of a good record. */
static void record_bytes(void)
{
	char id[HOSTNAME_LABEL_MAX + 1];
	uint16_t port;
	bool good = true;

	check(!domain_record_parse(BYTES("a\0b:1"), id, &port) &&
	              !domain_record_parse(BYTES("a:1\0"), id, &port) &&
	              !domain_record_parse(BYTES("\0a:1"), id, &port) &&
	              !domain_record_parse(BYTES("a:1\0:2"), id, &port),
	      "a NUL is no part of a record");
	for (size_t at = 0; at < 4; at++)
		for (int c = 0; c < 256; c++) {
			unsigned char text[] = { 'a', 'b', ':', '8' };
			bool digit = c >= '0' && c <= '9';
			bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
			bool wanted = at < 2 ? digit || letter : at == 2 ? c == ':' : digit && c != '0';

			text[at] = (unsigned char)c;
			/* The first colon ends the id: "a::8" and ":b:8" are none. */
			if (domain_record_parse(span_of(text, sizeof text), id, &port) != wanted)
				good = false;
		}
	check(good, "of the 1024 records one byte away from ab:8 only those with an id and a port are taken");
}

static struct domain_rules rules;

static void set_rules(const char *expression, unsigned int group)
{
	static bool before;

	if (before)
		regfree(&rules.allowed);
	before = true;
	if (regcomp(&rules.allowed, expression, REG_EXTENDED) != 0)
		check(false, "%s is an expression", expression);
	rules.group = group;
}

static void takes(const char *target, const char *gateway)
{
	char got[HOSTNAME_MAX + 1];

	check(domain_gateway_match(&rules, target, got) && strcmp(got, gateway) == 0,
	      "%.60s gives %.60s", target, gateway);
}

static void refuses(const char *target, const char *why)
{
	char got[HOSTNAME_MAX + 1];

	check(!domain_gateway_match(&rules, target, got), "no gateway: %s", why);
}

static const char *nothing(const char *name)
{
	(void)name;
	return NULL;
}

static void default_expression(void)
{
	static struct config config;
	const char *why;

	check(!config_read(&config, nothing, &why), "nothing set is a configuration");
	rules = config.domain;
	takes("_.prod5.phala.network", "prod5.phala.network");
	takes("_.a.b.phala.network", "a.b.phala.network");
	refuses("prod5.phala.network", "without _.");
	refuses("_.phala.network", "nothing in front of .phala.network");
	refuses("_.prod5.phala.network.evil.test", "something behind");
	refuses("x_.prod5.phala.network", "something in front");
	refuses("_xprod5.phala.network", "the dots are dots");
	refuses("_.prod5xphala.network", "the dots are dots");
	refuses("_._.prod5.phala.network", "an underscore is in no host name");
	refuses("_.evil\\046test.phala.network", "an escaped byte is in no host name");
	refuses("_.a..phala.network", "an empty label");
	refuses("_.-a.phala.network", "a hyphen in front");
	refuses(".", "the root");
	refuses("", "nothing");
	regfree(&config.domain.allowed);
}

static void groups(void)
{
	set_rules("^(_)\\.((gw[0-9]+)\\.test)$|^(direct\\.test)$", 2);
	takes("_.gw1.test", "gw1.test");
	takes("direct.test", "direct.test"); /* group 2 took no part: the whole target, as the original */
	set_rules("^_\\.((gw[0-9]+)\\.test)$", 2);
	takes("_.gw17.test", "gw17");
	set_rules("^_\\.(.+)$", 0);
	refuses("_.gw.test", "group 0 is the whole match, and that begins with an underscore");
	set_rules("[a-z]+\\.test", 0);
	takes("_.gw.test", "gw.test");
	set_rules("^_\\.(.+)$", 5);
	refuses("_.gw.test", "there is no group 5, and the whole target is no host name");
	set_rules("^(.+)\\.test$", 9);
	takes("gw.test", "gw.test");
	set_rules("^(x?)gw\\.test$", 1);
	refuses("gw.test", "the group matched nothing at all");
	set_rules("^gw\\.test$", 1);
	takes("gw.test", "gw.test");
	refuses("gw-test", "the expression decides");
	set_rules("", 0);
	refuses("gw.test", "an empty match is no host name");
}

/* The expression lets everything through: what comes out is a host name all the same. */
static void results(void)
{
	char name[400];
	char got[HOSTNAME_MAX + 1];

	set_rules("^(.*)$", 1);
	takes("GW.Test", "gw.test");
	takes("gw.test.", "gw.test");
	takes("gw", "gw");
	refuses("192.0.2.1", "an address");
	refuses("gw.test/x", "a path");
	refuses("gw.test:80", "a port");
	refuses("user@gw.test", "user information");
	refuses("gw test", "a space");
	refuses("gw.test\r\nx", "a line end");
	refuses("g\xc3\xb6.test", "bytes above 126");
	refuses("gw.test..", "two dots at the end");
	memset(name, 'a', sizeof name);
	for (size_t i = 49; i < sizeof name; i += 50)
		name[i] = '.';
	name[253] = 0;
	check(domain_gateway_match(&rules, name, got) && strlen(got) == 253, "253 bytes");
	name[253] = 'a';
	name[254] = 0;
	check(!domain_gateway_match(&rules, name, got), "not 254");
	memset(name, 'a', 64);
	name[63] = 0;
	check(domain_gateway_match(&rules, name, got), "a label of 63 bytes");
	name[63] = 'a';
	name[64] = 0;
	check(!domain_gateway_match(&rules, name, got), "not of 64");
}

static void words(void)
{
	check(strcmp(domain_source(DOMAIN_TXT), "TXT _dstack-app-address") == 0 &&
	              strcmp(domain_source(DOMAIN_TXT_OLD), "TXT _tapp-address") == 0 &&
	              strcmp(domain_source(DOMAIN_TXT_WILDCARD), "TXT _dstack-app-address-wildcard") == 0 &&
	              strcmp(domain_source(DOMAIN_CNAME), "CNAME") == 0 &&
	              strcmp(domain_source(DOMAIN_CNAME_GATEWAY), "CNAME _dstack-gateway") == 0 &&
	              strcmp(domain_source(DOMAIN_FALLBACK), "fallback") == 0 &&
	              strcmp(domain_source(1000), "fallback") == 0,
	      "sources have names");
	for (int i = DOMAIN_FOUND; i <= DOMAIN_FAILED; i++)
		for (int k = DOMAIN_FOUND; k < i; k++)
			check(strcmp(domain_strerror((enum domain_status)i),
			             domain_strerror((enum domain_status)k)) != 0,
			      "status %d and %d read differently", i, k);
}

static void app_name(const char *text, const char *wanted)
{
	char id[HOSTNAME_LABEL_MAX + 1], suffix, got[128] = "refused";
	uint16_t port;

	if (domain_app_parse(span_str(text), id, &port, &suffix))
		snprintf(got, sizeof got, "%s %u %c", id, port, suffix ? suffix : '-');
	check(strcmp(got, wanted) == 0, "%s is %s", text, got);
}

static void app_names(void)
{
	app_name("5b91Ab", "5b91ab 80 -");
	app_name("app-8080", "app 8080 -");
	app_name("app-s", "app 443 s");
	app_name("app-S", "app 443 s");
	app_name("app-8443s", "app 8443 s");
	app_name("app-g", "app 80 g");
	app_name("app-50051g", "app 50051 g");
	app_name("apps", "apps 80 -");
	app_name("app-65535s", "app 65535 s");
	app_name("app-65536s", "refused");
	app_name("app-0s", "refused");
	app_name("app-", "refused");
	app_name("app-gs", "refused");
	app_name("app-sg", "refused");
	app_name("app-80x", "refused");
	app_name("app-1-2s", "refused");
	app_name("app--s", "refused");
	app_name("-80s", "refused");
	app_name("-s", "refused");
	app_name("s", "s 80 -");
	app_name("", "refused");
	app_name("a_b-s", "refused");
	app_name("app-+1s", "refused");
}

int main(void)
{
	app_names();
	records();
	record_bytes();
	default_expression();
	groups();
	results();
	words();
	regfree(&rules.allowed);
	return tap_end();
}
