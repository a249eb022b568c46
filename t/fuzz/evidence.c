/* What ingresses and gateways publish: names are such as may be opened, spans lie where they should. */
#include <stdlib.h>

#include "tee/evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TOKENS = 2048 };

static struct evidence_sum sums[EVIDENCE_FILES_MAX];
static struct json_token tokens[TOKENS], more[TOKENS];
static unsigned char room[1 << 18];

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void inside(struct span s, struct span all)
{
	must(s.len == 0 || (s.p >= all.p && s.p + s.len <= all.p + all.len) ||
	     (s.p >= room && s.p + s.len <= room + sizeof room));
}

static void names(struct span all)
{
	size_t n;

	if (!evidence_sums_read(all, sums, &n))
		return;
	must(n > 1 && n <= EVIDENCE_FILES_MAX);
	for (size_t i = 0; i < n; i++) {
		inside(sums[i].name, all);
		must(sums[i].name.len > 0 && sums[i].name.len <= EVIDENCE_NAME_MAX);
		must(span_find(sums[i].name, '/') == sums[i].name.len && sums[i].name.p[0] != '.');
	}
}

static void gateway(struct span all)
{
	struct evidence_quote q;
	struct evidence_acme a;
	struct builder b;
	struct span spki;

	builder_init(&b, room, sizeof room);
	if (!evidence_acme_read(&a, all, tokens, TOKENS, &b))
		return;
	must(a.account_uri.len > 0 && a.n_keys > 0 && a.n_keys <= EVIDENCE_KEYS_MAX);
	if (evidence_acme_account(&q, &a, more, TOKENS, &b))
		inside(q.quote, all);
	for (size_t i = 0; i < a.n_keys; i++)
		if (evidence_acme_key(&q, &spki, &a, i, more, TOKENS, &b))
			must(spki.len > 0 && q.quote.len > 0);
}

/* max_len=4096 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_of(data, size);
	struct evidence_quote q;
	struct builder b;

	names(all);
	gateway(all);
	builder_init(&b, room, sizeof room);
	if (evidence_quote_read(&q, all, tokens, TOKENS, &b)) {
		must(q.quote.len > 0 && q.quote.p >= room && q.quote.p + q.quote.len <= room + sizeof room);
		inside(q.log, all);
	}
	return 0;
}
