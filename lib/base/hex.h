/* hex: bytes as hexadecimal text and back (RFC 4648, section 8). */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stdbool.h>

#include "base/builder.h"
#include "base/span.h"

/* Appends two lower-case digits a byte. */
void hex_encode(struct builder *out, struct span bytes);

/*
 * Appends the bytes that `text` spells, upper or lower case, nothing between
 * the digits. False when the text is not an even number of digits or `out`
 * overflowed; what `out` then holds is not to be used.
 */
bool hex_decode(struct builder *out, struct span text);

#endif
