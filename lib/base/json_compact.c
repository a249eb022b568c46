/* JSON on one line. */
#include "base/json_compact.h"

#include <string.h>

#include "base/hex.h"
#include "base/utf8.h"

static void escape(struct builder *out, uint32_t c)
{
	unsigned char byte = (unsigned char)c;

	builder_str(out, "\\u00");
	hex_encode(out, span_of(&byte, 1));
}

/*
 * The text is JSON: white space outside of strings is all there is to leave out,
 * and a quote that is not escaped is where a string begins or ends.
 */
void json_compact(struct builder *out, struct json_value v)
{
	struct span rest = json_source(v);
	bool in_string = false, escaped = false;
	uint32_t c = 0;
	size_t n;

	for (; rest.len > 0; rest = span_from(rest, n)) {
		n = utf8_first(rest, &c);
		if (n == 0)
			n = 1; /* no JSON has that */
		if (!in_string && memchr(" \t\r\n", rest.p[0], 4))
			continue;
		if (c >= 0x7f && c < 0xa0)
			escape(out, c);
		else
			builder_add(out, span_head(rest, n));
		if (rest.p[0] == '"' && !escaped)
			in_string = !in_string;
		escaped = in_string && !escaped && rest.p[0] == '\\';
	}
}
