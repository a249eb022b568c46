/*
 * state: what acme-due and acme-order remember about a name between runs:
 * $CERTDIR/.NAME/state.
 *
 * Text, a line each, `key value`, and the line `end`, without which a file is
 * not whole:
 *
 *   seed 0011223344556677        made once, random
 *   certificate HASH             SHA-256 of the certificate (DER) the window is for
 *   window-start 1800000000      the window the server suggested; seconds since 1970
 *   window-end 1800086400
 *   ask-again 1800021600         not to be asked before; one more than a day away is none
 *   failures 3                   orders that failed in a row
 *   retry-at 1800000240          none is tried before; one more than a week away is none
 *   last-error text              what the last of them failed with, one line
 *   end
 *
 * Lines without a value to tell are left out; `seed` is always there. Only text
 * and a struct: files are the caller's business.
 */
#ifndef ACME_STATE_H
#define ACME_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"

enum {
	STATE_FILE_MAX = 2048,
	STATE_CERTIFICATE_LEN = 32,
	STATE_ERROR_MAX = 512,        /* with its NUL */
	STATE_FAILURES_MAX = 1000000
};

struct state {
	uint64_t seed;
	bool has_certificate;
	unsigned char certificate[STATE_CERTIFICATE_LEN];
	int64_t window_start, window_end; /* 0: none */
	int64_t ask_again, retry_at;      /* 0: at any time */
	unsigned int failures;
	char error[STATE_ERROR_MAX];      /* "": none */
};

/*
 * Reads a file that somebody else may have written or damaged. False when it
 * is not what state_write() writes, to the byte's meaning: a line that is not
 * ended, not known or there twice, a number out of bounds, a window of one end,
 * a control byte, no `end` or something behind it. `s` is then zero: a
 * damaged file is as good as none.
 */
bool state_read(struct state *s, struct span text);

/* Appends the file. Bytes of the error that are not printable ASCII become '?'. */
void state_write(struct builder *out, const struct state *s);

/* Sets the error to as much of the first line of `text` as there is room for. */
void state_set_error(struct state *s, struct span text);

/* Forgets what was said about a certificate when `der` is another one. */
void state_about(struct state *s, struct span der);

#endif
