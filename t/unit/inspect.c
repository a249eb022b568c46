/* Certificates, requests and chains from elsewhere, looked at in a cell. */
#include "acme/inspect.h"

#include <string.h>

#include "acme_chain.h"
#include "base/deadline.h"

static const int64_t now = 1800000000;
enum { DAY = 86400 };

static struct name_set names, others, said;
static unsigned char request_bytes[2048], why_bytes[256], out_bytes[ORDER_CHAIN_MAX], pem_bytes[65536];
static struct builder request, why, out, chain;
static struct inspect_leaf leaf;
static size_t leaf_len;
static struct inspect_doubts doubts;

static void begin(void)
{
	builder_init(&chain, pem_bytes, sizeof pem_bytes);
}

static void add(size_t key, const struct name_set *set, const char *issuer, int64_t from, int64_t to)
{
	chain_add(&chain, chain_key(key), set, issuer, from, to);
}

/* What CAs have that we do not: a curve, an algorithm. By the last byte of an OID. */
enum { ONE_CURVE = 1, ONE_ALGORITHM = 2, NO_SIGNATURE = 4 };

static void change(struct builder *der, const char *oid, unsigned char last)
{
	size_t len = strlen(oid);

	for (size_t i = 0; i + len < der->len; i++)
		if (memcmp(der->p + i, oid, len) == 0)
			der->p[i + len] = last;
}

