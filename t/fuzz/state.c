/* The state of a name (max_len=2100): what is read is written back as a file that reads the same. */
#include <stdlib.h>
#include <string.h>

#include "acme/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void no_more_than_told(const struct state *s)
{
	must(s->failures <= STATE_FAILURES_MAX && s->window_start >= 0 && s->ask_again >= 0);
	must(s->window_start < s->window_end || (s->window_start == 0 && s->window_end == 0));
	must(s->retry_at >= 0 && memchr(s->error, 0, sizeof s->error));
	for (const char *p = s->error; *p; p++)
		must(*p >= ' ' && *p < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char text[STATE_FILE_MAX];
	static const struct state zero;
	struct state first, second;
	struct builder b;

	if (!state_read(&first, span_of(data, size))) {
		must(memcmp(&first, &zero, sizeof zero) == 0);
		state_set_error(&first, span_of(data, size));
	}
	no_more_than_told(&first);
	builder_init(&b, text, sizeof text);
	state_write(&b, &first);
	must(builder_ok(&b) && state_read(&second, builder_span(&b)));
	must(memcmp(&first, &second, sizeof first) == 0 ||
	     (strcmp(first.error, second.error) == 0 && first.seed == second.seed));
	return 0;
}
