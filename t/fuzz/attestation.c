/* Attestations: what is read lies where it may, fits the room it should, and is the same when written again. */
#include <stdlib.h>

#include "base/utf8.h"
#include "tee/attestation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX = 8192, TOKENS = 65536 }; /* max_len=8192 */

static struct json_token tokens[TOKENS];
static unsigned char room_bytes[ATTESTATION_GROWTH * MAX], made_bytes[4 * MAX];

static void must(bool truth)
{
	if (!truth)
		abort();
}

static bool inside(struct span s, const void *p, size_t len)
{
	return s.len == 0 || (s.p >= (const unsigned char *)p && s.p + s.len <= (const unsigned char *)p + len);
}

/* Only a log whose digests are whole can be written again, and only its own runtime events. */
static void again(const struct attestation *a, struct json_value log)
{
	static unsigned char again_bytes[ATTESTATION_GROWTH * MAX];
	struct attestation b;
	struct builder made, room;

	builder_init(&made, made_bytes, sizeof made_bytes);
	if (!attestation_write(&made, a->quote, log, a->report_data, a->config))
		return;
	builder_init(&room, again_bytes, sizeof again_bytes);
	must(attestation_read(&b, builder_span(&made), &room) == ATTESTATION_OK);
	must(span_eq(a->quote, b.quote) && span_eq(a->config, b.config) && span_eq(a->report_data, b.report_data));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum attestation_result r;
	struct attestation a;
	struct builder room;
	struct json doc;

	builder_init(&room, room_bytes, sizeof room_bytes);
	r = attestation_read(&a, span_of(data, size), &room);
	must(r != ATTESTATION_TOO_LARGE || size > MAX);
	if (r != ATTESTATION_OK)
		return 0;
	must(inside(a.event_log, room_bytes, room.len) && inside(a.runtime_events, room_bytes, room.len));
	must(inside(a.quote, data, size) || inside(a.quote, room_bytes, room.len));
	must(inside(a.config, data, size) && utf8_ok(a.config));
	must(a.report_data.len == QUOTE_REPORT_DATA_LEN);
	must(json_read(&doc, a.event_log, tokens, TOKENS) && json_type(json_root(&doc)) == JSON_ARRAY);
	again(&a, json_root(&doc));
	return 0;
}