static void add_strange(size_t key, const struct name_set *set, const char *issuer, int strange)
{
	static unsigned char bytes[SELF_SIGNED_MAX];
	static const struct name_set none;
	const struct self_signed what = { .names = set ? set : &none, .common_name = span_str(issuer),
		                          .not_before = now - DAY, .not_after = now + DAY, .is_ca = !set };
	struct builder der;

	builder_init(&der, bytes, sizeof bytes);
	if (!self_signed_write(&der, chain_key(key), &what))
		check(false, "the test's own certificate");
	if (strange & ONE_CURVE)
		change(&der, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01", 6);
	if (strange & ONE_ALGORITHM)
		change(&der, "\x06\x08\x2a\x86\x48\xce\x3d\x04\x03", 9);
	if (strange & NO_SIGNATURE)
		der.p[der.len - 1] ^= 1;
	pem_write(&chain, "CERTIFICATE", builder_span(&der));
}

static enum inspect_result look(struct span text)
{
	builder_init(&why, why_bytes, sizeof why_bytes - 1);
	builder_init(&out, out_bytes, sizeof out_bytes);
	return inspect_chain(text, builder_span(&request), &names, now, &out, &leaf_len, &doubts,
	                     deadline_in(10000), &why);
}

static void refused(const char *reason)
{
	enum inspect_result result = look(builder_span(&chain));
	const char *text = builder_cstr(&why);

	check(result == INSPECT_BAD && out.len == 0 && strstr(text, reason), "refused: %s", text);
}

static void try_chains(void)
{
	struct span one;

	begin();
	builder_str(&chain, "some text\r\n");
	add(0, &names, "root", now - DAY, now + DAY);
	check(look(builder_span(&chain)) == INSPECT_OK && leaf_len == out.len && !doubts.early && !doubts.unchecked &&
	      span_starts(builder_span(&out), "-----BEGIN"), "a leaf alone, without the text around it");
	one = builder_span(&chain);
	add(0, &names, "root", now - DAY, now + DAY);
	check(one.len > 0 && look(builder_span(&chain)) == INSPECT_OK && leaf_len > 0 && leaf_len < out.len,
	      "with the one that signed it");
	begin();
	add(0, &names, "root", now + 10, now + DAY);
	check(look(builder_span(&chain)) == INSPECT_OK && doubts.early, "valid soon");

	begin();
	refused("no chain");
	builder_str(&chain, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
	refused("no chain");
	begin();
	add(0, &names, "root", now - DAY, now + DAY);
	builder_str(&chain, "-----BEGIN CERTIFICATE-----\n");
	refused("no chain");
	begin();
	add(0, &names, "root", now - DAY, now + DAY);
	add(1, NULL, "root", now - DAY, now + DAY);
	refused("not signed by its issuer");
	begin();
	add(1, &names, "root", now - DAY, now + DAY);
	refused("another key");
	begin();
	add(0, &others, "root", now - DAY, now + DAY);
	refused("exactly the names");
	begin();
	add(0, &names, "root", now - 2 * DAY, now - DAY);
	refused("not valid any more");
	begin();
	for (int i = 0; i <= CERT_CHAIN_MAX; i++)
		add(0, &names, "root", now - DAY, now + DAY);
	refused("too many");
}

/* What cannot be checked is not known to be wrong, and what is too much does no harm. */
static void try_strange(void)
{
	begin();
	add_strange(0, &names, "root", 0);
	add_strange(1, NULL, "root", ONE_CURVE);
	check(look(builder_span(&chain)) == INSPECT_OK && doubts.unchecked && leaf_len < out.len,
	      "an issuer with a key of another kind");
	begin();
	add_strange(0, &names, "root", ONE_ALGORITHM);
	add_strange(1, NULL, "root", 0);
	check(look(builder_span(&chain)) == INSPECT_OK && doubts.unchecked, "another kind of signature");
	begin();
	add_strange(0, &names, "root", 0);
	add_strange(0, NULL, "root", ONE_ALGORITHM);
	add_strange(1, NULL, "root", 0);
	check(look(builder_span(&chain)) == INSPECT_OK && doubts.unchecked, "further up");
	begin();
	add_strange(0, &names, "root", 0);
	add_strange(0, NULL, "root", 0);
	add_strange(1, NULL, "another root", 0);
	check(look(builder_span(&chain)) == INSPECT_OK && !doubts.unchecked &&
	      out.len > 2 * leaf_len, "a certificate too many at the end");
	begin();
	add_strange(0, &names, "root", 0);
	add_strange(1, NULL, "another root", 0);
	add_strange(0, NULL, "root", 0);
	check(look(builder_span(&chain)) == INSPECT_OK && !doubts.unchecked, "and in between");

	begin();
	add_strange(0, &names, "root", NO_SIGNATURE);
	add_strange(0, NULL, "root", 0);
	refused("not signed by its issuer");
	begin();
	add_strange(0, &names, "root", 0);
	add_strange(1, NULL, "another root", 0);
	add_strange(1, NULL, "root", 0);
	refused("not signed by its issuer");
	begin();
	add_strange(0, &names, "root", 0);
	add_strange(0, NULL, "root", NO_SIGNATURE);
	add_strange(0, NULL, "root", 0);
	refused("not signed by its issuer");
	begin();
	add_strange(0, &names, "root", 0);
	add_strange(0, NULL, "another root", 0);
	refused("not that of the certificate");
	begin();
	add_strange(1, &names, "root", ONE_ALGORITHM);
	add_strange(0, NULL, "root", ONE_CURVE);
	refused("another key");
	begin();
	add_strange(0, &others, "root", ONE_ALGORITHM);
	add_strange(0, NULL, "root", ONE_CURVE);
	refused("exactly the names");
}

static void try_leaf(void)
{
	begin();
	add(0, &names, "root", now - DAY, now + DAY);
	builder_init(&why, why_bytes, sizeof why_bytes);
	check(inspect_leaf(&leaf, builder_span(&chain), &names, deadline_in(10000), &why) == INSPECT_OK &&
	      leaf.named && leaf.not_before == now - DAY && leaf.not_after == now + DAY &&
	      leaf.der.len > 100, "a leaf and what it says");
	check(inspect_leaf(&leaf, builder_span(&chain), &others, deadline_in(10000), &why) == INSPECT_OK &&
	      !leaf.named && leaf.covers, "it is not for other names alone, but for those too");
	check(inspect_leaf(&leaf, builder_span(&chain), NULL, deadline_in(10000), &why) == INSPECT_OK &&
	      !leaf.named && !leaf.covers, "nor for none");
	for (size_t len = 0; len + 1 < chain.len; len += 37)
		if (inspect_leaf(&leaf, span_head(builder_span(&chain), len), NULL, deadline_in(10000),
		                 &why) != INSPECT_BAD)
			check(false, "cut at %zu", len);
	check(inspect_leaf(&leaf, span_str(""), NULL, deadline_in(10000), &why) == INSPECT_BAD, "nothing");
}

static enum inspect_result read_request(struct span file)
{
	said.n = 0;
	builder_init(&why, why_bytes, sizeof why_bytes - 1);
	builder_init(&out, out_bytes, sizeof out_bytes);
	return inspect_request(file, &said, &out, deadline_in(10000), &why);
}

static void try_request(void)
{
	static const char *const labels[] = { "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST" };
	unsigned char damaged[2048];

	check(read_request(builder_span(&request)) == INSPECT_OK && said.n == 2 &&
	      strcmp(said.name[0].text, "a.test") == 0 && strcmp(said.name[1].text, "192.0.2.1") == 0 &&
	      span_eq(builder_span(&out), builder_span(&request)), "in DER");
	for (size_t i = 0; i < 2; i++) {
		begin();
		builder_str(&chain, "text\n");
		pem_write(&chain, labels[i], builder_span(&request));
		check(read_request(builder_span(&chain)) == INSPECT_OK && said.n == 2 &&
		      span_eq(builder_span(&out), builder_span(&request)), "in PEM, as %s", labels[i]);
	}
	begin();
	pem_write(&chain, "CERTIFICATE", builder_span(&request));
	check(read_request(builder_span(&chain)) == INSPECT_BAD, "under another label");
	check(read_request(span_str("")) == INSPECT_BAD, "nothing");
	memcpy(damaged, request.p, request.len);
	for (size_t i = 0; i < request.len; i += 11) {
		damaged[i] ^= 0x41;
		if (read_request(span_of(damaged, request.len)) != INSPECT_BAD)
			check(false, "byte %zu changed", i);
		damaged[i] ^= 0x41;
	}
	check(said.n == 0, "a damaged one is none");
}

int main(void)
{
	chain_names(&names, (const char *const[]){ "a.test", "192.0.2.1", NULL });
	chain_names(&others, (const char *const[]){ "a.test", NULL });
	builder_init(&request, request_bytes, sizeof request_bytes);
	chain_request(&request, chain_key(0), &names);
	try_chains();
	try_strange();
	try_leaf();
	try_request();
	return tap_end();
}
