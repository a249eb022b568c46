/* Self-signed certificates, read back. */
#include "tls/self_signed.h"

#include "tap.h"
#include "tls/cert.h"
#include "tls_data.h"

enum { FROM = 1700000000, UNTIL = 1700086400 };

static struct key key;
static struct name_set names;
static unsigned char storage[SELF_SIGNED_MAX], data[4096];
static struct cert c;

static bool make(const struct self_signed *what)
{
	struct builder b;

	builder_init(&b, storage, sizeof storage);
	return self_signed_write(&b, &key, what) && cert_read(&c, builder_span(&b)) && cert_signed_by(&c, &c);
}

static void set(const char *name)
{
	names.n = 0;
	if (name && name_set_add(&names, span_str(name)) != NAME_OK)
		abort();
}

/* The extension is there, with this value and mark. */
static bool has(const char *oid, bool critical, const char *value)
{
	unsigned char id[32], expected[128];
	bool is_critical;
	struct span got;

	return cert_extension(&c, tls_data(oid, id, sizeof id), &is_critical, &got) && is_critical == critical &&
	       span_eq(got, tls_data(value, expected, sizeof expected));
}

static void server(const char *hex, const char *usage, const char *about)
{
	struct self_signed what = { .names = &names, .not_before = FROM, .not_after = UNTIL };

	check(key_read(&key, tls_data(hex, data, sizeof data)) == KEY_OK, "%s", about);
	set("www.example.com");
	check(make(&what) && name_set_is(&names, c.names) && c.names_critical && !c.is_ca &&
	              span_eq(c.spki, span_of(key.spki, key.spki_len)) && c.not_before == FROM &&
	              c.not_after == UNTIL && c.key_id.len == 20,
	      "a server's, without a subject");
	check(has("551d0f", true, usage) && has("551d13", true, "3000"), "what its key is for");
	check(has("551d25", false, "301406082b0601050507030106082b06010505070302"), "and for whom");
	what.common_name = span_str("a server");
	check(make(&what) && !c.names_critical && span_is(cert_common_name(c.subject), "a server") &&
	              span_eq(c.subject, c.issuer),
	      "with a subject");
	what.is_ca = true;
	what.names = NULL;
	check(make(&what) && c.is_ca && c.names.len == 0 && has("551d13", true, "30030101ff") &&
	              has("551d0f", true, "03020106"),
	      "a root");
}

/* RFC 8737, 3: exactly these bytes. */
static void acme(const char *name, const char *alternative)
{
	static const char digest[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
	unsigned char bytes[ACME_DIGEST_LEN];
	struct self_signed what = { .names = &names, .not_before = FROM, .not_after = UNTIL };
	char expected[128];

	what.acme_digest = tls_data(digest, bytes, sizeof bytes).p;
	set(name);
	snprintf(expected, sizeof expected, "0420%s", digest);
	check(make(&what) && has("2b0601050507011f", true, expected), "acmeIdentifier for %s", name);
	check(has("551d11", true, alternative), "its one alternative name");
	check(span_eq(c.subject, c.issuer), "signed by itself");
	name_set_add(&names, span_str("another.test"));
	check(!make(&what), "not for two names");
	set(NULL);
	check(!make(&what), "nor for none");
	set(name);
	what.is_ca = true;
	check(!make(&what), "nor as a root");
}

static void refusals(void)
{
	struct self_signed what = { .names = &names, .not_before = FROM, .not_after = UNTIL };
	unsigned char before[32], long_name[SELF_SIGNED_COMMON_NAME_MAX + 1];
	struct builder b;
	int ok = 0;
	size_t len;

	set(NULL);
	check(!make(&what), "no names");
	what.is_ca = true;
	check(!make(&what), "a root without any name");
	what.is_ca = false;
	set("a.test");
	memset(long_name, 'a', sizeof long_name);
	what.common_name = span_of(long_name, sizeof long_name);
	check(!make(&what), "a common name of 65 bytes");
	what.common_name.len--;
	check(make(&what), "one of 64");
	what.not_after = FROM - 1;
	check(!make(&what), "an end before the beginning");
	what.not_after = INT64_C(253402300799);
	check(make(&what) && c.not_after == what.not_after, "the end of time");
	what.not_after++;
	check(!make(&what), "and after it");
	what.not_after = UNTIL;
	check(make(&what) && c.serial.len == 16 && !(c.serial.p[0] & 0x80), "a serial number of 127 bits");
	len = c.der.len;
	memcpy(before, c.serial.p, 16);
	check(make(&what) && memcmp(before, c.serial.p, 16) != 0, "another one each time");
	for (size_t cap = 0; cap + 16 < len; cap++) {
		builder_init(&b, storage, cap);
		ok += self_signed_write(&b, &key, &what);
	}
	check(ok == 0, "too little room");
}

int main(void)
{
	server(rsa_pkcs1, "030205a0", "RSA");
	server(p384_pkcs8, "03020780", "P-384");
	server(p256_pkcs8, "03020780", "P-256");
	acme("www.example.com", "3011820f7777772e6578616d706c652e636f6d");
	acme("WWW.example.com", "3011820f7777772e6578616d706c652e636f6d");
	acme("192.0.2.1", "30068704c0000201");
	acme("2001:db8::1", "3012871020010db8000000000000000000000001");
	refusals();
	return tap_end();
}
