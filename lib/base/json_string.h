/*
 * json_string: what stands between the quotes of a JSON string (RFC 8259, 7).
 *
 * All but json_string_ok() want text that it has found good.
 */
#ifndef BASE_JSON_STRING_H
#define BASE_JSON_STRING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* UTF-8 without control bytes and quotes, and every backslash begins an escape. */
bool json_string_ok(struct span raw);

/*
 * Takes a character off the front, an escape or a pair of them for one; false
 * at the end. Half of a surrogate pair is given as it is.
 */
bool json_string_next(struct span *raw, uint32_t *character);

/* Both mean the same characters. */
bool json_string_same(struct span a, struct span b);

/* Their order, by characters: less than 0, 0 for the same, more than 0. */
int json_string_order(struct span a, struct span b);

/* It means this UTF-8 text. */
bool json_string_is(struct span raw, struct span text);

#endif
