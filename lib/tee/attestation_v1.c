/* Attestations of version 1, in MessagePack. */
#include "tee/attestation_parts.h"

/* What stands before a value: its kind, and a number or how many bytes or values follow. */
enum kind { NIL, OTHER, NUMBER, TEXT, BYTES, ARRAY, MAP };

struct head {
	enum kind kind;
	uint64_t n;
};

static uint64_t big_endian(struct reader *r, size_t len)
{
	uint64_t value = 0;

	while (len-- > 0)
		value = value << 8 | reader_u8(r);
	return value;
}

/* Fixed values of the kinds that nothing here is made of: passed over with their bytes. */
static struct head other(struct reader *r, uint64_t len)
{
	reader_bytes(r, (size_t)len);
	return (struct head){ OTHER, 0 };
}

/* From 0xc0 on, but for the small negative numbers at the end. */
static struct head read_long(struct reader *r, unsigned char c)
{
	switch (c) {
	case 0xc0:
		return (struct head){ NIL, 0 };
	case 0xc4: case 0xc5: case 0xc6:
		return (struct head){ BYTES, big_endian(r, (size_t)1 << (c - 0xc4)) };
	case 0xc7: case 0xc8: case 0xc9:
		return other(r, big_endian(r, (size_t)1 << (c - 0xc7)) + 1);
	case 0xca: case 0xcb:
		return other(r, 4U << (c - 0xca));
	case 0xcc: case 0xcd: case 0xce: case 0xcf:
		return (struct head){ NUMBER, big_endian(r, (size_t)1 << (c - 0xcc)) };
	case 0xd0: case 0xd1: case 0xd2: case 0xd3:
		return other(r, 1U << (c - 0xd0));
	case 0xd4: case 0xd5: case 0xd6: case 0xd7: case 0xd8:
		return other(r, (1U << (c - 0xd4)) + 1);
	case 0xd9: case 0xda: case 0xdb:
		return (struct head){ TEXT, big_endian(r, (size_t)1 << (c - 0xd9)) };
	case 0xdc: case 0xdd:
		return (struct head){ ARRAY, big_endian(r, (size_t)2 << (c - 0xdc)) };
	case 0xde: case 0xdf:
		return (struct head){ MAP, big_endian(r, (size_t)2 << (c - 0xde)) };
	case 0xc1:
		reader_fail(r);
		break;
	}
	return (struct head){ OTHER, 0 };
}

static struct head read_head(struct reader *r)
{
	unsigned char c = reader_u8(r);

	if (c < 0x80)
		return (struct head){ NUMBER, c };
	if (c < 0x90)
		return (struct head){ MAP, c & 15U };
	if (c < 0xa0)
		return (struct head){ ARRAY, c & 15U };
	if (c < 0xc0)
		return (struct head){ TEXT, c & 31U };
	return read_long(r, c);
}

/* Any value, whatever is in it. Each costs a byte at least: this ends with the input. */
static void skip(struct reader *r)
{
	uint64_t left = 1;

	while (left > 0 && reader_ok(r)) {
		struct head h = read_head(r);

		left--;
		if (h.kind == TEXT || h.kind == BYTES)
			reader_bytes(r, (size_t)h.n);
		if (h.kind == ARRAY)
			left += h.n;
		if (h.kind == MAP)
			left += 2 * h.n;
	}
}

static uint64_t read_count(struct reader *r, enum kind kind)
{
	struct head h = read_head(r);

	if (h.kind != kind)
		reader_fail(r);
	return reader_ok(r) ? h.n : 0;
}

static struct span read_text(struct reader *r)
{
	struct span text = reader_bytes(r, (size_t)read_count(r, TEXT));

	if (!attestation_text_ok(text))
		reader_fail(r);
	return text;
}

static uint32_t read_number(struct reader *r)
{
	uint64_t n = read_count(r, NUMBER);

	if (n > UINT32_MAX)
		reader_fail(r);
	return (uint32_t)n;
}

/*
 * Bytes are bytes, or an array of numbers, as serialisers write them that do not know better: those
 * are put together in `room`.
 */
static struct span read_bytes(struct reader *r, struct builder *room)
{
	struct head h = read_head(r);
	size_t from = room->len;

	if (h.kind == BYTES)
		return reader_bytes(r, (size_t)h.n);
	if (h.kind != ARRAY)
		reader_fail(r);
	for (uint64_t i = 0; i < h.n && reader_ok(r) && builder_ok(room); i++) {
		uint32_t byte = read_number(r);

		if (byte > 255)
			reader_fail(r);
		builder_byte(room, (unsigned char)byte);
	}
	return span_from(builder_span(room), from);
}

/* One event, of the log or of the runtime; members may stand in any order. */
struct v1_event {
	struct event e;
	struct span digest;
};

