/*
 * Verification: a part of a good quote and its collateral, changed. The first byte says which part;
 * with its top bit, what follows stands in its place, else it is changes: kind, place (two
 * bytes), byte. Nothing but the same may be accepted.
 */
#include <stdlib.h>

#include "../unit/tdx_world.h"
#include "tee/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tdx_world world;
static struct verify good, work;
static struct verify_result good_result, result;

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void inside(struct span s, struct span all)
{
	must(s.len == 0 || (s.p >= all.p && s.p + s.len <= all.p + all.len));
}

static unsigned char room[4 * TDX_FILE_MAX];

/* Each change takes four bytes of the input. */
static struct span changed(struct span part, const uint8_t *data, size_t size)
{
	size_t len = part.len;

	memcpy(room, part.p, len);
	for (; size >= 4 && len > 0; data += 4, size -= 4) {
		size_t at = (size_t)(data[1] << 8 | data[2]) % len;

		if (data[0] % 4 == 0) {
			len = at;
		} else if (data[0] % 4 == 1 && len < sizeof room) {
			memmove(room + at + 1, room + at, len++ - at);
			room[at] = data[3];
		} else if (data[0] % 4 == 2) {
			memmove(room + at, room + at + 1, --len - at);
		} else {
			room[at] ^= data[3];
		}
	}
	return span_of(room, len);
}

static void start(void)
{
	struct verify_input in = { .root = &world.root };

	if (world.n > 0)
		return;
	tdx_world(&world, NULL, 0, 0, NULL);
	in.quote = world.quote;
	in.collateral = &world.collateral;
	in.now = world.now;
	must(verify_quote(&good, &in, &good_result));
}

/* max_len=4096 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct verify_input in = { .root = &world.root };
	struct span *part;
	struct collateral c;

	if (size == 0)
		return 0;
	start();
	c = world.collateral;
	in.quote = world.quote;
	in.collateral = &c;
	in.now = world.now;
	part = tdx_part(&in, &c, data[0] % TDX_PARTS);
	*part = data[0] & 0x80 ? span_of(data + 1, size - 1) : changed(*part, data + 1, size - 1);
	if (verify_quote(&work, &in, &result)) {
		must(tdx_same(&good, &good_result, &work, &result));
	} else {
		must(result.reason != VERIFY_OK && *result.what);
		inside(result.quote.cert, in.quote);
		inside(result.quote.signed_part, in.quote);
	}
	return 0;
}
