/* quote_output: a quote as it is printed: raw, in hexadecimal, or as JSON with what goes with it. */
#ifndef BIN_QUOTE_OUTPUT_H
#define BIN_QUOTE_OUTPUT_H

#include "base/json.h"
#include "quote_options.h"

enum { QUOTE_OUTPUT_MAX = 3 * SOURCE_BODY_MAX + (1 << 20) };

/* A member, where there is something to it. */
static void quote_member(struct builder *out, const char *name, struct span text)
{
	if (text.len == 0)
		return;
	builder_str(out, out->len > 1 ? "," : "");
	json_write_string(out, span_str(name));
	builder_byte(out, ':');
	json_write_string(out, text);
}

static void quote_hex(struct builder *out, const char *name, struct span bytes)
{
	static unsigned char room[2 * QUOTE_MAX];
	struct builder hex;

	builder_init(&hex, room, sizeof room);
	hex_encode(&hex, bytes);
	quote_member(out, name, builder_span(&hex));
}

static void quote_print(const struct quote_options *o, const struct source_answer *answer)
{
	static unsigned char room[QUOTE_OUTPUT_MAX];
	struct builder out;

	builder_init(&out, room, sizeof room);
	if (o->json) {
		builder_byte(&out, '{');
		quote_hex(&out, "quote", answer->quote);
		quote_member(&out, "event_log", answer->event_log);
		quote_hex(&out, "report_data", span_of(o->report_data, sizeof o->report_data));
		quote_member(&out, "vm_config", answer->vm_config);
		quote_member(&out, "attestation", answer->attestation);
		builder_str(&out, "}\n");
	} else if (o->hex) {
		hex_encode(&out, answer->quote);
		builder_byte(&out, '\n');
	} else {
		builder_add(&out, answer->quote);
	}
	if (!builder_ok(&out))
		prog_temp("the answer is too long to be printed");
	prog_write(builder_span(&out));
}

#endif
