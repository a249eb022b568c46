/* Quotes, their logs and what they say. */
#include "tee/agent_evidence.h"

#include "tee/agent_log.h"
#include "tls/key.h"

enum { TRIES = 3 };

bool agent_evidence_fail(struct agent_evidence *e, const char *what, const char *why)
{
	struct builder b;

	builder_init(&b, e->why, sizeof e->why - 1);
	builder_str(&b, what);
	if (why[0] != '\0') {
		builder_str(&b, ": ");
		builder_add(&b, span_head(span_str(why), SOURCE_WHY_MAX));
	}
	e->why[b.len] = '\0';
	return false;
}

bool agent_evidence_log(struct agent_evidence *e)
{
	e->event_log = span_str("");
	return agent_log_read(e);
}

/* The first source there is. One that is not there is none to report, unless there is no other. */
static bool ask(struct agent_evidence *e, const unsigned char report_data[QUOTE_REPORT_DATA_LEN],
                int64_t deadline)
{
	enum source_result r = SOURCE_ABSENT;

	agent_evidence_fail(e, "no source of quotes here", "");
	for (size_t i = 0; i < e->n_sources && r == SOURCE_ABSENT; i++) {
		struct source *s = &e->sources[i];

		e->is_simulated = s->kind == SOURCE_SIM;
		r = source_open(s, report_data, deadline);
		if (r == SOURCE_OK)
			r = source_quote(s, report_data, &e->answer, deadline);
		if (r != SOURCE_OK && (r != SOURCE_ABSENT || e->n_sources == 1))
			agent_evidence_fail(e, source_strerror(r), s->why);
	}
	return r == SOURCE_OK;
}

/* Simulators may have quotes whose signatures are nonsense; what is asked for is the body. */
static bool read_quote(struct agent_evidence *e)
{
	if (quote_read(&e->quote, e->answer.quote) == QUOTE_OK)
		e->whole = e->quote.all;
	else if (quote_read_body(&e->quote, e->answer.quote) == QUOTE_OK)
		e->whole = e->answer.quote;
	else
		return false;
	return e->quote.body_type != QUOTE_SGX;
}

bool agent_evidence_take(struct agent_evidence *e,
                         const unsigned char report_data[QUOTE_REPORT_DATA_LEN], int64_t deadline)
{
	/* The log may get an event between a quote and its being read. */
	for (int i = 0; i < TRIES; i++) {
		size_t before;

		if (!agent_log_lines(e))
			return false;
		before = e->lines ? e->lines->len : 0;
		if (!ask(e, report_data, deadline))
			return false;
		e->event_log = e->answer.event_log;
		if (!read_quote(e))
			return agent_evidence_fail(e, "not a quote of a TD", "");
		if (!agent_log_read(e))
			return false;
		e->agrees = replay_compare(&e->replay, &e->quote.td) == (1U << QUOTE_RTMRS) - 1;
		if (e->agrees)
			return true;
		if (!e->is_simulated && (!e->lines || e->lines->len == before))
			break;
	}
	/* What was not measured says nothing about the app. */
	e->app_id = e->compose_hash = e->instance_id = e->key_provider = e->os_image_hash = span_str("");
	return true;
}

static bool is_zero(struct span bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		if (bytes.p[i] != 0)
			return false;
	return true;
}

static void hash_add(br_sha256_context *sha, struct span bytes)
{
	br_sha256_update(sha, bytes.p, bytes.len);
}

void agent_aggregated(const struct quote_td *td, unsigned char digest[AGENT_HASH_LEN])
{
	br_sha256_context sha;

	br_sha256_init(&sha);
	hash_add(&sha, td->mr_td);
	for (int i = 0; i < QUOTE_RTMRS; i++)
		hash_add(&sha, td->rtmr[i]);
	if (!is_zero(td->mr_config_id) || !is_zero(td->mr_owner) || !is_zero(td->mr_owner_config)) {
		hash_add(&sha, td->mr_config_id);
		hash_add(&sha, td->mr_owner);
		hash_add(&sha, td->mr_owner_config);
	}
	br_sha256_out(&sha, digest);
}

/* All but the app: RTMR3 is not in it, and of the key provider only the hash, or zeros. */
static void measure_system(const struct agent_evidence *e, unsigned char digest[AGENT_HASH_LEN])
{
	unsigned char provider[KEY_HASH_MAX] = { 0 };
	br_sha256_context sha;

	if (e->key_provider.len > 0)
		key_hash(KEY_SHA256, e->key_provider, provider);
	br_sha256_init(&sha);
	hash_add(&sha, e->quote.td.mr_td);
	for (int i = 0; i < QUOTE_RTMRS - 1; i++)
		hash_add(&sha, e->quote.td.rtmr[i]);
	hash_add(&sha, span_of(provider, AGENT_HASH_LEN));
	br_sha256_out(&sha, digest);
}

void agent_device_id(unsigned char digest[AGENT_HASH_LEN])
{
	unsigned char room[KEY_HASH_MAX];

	key_hash(KEY_SHA256, span_str(""), room);
	memcpy(digest, room, AGENT_HASH_LEN);
}

/* MessagePack's bin 8, or bin 16. */
static void pack_bytes(struct builder *out, struct span bytes)
{
	if (bytes.len <= UINT8_MAX) {
		builder_byte(out, 0xc4);
		builder_byte(out, (unsigned char)bytes.len);
	} else {
		builder_byte(out, 0xc5);
		builder_u16be(out, (uint16_t)bytes.len);
		out->overflow = out->overflow || bytes.len > UINT16_MAX;
	}
	builder_add(out, bytes);
}

void agent_app_info(struct builder *out, const struct agent_evidence *e, struct span os_image_hash)
{
	unsigned char device[AGENT_HASH_LEN], system[AGENT_HASH_LEN], whole[AGENT_HASH_LEN];
	struct span fields[] = { e->app_id, e->compose_hash, e->instance_id,
		                 span_of(device, sizeof device), span_of(system, sizeof system),
		                 span_of(whole, sizeof whole), os_image_hash, e->key_provider };

	agent_device_id(device);
	measure_system(e, system);
	agent_aggregated(&e->quote.td, whole);
	builder_byte(out, 0x90 | (sizeof fields / sizeof *fields + 1));
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		pack_bytes(out, fields[i]);
	builder_byte(out, 0x90); /* an empty array */
}
