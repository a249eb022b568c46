/* Private keys: one that is read is whole, and is the same when it was written; none leaves a trace. */
#include <stdlib.h>

#include "tls/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct key key, again;
static unsigned char text[KEY_PEM_MAX];

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* max_len=8192 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum key_result result = key_read(&key, span_of(data, size));
	struct public_key public;
	struct builder b;

	if (result != KEY_OK) {
		const unsigned char *p = (const unsigned char *)&key;

		for (size_t i = 0; i < sizeof key; i++)
			must(p[i] == 0);
		return 0;
	}
	must(public_key_read(&public, span_of(key.spki, key.spki_len)));
	must(public.type == key.type && public.bits == key.bits);
	builder_init(&b, text, sizeof text);
	key_write(&key, &b);
	must(builder_ok(&b) && key_read(&again, builder_span(&b)) == KEY_OK);
	must(span_eq(span_of(again.spki, again.spki_len), span_of(key.spki, key.spki_len)));
	return 0;
}
