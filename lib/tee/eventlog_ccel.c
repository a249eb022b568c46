/* Event logs of the firmware, crypto-agile. */
#include "base/reader.h"
#include "tee/eventlog_parts.h"

enum {
	SHA384 = 0x0c,   /* TPM_ALG_SHA384 */
	ALGORITHMS = 16, /* that one log can have: TPM 2.0, HASH_COUNT, is less */
	SHA1_LEN = 20
};

/* What the first record says: how long the digests of which algorithm are. */
struct spec {
	struct {
		uint16_t id, len;
	} algorithm[ALGORITHMS];
	uint32_t n;
};

/* The last record may be followed by what the table was filled with before: from here on, if so. */
static size_t padding_from(struct span log)
{
	size_t at = log.len;

	if (at > 0 && (log.p[at - 1] == 0 || log.p[at - 1] == 0xff))
		while (at > 0 && log.p[at - 1] == log.p[log.len - 1])
			at--;
	return at;
}

static bool read_algorithms(struct spec *spec, struct reader *r)
{
	bool sha384 = false;

	spec->n = reader_u32le(r);
	if (spec->n == 0 || spec->n > ALGORITHMS)
		return false;
	for (uint32_t i = 0; i < spec->n; i++) {
		spec->algorithm[i].id = reader_u16le(r);
		spec->algorithm[i].len = reader_u16le(r);
		sha384 = sha384 || spec->algorithm[i].id == SHA384;
		if (spec->algorithm[i].id == SHA384 && spec->algorithm[i].len != QUOTE_MEASUREMENT_LEN)
			return false;
		for (uint32_t j = 0; j < i; j++)
			if (spec->algorithm[j].id == spec->algorithm[i].id)
				return false;
	}
	return sha384;
}

/* TCG_PCClientPCREvent of the old form with a TCG_EfiSpecIDEvent in it. */
static enum eventlog_result read_spec(struct spec *spec, struct reader *log)
{
	static const char signature[16] = "Spec ID Event03";
	struct span event;
	struct reader r;
	uint32_t type;

	reader_u32le(log);
	type = reader_u32le(log);
	reader_bytes(log, SHA1_LEN);
	event = reader_bytes(log, reader_u32le(log));
	if (!reader_ok(log))
		return EVENTLOG_SHORT;
	reader_init(&r, event);
	if (type != EVENTLOG_NO_ACTION ||
	    !span_eq(reader_bytes(&r, sizeof signature), span_of(signature, sizeof signature)))
		return EVENTLOG_SYNTAX;
	reader_bytes(&r, 8); /* platform class, version, errata, size of UINTN */
	if (!read_algorithms(spec, &r))
		return EVENTLOG_SYNTAX;
	reader_bytes(&r, reader_u8(&r));
	return reader_done(&r) ? EVENTLOG_OK : EVENTLOG_SYNTAX;
}

/* The SHA-384 of TPML_DIGEST_VALUES; empty when there is none. */
static enum eventlog_result read_digests(const struct spec *spec, struct reader *r, struct span *sha384)
{
	uint32_t n = reader_u32le(r);

	*sha384 = span_of(NULL, 0);
	if (n > spec->n)
		return EVENTLOG_FIELD;
	while (n-- > 0) {
		uint16_t id = reader_u16le(r);
		struct span digest;
		uint32_t i = 0;

		if (!reader_ok(r))
			return EVENTLOG_SHORT;
		while (i < spec->n && spec->algorithm[i].id != id)
			i++;
		if (i == spec->n)
			return EVENTLOG_FIELD;
		digest = reader_bytes(r, spec->algorithm[i].len);
		if (id == SHA384 && sha384->len > 0)
			return EVENTLOG_FIELD;
		if (id == SHA384)
			*sha384 = digest;
	}
	return EVENTLOG_OK;
}

/* A TCG_PCR_EVENT2 whose index was read. `*measured`: it goes into a register. */
static enum eventlog_result read_event(const struct spec *spec, struct reader *r, uint32_t index,
                                       struct event *e, bool *measured)
{
	enum eventlog_result result;
	struct span digest;

	e->type = reader_u32le(r);
	result = read_digests(spec, r, &digest);
	if (result != EVENTLOG_OK)
		return reader_ok(r) ? result : EVENTLOG_SHORT;
	e->payload = reader_bytes(r, reader_u32le(r));
	if (!reader_ok(r))
		return EVENTLOG_SHORT;
	*measured = e->type != EVENTLOG_NO_ACTION && index > 0;
	if (!*measured)
		return EVENTLOG_OK;
	if (index > QUOTE_RTMRS)
		return EVENTLOG_IMR;
	if (digest.len == 0)
		return EVENTLOG_DIGEST_SIZE;
	e->imr = index - 1;
	memcpy(e->digest, digest.p, digest.len);
	return EVENTLOG_OK;
}

enum eventlog_result eventlog_ccel(struct span log, struct replay *replay, event_fn each,
                                   void *context, size_t *at)
{
	enum eventlog_result result;
	size_t padding = padding_from(log);
	struct spec spec;
	struct reader r;

	*replay = (struct replay){ .events = 0 };
	*at = 0;
	reader_init(&r, log);
	result = read_spec(&spec, &r);
	while (result == EVENTLOG_OK && r.at < padding) {
		struct event e = { .imr = 0 };
		bool measured = false;
		uint32_t index = reader_u32le(&r);

		if (index == UINT32_MAX)
			break;
		if (++*at > EVENTLOG_EVENTS)
			return EVENTLOG_TOO_LARGE;
		result = read_event(&spec, &r, index, &e, &measured);
		if (result != EVENTLOG_OK)
			break;
		if (!measured) {
			replay->skipped++;
			continue;
		}
		if (!eventlog_extend(replay, &e, each, context))
			break;
	}
	return result;
}
