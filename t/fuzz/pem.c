/* PEM: what is read lies in the text and in the room, and is read the same when it is written again. */
#include <stdlib.h>
#include <string.h>

#include "tls/pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned char room[4096], text[8192], again[4096];

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void write_again(struct span label, struct span bytes)
{
	char name[64];
	struct span rest, label_again, bytes_again;
	struct builder b, c;

	if (label.len >= sizeof name)
		return;
	memcpy(name, label.p, label.len);
	name[label.len] = 0;
	builder_init(&b, text, sizeof text);
	pem_write(&b, name, bytes);
	must(builder_ok(&b));
	rest = builder_span(&b);
	builder_init(&c, again, sizeof again);
	must(pem_next(&rest, &label_again, &c, &bytes_again) == PEM_BLOCK && rest.len == 0);
	must(span_eq(label, label_again) && span_eq(bytes, bytes_again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_of(data, size), label, bytes;
	enum pem_result result;
	struct builder b;

	builder_init(&b, room, sizeof room);
	while ((result = pem_next(&rest, &label, &b, &bytes)) == PEM_BLOCK) {
		must(label.p >= data && label.p + label.len <= data + size);
		must(bytes.p >= room && bytes.p + bytes.len == room + b.len);
		write_again(label, bytes);
	}
	must(result == PEM_END || result == PEM_BAD);
	must(rest.len <= size);
	return 0;
}
