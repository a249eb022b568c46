/* Event logs in JSON. */
#include <bearssl.h>

#include "base/hex.h"
#include "tee/eventlog_parts.h"

static unsigned char name_room[EVENTLOG_NAME_MAX], payload_room[EVENTLOG_PAYLOAD_MAX];

void eventlog_payload_room(struct builder *b)
{
	builder_init(b, payload_room, sizeof payload_room);
}

bool eventlog_plain(struct json_value v, struct span *text)
{
	struct builder none;

	*text = span_of(NULL, 0);
	if (json_type(v) == JSON_ABSENT || json_type(v) == JSON_NULL)
		return true;
	/* Hexadecimal needs no escapes, so there is no room for any. */
	builder_init(&none, NULL, 0);
	return json_text(v, &none, text);
}

static enum eventlog_result read_payload(struct json_value v, struct span *payload)
{
	struct builder b;
	struct span text;

	if (!eventlog_plain(v, &text))
		return EVENTLOG_FIELD;
	if (text.len > 2 * EVENTLOG_PAYLOAD_MAX)
		return EVENTLOG_TOO_LARGE;
	eventlog_payload_room(&b);
	if (!hex_decode(&b, text))
		return EVENTLOG_FIELD;
	*payload = builder_span(&b);
	return EVENTLOG_OK;
}

enum eventlog_result eventlog_name(struct json_value v, struct span *name)
{
	struct builder b;

	*name = span_of(NULL, 0);
	if (json_type(v) == JSON_ABSENT)
		return EVENTLOG_OK;
	if (json_type(v) == JSON_STRING && json_source(v).len > 6 * EVENTLOG_NAME_MAX + 2)
		return EVENTLOG_TOO_LARGE;
	builder_init(&b, name_room, sizeof name_room);
	if (!json_text(v, &b, name))
		return builder_ok(&b) ? EVENTLOG_FIELD : EVENTLOG_TOO_LARGE;
	return name->len > EVENTLOG_NAME_MAX ? EVENTLOG_TOO_LARGE : EVENTLOG_OK;
}

/* -1 is how some write what belongs to no register, and that is EV_NO_ACTION alone. */
static enum eventlog_result read_imr(struct json_value v, uint32_t type, uint32_t *imr)
{
	uint64_t number;

	*imr = 0;
	if (json_type(v) != JSON_NUMBER)
		return EVENTLOG_FIELD;
	if (type == EVENTLOG_NO_ACTION && span_is(json_source(v), "-1"))
		return EVENTLOG_OK;
	if (!json_number(v, QUOTE_RTMRS - 1, &number))
		return EVENTLOG_IMR;
	*imr = (uint32_t)number;
	return EVENTLOG_OK;
}

static bool digest_is(const struct event *e, const unsigned char digest[QUOTE_MEASUREMENT_LEN])
{
	return memcmp(e->digest, digest, QUOTE_MEASUREMENT_LEN) == 0;
}

/* An event's digest, said or computed; what is said of it must be true. */
static enum eventlog_result read_digest(struct json_value v, struct event *e)
{
	unsigned char said[QUOTE_MEASUREMENT_LEN];
	struct builder b;
	struct span text;

	if (!eventlog_plain(v, &text))
		return EVENTLOG_FIELD;
	if (e->runtime)
		runtime_event_digest(e->version, e->name, e->payload, e->digest);
	if (text.len == 0)
		return e->runtime ? EVENTLOG_OK : EVENTLOG_DIGEST_SIZE;
	if (text.len != 2 * QUOTE_MEASUREMENT_LEN)
		return EVENTLOG_DIGEST_SIZE;
	builder_init(&b, said, sizeof said);
	if (!hex_decode(&b, text))
		return EVENTLOG_FIELD;
	if (e->runtime)
		return digest_is(e, said) ? EVENTLOG_OK : EVENTLOG_DIGEST;
	memcpy(e->digest, said, sizeof said);
	return EVENTLOG_OK;
}

