/* Queries, taken apart. */
#include "net/query.h"

#include "base/hex.h"

static bool decode(struct builder *out, struct span text, struct span *bytes)
{
	size_t start = out->len;

	for (size_t i = 0; text.p && i < text.len; i++) {
		if (text.p[i] == '%') {
			if (text.len - i < 3 || !hex_decode(out, span_of(text.p + i + 1, 2)))
				return false;
			i += 2;
		} else {
			builder_byte(out, text.p[i] == '+' ? ' ' : text.p[i]);
		}
	}
	*bytes = span_from(builder_span(out), start);
	return builder_ok(out);
}

bool query_next(struct span *rest, struct builder *scratch, struct span *name, struct span *value,
                bool *bad)
{
	struct span pair;
	size_t n;

	do {
		if (rest->len == 0)
			return false;
		n = span_find(*rest, '&');
		pair = span_head(*rest, n);
		*rest = span_from(*rest, n + 1);
	} while (pair.len == 0);
	n = span_find(pair, '=');
	*bad = !decode(scratch, span_head(pair, n), name) ||
	       !decode(scratch, span_from(pair, n + 1), value);
	return !*bad;
}
