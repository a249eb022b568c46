/* Queries: what is decoded lies in the room for it, and is no longer than what it was made of. */
#include <stdlib.h>

#include "net/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *room = malloc(size + 1);
	struct span rest = span_of(data, size), name, value;
	struct builder scratch;
	bool bad = false;
	size_t pairs = 0;

	builder_init(&scratch, room, size);
	while (query_next(&rest, &scratch, &name, &value, &bad)) {
		must(name.len == 0 || (name.p >= room && name.p + name.len <= room + scratch.len));
		must(value.len == 0 || (value.p >= room && value.p + value.len <= room + scratch.len));
		pairs++;
	}
	must(builder_ok(&scratch) && pairs <= size);
	must(bad || rest.len == 0);
	free(room);
	return 0;
}
