/* A Link field: every target lies inside it; each link is found once, whatever stands between. */
#include <stdlib.h>

#include "net/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct http_response response;

static void must(bool truth)
{
	if (!truth)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const unsigned char *end = data;
	struct span target;
	size_t n = 0;

	response.n_fields = 1;
	response.field[0].name = span_str("Link");
	response.field[0].value = span_of(data, size);
	for (; http_link(&response, "up", n, &target); n++) {
		must(target.p > end && target.p + target.len < data + size);
		must(target.p[-1] == '<' && target.p[target.len] == '>');
		must(span_find(target, '>') == target.len);
		end = target.p + target.len;
	}
	must(n <= size);
	return 0;
}
