/*
 * A request's head: the answer and every span are the same in one piece and
 * in many, lie inside the bytes, and hold no byte they must not.
 */
#include <stdlib.h>
#include <string.h>

#include "net/http.h"
#include "net/http_class.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct http_request whole, dripped;

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* The same place in two copies of the same bytes, or the same static storage. */
static void same(struct span a, struct span b, const uint8_t *p, size_t size, const uint8_t *copy)
{
	must(a.len == b.len);
	if (a.len > 0 && a.p != b.p) {
		must(a.p >= p && a.p + a.len <= p + size);
		must(a.p - p == b.p - copy);
	}
}

static void compare(const uint8_t *p, size_t used, const uint8_t *copy)
{
	const struct http_request *a = &whole, *b = &dripped;

	must(a->minor == b->minor && a->port == b->port && a->body == b->body);
	must(a->body_len == b->body_len && a->keep_alive == b->keep_alive);
	must(a->expect_continue == b->expect_continue && a->n_fields == b->n_fields);
	must(a->host_is_address == b->host_is_address && a->n_fields <= HTTP_FIELDS_MAX);
	same(a->method, b->method, p, used, copy);
	same(a->target, b->target, p, used, copy);
	same(a->host, b->host, p, used, copy);
	same(a->path, b->path, p, used, copy);
	same(a->query, b->query, p, used, copy);
	must(http_class_span(a->target, HTTP_CLASS_TARGET) == a->target.len);
	must(http_class_span(a->path, HTTP_CLASS_TARGET) == a->path.len);
	must(a->path.len > 0 && (a->path.p[0] == '/' || span_is(a->path, "*")));
	must(a->host.len > 0 || a->minor == 0);
	for (size_t i = 0; i < a->n_fields; i++) {
		same(a->field[i].name, b->field[i].name, p, used, copy);
		same(a->field[i].value, b->field[i].value, p, used, copy);
		must(http_class_span(a->field[i].value, HTTP_CLASS_VALUE) == a->field[i].value.len);
	}
}

/* The first byte says how large the pieces are. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t scanned = 0, used = 0, used_dripped = 0, n = 0, step;
	int status, status_dripped = 0;
	uint8_t *copy = NULL;

	if (size == 0)
		return 0;
	step = data[0] % 67 + 1U;
	data++;
	size--;
	status = http_request_parse(span_of(data, size), &scanned, &whole, &used);
	must(status == 0 || status == 200 || status == 400 || status == 414 || status == 431 ||
	     status == 501 || status == 505);
	must(status != 200 || used <= size);
	scanned = 0;
	while (status_dripped == 0 && n < size) {
		n = n + step < size ? n + step : size;
		free(copy);
		copy = malloc(n);
		memcpy(copy, data, n);
		status_dripped = http_request_parse(span_of(copy, n), &scanned, &dripped,
		                                    &used_dripped);
	}
	must(status == status_dripped);
	if (status == 200) {
		must(used == used_dripped);
		compare(data, used, copy);
	}
	free(copy);
	return 0;
}
