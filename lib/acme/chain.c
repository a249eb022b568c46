/* Chains of certificates as a server hands them out. */
#include "acme/chain.h"

#include "base/reader.h"
#include "tls/der.h"
#include "tls/pem.h"

const char *chain_strerror(enum chain_result result)
{
	switch (result) {
	case CHAIN_OK:
		return "success";
	case CHAIN_MALFORMED:
		return "it is no PEM chain of certificates";
	case CHAIN_TOO_LONG:
		return "it is too long";
	case CHAIN_WRONG_KEY:
		return "it is for another key";
	case CHAIN_WRONG_NAMES:
		return "its names are not those asked for";
	case CHAIN_EXPIRED:
		return "it has expired";
	}
	return "unknown";
}

enum chain_result chain_read(struct chain *chain, struct span pem)
{
	struct span rest = pem, label, der;
	enum pem_result result;
	struct builder b;

	chain->n = 0;
	builder_init(&b, chain->der, sizeof chain->der);
	while ((result = pem_next(&rest, &label, &b, &der)) == PEM_BLOCK) {
		struct cert *c = &chain->cert[chain->n];

		if (chain->n == CERT_CHAIN_MAX)
			return CHAIN_TOO_LONG;
		if (!span_is(label, "CERTIFICATE") || !cert_read(c, der))
			return CHAIN_MALFORMED;
		chain->n++;
	}
	if (!builder_ok(&b))
		return CHAIN_TOO_LONG;
	return result == PEM_END && chain->n > 0 ? CHAIN_OK : CHAIN_MALFORMED;
}

enum chain_result chain_check(const struct chain *chain, struct span spki,
                              const struct name_set *names, int64_t unix_now)
{
	const struct cert *leaf = &chain->cert[0];

	if (!span_eq(leaf->spki, spki))
		return CHAIN_WRONG_KEY;
	if (!name_set_is(names, leaf->names))
		return CHAIN_WRONG_NAMES;
	return leaf->not_after < unix_now ? CHAIN_EXPIRED : CHAIN_OK;
}

bool chain_in_order(const struct chain *chain)
{
	for (size_t i = 1; i < chain->n; i++)
		if (!span_eq(chain->cert[i - 1].issuer, chain->cert[i].subject))
			return false;
	return true;
}

void chain_write(const struct chain *chain, size_t first, size_t n, struct builder *out)
{
	for (size_t i = first; i < chain->n && i - first < n; i++)
		pem_write(out, "CERTIFICATE", chain->cert[i].der);
}

struct span chain_common_name(struct span name)
{
	static const unsigned char oid[] = { 0x55, 0x04, 0x03 };
	struct span found = { NULL, 0 };
	struct reader r, rdns;

	reader_init(&r, name);
	rdns = der_enter(&r, DER_SEQUENCE);
	while (reader_ok(&rdns) && reader_left(&rdns) > 0) {
		struct reader set = der_enter(&rdns, DER_SET);

		while (reader_ok(&set) && reader_left(&set) > 0) {
			struct reader one = der_enter(&set, DER_SEQUENCE);
			struct span type = der_read(&one, DER_OID), value;

			der_read_any(&one, NULL, &value);
			if (reader_done(&one) && span_eq(type, span_of(oid, sizeof oid)))
				found = value;
		}
	}
	return found;
}

static bool has_part(struct span text, struct span part)
{
	for (size_t at = 0; at + part.len <= text.len; at++)
		if (span_eq(span_head(span_from(text, at), part.len), part))
			return true;
	return false;
}

int chain_rank(const struct chain *chain, struct span common_name)
{
	int best = 0;

	for (size_t i = 0; common_name.len > 0 && i < chain->n; i++) {
		struct span issuer = chain_common_name(chain->cert[i].issuer);
		int rank = span_eq(issuer, common_name) ? 3 : has_part(issuer, common_name) ? 1 : 0;

		if (rank > 0 && i + 1 == chain->n)
			rank++;
		if (rank > best)
			best = rank;
	}
	return best;
}
