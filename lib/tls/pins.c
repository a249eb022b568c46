#include "tls/pins.h"

#include "base/hex.h"

#define KIND "SHA256:"

const char *pins_strerror(enum pins_result result)
{
	switch (result) {
	case PINS_OK:
		return "well formed";
	case PINS_MALFORMED:
		return "not SHA256: and 64 hexadecimal digits";
	case PINS_TOO_MANY:
		return "more pins than there is room for";
	case PINS_NONE:
		return "no pin";
	}
	return "unknown";
}

enum pins_result pins_add(struct pins *pins, struct span text)
{
	struct builder pin;

	if (pins->n == PINS_MAX)
		return PINS_TOO_MANY;
	builder_init(&pin, pins->pin[pins->n], KEY_PIN_LEN);
	if (!span_starts(text, KIND) || !hex_decode(&pin, span_from(text, sizeof KIND - 1)) ||
	    pin.len != KEY_PIN_LEN)
		return PINS_MALFORMED;
	pins->n++;
	return PINS_OK;
}

static struct span first_word(struct span line)
{
	size_t len = 0;

	line = span_trim(line);
	while (len < line.len && line.p[len] != ' ' && line.p[len] != '\t')
		len++;
	return span_head(line, len);
}

enum pins_result pins_add_lines(struct pins *pins, struct span text, size_t *line)
{
	struct span rest = text, one;
	size_t before = pins->n;

	*line = 0;
	while (rest.p && span_split(&rest, '\n', &one)) {
		enum pins_result result;

		++*line;
		one.len -= one.len > 0 && one.p[one.len - 1] == '\r';
		one = first_word(one);
		if (one.len == 0 || one.p[0] == '#')
			continue;
		result = pins_add(pins, one);
		if (result != PINS_OK)
			return result;
	}
	return pins->n == before ? PINS_NONE : PINS_OK;
}

void pins_print(struct builder *out, const unsigned char pin[KEY_PIN_LEN])
{
	builder_str(out, KIND);
	hex_encode(out, span_of(pin, KEY_PIN_LEN));
}
