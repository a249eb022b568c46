/* Chains as a server hands them out. Acceptance criteria w and x of ACME. */
#include "acme/chain.h"

#include <string.h>

#include "acme_chain.h"

#define NOW 1800000000
#define DAY 86400

static struct chain chain;
static struct name_set names;
static unsigned char text[200000], copy[200000];
static struct builder b;

static struct span key_of(size_t i)
{
	return span_of(chain_key(i)->spki, chain_key(i)->spki_len);
}

/* A leaf of X, then X; a root has to have a name. */
static void two(const char *issuer)
{
	builder_init(&b, text, sizeof text);
	chain_add(&b, chain_key(0), &names, issuer, NOW - DAY, NOW + DAY);
	chain_add(&b, chain_key(1), NULL, issuer[0] ? issuer : "Root", NOW - DAY, NOW + DAY);
}

static enum chain_result check_at(int64_t now)
{
	return chain_check(&chain, key_of(0), &names, now);
}

static void judged(void)
{
	static const char *const asked[] = { "a.test", "*.a.test", "192.0.2.1", NULL };
	static const char *const fewer[] = { "a.test", "*.a.test", NULL };
	static const char *const other[] = { "a.test", "*.a.test", "192.0.2.2", NULL };
	static const char *const more[] = { "a.test", "*.a.test", "192.0.2.1", "b.test", NULL };

	chain_names(&names, asked);
	two("Root X");
	check(chain_read(&chain, builder_span(&b)) == CHAIN_OK && chain.n == 2, "two certificates");
	check(chain_in_order(&chain), "in order");
	check(check_at(NOW) == CHAIN_OK, "criterion x: ours");
	check(chain_check(&chain, key_of(1), &names, NOW) == CHAIN_WRONG_KEY,
	      "criterion x: for another key");
	chain_names(&names, fewer);
	check(check_at(NOW) == CHAIN_WRONG_NAMES, "criterion x: a name nobody asked for");
	chain_names(&names, more);
	check(check_at(NOW) == CHAIN_WRONG_NAMES, "criterion x: a name that is missing");
	chain_names(&names, other);
	check(check_at(NOW) == CHAIN_WRONG_NAMES, "criterion x: another address");
	chain_names(&names, asked);
	check(check_at(NOW + DAY) == CHAIN_OK && check_at(NOW + DAY + 1) == CHAIN_EXPIRED,
	      "criterion x: valid to the last second");
}

static void text_around(void)
{
	static const char plain[] = "subject=/CN=x\r\nissuer=...\n\n";
	struct builder with;

	two("");
	builder_init(&with, copy, sizeof copy);
	builder_str(&with, plain);
	for (size_t i = 0; i < b.len; i++) {
		if (text[i] == '\n')
			builder_byte(&with, '\r');
		builder_byte(&with, text[i]);
		if (i > 0 && text[i] == '\n' && i + 5 < b.len && memcmp(text + i + 1, "-----", 5) == 0)
			builder_str(&with, text[i + 6] == 'B' ? plain : "");
	}
	builder_str(&with, plain);
	check(chain_read(&chain, builder_span(&with)) == CHAIN_OK && chain.n == 2 &&
	              check_at(NOW) == CHAIN_OK,
	      "criterion w: empty subject, CRLF, and text between the blocks");
	check(chain_common_name(chain.cert[0].issuer).len == 0, "a Name without a common name");
	builder_init(&with, copy, sizeof copy);
	chain_write(&chain, 0, SIZE_MAX, &with);
	check(span_eq(builder_span(&with), builder_span(&b)), "written back without any of it");
	builder_init(&with, copy, sizeof copy);
	chain_write(&chain, 1, SIZE_MAX, &with);
	chain_write(&chain, 0, 1, &with);
	check(with.len == b.len, "in parts");
}

