/* A name's state in its file. */
#include "acme/memory.h"

#include <sys/random.h>

#include "acme/renewal.h"
#include "base/file.h"

#define FILE_NAME "state"

bool memory_read(struct state *s, int own)
{
	unsigned char text[STATE_FILE_MAX];
	enum file_result result;
	size_t len;

	result = file_read(own, FILE_NAME, text, sizeof text, &len);
	if (result == FILE_ERROR)
		return false;
	if (result == FILE_OK && state_read(s, span_of(text, len)))
		return true;
	*s = (struct state){ 0 };
	return getrandom(&s->seed, sizeof s->seed, 0) == (ssize_t)sizeof s->seed;
}

bool memory_write(const struct state *s, int own)
{
	unsigned char text[STATE_FILE_MAX];
	struct builder b;

	builder_init(&b, text, sizeof text);
	state_write(&b, s);
	return file_replace(own, FILE_NAME, 0644, builder_span(&b)) == FILE_OK;
}

void memory_bound(struct state *s, int64_t unix_now)
{
	if (s->retry_at > unix_now + MEMORY_RETRY_MAX_S)
		s->retry_at = 0;
	if (s->ask_again > unix_now + RENEWAL_RETRY_MAX_S)
		s->ask_again = 0;
}

void memory_failed(struct state *s, int64_t unix_now, struct span why, int64_t retry_after_s)
{
	int64_t pause;

	if (s->failures < STATE_FAILURES_MAX)
		s->failures++;
	pause = renewal_backoff_s(s->failures, s->seed);
	if (retry_after_s > MEMORY_RETRY_MAX_S)
		retry_after_s = MEMORY_RETRY_MAX_S;
	s->retry_at = unix_now + (retry_after_s > pause ? retry_after_s : pause);
	state_set_error(s, why);
}

void memory_succeeded(struct state *s)
{
	s->failures = 0;
	s->retry_at = 0;
	s->error[0] = 0;
}

void memory_revoked(struct state *s, struct span der, int64_t unix_now)
{
	state_about(s, der);
	s->window_start = unix_now - 1;
	s->window_end = unix_now;
	s->ask_again = unix_now + RENEWAL_RETRY_MAX_S;
}
