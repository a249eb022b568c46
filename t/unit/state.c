/* What is remembered about a name: written, read back, damaged in every way. */
#include "acme/state.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define HASH "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define FULL \
	"seed 00112233445566ff\n" \
	"certificate " HASH "\n" \
	"window-start 1800000000\n" \
	"window-end 1800086400\n" \
	"ask-again 1800021600\n" \
	"failures 3\n" \
	"retry-at 1800000240\n" \
	"last-error example.test http-01: unauthorized: no \\x1b there\n" \
	"end\n"

static unsigned char storage[STATE_FILE_MAX];

static struct span written(const struct state *s)
{
	struct builder b;

	builder_init(&b, storage, sizeof storage);
	state_write(&b, s);
	check(builder_ok(&b), "there is room for it");
	return builder_span(&b);
}

static bool is_zero(const struct state *s)
{
	static const struct state zero;

	return memcmp(s, &zero, sizeof zero) == 0;
}

static void good(void)
{
	struct state s;

	check(state_read(&s, span_str(FULL)), "a whole file");
	check(s.seed == 0x00112233445566ff && s.has_certificate && s.certificate[31] == 31 &&
	              s.window_start == 1800000000 && s.window_end == 1800086400 &&
	              s.ask_again == 1800021600 && s.failures == 3 && s.retry_at == 1800000240 &&
	              strcmp(s.error, "example.test http-01: unauthorized: no \\x1b there") == 0,
	      "says what is in it");
	check(span_is(written(&s), FULL), "and is written as it was");
	check(state_read(&s, span_str("seed 0000000000000000\nend\n")) && s.seed == 0 &&
	              s.failures == 0 && !s.has_certificate && !s.error[0],
	      "a seed alone");
	check(span_is(written(&s), "seed 0000000000000000\nend\n"), "and back");
	check(state_read(&s, span_str("failures 1\nseed 0000000000000001\nend\n")) && s.failures == 1,
	      "in any order");
}

static void bad(void)
{
	static const struct {
		const char *about, *text;
	} table[] = {
		{ "nothing", "" },
		{ "no end", "seed 0000000000000000\n" },
		{ "no newline at the end", "seed 0000000000000000\nend" },
		{ "something behind the end", "seed 0000000000000000\nend\n\n" },
		{ "an end alone", "end\n" },
		{ "no seed", "failures 1\nend\n" },
		{ "a short seed", "seed 00\nend\n" },
		{ "a long seed", "seed 000000000000000000\nend\n" },
		{ "a seed that is no hex", "seed 000000000000000g\nend\n" },
		{ "a seed twice", "seed 0000000000000000\nseed 0000000000000000\nend\n" },
		{ "CRLF", "seed 0000000000000000\r\nend\r\n" },
		{ "an empty line", "seed 0000000000000000\n\nend\n" },
		{ "an unknown key", "seed 0000000000000000\ncolour red\nend\n" },
		{ "a key without a value", "seed 0000000000000000\nfailures\nend\n" },
		{ "an empty value", "seed 0000000000000000\nfailures \nend\n" },
		{ "two spaces", "seed  0000000000000000\nend\n" },
		{ "a space in front", " seed 0000000000000000\nend\n" },
		{ "a negative number", "seed 0000000000000000\nfailures -1\nend\n" },
		{ "a zero", "seed 0000000000000000\nfailures 0\nend\n" },
		{ "too many failures", "seed 0000000000000000\nfailures 1000001\nend\n" },
		{ "a number beyond all", "seed 0000000000000000\nfailures 99999999999999999999999\nend\n" },
		{ "a time after the year 9999", "seed 0000000000000000\nretry-at 253402300800\nend\n" },
		{ "a time in hex", "seed 0000000000000000\nretry-at 0x10\nend\n" },
		{ "a window without an end", "seed 0000000000000000\nwindow-start 5\nend\n" },
		{ "a window without a start", "seed 0000000000000000\nwindow-end 5\nend\n" },
		{ "a window backwards", "seed 0000000000000000\nwindow-start 6\nwindow-end 5\nend\n" },
		{ "a window of no length", "seed 0000000000000000\nwindow-start 5\nwindow-end 5\nend\n" },
		{ "a short hash", "seed 0000000000000000\ncertificate 00\nend\n" },
		{ "an escape in the error", "seed 0000000000000000\nlast-error \x1b[2J\nend\n" },
		{ "a high byte in the error", "seed 0000000000000000\nlast-error \xc3\xa9\nend\n" },
	};
	static char text[STATE_FILE_MAX + 64];
	struct state s;
	struct builder b;

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		memset(&s, 0x55, sizeof s);
		check(!state_read(&s, span_str(table[i].text)) && is_zero(&s), "refused: %s",
		      table[i].about);
	}
	check(!state_read(&s, span_of("seed 0000000000000000\nend\n\0", 27)) && is_zero(&s),
	      "refused: a NUL behind it");
	check(!state_read(&s, span_of("seed 0000000000000000\nlast-error a\0b\nend\n", 40)) && is_zero(&s),
	      "refused: a NUL within");
	builder_init(&b, text, sizeof text);
	builder_str(&b, "seed 0000000000000000\nlast-error ");
	for (size_t i = 0; i < STATE_ERROR_MAX - 1; i++)
		builder_byte(&b, 'e');
	builder_str(&b, "\nend\n");
	check(state_read(&s, builder_span(&b)) && strlen(s.error) == STATE_ERROR_MAX - 1,
	      "an error as long as may be");
	b.len -= 5;
	builder_str(&b, "e\nend\n");
	check(!state_read(&s, builder_span(&b)) && is_zero(&s), "refused: an error that is longer");
	memset(text, ' ', sizeof text);
	check(!state_read(&s, span_of(text, sizeof text)) && is_zero(&s), "refused: a file too large");
}

