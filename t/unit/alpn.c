/* acme/alpn: the answers to TLS-ALPN-01 as certificates, and the names addresses are asked for by. */
#include "acme/alpn.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/file.h"
#include "tap.h"

static const char digits[] = "w7r9EBYxPZWMB1fFzPPE6S5WBpiYMNIsHLZJJD8ZF9U";
static const unsigned char oid[] = { 0x2b, 6, 1, 5, 5, 7, 1, 31 };
static const unsigned char subject_names[] = { 0x55, 0x1d, 17 };
static struct alpn alpn;
static char root[] = "/tmp/alpn.XXXXXX";

static bool address_is(const char *name, const char *wanted)
{
	char text[ALPN_ADDRESS_MAX];

	return span_is(alpn_address(text, span_str(name)), wanted);
}

static void test_addresses(void)
{
	static const char v6[] = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa";
	static const char *const none[] = {
		"", "in-addr.arpa", ".in-addr.arpa", "1.in-addr.arpa", "1.2.3.in-addr.arpa", "1.2.3.4.5.in-addr.arpa",
		"1.2.3.256.in-addr.arpa", "1.2.3.04.in-addr.arpa", "1.2.3.-1.in-addr.arpa", "1.2.3..in-addr.arpa",
		"1.2.3.1000.in-addr.arpa", "a.2.3.4.in-addr.arpa", "1.2.3.4.in-addr.arpa.", "1.2.3.4in-addr.arpa",
		"1.2.3.4.in-addr.arpa.test", "1.2.3.4.ip6.arpa", "ip6.arpa", "a.test", "+1.2.3.4.in-addr.arpa",
	};
	char cut[sizeof v6];

	check(address_is("4.3.2.1.in-addr.arpa", "1.2.3.4") && address_is("0.0.0.127.in-addr.arpa", "127.0.0.0"), "IPv4");
	check(address_is(v6, "2001:db8::1"), "IPv6");
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		check(address_is(none[i], ""), "none: '%s'", none[i]);
	for (size_t i = 1; i < sizeof v6 - 1; i++)
		if (!address_is(v6 + i, ""))
			check(false, "a part of it is none: %zu", i);
	memcpy(cut, v6, sizeof v6);
	cut[0] = 'g';
	check(address_is(cut, ""), "a digit that is none");
	cut[0] = 'F';
	check(address_is(cut, ""), "names are folded before");
}

static void put(const char *name, const char *text, size_t len)
{
	if (file_replace(alpn.dir, name, 0644, span_of(text, len)) != FILE_OK)
		abort();
}

/* An answer with this and no other name, as GeneralName, and the digest. */
static bool answers(const char *name, struct span general_name)
{
	struct credential *c = alpn_answer(&alpn, span_str(name));
	unsigned char digest[2 + 32] = { 4, 32 };
	struct builder b;
	struct cert cert;
	struct span value;
	bool critical, good;

	if (!c)
		return false;
	builder_init(&b, digest + 2, 32);
	good = base64_url_decode(&b, span_str(digits)) && c->n_chain == 1 &&
	       cert_read(&cert, span_of(c->chain[0].data, c->chain[0].data_len)) &&
	       cert_extension(&cert, span_of(oid, sizeof oid), &critical, &value) && critical &&
	       span_eq(value, span_of(digest, sizeof digest)) && span_eq(cert.names, general_name) &&
	       cert_extension(&cert, span_of(subject_names, sizeof subject_names), &critical, &value) &&
	       cert_signed_by(&cert, &cert);
	credential_drop(c);
	return good;
}

static bool answers_not(const char *name)
{
	struct credential *c = alpn_answer(&alpn, span_str(name));

	credential_drop(c);
	return !c;
}

static void test_answers(void)
{
	static const char dns[] = "\x82\x06" "a.test", ip[] = "\x87\x04\x01\x02\x03\x04";
	char line[64];

	memcpy(line, digits, 43);
	line[43] = '\n';
	put("a.test", line, 44);
	put("1.2.3.4", line, 44);
	put("bare.test", line, 43);
	check(answers("a.test", span_str(dns)), "a name");
	check(answers("4.3.2.1.in-addr.arpa", span_str(ip)), "an address");
	check(!answers_not("bare.test"), "a line without its end");
	check(answers_not("b.test") && answers_not("5.3.2.1.in-addr.arpa"), "nothing is pending");
	check(answers_not("") && answers_not("..") && answers_not("a.test/") && answers_not("*.test") &&
	              answers_not("./a.test") && answers_not("a.test/../a.test"),
	      "what is no name opens no file");
	put("1.2.3.4.test", line, 42);
	check(answers_not("1.2.3.4.test"), "a line that is too short");
	line[44] = '\n';
	put("c.test", line, 45);
	check(answers_not("c.test"), "or too long");
	line[10] = '+';
	put("d.test", line, 44);
	check(answers_not("d.test"), "or not base64url");
	put("e.test", "", 0);
	check(answers_not("e.test"), "or empty");
	check(mkdirat(alpn.dir, "f.test", 0755) == 0 && answers_not("f.test"), "or no file");
	unlinkat(alpn.dir, "a.test", 0);
	check(answers_not("a.test"), "or gone");
}

int main(void)
{
	static const char *const files[] = { "1.2.3.4", "bare.test", "1.2.3.4.test", "c.test", "d.test", "e.test" };

	if (!mkdtemp(root))
		abort();
	alpn.dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check(alpn_init(&alpn), "a key");
	test_addresses();
	test_answers();
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		unlinkat(alpn.dir, files[i], 0);
	unlinkat(alpn.dir, "f.test", AT_REMOVEDIR);
	rmdir(root);
	return tap_end();
}
