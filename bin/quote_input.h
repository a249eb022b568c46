/* quote_input: a quote on the standard input, raw or in hexadecimal, as it stands there. */
#ifndef BIN_QUOTE_INPUT_H
#define BIN_QUOTE_INPUT_H

#include "base/io.h"
#include "base/prog.h"
#include "tee/quote.h"

/* Hexadecimal is twice as long, and may be cut into lines. */
enum { QUOTE_INPUT_MAX = 2 * QUOTE_MAX + 8192 };

/* What is wrong with it ends the program with a message. For quote_unhex(). */
static void quote_input_read(unsigned char text[QUOTE_INPUT_MAX], size_t *len, int64_t deadline)
{
	enum io_result r = io_read_end(0, text, QUOTE_INPUT_MAX, len, deadline);

	if (r == IO_TOO_LONG)
		prog_perm("standard input: longer than %d bytes", QUOTE_INPUT_MAX);
	if (r != IO_OK)
		prog_temp("standard input: %s", io_strerror(r));
	if (*len == 0)
		prog_perm("standard input: no quote");
}

#endif
