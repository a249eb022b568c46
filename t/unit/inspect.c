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
static bool early;

static void begin(void)
{
	builder_init(&chain, pem_bytes, sizeof pem_bytes);
}

static void add(size_t key, const struct name_set *set, const char *issuer, int64_t from, int64_t to)
{
	chain_add(&chain, chain_key(key), set, issuer, from, to);
}

static enum inspect_result look(struct span text)
{
	builder_init(&why, why_bytes, sizeof why_bytes - 1);
	builder_init(&out, out_bytes, sizeof out_bytes);
	return inspect_chain(text, builder_span(&request), &names, now, &out, &leaf_len, &early,
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
	check(look(builder_span(&chain)) == INSPECT_OK && leaf_len == out.len && !early &&
	      span_starts(builder_span(&out), "-----BEGIN"), "a leaf alone, without the text around it");
	one = builder_span(&chain);
	add(0, &names, "root", now - DAY, now + DAY);
	check(one.len > 0 && look(builder_span(&chain)) == INSPECT_OK && leaf_len > 0 && leaf_len < out.len,
	      "with the one that signed it");
	begin();
	add(0, &names, "root", now + 10, now + DAY);
	check(look(builder_span(&chain)) == INSPECT_OK && early, "valid soon");

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
	refused("not signed by the next");
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

static void try_leaf(void)
{
	begin();
	add(0, &names, "root", now - DAY, now + DAY);
	builder_init(&why, why_bytes, sizeof why_bytes);
	check(inspect_leaf(&leaf, builder_span(&chain), &names, deadline_in(10000), &why) == INSPECT_OK &&
	      leaf.named && leaf.not_before == now - DAY && leaf.not_after == now + DAY &&
	      leaf.der.len > 100, "a leaf and what it says");
	check(inspect_leaf(&leaf, builder_span(&chain), &others, deadline_in(10000), &why) == INSPECT_OK &&
	      !leaf.named, "it is not for other names");
	check(inspect_leaf(&leaf, builder_span(&chain), NULL, deadline_in(10000), &why) == INSPECT_OK &&
	      !leaf.named, "nor for none");
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
	try_leaf();
	try_request();
	return tap_end();
}
