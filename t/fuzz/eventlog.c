/*
 * Event logs in JSON: the whole, and as lines. What is told of the events leads to the registers,
 * and lines written of them lead there again.
 */
#include <stdlib.h>

#include "tee/boot.h"
#include "tee/eventlog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TOKENS = 16384 }; /* max_len=8192 */

static struct json_token tokens[TOKENS];
static unsigned char lines[1 << 20];

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* What was told, replayed by hand. */
struct seen {
	struct replay replay;
	struct boot boot;
	struct builder lines;
	bool ready;
};

static bool see(void *context, const struct event *e)
{
	struct seen *seen = context;
	unsigned char digest[QUOTE_MEASUREMENT_LEN];
	enum boot_kind kind = boot_event(&seen->boot, e);

	must(e->imr < QUOTE_RTMRS && e->type != EVENTLOG_NO_ACTION);
	must(e->name.len <= EVENTLOG_NAME_MAX && e->payload.len <= EVENTLOG_PAYLOAD_MAX);
	must(e->runtime == (e->type == EVENTLOG_RUNTIME) && e->runtime == (e->version != 0));
	must((kind == BOOT_DIGEST_ONLY) == !e->runtime);
	must(!seen->ready || (kind != BOOT_IDENTITY && kind != BOOT_OTHER));
	seen->ready = seen->boot.ready;
	if (e->runtime) {
		runtime_event_digest(e->version, e->name, e->payload, digest);
		must(memcmp(digest, e->digest, sizeof digest) == 0);
	}
	rtmr_extend(seen->replay.rtmr[e->imr], e->digest);
	seen->replay.events++;
	eventlog_write_line(&seen->lines, e);
	return true;
}

static void same(const struct replay *a, const struct replay *b)
{
	must(a->events == b->events && memcmp(a->rtmr, b->rtmr, sizeof a->rtmr) == 0);
}

static void replay(struct span text, bool whole)
{
	struct seen seen = { .ready = false };
	struct replay first = { .events = 0 }, again = { .events = 0 };
	enum eventlog_result r;
	struct json doc;
	size_t at;

	builder_init(&seen.lines, lines, sizeof lines);
	if (whole && !json_read(&doc, text, tokens, TOKENS))
		return;
	r = whole ? eventlog_json(json_root(&doc), &first, see, &seen, &at) :
	            eventlog_lines(text, &first, see, &seen, &at);
	same(&first, &seen.replay);
	must(builder_ok(&seen.lines));
	if (r != EVENTLOG_OK || first.events == 0)
		return;
	r = eventlog_lines(builder_span(&seen.lines), &again, NULL, NULL, &at);
	must(r == EVENTLOG_OK);
	same(&first, &again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);

	/* Storage of exactly this length: who reads beyond it is caught. */
	memcpy(copy, data, size);
	replay(span_of(copy, size), true);
	replay(span_of(copy, size), false);
	free(copy);
	return 0;
}
