/* Certificates: what they say and who signed them. */
#include "tls/cert.h"

#include "tap.h"
#include "tls/der.h"
#include "tls_data.h"

static unsigned char root_bytes[2048], inter_bytes[2048], leaf_bytes[2048], data[4096];
static struct cert root, inter, leaf;

static bool name_is(struct span name, const char *expected)
{
	unsigned char text[512];
	struct builder b;

	builder_init(&b, text, sizeof text);
	cert_print_name(&b, name);
	if (span_is(builder_span(&b), expected))
		return true;
	printf("# %.*s\n", (int)b.len, text);
	return false;
}

static bool hex_is(struct span bytes, const char *hex)
{
	return span_eq(bytes, tls_data(hex, data, sizeof data));
}

/* What openssl says of them. */
static void fields(void)
{
	struct name_set set = { .n = 0 };
	struct public_key public;
	struct span value;
	bool critical;

	check(name_is(root.subject, "CN=Root \\\"1\\\",O=Test\\, Inc.,C=US"), "the root's subject");
	check(name_is(root.issuer, "CN=Root \\\"1\\\",O=Test\\, Inc.,C=US"), "and issuer");
	check(name_is(inter.subject, "CN=\\ Z\\C3\\A4h\\;le#,O=Zwischen GmbH+OU=b,C=DE"), "signs and UTF-8");
	check(name_is(leaf.subject, ""), "an empty subject");
	check(hex_is(inter.serial, "00ff01") && hex_is(leaf.serial, "00abcdef0123456789"), "serial numbers");
	check(root.is_ca && inter.is_ca && !leaf.is_ca, "CAs");
	check(leaf.must_staple && !inter.must_staple, "must-staple");
	check(leaf.names_critical && root.names.len == 0, "critical names, and none");
	check(name_set_add(&set, span_str("*.example.com")) == NAME_OK &&
	              name_set_add(&set, span_str("www.example.com")) == NAME_OK &&
	              name_set_add(&set, span_str("2001:db8::1")) == NAME_OK &&
	              name_set_add(&set, span_str("192.0.2.1")) == NAME_OK && name_set_is(&set, leaf.names),
	      "the names, in any order and case");
	check(span_eq(leaf.authority_key_id, inter.key_id) && leaf.authority_key_id.len == 20 &&
	              root.authority_key_id.len == 0 && root.key_id.len == 20,
	      "key identifiers");
	check(public_key_read(&public, root.spki) && public.type == KEY_RSA && public.bits == 2048, "a key of RSA");
	check(public_key_read(&public, inter.spki) && public.type == KEY_P384, "of P-384");
	check(public_key_read(&public, leaf.spki) && public.type == KEY_P256, "of P-256");
	check(leaf.not_after - leaf.not_before == INT64_C(20000) * 86400, "20000 days, from one form of time to the other");
	check(cert_extension(&leaf, tls_data("551d25", data, sizeof data), &critical, &value) && !critical &&
	              value.len == 12,
	      "an extension");
	check(!cert_extension(&leaf, tls_data("551d26", data, sizeof data), &critical, &value), "one that is not there");
	check(cert_common_name(root.subject).len == 8 && cert_common_name(leaf.subject).len == 0, "common names");
}

static void signatures(void)
{
	struct cert other;

	check(cert_signed_by(&leaf, &inter), "the leaf is signed with ECDSA and SHA-384");
	check(cert_signed_by(&inter, &root), "the intermediate with RSA and SHA-512");
	check(cert_signed_by(&root, &root), "the root with RSA and SHA-256, by itself");
	check(!cert_signed_by(&leaf, &root) && !cert_signed_by(&inter, &inter) && !cert_signed_by(&root, &leaf) &&
	              !cert_signed_by(&leaf, &leaf),
	      "and by no other");
	other = root;
	other.issuer = leaf.issuer;
	check(!cert_signed_by(&other, &inter), "a name alone is no signature");
	other = leaf;
	other.signature_algorithm = inter.signature_algorithm;
	check(!cert_signed_by(&other, &inter), "another algorithm");
	other = leaf;
	other.signature = span_head(leaf.signature, leaf.signature.len - 1);
	check(!cert_signed_by(&other, &inter), "half a signature");
}

