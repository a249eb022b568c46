/* The methods that are about quotes, and what they say. */
#include "tee/agent_json.h"
#include "tee/agent_parts.h"
#include "tee/attestation.h"
#include "tee/report_data.h"

struct span agent_os_image(const struct agent *a)
{
	return a->state->os_image_hash.len > 0 ? a->state->os_image_hash : a->evidence->os_image_hash;
}

/* A quote over the bytes in "report_data". */
static bool padded(struct agent *a, const char *what, unsigned char report_data[QUOTE_REPORT_DATA_LEN])
{
	struct span data;

	if (!agent_bytes(a->arguments, "report_data", &data))
		return agent_wrong(a);
	if (!report_data_pad(data, report_data))
		return agent_fail(a, "Report data is too long", NULL);
	return agent_evidence_take(a->evidence, report_data, a->deadline) ||
	       agent_fail(a, what, a->evidence->why);
}

/* As it was written; one that is not the source's, but ours, likewise. */
static void put_log(struct agent *a)
{
	agent_put_text(a->out, "event_log", a->evidence->event_log);
}

bool agent_get_quote(struct agent *a)
{
	unsigned char report_data[QUOTE_REPORT_DATA_LEN];

	if (!padded(a, "Failed to get quote", report_data))
		return false;
	builder_byte(a->out, '{');
	agent_put_hex(a->out, "quote", a->evidence->whole);
	put_log(a);
	agent_put_hex(a->out, "report_data", span_of(report_data, sizeof report_data));
	agent_put_text(a->out, "vm_config", a->state->vm_config);
	agent_put_text(a->out, "attestation", span_str(""));
	builder_byte(a->out, '}');
	return true;
}

/* The older form's answer. */
static bool hashed(struct agent *a, enum report_hash hash, struct span prefix, struct span data)
{
	unsigned char report_data[QUOTE_REPORT_DATA_LEN];

	if (!report_data_hash(hash, prefix, data, report_data))
		return agent_fail(a, "invalid content length", NULL);
	if (!agent_evidence_take(a->evidence, report_data, a->deadline))
		return agent_fail(a, "Failed to get quote", a->evidence->why);
	if (hash == REPORT_RAW)
		prefix = span_str("");
	else if (prefix.len == 0)
		prefix = span_str(REPORT_DATA_PREFIX);
	builder_byte(a->out, '{');
	agent_put_hex(a->out, "quote", a->evidence->whole);
	put_log(a);
	agent_put_text(a->out, "hash_algorithm", span_str(report_hash_name(hash)));
	agent_put_text(a->out, "prefix", prefix);
	builder_byte(a->out, '}');
	return true;
}

bool agent_tdx_quote(struct agent *a)
{
	struct span data, name, prefix;
	enum report_hash hash;

	if (!agent_bytes(a->arguments, "report_data", &data) ||
	    !agent_text(a->arguments, "hash_algorithm", &name) ||
	    !agent_text(a->arguments, "prefix", &prefix))
		return agent_wrong(a);
	if (!report_hash_find(name, &hash))
		return agent_fail(a, "invalid hash algorithm", NULL);
	return hashed(a, hash, prefix, data);
}

bool agent_raw_quote(struct agent *a)
{
	struct span data;

	if (!agent_bytes(a->arguments, "report_data", &data))
		return agent_wrong(a);
	return hashed(a, REPORT_RAW, span_str(""), data);
}

bool agent_attest(struct agent *a)
{
	static unsigned char room[ATTESTATION_MAX];
	unsigned char report_data[QUOTE_REPORT_DATA_LEN];
	struct builder out;

	if (!padded(a, "Failed to get attestation", report_data))
		return false;
	builder_init(&out, room, sizeof room);
	if (!attestation_write(&out, a->evidence->whole, json_root(&a->evidence->log),
	                       span_of(report_data, sizeof report_data), a->state->vm_config))
		return agent_fail(a, "Failed to get attestation", "the event log does not fit into one");
	builder_byte(a->out, '{');
	agent_put_hex(a->out, "attestation", builder_span(&out));
	builder_byte(a->out, '}');
	return true;
}
