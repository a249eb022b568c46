/* pin_options: -p and -f, keys that are known beforehand (tls/pins.h), or the end of the program. */
#ifndef BIN_PIN_OPTIONS_H
#define BIN_PIN_OPTIONS_H

#include <fcntl.h>

#include "base/file.h"
#include "base/prog.h"
#include "tls/pins.h"

enum { PIN_OPTIONS_FILE_MAX = 65536 };

static void pin_options_add(struct pins *pins, const char *text)
{
	enum pins_result result = pins_add(pins, span_str(text));

	if (result != PINS_OK)
		prog_perm("-p: %s: %s", pins_strerror(result), prog_text(span_str(text)));
}

static void pin_options_file(struct pins *pins, const char *path)
{
	static unsigned char text[PIN_OPTIONS_FILE_MAX];
	enum pins_result result;
	enum file_result r;
	size_t len, line;

	r = file_read(AT_FDCWD, path, text, sizeof text, &len);
	if (r != FILE_OK)
		prog_perm("-f: %s: %s", prog_text(span_str(path)), file_strerror(r));
	result = pins_add_lines(pins, span_of(text, len), &line);
	if (result == PINS_NONE)
		prog_perm("-f: %s: %s", prog_text(span_str(path)), pins_strerror(result));
	if (result != PINS_OK)
		prog_perm("-f: %s: line %zu: %s", prog_text(span_str(path)), line, pins_strerror(result));
}

#endif
