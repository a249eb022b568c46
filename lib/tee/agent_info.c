/* The method Info: what the app is, what its machine is, as a quote says it. */
#include "tee/agent_json.h"
#include "tee/agent_log.h"
#include "tee/agent_parts.h"

enum { CHAIN_ROOM = 4 * AGENT_CERT_MAX, TCB_ROOM = 2 * EVENTLOG_MAX + 2 * AGENT_COMPOSE_MAX + 4096 };

static void put_measurements(struct builder *out, const struct agent_evidence *e)
{
	static const char *const names[QUOTE_RTMRS] = { "rtmr0", "rtmr1", "rtmr2", "rtmr3" };

	agent_put_hex(out, "mrtd", e->quote.td.mr_td);
	for (int i = 0; i < QUOTE_RTMRS; i++)
		agent_put_hex(out, names[i], e->quote.td.rtmr[i]);
}

/* What both the answer and its tcb_info have. */
static void put_hashes(struct builder *out, const struct agent *a)
{
	unsigned char whole[AGENT_HASH_LEN], device[AGENT_HASH_LEN];

	agent_aggregated(&a->evidence->quote.td, whole);
	agent_device_id(device);
	agent_put_hex(out, "mr_aggregated", span_of(whole, sizeof whole));
	agent_put_hex(out, "os_image_hash", agent_os_image(a));
	agent_put_hex(out, "compose_hash", a->evidence->compose_hash);
	agent_put_hex(out, "device_id", span_of(device, sizeof device));
}

/* JSON that goes into a string of the answer. */
static void write_tcb_info(struct builder *out, const struct agent *a)
{
	builder_byte(out, '{');
	put_measurements(out, a->evidence);
	put_hashes(out, a);
	agent_put(out, "event_log");
	agent_log_write(out, a->evidence, false);
	agent_put_text(out, "app_compose", a->state->app_compose);
	builder_byte(out, '}');
}

/*
 * The certificate's quote is the one that everything else is taken from. An app whose CA is
 * elsewhere has a quote over nothing, and no certificate.
 */
static bool take_evidence(struct agent *a, struct builder *chain)
{
	static const unsigned char nothing[QUOTE_REPORT_DATA_LEN];

	if (a->state->ca_key.len > 0)
		return agent_own_certificate(a, chain);
	return agent_evidence_take(a->evidence, nothing, a->deadline) ||
	       agent_fail(a, "Failed to get quote", a->evidence->why);
}

bool agent_info(struct agent *a)
{
	static unsigned char chain_room[CHAIN_ROOM], tcb_room[TCB_ROOM];
	const struct agent_evidence *e = a->evidence;
	struct builder chain, tcb;

	builder_init(&chain, chain_room, sizeof chain_room);
	builder_init(&tcb, tcb_room, sizeof tcb_room);
	if (!take_evidence(a, &chain))
		return false;
	write_tcb_info(&tcb, a);
	if (!builder_ok(&chain) || !builder_ok(&tcb))
		return agent_fail(a, "the answer is too long", NULL);
	builder_byte(a->out, '{');
	agent_put_hex(a->out, "app_id", e->app_id);
	agent_put_hex(a->out, "instance_id", e->instance_id);
	agent_put_text(a->out, "app_cert", builder_span(&chain));
	agent_put_text(a->out, "tcb_info", builder_span(&tcb));
	agent_put_text(a->out, "app_name", a->state->app_name);
	put_hashes(a->out, a);
	agent_put_text(a->out, "key_provider_info", e->key_provider);
	agent_put_text(a->out, "vm_config", a->state->vm_config);
	agent_put_text(a->out, "cloud_vendor", a->vendor);
	agent_put_text(a->out, "cloud_product", a->product);
	builder_byte(a->out, '}');
	return true;
}
