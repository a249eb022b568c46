/* replay_events: the events of a replay as they are printed, group by group, for tdx-replay. */
#ifndef BIN_REPLAY_EVENTS_H
#define BIN_REPLAY_EVENTS_H

#include "base/hex.h"
#include "base/log.h"
#include "replay_input.h"

/* The same events are gone through again for each group that is printed. */
enum replay_group {
	REPLAY_IDENTITY = BOOT_IDENTITY,
	REPLAY_BOOT = BOOT_OTHER,
	REPLAY_APPLICATION = BOOT_APPLICATION,
	REPLAY_DIGEST_ONLY = BOOT_DIGEST_ONLY,
	REPLAY_CLAIMS /* runtime events, of a log that no quote's RTMR3 stands behind */
};

struct replay_output {
	const struct replay_input *in;
	bool json;
	unsigned int equal;   /* registers, as replay_compare() says */
	bool proven;          /* RTMR3 is that of a quote */
	enum replay_group group;
	struct boot boot;
	size_t n;             /* printed of this group */
	struct builder out;
};

/* An event's text is of twice its bytes or of six times a name's, and so are members around it. */
static unsigned char replay_room[2 * EVENTLOG_PAYLOAD_MAX + 8192];

static void replay_flush(struct replay_output *o)
{
	if (!builder_ok(&o->out))
		prog_bug("output does not fit");
	prog_write(builder_span(&o->out));
	builder_init(&o->out, replay_room, sizeof replay_room);
}

static void replay_hex(struct builder *out, struct span bytes)
{
	builder_byte(out, '"');
	hex_encode(out, bytes);
	builder_byte(out, '"');
}

static void replay_json_event(struct replay_output *o, const struct event *e)
{
	struct builder *out = &o->out;

	builder_str(out, o->n++ > 0 ? "," : "");
	if (o->group == REPLAY_IDENTITY) {
		json_write_string(out, e->name);
		builder_byte(out, ':');
		replay_hex(out, e->payload);
		return;
	}
	builder_str(out, "{\"imr\":");
	builder_number(out, e->imr);
	if (o->group == REPLAY_DIGEST_ONLY) {
		builder_str(out, ",\"event_type\":");
		builder_number(out, e->type);
		builder_str(out, ",\"digest\":");
		replay_hex(out, span_of(e->digest, sizeof e->digest));
		builder_str(out, ",\"unauthenticated\":{");
	} else {
		builder_byte(out, ',');
	}
	builder_str(out, "\"event\":");
	json_write_string(out, e->name);
	builder_str(out, ",\"payload\":");
	replay_hex(out, e->payload);
	builder_str(out, o->group == REPLAY_DIGEST_ONLY ? "}}" : "}");
}

/* A line of fields: none has a space in it, and none is empty. */
static void replay_line_event(struct replay_output *o, const struct event *e)
{
	static const char *const words[] = { [REPLAY_IDENTITY] = "identity ", [REPLAY_BOOT] = "boot ",
		                             [REPLAY_APPLICATION] = "application ",
		                             [REPLAY_DIGEST_ONLY] = "digest-only ", [REPLAY_CLAIMS] = "claim " };
	struct span bytes = e->payload;

	builder_str(&o->out, words[o->group]);
	if (o->group == REPLAY_DIGEST_ONLY) {
		unsigned char type[4] = { (unsigned char)(e->type >> 24), (unsigned char)(e->type >> 16),
			                  (unsigned char)(e->type >> 8), (unsigned char)e->type };

		builder_number(&o->out, e->imr);
		builder_str(&o->out, " 0x");
		hex_encode(&o->out, span_of(type, sizeof type));
		bytes = span_of(e->digest, sizeof e->digest);
	} else {
		log_field(&o->out, e->name, EVENTLOG_NAME_MAX);
	}
	builder_byte(&o->out, ' ');
	if (bytes.len > 0)
		hex_encode(&o->out, bytes);
	else
		builder_byte(&o->out, '-');
	builder_byte(&o->out, '\n');
}

static bool replay_event(void *context, const struct event *e)
{
	struct replay_output *o = context;
	enum replay_group group = (enum replay_group)boot_event(&o->boot, e);

	if (!o->proven && group != REPLAY_DIGEST_ONLY)
		group = REPLAY_CLAIMS;
	if (group != o->group)
		return true;
	if (o->json)
		replay_json_event(o, e);
	else
		replay_line_event(o, e);
	replay_flush(o);
	return true;
}

static void replay_group(struct replay_output *o, enum replay_group group)
{
	struct replay replay;

	o->group = group;
	o->boot = (struct boot){ .seen = 0 };
	o->n = 0;
	replay_run(o->in, &replay, replay_event, o);
}

#endif
