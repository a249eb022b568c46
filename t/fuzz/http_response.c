/*
 * An answer's head: the same in one piece and in many; every span lies inside the
 * bytes and holds no byte it must not. Its Link and Retry-After fields are read too.
 */
#include <stdlib.h>
#include <string.h>

#include "net/http.h"
#include "net/http_class.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct http_response whole, dripped;

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* The same place in two copies of the same bytes. */
static void same(struct span a, struct span b, const uint8_t *p, size_t size, const uint8_t *copy)
{
	must(a.len == b.len);
	if (a.len > 0) {
		must(a.p >= p && a.p + a.len <= p + size);
		must(a.p - p == b.p - copy);
	}
}

static void compare(const uint8_t *p, size_t used, const uint8_t *copy)
{
	const struct http_response *a = &whole, *b = &dripped;

	must(a->status == b->status && a->minor == b->minor && a->body == b->body);
	must(a->body_len == b->body_len && a->keep_alive == b->keep_alive);
	must(a->n_fields == b->n_fields && a->n_fields <= HTTP_FIELDS_MAX);
	must(a->status >= 100 && a->status <= 599 && (a->minor == 0 || a->minor == 1));
	must(a->body == HTTP_BODY_LENGTH ? a->body_len <= INT64_MAX : a->body_len == 0);
	must(!a->keep_alive || a->body != HTTP_BODY_CLOSE);
	for (size_t i = 0; i < a->n_fields; i++) {
		same(a->field[i].name, b->field[i].name, p, used, copy);
		same(a->field[i].value, b->field[i].value, p, used, copy);
		must(http_class_span(a->field[i].value, HTTP_CLASS_VALUE) == a->field[i].value.len);
	}
}

static void look(const uint8_t *p, size_t used)
{
	struct span target;
	int64_t seconds;
	size_t n = 0;

	for (; http_link(&whole, "up", n, &target); n++)
		must(target.p >= p && target.p + target.len <= p + used && n < used);
	must(!http_retry_after(&whole, 1700000000, &seconds) || seconds >= 0);
}

/* The first byte says how large the pieces are, and whether the request was HEAD. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t scanned = 0, used = 0, used_dripped = 0, n = 0, step;
	int result, result_dripped = 0;
	uint8_t *copy = NULL;
	bool to_head;

	if (size == 0)
		return 0;
	step = data[0] % 67 + 1U;
	to_head = data[0] > 200;
	data++;
	size--;
	result = http_response_parse(span_of(data, size), to_head, &scanned, &whole, &used);
	must(result == 0 || result == 200 || result == 400);
	must(result != 200 || used <= size);
	scanned = 0;
	while (result_dripped == 0 && n < size) {
		n = n + step < size ? n + step : size;
		free(copy);
		copy = malloc(n);
		memcpy(copy, data, n);
		result_dripped = http_response_parse(span_of(copy, n), to_head, &scanned, &dripped,
		                                     &used_dripped);
	}
	must(result == result_dripped);
	if (result == 200) {
		must(used == used_dripped);
		compare(data, used, copy);
		look(data, used);
	}
	free(copy);
	return 0;
}