static void damage(void)
{
	static const char full[] = FULL;
	size_t taken = 0;
	struct state s;
	char *copy;

	for (size_t n = 0; n < sizeof full - 1; n++) {
		copy = malloc(n ? n : 1);
		memcpy(copy, full, n);
		if (state_read(&s, span_of(copy, n)) || !is_zero(&s))
			check(false, "cut off after %zu bytes", n);
		free(copy);
	}
	copy = malloc(sizeof full);
	for (size_t at = 0; at < sizeof full - 1; at++)
		for (int bit = 0; bit < 8; bit++) {
			memcpy(copy, full, sizeof full);
			copy[at] = (char)(copy[at] ^ 1 << bit);
			if (state_read(&s, span_of(copy, sizeof full - 1)))
				taken++;
			else if (!is_zero(&s))
				check(false, "bit %d of byte %zu", bit, at);
		}
	free(copy);
	check(taken > 0 && taken < sizeof full * 8 / 2, "of all flipped bits, %zu leave a good file", taken);
}

static void writing(void)
{
	struct state s = { .seed = UINT64_MAX, .failures = UINT32_MAX, .window_start = 7, .window_end = 7,
		           .ask_again = -5, .retry_at = INT64_MAX }, back;

	snprintf(s.error, sizeof s.error, "one\ntwo \x7f\x1b");
	check(state_read(&back, written(&s)) && back.seed == UINT64_MAX &&
	              back.failures == STATE_FAILURES_MAX && back.window_start == 0 &&
	              back.ask_again == 0 && back.retry_at == 0 &&
	              strcmp(back.error, "one?two ??") == 0,
	      "what the reader would refuse is not written");
	memset(s.error, 'x', sizeof s.error - 1);
	s.error[sizeof s.error - 1] = 0;
	s.has_certificate = true;
	s.window_start = s.ask_again = s.retry_at = 253402300798;
	s.window_end = 253402300799;
	check(state_read(&back, written(&s)) && back.window_end == 253402300799,
	      "the largest there is");
	state_set_error(&s, span_str("a b\xff\nsecond line"));
	check(strcmp(s.error, "a b?") == 0, "an error is a line");
	state_set_error(&s, span_str(""));
	check(s.error[0] == 0, "or none");
	memset(storage, 'y', sizeof storage);
	state_set_error(&s, span_of(storage, sizeof storage));
	check(strlen(s.error) == STATE_ERROR_MAX - 1, "and cut");
}

static void about(void)
{
	struct state s;

	check(state_read(&s, span_str(FULL)), "a state about some certificate");
	state_about(&s, span_str("another"));
	check(s.window_start == 0 && s.window_end == 0 && s.ask_again == 0 && s.has_certificate &&
	              s.failures == 3 && s.seed == 0x00112233445566ff,
	      "another certificate: its window is forgotten, failures and seed are not");
	s.window_start = 5;
	s.window_end = 6;
	state_about(&s, span_str("another"));
	check(s.window_start == 5, "the same one: it is kept");
	state_about(&s, span_str("Another"));
	check(s.window_start == 0, "and one more");
}

int main(void)
{
	good();
	bad();
	damage();
	writing();
	about();
	return tap_end();
}
