/*
 * pem: blocks of base64 between BEGIN and END lines (RFC 7468).
 *
 * Reading is tolerant where files in the field need it: text before, between
 * and after blocks, CRLF, trailing blanks, lines of any length. It is strict
 * about what a block is: matching labels, nothing but base64 between them.
 */
#ifndef TLS_PEM_H
#define TLS_PEM_H

#include <stdbool.h>

#include "base/builder.h"
#include "base/span.h"

enum pem_result {
	PEM_BLOCK,
	PEM_END, /* no further block */
	PEM_BAD  /* a block that has no end, another end, or is no base64; an end alone */
};

/*
 * Takes text up to and including the next block off the front of `*rest`. Its
 * label ("CERTIFICATE") points into the text, its bytes are appended to `out`
 * and `*bytes` points there. PEM_BAD also when `out` overflowed; `*label` is
 * then the block's, as far as it has one.
 */
enum pem_result pem_next(struct span *rest, struct span *label, struct builder *out,
                         struct span *bytes);

/* Appends a block with lines of 64 digits. */
void pem_write(struct builder *out, const char *label, struct span bytes);

#endif