/* A bit turned in what is signed or in the signature: malformed, or not signed any more. */
static void bits(const char *hex, const struct cert *issuer, size_t step, const char *about)
{
	static unsigned char bytes[2048];
	struct span der = tls_data(hex, bytes, sizeof bytes);
	size_t unnoticed = 0, malformed = 0;
	struct cert c;

	for (size_t bit = 0; bit < der.len * 8; bit += RUNNING_ON_VALGRIND ? 50 * step + 1 : step) {
		bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		if (!cert_read(&c, der))
			malformed++;
		else
			unnoticed += cert_signed_by(&c, issuer);
		bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	check(unnoticed == 0 && malformed > 0, "%s: no bit is turned unnoticed", about);
}

static void cuts(const char *hex)
{
	static unsigned char bytes[2048];
	struct span der = tls_data(hex, data, sizeof data);
	struct cert c;
	int ok = 0;

	for (size_t cut = 0; cut < der.len; cut++) {
		memcpy(bytes, der.p, cut);
		ok += cert_read(&c, span_of(bytes, cut));
	}
	data[der.len] = 0;
	ok += cert_read(&c, span_of(data, der.len + 1));
	check(ok == 0, "cut at any byte, or with one more, it is none");
}

static const struct {
	const char *about, *hex; /* contents of Extensions */
	bool good;
} extensions[] = {
	{ "none", "", true },
	{ "an unknown one", "3008" "06022a03" "04020500", true },
	{ "critical said to be false", "300b" "06022a03" "010100" "04020500", true },
	{ "critical that is neither", "300b" "06022a03" "010101" "04020500", false },
	{ "the same twice", "3008" "06022a03" "04020500" "3008" "06022a03" "04020500", false },
	{ "no value", "3004" "06022a03", false },
	{ "something behind the value", "300a" "06022a03" "04020500" "0500", false },
	{ "an empty OID", "3006" "0600" "04020500", false },
	{ "names", "300f" "0603551d11" "0408" "3006" "820461" "2e6263", true },
	{ "names, none in it", "3009" "0603551d11" "0402" "3000", false },
	{ "names that are cut", "300f" "0603551d11" "0408" "3006" "820561" "2e6263", false },
	{ "names, something behind them", "3011" "0603551d11" "040a" "3006" "820461" "2e6263" "0500", false },
	{ "an address of five bytes", "3010" "0603551d11" "0409" "3007" "8705c000020101", false },
	{ "names that are no SEQUENCE", "300a" "0603551d11" "0403" "040100", false },
	{ "a key identifier", "300a" "0603551d0e" "0403" "040101", true },
	{ "a key identifier of another type", "300a" "0603551d0e" "0403" "020101", false },
	{ "an authority", "300c" "0603551d23" "0405" "3003" "800101", true },
	{ "an authority without a key", "3009" "0603551d23" "0402" "3000", true },
	{ "an authority that is cut", "300b" "0603551d23" "0404" "3002" "8001", false },
	{ "constraints", "300c" "0603551d13" "0405" "3003" "0101ff", true },
	{ "constraints and a length", "300f" "0603551d13" "0408" "3006" "0101ff" "020100", true },
	{ "constraints and something else", "300e" "0603551d13" "0407" "3005" "0101ff" "0500", false },
	{ "features", "3011" "06082b06010505070118" "0405" "3003" "020105", true },
	{ "features that are none", "3011" "06082b06010505070118" "0405" "3003" "010105", false },
};

static void malformed(void)
{
	struct cert c = { .is_ca = false };

	for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
		struct span bytes = tls_data(extensions[i].hex, data, sizeof data);
		size_t ok = 0;

		c = (struct cert){ .is_ca = false };
		check(cert_read_extensions(&c, bytes) == extensions[i].good, "extensions: %s", extensions[i].about);
		for (size_t cut = 1; cut < bytes.len; cut++)
			ok += cert_read_extensions(&c, span_head(bytes, cut)) && cut != 10;
		check(ok == 0, "cut");
	}
	check(c.extensions.len > 0 && !c.is_ca, "a reader that failed said nothing");
}

static const struct {
	const char *hex, *text;
} names[] = {
	{ "3000", "" },
	{ "300d310b3009060355040613025553", "C=US" },
	{ "3011310f300d06035504030c06612c622b632b", "CN=a\\,b\\+c\\+" },
	{ "3010310e300c06035504030c0523206120" "20", "CN=\\# a \\ " },
	{ "300c310a300806035504030c0100", "CN=\\00" },
	{ "300d310b300906035504031e0200e4", "CN=\\C3\\A4" },
	{ "300d310b300906035504031e0220ac", "CN=\\E2\\82\\AC" },
	{ "300c310a3008060355040314" "01e4", "CN=\\C3\\A4" },
	{ "300c310a300806035504031e0161", "CN=#1e0161" },
	{ "300c310a300806035504030201" "05", "CN=#020105" },
	{ "300c310a3008060388370316" "0161", "2.999.3=#160161" },
	{ "301a310b30090603550406130255533" "10b300906035504030c026162", "CN=ab,C=US" },
	{ "3018311630090603550406130255533009" "06035504030c026162", "CN=ab+C=US" },
	{ "30", "#30" },
	{ "3003310130", "#3003310130" },
	{ "30023100", "" },
	{ "0500", "#0500" },
};

static void printing(void)
{
	unsigned char many[2048];
	struct builder b;
	size_t all;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		unsigned char bytes[256];

		check(name_is(tls_data(names[i].hex, bytes, sizeof bytes), names[i].text), "%s", names[i].text);
	}
	builder_init(&b, many, sizeof many);
	all = der_open(&b, DER_SEQUENCE);
	for (int i = 0; i < 65; i++)
		builder_add(&b, tls_data("310b3009060355040613025553", data, sizeof data));
	der_close(&b, all);
	check(name_is(span_of(many, 10), "#3082034d310b30090603"), "a name that is cut");
	b = (struct builder){ .p = data, .cap = sizeof data };
	cert_print_name(&b, span_of(many, 4 + 65 * 13));
	check(span_starts(builder_span(&b), "#3082034d"), "more attributes than are looked at");
}

int main(void)
{
	check(cert_read(&root, tls_data(root_cert, root_bytes, sizeof root_bytes)) &&
	              cert_read(&inter, tls_data(inter_cert, inter_bytes, sizeof inter_bytes)) &&
	              cert_read(&leaf, tls_data(leaf_cert, leaf_bytes, sizeof leaf_bytes)),
	      "a chain of three is read");
	fields();
	signatures();
	bits(leaf_cert, &inter, 7, "P-384");
	bits(inter_cert, &root, 3, "RSA");
	cuts(root_cert);
	cuts(inter_cert);
	cuts(leaf_cert);
	malformed();
	printing();
	return tap_end();
}
