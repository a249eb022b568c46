/* protocol_list: "h2,http/1.1", application protocols (RFC 7301), or the end of the program. */
#ifndef BIN_PROTOCOL_LIST_H
#define BIN_PROTOCOL_LIST_H

#include "base/builder.h"
#include "base/prog.h"

enum { PROTOCOL_LIST_MAX = 8, PROTOCOL_LIST_LEN = 512 };

struct protocol_list {
	size_t n;
	const char *name[PROTOCOL_LIST_MAX];
	char text[PROTOCOL_LIST_LEN];
};

/* Of those names people write are printable. */
static void protocol_list_read(struct protocol_list *list, const char *text)
{
	struct span rest = span_str(text), one;
	struct builder b;

	builder_init(&b, list->text, sizeof list->text);
	list->n = 0;
	while (span_split(&rest, ',', &one)) {
		bool good = one.len > 0 && one.len <= 255 && list->n < PROTOCOL_LIST_MAX;

		for (size_t i = 0; i < one.len; i++)
			good = good && one.p[i] > ' ' && one.p[i] <= '~';
		if (good)
			list->name[list->n] = list->text + b.len;
		builder_add(&b, one);
		builder_byte(&b, 0);
		if (!good || !builder_ok(&b))
			prog_perm("-l: not up to %d protocols with commas between: %s", PROTOCOL_LIST_MAX,
			          prog_text(span_str(text)));
		list->n++;
	}
}

#endif
