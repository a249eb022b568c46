/*
 * base64: RFC 4648, section 4 (the `+/` alphabet, padded) and section 5
 * (base64url, unpadded as RFC 7515 and RFC 8555 want it).
 *
 * Decoding is exact: no white space, no foreign byte, and the unused bits of
 * the last digit must be zero, so that one value has one spelling.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>

#include "base/builder.h"
#include "base/span.h"

/* Appends `bytes` as padded base64. */
void base64_encode(struct builder *out, struct span bytes);

/* Appends `bytes` as unpadded base64url. */
void base64_url_encode(struct builder *out, struct span bytes);

/*
 * Append what `text` spells. base64_decode wants the padding, and
 * base64_url_decode refuses it. False when the text is anything else or `out`
 * overflowed; what `out` then holds is not to be used.
 */
bool base64_decode(struct builder *out, struct span text);
bool base64_url_decode(struct builder *out, struct span text);

/* A digit of base64url (RFC 4648, section 5; RFC 8555's tokens are made of them). */
bool base64_url_digit(unsigned char c);

#endif
