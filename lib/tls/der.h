/*
 * der: reading and writing DER (X.690), as far as keys, requests and
 * certificates need it.
 *
 * Reading: a struct reader over hostile bytes; a length that is not minimal,
 * indefinite or longer than what is there fails it for good. Writing: nested
 * values into a builder, lengths filled in when a value is closed.
 */
#ifndef TLS_DER_H
#define TLS_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/reader.h"
#include "base/span.h"

enum {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_UTF8_STRING = 0x0c,
	DER_PRINTABLE_STRING = 0x13,
	DER_IA5_STRING = 0x16,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT = 0x80,            /* [n], primitive: DER_CONTEXT | n */
	DER_CONTEXT_CONSTRUCTED = 0xa0 /* [n], constructed */
};

/* The contents of the next value, which must have this tag. */
struct span der_read(struct reader *r, uint8_t tag);

/* The same, and a reader over its contents; failed when `r` is. */
struct reader der_enter(struct reader *r, uint8_t tag);

/* The next value is there and has this tag; nothing is taken. */
bool der_next_is(const struct reader *r, uint8_t tag);

/* The next value whole, with tag and length, whatever its tag; the tag in `*tag` unless NULL. */
struct span der_read_any(struct reader *r, uint8_t *tag, struct span *contents);

/*
 * Values with a rule of their own: an INTEGER that is not negative, without
 * the leading zero that keeps it so (0 is empty); a BIT STRING of whole bytes;
 * a BOOLEAN, 00 or FF.
 */
struct span der_read_unsigned(struct reader *r);
struct span der_read_bits(struct reader *r);
bool der_read_boolean(struct reader *r);

/*
 * Opens a value and closes it: what is written in between is its contents.
 * At most 64 kB of contents. `mark` comes from der_open().
 */
size_t der_open(struct builder *out, uint8_t tag);
void der_close(struct builder *out, size_t mark);

/* A whole value with these contents; an INTEGER from big-endian bytes (a sign byte is added). */
void der_write(struct builder *out, uint8_t tag, struct span contents);
void der_write_unsigned(struct builder *out, struct span big_endian);

/* An OBJECT IDENTIFIER from its encoded contents is der_write(out, DER_OID, ...). */

/*
 * UTCTime up to 2049, GeneralizedTime after that (RFC 5280, 4.1.2.5). A year
 * after 9999 overflows `out`.
 */
void der_write_time(struct builder *out, int64_t unix_s);

/*
 * Either of them, as seconds since 1970: with seconds, without a fraction, in
 * Z. GeneralizedTime is taken for years before 2050 too; anything else that RFC
 * 5280 does not allow fails `r`.
 */
int64_t der_read_time(struct reader *r);

/* Appends an OBJECT IDENTIFIER (encoded contents) in dotted decimal; up to an arc over 63 bits. */
void der_print_oid(struct builder *out, struct span oid);

#endif
