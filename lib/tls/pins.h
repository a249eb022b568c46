/*
 * pins: keys that are known beforehand, as people write them down: "SHA256:" and the SHA-256
 * of a SubjectPublicKeyInfo (RFC 7469, 2.4) in 64 hexadecimal digits, as cert-show and
 * key-make print it.
 */
#ifndef TLS_PINS_H
#define TLS_PINS_H

#include <stddef.h>

#include "base/builder.h"
#include "base/span.h"
#include "tls/public_key.h"

enum { PINS_MAX = 64 };

struct pins {
	size_t n;
	unsigned char pin[PINS_MAX][KEY_PIN_LEN];
};

enum pins_result {
	PINS_OK,
	PINS_MALFORMED,
	PINS_TOO_MANY,
	PINS_NONE /* pins_add_lines(): not one */
};
const char *pins_strerror(enum pins_result result);

/* Adds one. */
enum pins_result pins_add(struct pins *pins, struct span text);

/*
 * Adds those of a file, one a line. Blank lines, spaces around, what follows a pin behind a space (whose it
 * is, for instance), and lines that begin with '#' are passed over. `*line` is the number of the
 * one where it stopped.
 */
enum pins_result pins_add_lines(struct pins *pins, struct span text, size_t *line);

/* Appends one as text. */
void pins_print(struct builder *out, const unsigned char pin[KEY_PIN_LEN]);

#endif
