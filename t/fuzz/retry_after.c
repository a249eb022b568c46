/* Retry-After and the dates in it: what is read as a date is written back as the same moment. */
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
	struct span text = span_of(data, size);
	unsigned char storage[64];
	struct builder b;
	int64_t unix_s, again, seconds;
	uint64_t number;
	bool is_date = http_date_parse(text, &unix_s), found;

	response.n_fields = 1;
	response.field[0].name = span_str("Retry-After");
	response.field[0].value = text;
	found = http_retry_after(&response, 1700000000, &seconds);
	must(found == (is_date || span_number(text, INT64_MAX, &number)));
	must(!found || seconds >= 0);
	if (!is_date)
		return 0;
	must(size >= 24 && size <= 33);
	must(unix_s >= -62167219200 && unix_s <= 253402300800);
	builder_init(&b, storage, sizeof storage);
	http_date(&b, (time_t)unix_s);
	must(builder_ok(&b) ? http_date_parse(builder_span(&b), &again) && again == unix_s
	                    : unix_s == 253402300800); /* a leap second at the very end */
	return 0;
}
