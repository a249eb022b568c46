/*
 * Renewal information (max_len=600): whatever it says, the moment to renew is
 * between the ends of a window, and a time is one that can be written again.
 */
#include <stdlib.h>
#include <string.h>

#include "acme/renewal.h"
#include "base/utc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void one_time(struct span text)
{
	unsigned char storage[64];
	struct builder b;
	int64_t at, again;

	if (!renewal_time(text, &at))
		return;
	builder_init(&b, storage, sizeof storage);
	utc_print(&b, at);
	/* An offset may lead out of the years that can be written, by a day at most. */
	if (builder_ok(&b))
		must(renewal_time(builder_span(&b), &again) && again == at);
	else
		must(at < -62167219200 || at > 253402300799);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct json_token tokens[256];
	static struct renewal_window window;
	struct span text = span_of(data, size);
	struct json doc;
	bool by_window;
	int64_t at;

	one_time(text);
	if (!json_read(&doc, text, tokens, 256))
		return 0;
	if (!renewal_read(&window, json_root(&doc))) {
		must(window.start == 0 && window.end == 0 && !window.explanation[0]);
		return 0;
	}
	must(window.end > window.start && memchr(window.explanation, 0, sizeof window.explanation));
	for (uint64_t seed = 0; seed < 8; seed++) {
		at = renewal_moment(&window, seed << 40 | size);
		must(at >= window.start && at <= window.end);
		at = renewal_due(&window, 1800000000, 1807776000, seed, &by_window);
		must(at <= 1807776000);
	}
	return 0;
}
