/*
 * member: what Intel's JSON documents are made of: members that must be there,
 * of one type, in one spelling. Strings with escapes are refused: Intel's have
 * none, and what is compared is then what stands there.
 */
#ifndef TEE_MEMBER_H
#define TEE_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "base/span.h"

/* A string without escapes, without its quotes. */
bool member_plain(struct json_value string, struct span *text);

/* The member of this name: a string; hexadecimal of exactly `len` bytes; a moment; a number to `max`. */
bool member_text(struct json_value object, const char *name, struct span *text);
bool member_hex(struct json_value object, const char *name, unsigned char *bytes, size_t len);
bool member_time(struct json_value object, const char *name, int64_t *unix_s);
bool member_number(struct json_value object, const char *name, uint64_t max, uint64_t *number);

/* The member is an array. */
bool member_array(struct json_value object, const char *name, struct json_value *array);

#endif
