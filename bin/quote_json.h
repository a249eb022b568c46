/* quote_json: what a source of quotes gave, as the guest agent answers. */
#ifndef BIN_QUOTE_JSON_H
#define BIN_QUOTE_JSON_H

#include "base/hex.h"
#include "base/json.h"
#include "quote_ask.h"

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

static void quote_json(struct builder *out, const struct quote_asking *o, const struct source_answer *answer)
{
	builder_byte(out, '{');
	if (!o->attest) {
		quote_hex(out, "quote", answer->quote);
		quote_member(out, "event_log", answer->event_log);
		quote_member(out, "vm_config", answer->vm_config);
	}
	quote_hex(out, "report_data", span_of(o->report_data, sizeof o->report_data));
	quote_member(out, "attestation", answer->attestation);
	builder_str(out, "}\n");
}

#endif