static void malformed(void)
{
	static const char key[] = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
	static const char *const table[] = {
		"", "x", "{}", "<html></html>", "-----BEGIN CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n", key,
	};
	struct builder with;
	char *cut;

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		check(chain_read(&chain, span_str(table[i])) == CHAIN_MALFORMED, "no chain: %zu", i);
	two("Root");
	builder_str(&b, key);
	check(chain_read(&chain, builder_span(&b)) == CHAIN_MALFORMED, "a key among certificates");
	two("Root");
	check(chain_read(&chain, builder_span(&b)) == CHAIN_OK, "a chain again");
	builder_init(&with, copy, sizeof copy);
	pem_write(&with, "PRIVATE KEY", chain.cert[0].der);
	check(chain_read(&chain, builder_span(&with)) == CHAIN_MALFORMED, "a certificate by another label");
	two("Root");
	for (size_t n = 0; n < b.len; n += n % 64 ? 1 : 7) {
		enum chain_result result;

		cut = malloc(n ? n : 1);
		memcpy(cut, text, n);
		result = chain_read(&chain, span_of(cut, n));
		if (result == CHAIN_OK && chain.n != 1 && n + 1 < b.len)
			check(false, "cut off after %zu bytes", n);
		free(cut);
	}
	check(true, "cut off anywhere");
	builder_init(&with, copy, sizeof copy);
	for (size_t i = 0; i < CERT_CHAIN_MAX; i++)
		chain_add(&with, chain_key(0), &names, "R", NOW, NOW + 1);
	check(chain_read(&chain, builder_span(&with)) == CHAIN_OK && chain.n == CERT_CHAIN_MAX,
	      "as many as may be");
	chain_add(&with, chain_key(0), &names, "R", NOW, NOW + 1);
	check(chain_read(&chain, builder_span(&with)) == CHAIN_TOO_LONG, "and one more");
}

static void order(void)
{
	builder_init(&b, text, sizeof text);
	chain_add(&b, chain_key(0), &names, "Leaf", NOW, NOW + DAY);
	chain_add(&b, chain_key(1), NULL, "Other", NOW, NOW + DAY);
	check(chain_read(&chain, builder_span(&b)) == CHAIN_OK && !chain_in_order(&chain),
	      "not each issued by the next");
}

static void ranks(void)
{
	static const struct {
		const char *wish;
		int rank;
	} table[] = {
		{ "Top R10", 4 }, { "Low R1", 3 }, { "Top", 2 }, { "R10", 2 }, { "Low", 1 },
		{ "R1", 2 }, { "top r10", 0 }, { "Nobody", 0 }, { "", 0 },
	};

	builder_init(&b, text, sizeof text);
	chain_add(&b, chain_key(0), &names, "Low R1", NOW, NOW + DAY);
	chain_add(&b, chain_key(1), NULL, "Top R10", NOW, NOW + DAY);
	check(chain_read(&chain, builder_span(&b)) == CHAIN_OK &&
	              span_is(chain_common_name(chain.cert[1].issuer), "Top R10"),
	      "a common name");
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		check(chain_rank(&chain, span_str(table[i].wish)) == table[i].rank, "\"%s\" has rank %d",
		      table[i].wish, table[i].rank);
}

static void names_of_names(void)
{
	static const unsigned char several[] = { 0x30, 0x1c, 0x31, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55,
		                                 0x04, 0x03, 0x13, 0x03, 'o', 'n', 'e', 0x31, 0x0c,
		                                 0x30, 0x0a, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x03,
		                                 't', 'w', 'o' };
	check(span_is(chain_common_name(span_of(several, sizeof several)), "two"), "the last of two");
	for (size_t n = 0; n < sizeof several; n++) {
		unsigned char *cut = malloc(n ? n : 1);

		memcpy(cut, several, n);
		if (chain_common_name(span_of(cut, n)).len > 3)
			check(false, "cut off after %zu bytes", n);
		free(cut);
	}
}

int main(void)
{
	judged();
	text_around();
	malformed();
	order();
	ranks();
	names_of_names();
	return tap_end();
}
