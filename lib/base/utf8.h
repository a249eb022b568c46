/*
 * utf8: characters as bytes (RFC 3629). Overlong forms, surrogates and what is
 * beyond U+10FFFF are no characters.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"

/* How many bytes the first character of `s` has; 0 when it begins with none. */
size_t utf8_first(struct span s, uint32_t *character);

/* It is characters throughout, or empty. */
bool utf8_ok(struct span s);

/* Appends a character; what is none becomes U+FFFD. */
void utf8_write(struct builder *out, uint32_t character);

#endif
