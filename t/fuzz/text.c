/*
 * Hexadecimal and both base64: what is encoded comes back, what is decoded is
 * spelled in one way only, and a line for the log is a line.
 */
#include <stdlib.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void lower(unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] >= 'A' && p[i] <= 'F')
			p[i] = (unsigned char)(p[i] + 32);
}

/* Bytes to text and back; then the input taken for text. */
static void codec(struct span input, void (*to)(struct builder *, struct span),
                  bool (*from)(struct builder *, struct span), bool fold)
{
	size_t cap = 2 * input.len + 8;
	unsigned char *text = malloc(cap), *bytes = malloc(cap);
	struct builder a, b;

	builder_init(&a, text, cap);
	to(&a, input);
	must(builder_ok(&a));
	builder_init(&b, bytes, cap);
	must(from(&b, builder_span(&a)) && span_eq(builder_span(&b), input));

	builder_init(&b, bytes, cap);
	if (from(&b, input)) {
		builder_init(&a, text, cap);
		to(&a, builder_span(&b));
		builder_init(&b, bytes, cap);
		builder_add(&b, input);
		if (fold)
			lower(bytes, b.len);
		must(span_eq(builder_span(&a), builder_span(&b)));
	}
	free(text);
	free(bytes);
}

static void log_line(struct span input)
{
	size_t cap = 4 * input.len + 4;
	unsigned char *text = malloc(cap);
	struct builder b;

	builder_init(&b, text, cap);
	log_field(&b, input, input.len);
	must(builder_ok(&b) && b.len > 0);
	for (size_t i = 0; i < b.len; i++)
		must(text[i] > ' ' && text[i] < 0x7f);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);

	codec(input, hex_encode, hex_decode, true);
	codec(input, base64_encode, base64_decode, false);
	codec(input, base64_url_encode, base64_url_decode, false);
	log_line(input);
	return 0;
}
