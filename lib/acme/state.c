/* What is remembered about a name, as text. */
#include "acme/state.h"

#include <string.h>

#include "base/hex.h"
#include "tls/key.h"

/* The last second of the year 9999. */
static const uint64_t time_max = 253402300799;

enum line {
	LINE_SEED,
	LINE_CERTIFICATE,
	LINE_WINDOW_START,
	LINE_WINDOW_END,
	LINE_ASK_AGAIN,
	LINE_FAILURES,
	LINE_RETRY_AT,
	LINE_ERROR,
	LINES
};

static const char *const keys[LINES] = {
	[LINE_SEED] = "seed",
	[LINE_CERTIFICATE] = "certificate",
	[LINE_WINDOW_START] = "window-start",
	[LINE_WINDOW_END] = "window-end",
	[LINE_ASK_AGAIN] = "ask-again",
	[LINE_FAILURES] = "failures",
	[LINE_RETRY_AT] = "retry-at",
	[LINE_ERROR] = "last-error",
};

static bool read_bytes(struct span text, unsigned char *to, size_t len)
{
	struct builder b;

	builder_init(&b, to, len);
	return text.len == 2 * len && hex_decode(&b, text);
}

static bool read_seed(struct span text, uint64_t *seed)
{
	unsigned char bytes[8];

	if (!read_bytes(text, bytes, sizeof bytes))
		return false;
	*seed = 0;
	for (size_t i = 0; i < sizeof bytes; i++)
		*seed = *seed << 8 | bytes[i];
	return true;
}

static bool read_time(struct span text, int64_t *unix_s)
{
	uint64_t number;

	if (!span_number(text, time_max, &number) || number == 0)
		return false;
	*unix_s = (int64_t)number;
	return true;
}

static bool read_failures(struct span text, unsigned int *failures)
{
	uint64_t number;

	if (!span_number(text, STATE_FAILURES_MAX, &number) || number == 0)
		return false;
	*failures = (unsigned int)number;
	return true;
}

static bool printable(unsigned char c)
{
	return c >= ' ' && c < 0x7f;
}

static bool read_error(struct span text, char *error)
{
	if (text.len == 0 || text.len >= STATE_ERROR_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (!printable(text.p[i]))
			return false;
	memcpy(error, text.p, text.len);
	error[text.len] = 0;
	return true;
}

static bool read_value(struct state *s, enum line line, struct span value)
{
	switch (line) {
	case LINE_SEED:
		return read_seed(value, &s->seed);
	case LINE_CERTIFICATE:
		s->has_certificate = true;
		return read_bytes(value, s->certificate, sizeof s->certificate);
	case LINE_WINDOW_START:
		return read_time(value, &s->window_start);
	case LINE_WINDOW_END:
		return read_time(value, &s->window_end);
	case LINE_ASK_AGAIN:
		return read_time(value, &s->ask_again);
	case LINE_FAILURES:
		return read_failures(value, &s->failures);
	case LINE_RETRY_AT:
		return read_time(value, &s->retry_at);
	case LINE_ERROR:
		return read_error(value, s->error);
	case LINES:
		break;
	}
	return false;
}

static bool read_line(struct state *s, struct span line, bool *seen)
{
	size_t at = span_find(line, ' ');

	for (size_t i = 0; i < LINES; i++) {
		if (!span_is(span_head(line, at), keys[i]))
			continue;
		if (seen[i] || at == line.len)
			return false;
		seen[i] = true;
		return read_value(s, (enum line)i, span_from(line, at + 1));
	}
	return false;
}

/* What the lines say together. */
static bool consistent(const struct state *s, const bool *seen)
{
	return seen[LINE_SEED] && seen[LINE_WINDOW_START] == seen[LINE_WINDOW_END] &&
	       (!seen[LINE_WINDOW_START] || s->window_start < s->window_end);
}

/* Lines up to "end"; each has its newline, and nothing is behind the last. */
static bool read_lines(struct state *s, struct span text)
{
	bool seen[LINES] = { false };
	struct span rest = text, line;

	while (span_split(&rest, '\n', &line)) {
		if (span_is(line, "end"))
			return rest.p && rest.len == 0 && consistent(s, seen);
		if (!read_line(s, line, seen))
			return false;
	}
	return false;
}

bool state_read(struct state *s, struct span text)
{
	memset(s, 0, sizeof *s);
	if (text.len <= STATE_FILE_MAX && read_lines(s, text))
		return true;
	memset(s, 0, sizeof *s);
	return false;
}

static void write_key(struct builder *out, enum line line)
{
	builder_str(out, keys[line]);
	builder_byte(out, ' ');
}

/* What the reader would refuse is left out: the rest of the file stays readable. */
static void write_number(struct builder *out, enum line line, int64_t value, uint64_t max)
{
	if (value <= 0 || (uint64_t)value > max)
		return;
	write_key(out, line);
	builder_number(out, (uint64_t)value);
	builder_byte(out, '\n');
}

static void write_bytes(struct builder *out, enum line line, struct span bytes)
{
	write_key(out, line);
	hex_encode(out, bytes);
	builder_byte(out, '\n');
}

static void write_error(struct builder *out, const char *error)
{
	if (!error[0])
		return;
	write_key(out, LINE_ERROR);
	for (; *error; error++)
		builder_byte(out, printable((unsigned char)*error) ? (unsigned char)*error : '?');
	builder_byte(out, '\n');
}

void state_write(struct builder *out, const struct state *s)
{
	unsigned char seed[8];

	for (size_t i = 0; i < sizeof seed; i++)
		seed[i] = (unsigned char)(s->seed >> (56 - 8 * i));
	write_bytes(out, LINE_SEED, span_of(seed, sizeof seed));
	if (s->has_certificate)
		write_bytes(out, LINE_CERTIFICATE, span_of(s->certificate, sizeof s->certificate));
	if (s->window_start > 0 && s->window_start < s->window_end &&
	    s->window_end <= (int64_t)time_max) {
		write_number(out, LINE_WINDOW_START, s->window_start, time_max);
		write_number(out, LINE_WINDOW_END, s->window_end, time_max);
	}
	write_number(out, LINE_ASK_AGAIN, s->ask_again, time_max);
	write_number(out, LINE_FAILURES,
	             s->failures < STATE_FAILURES_MAX ? s->failures : STATE_FAILURES_MAX,
	             STATE_FAILURES_MAX);
	write_number(out, LINE_RETRY_AT, s->retry_at, time_max);
	write_error(out, s->error);
	builder_str(out, "end\n");
}

void state_set_error(struct state *s, struct span text)
{
	struct span line = span_head(span_head(text, span_find(text, '\n')), STATE_ERROR_MAX - 1);

	if (line.len > 0)
		memcpy(s->error, line.p, line.len);
	s->error[line.len] = 0;
	for (size_t i = 0; i < line.len; i++)
		if (!printable((unsigned char)s->error[i]))
			s->error[i] = '?';
}

void state_about(struct state *s, struct span der)
{
	unsigned char digest[64];

	key_hash(KEY_SHA256, der, digest);
	if (s->has_certificate && memcmp(s->certificate, digest, sizeof s->certificate) == 0)
		return;
	s->has_certificate = true;
	memcpy(s->certificate, digest, sizeof s->certificate);
	s->window_start = s->window_end = s->ask_again = 0;
}
