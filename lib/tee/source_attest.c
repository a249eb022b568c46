/* Attestations: an agent's own, or made of what another source gives. */
#include "base/hex.h"
#include "base/json.h"
#include "tee/attestation.h"
#include "tee/source_parts.h"

enum { TOKENS = 16 * EVENTLOG_EVENTS };

/* One of version 0, of the answer's quote and log. */
static enum source_result make(struct source *s, struct span report_data, struct source_answer *answer)
{
	static unsigned char room[ATTESTATION_MAX], text[2 * ATTESTATION_MAX];
	static struct json_token tokens[TOKENS];
	struct builder out, hex;
	struct json log;

	builder_init(&out, room, sizeof room);
	builder_init(&hex, text, sizeof text);
	if (answer->event_log.len == 0) {
		source_say(s, NULL, "no event log, of which an attestation is made");
		return SOURCE_ABSENT;
	}
	if (!json_read(&log, answer->event_log, tokens, TOKENS) ||
	    !attestation_write(&out, answer->quote, json_root(&log), report_data, answer->vm_config)) {
		source_say(s, NULL, "the event log does not go into an attestation");
		return SOURCE_ABSENT;
	}
	hex_encode(&hex, builder_span(&out));
	answer->attestation = builder_span(&hex);
	return SOURCE_OK;
}

enum source_result source_attest(struct source *s,
                                 const unsigned char report_data[QUOTE_REPORT_DATA_LEN],
                                 struct source_answer *answer, int64_t deadline)
{
	struct span wanted = span_of(report_data, QUOTE_REPORT_DATA_LEN);
	enum source_result r;

	if (s->kind != SOURCE_AGENT) {
		r = source_quote(s, report_data, answer, deadline);
		return r == SOURCE_OK ? make(s, wanted, answer) : r;
	}
	s->why[0] = 0;
	answer->quote = answer->event_log = answer->vm_config = answer->attestation = span_of(NULL, 0);
	r = source_agent_attest(s, wanted, answer, deadline);
	if (r == SOURCE_OK)
		r = source_judge(s, wanted, answer);
	source_close(s);
	return r;
}
