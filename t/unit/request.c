/* Certificate requests, made and read. */
#include "tls/request.h"

#include "tap.h"
#include "tls/cert.h"
#include "tls/der.h"
#include "tls/issue.h"
#include "tls_data.h"

static struct key key;
static struct name_set names, read_names;
static unsigned char storage[REQUEST_MAX], bytes[REQUEST_MAX], data[4096];

static void add(const char *name)
{
	if (name_set_add(&names, span_str(name)) != NAME_OK)
		abort();
}

static bool same_names(void)
{
	unsigned char general[8192];
	struct builder b;

	builder_init(&b, general, sizeof general);
	name_set_write(&b, &read_names);
	return name_set_is(&names, builder_span(&b)) && names.n == read_names.n;
}

static void round_trips(const char *hex, const char *about)
{
	struct request r;
	struct builder b;
	struct span der;
	int ok = 0;

	check(key_read(&key, tls_data(hex, data, sizeof data)) == KEY_OK, "%s", about);
	for (int staple = 0; staple < 2; staple++) {
		builder_init(&b, storage, sizeof storage);
		check(request_write(&b, &key, &names, staple), "written");
		read_names.n = 0;
		check(request_read(&r, builder_span(&b), &read_names) && r.must_staple == (bool)staple && same_names() &&
		              span_eq(r.spki, span_of(key.spki, key.spki_len)),
		      "read");
	}
	der = builder_span(&b);
	for (size_t cut = 0; cut < der.len; cut += RUNNING_ON_VALGRIND ? 13 : 1) {
		memcpy(bytes, der.p, cut);
		read_names.n = 0;
		ok += request_read(&r, span_of(bytes, cut), &read_names);
		builder_init(&b, bytes, cut);
		ok += request_write(&b, &key, &names, true);
	}
	check(ok == 0, "cut at any byte it is none, and with too little room it is not written");
}

/* Something in every bit of a request: it is malformed or its signature does not hold. */
static void bits(void)
{
	struct builder b;
	struct request r;
	int unnoticed = 0;

	builder_init(&b, storage, sizeof storage);
	request_write(&b, &key, &names, false);
	for (size_t bit = 0; bit < b.len * 8; bit += RUNNING_ON_VALGRIND ? 251 : 5) {
		storage[bit / 8] ^= (unsigned char)(1 << bit % 8);
		read_names.n = 0;
		unnoticed += request_read(&r, builder_span(&b), &read_names);
		storage[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	check(unnoticed == 0, "no bit is turned unnoticed");
}

/* A request with this subject and these attributes (both in hex), signed. */
static struct span signed_with(const char *version, const char *subject, const char *attributes)
{
	struct builder b;
	struct issue issue;

	builder_init(&b, storage, sizeof storage);
	issue = issue_begin(&b);
	hex_decode(&b, span_str(version));
	hex_decode(&b, span_str(subject));
	builder_add(&b, span_of(key.spki, key.spki_len));
	hex_decode(&b, span_str(attributes));
	if (!issue_sign(&b, &issue, &key))
		abort();
	return builder_span(&b);
}

#define EXTENSIONS(set_len, list_len, hex) "06092a864886f70d01090e" "31" set_len "30" list_len hex
#define SAN_A "300d" "0603551d11" "0406" "3004" "82026162"         /* ab */
#define SAN_MAIL "300d" "0603551d11" "0406" "3004" "81026162"
#define SAN_BAD "300d" "0603551d11" "0406" "3004" "82022d2d"       /* -- */
#define SAN_UPPER "300d" "0603551d11" "0406" "3004" "82024142"     /* AB */
#define SAN_IP_TEXT "3012" "0603551d11" "040b" "3009" "8207312e312e312e31" /* dNSName 1.1.1.1 */
#define SAN_TWO "3011" "0603551d11" "040a" "3008" "82026162" "82024142" /* ab, AB */
#define CN_AB "300d310b300906035504030c026162"
#define CN_CD "300d310b300906035504030c026364"
#define CN_BAD "300e310c300a06035504030c03612062"

static const struct {
	const char *about, *version, *subject, *attributes;
	size_t n; /* names; 0: refused */
} made[] = {
	{ "a name", "020100", "3000", "a020301e" EXTENSIONS("11", "0f", SAN_A), 1 },
	{ "a name and the same common name", "020100", CN_AB, "a020301e" EXTENSIONS("11", "0f", SAN_A), 1 },
	{ "another common name", "020100", CN_CD, "a020301e" EXTENSIONS("11", "0f", SAN_A), 2 },
	{ "a common name alone", "020100", CN_CD, "a000", 1 },
	{ "and no attributes", "020100", CN_CD, "", 1 },
	{ "an attribute that is not known", "020100", CN_CD, "a00b300906032a03043102" "0500", 1 },
	{ "capitals", "020100", "3000", "a020301e" EXTENSIONS("11", "0f", SAN_UPPER), 1 },
	{ "the same name twice", "020100", "3000", "a0243022" EXTENSIONS("15", "13", SAN_TWO), 1 },
	{ "no names", "020100", "3000", "a000", 0 },
	{ "a common name that is none", "020100", CN_BAD, "a020301e" EXTENSIONS("11", "0f", SAN_A), 0 },
	{ "an e-mail address", "020100", "3000", "a020301e" EXTENSIONS("11", "0f", SAN_MAIL), 0 },
	{ "a malformed name", "020100", "3000", "a020301e" EXTENSIONS("11", "0f", SAN_BAD), 0 },
	{ "an address as a DNS name", "020100", "3000", "a0253023" EXTENSIONS("16", "14", SAN_IP_TEXT), 0 },
	{ "another version", "020101", "3000", "a020301e" EXTENSIONS("11", "0f", SAN_A), 0 },
	{ "extensions twice", "020100", "3000",
	  "a040" "301e" EXTENSIONS("11", "0f", SAN_A) "301e" EXTENSIONS("11", "0f", SAN_A), 0 },
	{ "something behind the attributes", "020100", "3000", "a020301e" EXTENSIONS("11", "0f", SAN_A) "0500", 0 },
	{ "an empty list of extensions", "020100", CN_CD, "a011300f" EXTENSIONS("02", "00", ""), 0 },
	{ "no list of extensions", "020100", CN_CD, "a00f300d" "06092a864886f70d01090e" "3100", 0 },
};

static void foreign(void)
{
	for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
		struct request r;
		bool good;

		read_names.n = 0;
		good = request_read(&r, signed_with(made[i].version, made[i].subject, made[i].attributes), &read_names);
		check(good == (made[i].n > 0) && (!good || read_names.n == made[i].n), "%s", made[i].about);
	}
}

int main(void)
{
	struct builder b;

	builder_init(&b, storage, sizeof storage);
	check(key_read(&key, tls_data(p256_pkcs8, data, sizeof data)) == KEY_OK &&
	              !request_write(&b, &key, &names, false),
	      "without names there is no request");
	add("www.example.com");
	add("*.example.com");
	add("192.0.2.1");
	add("2001:db8::1");
	round_trips(p384_pkcs8, "P-384");
	round_trips(rsa_pkcs1, "RSA");
	round_trips(p256_pkcs8, "P-256");
	bits();
	foreign();
	return tap_end();
}
