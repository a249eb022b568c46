/* Attestations of dstack: version 0, and which version one is. */
#include "tee/attestation.h"

#include "base/hex.h"
#include "base/utf8.h"
#include "tee/attestation_parts.h"

enum { KIND_TDX = 0 };

const char *attestation_strerror(enum attestation_result result)
{
	switch (result) {
	case ATTESTATION_OK:
		return "good";
	case ATTESTATION_FORM:
		return "not an attestation";
	case ATTESTATION_MALFORMED:
		return "malformed";
	case ATTESTATION_PLATFORM:
		return "not one of TDX";
	case ATTESTATION_TOO_LARGE:
		return "too large";
	}
	return "unknown";
}

bool attestation_text_ok(struct span text)
{
	return utf8_ok(text) && span_find(text, 0) == text.len;
}

/*
 * SCALE's compact integer: the two low bits say of how many bytes it is. Only the shortest
 * form is one; beyond 30 bits there is nothing to be counted here.
 */
static uint32_t compact(struct reader *r)
{
	static const uint32_t least[] = { 0, 1 << 6, 1 << 14 };
	uint32_t value = reader_u8(r), form = value & 3;

	if (form == 1)
		value |= (uint32_t)reader_u8(r) << 8;
	if (form == 2) {
		value |= (uint32_t)reader_u8(r) << 8;
		value |= (uint32_t)reader_u16le(r) << 16;
	}
	value >>= 2;
	if (form == 3 || value < least[form])
		reader_fail(r);
	return reader_ok(r) ? value : 0;
}

static void write_compact(struct builder *out, size_t value)
{
	unsigned char bytes[4];
	size_t n = value < 1 << 6 ? 1 : value < 1 << 14 ? 2 : 4;
	uint64_t coded = (uint64_t)value << 2 | n >> 1;

	if (value >= 1 << 30)
		out->overflow = true;
	for (size_t i = 0; i < n; i++)
		bytes[i] = (unsigned char)(coded >> 8 * i);
	builder_add(out, span_of(bytes, n));
}

static struct span bytes_of(struct reader *r)
{
	return reader_bytes(r, compact(r));
}

static struct span text_of(struct reader *r)
{
	struct span text = bytes_of(r);

	if (!attestation_text_ok(text))
		reader_fail(r);
	return text;
}

static struct span written(const struct builder *room, size_t from)
{
	return span_from(builder_span(room), from);
}

/* A log ends with its builder's room too: an event of few bytes is a long text. */
static void read_events(struct attestation *a, struct reader *r, struct builder *room)
{
	size_t from = room->len;
	uint32_t n = compact(r);

	builder_byte(room, '[');
	for (uint32_t i = 0; i < n && reader_ok(r) && builder_ok(room); i++) {
		struct event e = { .imr = reader_u32le(r) };
		struct span digest;

		e.type = reader_u32le(r);
		digest = bytes_of(r);
		e.name = text_of(r);
		e.payload = bytes_of(r);
		builder_str(room, i > 0 ? "," : "");
		eventlog_write_event(room, &e, digest);
	}
	builder_byte(room, ']');
	a->event_log = written(room, from);
}

static void read_runtime(struct attestation *a, struct reader *r, struct builder *room)
{
	size_t from = room->len;
	uint32_t n = compact(r);

	for (uint32_t i = 0; i < n && reader_ok(r) && builder_ok(room); i++) {
		struct event e = { .imr = QUOTE_RTMRS - 1, .type = EVENTLOG_RUNTIME, .runtime = true };

		e.name = text_of(r);
		e.payload = bytes_of(r);
		eventlog_write_line(room, &e);
	}
	a->runtime_events = written(room, from);
}

static bool read_v0(struct attestation *a, struct reader *r, struct builder *room, bool *tdx)
{
	reader_u8(r);
	*tdx = reader_u8(r) == KIND_TDX;
	if (!*tdx)
		return reader_ok(r);
	a->quote = bytes_of(r);
	read_events(a, r, room);
	read_runtime(a, r, room);
	a->report_data = reader_bytes(r, QUOTE_REPORT_DATA_LEN);
	a->config = text_of(r);
	return reader_done(r) && builder_ok(room);
}

static bool is_map(unsigned char first)
{
	return (first & 0xf0) == 0x80 || first == 0xde || first == 0xdf;
}

enum attestation_result attestation_read(struct attestation *a, struct span bytes, struct builder *room)
{
	bool ok, tdx = false;
	struct reader r;

	*a = (struct attestation){ .version = 0 };
	if (bytes.len > ATTESTATION_MAX)
		return ATTESTATION_TOO_LARGE;
	if (bytes.len == 0 || (bytes.p[0] != 0 && !is_map(bytes.p[0])))
		return ATTESTATION_FORM;
	a->version = bytes.p[0] == 0 ? 0 : 1;
	reader_init(&r, bytes);
	if (a->version == 0)
		ok = read_v0(a, &r, room, &tdx);
	else
		ok = attestation_read_v1(a, &r, room, &tdx);
	if (ok)
		return tdx ? ATTESTATION_OK : ATTESTATION_PLATFORM;
	return builder_ok(room) ? ATTESTATION_MALFORMED : ATTESTATION_TOO_LARGE;
}

/* Writing. */

static void write_bytes(struct builder *out, struct span bytes)
{
	write_compact(out, bytes.len);
	builder_add(out, bytes);
}

static void write_u32(struct builder *out, uint32_t value)
{
	builder_u32be(out, __builtin_bswap32(value));
}

/* What the log is written to in two turns: all events, then those of the guest itself. */
struct turn {
	struct builder *out;
	bool runtime, bad;
	size_t n;
};

static bool is_own(const struct event *e)
{
	return e->runtime && e->imr == QUOTE_RTMRS - 1;
}

static bool count_event(void *context, const struct event *e)
{
	struct turn *turn = context;

	turn->n += !turn->runtime || is_own(e);
	turn->bad = turn->bad || e->version == 2;
	return true;
}

static bool write_event(void *context, const struct event *e)
{
	struct turn *turn = context;

	if (turn->runtime && !is_own(e))
		return true;
	if (!turn->runtime) {
		write_u32(turn->out, e->imr);
		write_u32(turn->out, e->type);
		write_bytes(turn->out, span_of(e->digest, sizeof e->digest));
	}
	write_bytes(turn->out, e->name);
	write_bytes(turn->out, e->payload);
	return true;
}

static bool write_events(struct builder *out, struct json_value log, bool runtime)
{
	struct turn turn = { .out = out, .runtime = runtime };
	struct replay replay;
	size_t at;

	if (eventlog_json(log, &replay, count_event, &turn, &at) != EVENTLOG_OK || turn.bad)
		return false;
	write_compact(out, turn.n);
	return eventlog_json(log, &replay, write_event, &turn, &at) == EVENTLOG_OK;
}

bool attestation_write(struct builder *out, struct span quote, struct json_value log,
                       struct span report_data, struct span config)
{
	if (report_data.len != QUOTE_REPORT_DATA_LEN || !attestation_text_ok(config))
		return false;
	builder_byte(out, 0);
	builder_byte(out, KIND_TDX);
	write_bytes(out, quote);
	if (!write_events(out, log, false) || !write_events(out, log, true))
		return false;
	builder_add(out, report_data);
	write_bytes(out, config);
	return builder_ok(out);
}
