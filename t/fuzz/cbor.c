/*
 * CBOR evidence: values are passed over within the bytes, and tagged evidence, when it is read, is
 * within them too and hashes as it was read.
 */
#include <stdlib.h>

#include "tee/cbor.h"
#include "tee/ratls_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void inside(struct span s, struct span all)
{
	must(s.len == 0 || (s.p >= all.p && s.p + s.len <= all.p + all.len));
}

static void whole(struct span all)
{
	struct reader r, again;
	struct span value;

	reader_init(&r, all);
	value = cbor_skip(&r);
	must((value.len > 0) == reader_ok(&r) && value.len <= all.len);
	if (!reader_ok(&r))
		return;
	must(value.p == all.p && r.at == value.len);
	reader_init(&again, value);
	must(cbor_skip(&again).len == value.len && reader_done(&again));
	/* Nothing shorter is the same value. */
	reader_init(&again, span_head(value, value.len - 1));
	must(cbor_skip(&again).len == 0);
}

/* max_len=4096 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char spki[] = "a key";
	struct span all = span_of(data, size);
	struct ratls r = { .form = RATLS_CCC };

	whole(all);
	if (ratls_read_ccc(&r, all) != RATLS_OK)
		return 0;
	inside(r.quote, all);
	inside(r.claims, all);
	inside(r.key_hash, r.claims);
	inside(r.nonce, r.claims);
	must(r.claims.len > 0 && r.key_hash.len > 0);
	must(!ratls_claims_bind(&r, span_of(spki, sizeof spki)) || r.key_hash.len >= 32);
	return 0;
}