/* Preimages are longer than any payload: they are hashed piece by piece. */
static enum eventlog_result check_preimage(struct json_value v, const struct event *e)
{
	unsigned char room[512], digest[QUOTE_MEASUREMENT_LEN];
	br_sha384_context sha;
	struct builder b;
	struct span text;

	if (!eventlog_plain(v, &text))
		return EVENTLOG_FIELD;
	if (json_type(v) != JSON_STRING)
		return EVENTLOG_OK;
	br_sha384_init(&sha);
	for (; text.len > 0; text = span_from(text, 2 * sizeof room)) {
		builder_init(&b, room, sizeof room);
		if (!hex_decode(&b, span_head(text, 2 * sizeof room)))
			return EVENTLOG_FIELD;
		br_sha384_update(&sha, b.p, b.len);
	}
	br_sha384_out(&sha, digest);
	return digest_is(e, digest) ? EVENTLOG_OK : EVENTLOG_DIGEST;
}

enum eventlog_result eventlog_version(struct json_value v, int *version)
{
	uint64_t number = 1;

	if (json_type(v) != JSON_ABSENT && (!json_number(v, 2, &number) || number == 0))
		return EVENTLOG_FIELD;
	*version = (int)number;
	return EVENTLOG_OK;
}

/* All but the digest. */
static enum eventlog_result read_event(struct json_value v, struct event *e)
{
	struct json_value payload = json_member(v, "event_payload"), name = json_member(v, "event");
	enum eventlog_result r;
	uint64_t type;

	if (!json_number(json_member(v, "event_type"), UINT32_MAX, &type))
		return EVENTLOG_FIELD;
	e->type = (uint32_t)type;
	e->runtime = e->type == EVENTLOG_RUNTIME;
	r = read_imr(json_member(v, "imr"), e->type, &e->imr);
	if (r == EVENTLOG_OK)
		r = eventlog_version(json_member(v, "version"), &e->version);
	if (!e->runtime)
		e->version = 0;
	else if (r == EVENTLOG_OK && (json_type(name) != JSON_STRING || json_type(payload) != JSON_STRING))
		r = EVENTLOG_FIELD;
	if (r == EVENTLOG_OK)
		r = eventlog_name(name, &e->name);
	if (r == EVENTLOG_OK)
		r = read_payload(payload, &e->payload);
	return r;
}

bool eventlog_extend(struct replay *replay, const struct event *e, event_fn each, void *context)
{
	rtmr_extend(replay->rtmr[e->imr], e->digest);
	replay->events++;
	return !each || each(context, e);
}

enum eventlog_result eventlog_event(struct json_value v, struct replay *replay, event_fn each,
                                    void *context, bool *more)
{
	struct event e = { .imr = 0 };
	enum eventlog_result r = read_event(v, &e);

	*more = true;
	if (r == EVENTLOG_OK && e.type == EVENTLOG_NO_ACTION) {
		replay->skipped++;
		return EVENTLOG_OK;
	}
	if (r == EVENTLOG_OK)
		r = read_digest(json_member(v, "digest"), &e);
	if (r == EVENTLOG_OK)
		r = check_preimage(json_member(v, "preimage"), &e);
	if (r == EVENTLOG_OK)
		*more = eventlog_extend(replay, &e, each, context);
	return r;
}

enum eventlog_result eventlog_json(struct json_value log, struct replay *replay, event_fn each,
                                   void *context, size_t *at)
{
	enum eventlog_result r = EVENTLOG_OK;
	bool more = true;

	*replay = (struct replay){ .events = 0 };
	*at = 0;
	if (json_type(log) != JSON_ARRAY)
		return EVENTLOG_SYNTAX;
	if (json_count(log) > EVENTLOG_EVENTS)
		return EVENTLOG_TOO_LARGE;
	for (struct json_value v = json_first(log); more && json_type(v) != JSON_ABSENT; v = json_next(log, v)) {
		r = eventlog_event(v, replay, each, context, &more);
		if (r != EVENTLOG_OK)
			break;
		++*at;
	}
	return r;
}
