/* Pins of a file: none beyond the room, and the same ones again when they are printed. */
#include <stdlib.h>

#include "tls/pins.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	static struct pins pins, again;
	static unsigned char text[PINS_MAX * 80];
	struct builder b;
	size_t line;

	pins.n = again.n = 0;
	builder_init(&b, text, sizeof text);
	if (pins_add_lines(&pins, span_of(data, len), &line) == PINS_OK && pins.n == 0)
		abort();
	for (size_t i = 0; i < pins.n; i++) {
		pins_print(&b, pins.pin[i]);
		builder_byte(&b, '\n');
	}
	if (pins.n > 0 && (pins_add_lines(&again, builder_span(&b), &line) != PINS_OK || again.n != pins.n ||
	                   memcmp(pins.pin, again.pin, pins.n * KEY_PIN_LEN) != 0))
		abort();
	return 0;
}
