/* Pins as people write them down. */
#include "tls/pins.h"

#include <string.h>

#include "tap.h"

#define HEX "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"

static void test_one(void)
{
	static const char *const bad[] = {
		"", "SHA256:", HEX, "SHA256:" HEX "0", "SHA256:" HEX "00", "sha256:" HEX, "SHA1:" HEX,
		" SHA256:" HEX, "SHA256:" HEX " ", "SHA256: " HEX, "SHA256:g" HEX,
	};
	static struct pins pins;
	unsigned char text[80];
	struct builder b;
	size_t failed = 0;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(pins_add(&pins, span_str(bad[i])) == PINS_MALFORMED && pins.n == 0, "no pin: \"%s\"",
		      bad[i]);
	for (size_t len = 0; len < strlen("SHA256:" HEX); len++)
		failed += pins_add(&pins, span_of("SHA256:" HEX, len)) == PINS_MALFORMED;
	check(failed == strlen("SHA256:" HEX), "cut at every byte");
	check(pins_add(&pins, span_str("SHA256:" HEX)) == PINS_OK && pins.n == 1, "a pin");
	check(pins.pin[0][0] == 0x01 && pins.pin[0][31] == 0xef, "... byte by byte");
	builder_init(&b, text, sizeof text);
	pins_print(&b, pins.pin[0]);
	check(b.len == 71 && span_starts(builder_span(&b), "SHA256:0123456789abcdef0123456789abcdef"),
	      "... and as text again");
	while (pins.n < PINS_MAX)
		if (pins_add(&pins, span_str("SHA256:" HEX)) != PINS_OK)
			break;
	check(pins_add(&pins, span_str("SHA256:" HEX)) == PINS_TOO_MANY && pins.n == PINS_MAX,
	      "one too many");
}

static void test_lines(void)
{
	static const struct {
		const char *text;
		enum pins_result result;
		size_t n, line;
	} cases[] = {
		{ "", PINS_NONE, 0, 1 },
		{ "\n\n", PINS_NONE, 0, 3 },
		{ "# SHA256:" HEX "\n", PINS_NONE, 0, 2 },
		{ "SHA256:" HEX, PINS_OK, 1, 1 },
		{ "SHA256:" HEX "\n", PINS_OK, 1, 2 },
		{ "SHA256:" HEX "\r\n\t SHA256:" HEX " of a.test\n", PINS_OK, 2, 3 },
		{ "SHA256:" HEX "\tx y z\n#\nSHA256:" HEX "\n", PINS_OK, 2, 4 },
		{ "SHA256:" HEX "\nx\n", PINS_MALFORMED, 1, 2 },
		{ "SHA256:" HEX ",SHA256:" HEX "\n", PINS_MALFORMED, 0, 1 },
		{ "x SHA256:" HEX "\n", PINS_MALFORMED, 0, 1 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct pins pins = { 0 };
		size_t line;
		enum pins_result r = pins_add_lines(&pins, span_str(cases[i].text), &line);

		check(r == cases[i].result && pins.n == cases[i].n && line == cases[i].line,
		      "lines, case %zu: %s, %zu at line %zu", i, pins_strerror(r), pins.n, line);
	}
	{
		struct pins pins = { 0 };
		size_t line;

		check(pins_add_lines(&pins, span_of("SHA256:" HEX "\0", 72), &line) == PINS_MALFORMED,
		      "a NUL");
	}
}

int main(void)
{
	test_one();
	test_lines();
	return tap_end();
}
