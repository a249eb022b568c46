/* Event logs of the firmware: what is told leads to the registers, and what is cut never to more. */
#include <stdlib.h>

#include "tee/eventlog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

struct seen {
	struct replay replay;
	struct span log;
};

static bool see(void *context, const struct event *e)
{
	struct seen *seen = context;

	must(e->imr < QUOTE_RTMRS && e->type != EVENTLOG_NO_ACTION && !e->runtime && e->name.len == 0);
	must(e->payload.len == 0 || (e->payload.p >= seen->log.p &&
	                             e->payload.p + e->payload.len <= seen->log.p + seen->log.len));
	rtmr_extend(seen->replay.rtmr[e->imr], e->digest);
	seen->replay.events++;
	return true;
}

/* max_len=4096 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = { .log = span_of(data, size) };
	struct replay all, cut;
	enum eventlog_result r;
	size_t at, at_cut;

	r = eventlog_ccel(seen.log, &all, see, &seen, &at);
	must(all.events == seen.replay.events && memcmp(all.rtmr, seen.replay.rtmr, sizeof all.rtmr) == 0);
	must(r != EVENTLOG_OK || size > 32);
	if (r != EVENTLOG_OK)
		return 0;
	must(all.events + all.skipped <= at);
	if (eventlog_ccel(span_head(seen.log, size - 1), &cut, NULL, NULL, &at_cut) == EVENTLOG_OK)
		must(cut.events <= all.events && at_cut <= at);
	return 0;
}
