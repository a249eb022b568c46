/* quote_output: a quote, or an attestation, as it is printed: raw, in hexadecimal, or as JSON. */
#ifndef BIN_QUOTE_OUTPUT_H
#define BIN_QUOTE_OUTPUT_H

#include "quote_json.h"
#include "quote_options.h"

static void quote_print(const struct quote_options *o, const struct source_answer *answer)
{
	static unsigned char room[QUOTE_OUTPUT_MAX];
	struct builder out;

	builder_init(&out, room, sizeof room);
	if (o->json) {
		quote_json(&out, &o->asking, answer);
	} else if (o->hex) {
		if (o->asking.attest)
			builder_add(&out, answer->attestation);
		else
			hex_encode(&out, answer->quote);
		builder_byte(&out, '\n');
	} else if (o->asking.attest) {
		hex_decode(&out, answer->attestation);
	} else {
		builder_add(&out, answer->quote);
	}
	if (!builder_ok(&out))
		prog_temp("the answer is too long to be printed");
	prog_write(builder_span(&out));
}

#endif
