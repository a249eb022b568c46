/*
 * replay_output: what a replay has shown, for tdx-replay: registers, what they prove, and
 * apart from it what they do not.
 */
#ifndef BIN_REPLAY_OUTPUT_H
#define BIN_REPLAY_OUTPUT_H

#include "replay_events.h"

static void replay_registers(struct replay_output *o, const struct replay *replay)
{
	struct builder *out = &o->out;

	for (unsigned int i = 0; i < QUOTE_RTMRS; i++) {
		builder_str(out, "rtmr");
		builder_number(out, i);
		builder_byte(out, ' ');
		hex_encode(out, span_of(replay->rtmr[i], QUOTE_MEASUREMENT_LEN));
		if (o->in->has_quote && o->equal & 1U << i) {
			builder_str(out, " equal");
		} else if (o->in->has_quote) {
			builder_str(out, " differs ");
			hex_encode(out, o->in->quote.td.rtmr[i]);
		}
		builder_byte(out, '\n');
	}
}

static void replay_json_registers(struct builder *out, const char *name, const struct span rtmr[QUOTE_RTMRS])
{
	builder_str(out, name);
	for (unsigned int i = 0; i < QUOTE_RTMRS; i++) {
		builder_str(out, i > 0 ? ",\"" : "\"");
		builder_number(out, i);
		builder_str(out, "\":");
		replay_hex(out, rtmr[i]);
	}
	builder_byte(out, '}');
}

static void replay_json_comparison(struct replay_output *o)
{
	struct builder *out = &o->out;

	builder_str(out, ",\"comparison\":");
	if (!o->in->has_quote) {
		builder_str(out, "null");
		return;
	}
	builder_str(out, o->equal == 15 ? "{\"agrees\":true" : "{\"agrees\":false");
	for (unsigned int i = 0; i < QUOTE_RTMRS; i++) {
		builder_str(out, i > 0 ? "," : ",\"equal\":{");
		builder_byte(out, '"');
		builder_number(out, i);
		builder_str(out, o->equal & 1U << i ? "\":true" : "\":false");
	}
	replay_json_registers(out, "},\"quote\":{", o->in->quote.td.rtmr);
	builder_byte(out, '}');
}

static void replay_print_json(struct replay_output *o, const struct replay *replay)
{
	static const struct {
		enum replay_group group;
		const char *begin, *end;
	} groups[] = {
		{ REPLAY_IDENTITY, ",\"identity\":{", "}" },
		{ REPLAY_BOOT, ",\"boot\":[", "]" },
		{ REPLAY_APPLICATION, ",\"application\":[", "]" },
		{ REPLAY_CLAIMS, ",\"claims\":[", "]" },
		{ REPLAY_DIGEST_ONLY, ",\"digest_only\":[", "]" },
	};
	struct span rtmr[QUOTE_RTMRS];

	for (int i = 0; i < QUOTE_RTMRS; i++)
		rtmr[i] = span_of(replay->rtmr[i], QUOTE_MEASUREMENT_LEN);
	replay_json_registers(&o->out, "{\"rtmrs\":{", rtmr);
	builder_str(&o->out, ",\"events\":");
	builder_number(&o->out, replay->events);
	builder_str(&o->out, ",\"skipped\":");
	builder_number(&o->out, replay->skipped);
	replay_json_comparison(o);
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		builder_str(&o->out, groups[i].begin);
		replay_group(o, groups[i].group);
		builder_str(&o->out, groups[i].end);
	}
	builder_str(&o->out, o->proven && o->boot.ready ? ",\"system_ready\":true}\n" : ",\"system_ready\":false}\n");
	replay_flush(o);
}

/* All that is to be said of a replay. */
static void replay_print(const struct replay_input *in, bool json, unsigned int equal, const struct replay *replay)
{
	struct replay_output o = { .in = in, .json = json, .equal = equal };

	o.proven = in->has_quote && equal & 1U << (QUOTE_RTMRS - 1);
	builder_init(&o.out, replay_room, sizeof replay_room);
	if (json) {
		replay_print_json(&o, replay);
		return;
	}
	replay_registers(&o, replay);
	replay_flush(&o);
	for (enum replay_group group = REPLAY_IDENTITY; group <= REPLAY_CLAIMS; group++)
		replay_group(&o, group);
}

#endif
