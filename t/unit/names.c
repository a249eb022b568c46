/* Names of certificates. */
#include "tls/names.h"

#include "tap.h"
#include "tls/der.h"
#include "tls_data.h"

static struct name_set set;
static unsigned char data[4096];

static const struct {
	const char *text, *canonical; /* NULL: malformed */
} texts[] = {
	{ "www.example.com", "www.example.com" },
	{ "WWW.Example.COM.", "www.example.com" },
	{ "*.example.com", "*.example.com" },
	{ "*.Example.com.", "*.example.com" },
	{ "*.com", "*.com" },
	{ "localhost", "localhost" },
	{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
	{ "192.0.2.1", "192.0.2.1" },
	{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1" },
	{ "::", "::" },
	{ "", NULL },
	{ ".", NULL },
	{ "*", NULL },
	{ "*.", NULL },
	{ "*..com", NULL },
	{ "a.*.com", NULL },
	{ "*a.com", NULL },
	{ "*.*.com", NULL },
	{ "*.192.0.2.1", NULL },
	{ "192.0.2", NULL },
	{ "192.0.2.256", NULL },
	{ "192.0.2.1.", NULL },
	{ "::ffff:192.0.2.1", NULL },
	{ "fe80::1%1", NULL },
	{ "[::1]", NULL },
	{ "a..b", NULL },
	{ ".a", NULL },
	{ "-a.test", NULL },
	{ "a-.test", NULL },
	{ "a_b.test", NULL },
	{ "a b.test", NULL },
	{ "a.test:80", NULL },
	{ "b\xc3\xbc" "cher.test", NULL },
	{ "a\n.test", NULL },
	{ "user@a.test", NULL },
};

static void adding(void)
{
	char name[300];

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		enum name_result result;

		set.n = 0;
		result = name_set_add(&set, span_str(texts[i].text));
		if (texts[i].canonical)
			check(result == NAME_OK && set.n == 1 && span_is(span_str(set.name[0].text), texts[i].canonical),
			      "taken: %s", texts[i].text);
		else
			check(result == NAME_MALFORMED && set.n == 0, "malformed: %zu", i);
	}
	set.n = 0;
	check(name_set_add(&set, span_of("a\0b", 3)) == NAME_MALFORMED, "malformed: NUL");
	check(name_set_add(&set, span_str("A.test")) == NAME_OK &&
	              name_set_add(&set, span_str("a.test.")) == NAME_TWICE && set.n == 1,
	      "twice, in another spelling");
	check(name_set_add(&set, span_str("::1")) == NAME_OK &&
	              name_set_add(&set, span_str("0:0::1")) == NAME_TWICE && set.n == 2,
	      "an address twice");
	for (int i = 0; i < CERT_NAMES_MAX - 2; i++) {
		snprintf(name, sizeof name, "n%d.test", i);
		if (name_set_add(&set, span_str(name)) != NAME_OK)
			check(false, "%s", name);
	}
	check(name_set_add(&set, span_str("one.more")) == NAME_TOO_MANY && set.n == CERT_NAMES_MAX, "too many");

	/* 253 bytes in all, the wildcard counted. */
	memset(name, 'a', sizeof name);
	for (size_t i = 63; i < 252; i += 64)
		name[i] = '.';
	set.n = 0;
	check(name_set_add(&set, span_of(name, 253)) == NAME_OK, "253 bytes");
	check(name_set_add(&set, span_of(name, 254)) == NAME_MALFORMED, "254 bytes");
	memcpy(name, "*.", 2);
	check(name_set_add(&set, span_of(name, 253)) == NAME_OK, "253 bytes with a wildcard");
	check(name_set_add(&set, span_of(name, 254)) == NAME_MALFORMED, "254 bytes with a wildcard");
}

static const struct {
	const char *hex, *about;
	bool same;
} general_names[] = {
	{ "8206612e746573748206622e746573748704c0000201", "in order", true },
	{ "8704c00002018206622e746573748206612e74657374", "in another order", true },
	{ "8206412e544553548206622e746573748704c0000201", "capitals", true },
	{ "8206612e746573748206612e746573748206622e746573748704c0000201", "one of them twice", true },
	{ "8206612e746573748206622e74657374", "one missing", false },
	{ "", "none at all", false },
	{ "8206612e746573748206622e746573748704c00002018206632e74657374", "one more", false },
	{ "8206612e746573748206622e746573748704c0000202", "another address", false },
	{ "8206612e746573748206622e7465737482093139322e302e322e31", "the address as a DNS name", false },
	{ "8206612e746573748206622e746573748704c00002018100", "an empty e-mail address more", false },
	{ "8206612e746573748206622e746573748704c000020182", "cut", false },
	{ "8206612e746573748206622e746573748703c00002", "an address of three bytes", false },
	{ "8207612e74657374008206622e746573748704c0000201", "a NUL at the end of a name", false },
	{ "8207612e746573742e8206622e746573748704c0000201", "a dot at the end of a name", false },
};

static void comparing(void)
{
	struct builder b;
	unsigned char storage[64];

	set.n = 0;
	name_set_add(&set, span_str("a.test"));
	name_set_add(&set, span_str("b.test"));
	name_set_add(&set, span_str("192.0.2.1"));
	for (size_t i = 0; i < sizeof general_names / sizeof *general_names; i++)
		check(name_set_is(&set, tls_data(general_names[i].hex, data, sizeof data)) == general_names[i].same,
		      "%s", general_names[i].about);
	builder_init(&b, storage, sizeof storage);
	name_set_write(&b, &set);
	check(span_eq(builder_span(&b), tls_data(general_names[0].hex, data, sizeof data)), "written");
	set.n = 0;
	check(name_set_is(&set, span_of(NULL, 0)), "no names are no names");
}

static void walking(void)
{
	static const char *const bad[] = { "82", "8202", "820260", "8704c00002", "8703c00002", "87050102030405",
		                           "8711000000000000000000000000000000000000", "3fff", "8280" };
	static const struct {
		const char *hex, *text;
		enum cert_name_kind kind;
	} good[] = {
		{ "8206612e74657374", "a.test", CERT_DNS },
		{ "8205610a206200", "a\\x0a\\x20b\\x00", CERT_DNS },
		{ "8200", "-", CERT_DNS },
		{ "8704c0000201", "192.0.2.1", CERT_IP },
		{ "871020010db8000000000000000000000001", "2001:db8::1", CERT_IP },
		{ "810161", "810161", CERT_OTHER },
		{ "a4023000", "a4023000", CERT_OTHER },
	};
	struct cert_name name;
	bool is_bad;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char even[64];
		struct span rest;

		snprintf(even, sizeof even, "%s%s", bad[i], strlen(bad[i]) % 2 ? "0" : "");
		rest = tls_data(even, data, sizeof data);
		check(!cert_next_name(&rest, &name, &is_bad) && is_bad, "malformed: %s", even);
	}
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct span rest = tls_data(good[i].hex, data, sizeof data);
		unsigned char text[128];
		struct builder b;

		builder_init(&b, text, sizeof text);
		check(cert_next_name(&rest, &name, &is_bad) && name.kind == good[i].kind, "read: %s", good[i].text);
		cert_name_print(&b, &name);
		check(span_is(builder_span(&b), good[i].text), "printed");
	}
}

int main(void)
{
	adding();
	comparing();
	walking();
	return tap_end();
}