static void read_member(struct reader *r, struct v1_event *v, struct builder *room)
{
	struct span name = read_text(r);

	if (span_is(name, "imr"))
		v->e.imr = read_number(r);
	else if (span_is(name, "event_type"))
		v->e.type = read_number(r);
	else if (span_is(name, "digest"))
		v->digest = read_bytes(r, room);
	else if (span_is(name, "event"))
		v->e.name = read_text(r);
	else if (span_is(name, "event_payload") || span_is(name, "payload"))
		v->e.payload = read_bytes(r, room);
	else if (span_is(name, "version"))
		v->e.version = (int)read_number(r);
	else
		skip(r);
}

/*
 * A list of them as text. The bytes of an event that had to be put together stand in `room`
 * before its text, and the text takes their place.
 */
static struct span read_events(struct reader *r, struct builder *room, bool lines)
{
	size_t from = room->len;
	uint64_t n = read_count(r, ARRAY);

	builder_str(room, lines ? "" : "[");
	for (uint64_t i = 0; i < n && reader_ok(r) && builder_ok(room); i++) {
		struct v1_event v = { .e = { .imr = QUOTE_RTMRS - 1, .type = EVENTLOG_RUNTIME, .runtime = lines } };
		uint64_t members = read_count(r, MAP);
		size_t begin = room->len, end;

		while (members-- > 0 && reader_ok(r))
			read_member(r, &v, room);
		end = room->len;
		if (!v.e.name.p || !v.e.payload.p || v.e.version < 0 || v.e.version > 2)
			reader_fail(r);
		builder_str(room, i > 0 && !lines ? "," : "");
		if (lines)
			eventlog_write_line(room, &v.e);
		else
			eventlog_write_event(room, &v.e, v.digest);
		if (!builder_ok(room))
			break;
		memmove(room->p + begin, room->p + end, room->len - end);
		room->len -= end - begin;
	}
	builder_str(room, lines ? "" : "]");
	return span_from(builder_span(room), from);
}

/* A member may be there once: who takes the first and who takes the last would not agree. */
static void once(struct reader *r, struct span so_far)
{
	if (so_far.p)
		reader_fail(r);
}

static void read_evidence_member(struct reader *r, struct span name, struct attestation *a, struct builder *room)
{
	if (span_is(name, "quote")) {
		once(r, a->quote);
		a->quote = read_bytes(r, room);
	} else if (span_is(name, "event_log")) {
		once(r, a->event_log);
		a->event_log = read_events(r, room, false);
	} else if (span_is(name, "report_data")) {
		once(r, a->report_data);
		a->report_data = read_bytes(r, room);
	} else if (span_is(name, "runtime_events")) {
		once(r, a->runtime_events);
		a->runtime_events = read_events(r, room, true);
	} else if (span_is(name, "config")) {
		once(r, a->config);
		a->config = read_text(r);
	} else {
		skip(r);
	}
}

/* What a value in `data` is depends on its name alone; the kind may come before or after it. */
static void read_evidence(struct reader *r, struct attestation *a, struct builder *room)
{
	uint64_t members = read_count(r, MAP);

	while (members-- > 0 && reader_ok(r))
		read_evidence_member(r, read_text(r), a, room);
}

/* {kind, data}; gives the kind. */
static struct span read_tagged(struct reader *r, struct attestation *a, struct builder *room)
{
	uint64_t members = read_count(r, MAP);
	struct span kind = { NULL, 0 };

	while (members-- > 0 && reader_ok(r)) {
		struct span name = read_text(r);

		if (span_is(name, "kind")) {
			once(r, kind);
			kind = read_text(r);
		} else if (span_is(name, "data")) {
			read_evidence(r, a, room);
		} else {
			skip(r);
		}
	}
	return kind;
}

bool attestation_read_v1(struct attestation *a, struct reader *r, struct builder *room, bool *tdx)
{
	uint64_t members = read_count(r, MAP);
	struct span platform = { NULL, 0 };
	uint32_t version = 0;

	while (members-- > 0 && reader_ok(r)) {
		struct span name = read_text(r);

		if (span_is(name, "version"))
			version = read_number(r);
		else if (span_is(name, "platform") && !platform.p)
			platform = read_tagged(r, a, room);
		else if (span_is(name, "stack"))
			read_tagged(r, a, room);
		else
			skip(r);
	}
	if (!reader_done(r) || !builder_ok(room) || version != 1 || platform.len == 0)
		return false;
	*tdx = span_is(platform, "tdx") || span_is(platform, "gcp-tdx");
	return !*tdx || (a->quote.len > 0 && a->event_log.len > 0 && a->config.p &&
	                 a->report_data.len == QUOTE_REPORT_DATA_LEN);
}
