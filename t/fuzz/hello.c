/*
 * ClientHellos: what is read lies in the bytes or the store; the same bytes
 * with more behind them read the same; a part of them is never another hello.
 * max_len=40000
 */
#include <stdlib.h>
#include <string.h>

#include "net/hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned char store[HELLO_MESSAGE_MAX], other[HELLO_MESSAGE_MAX], longer[HELLO_STREAM_MAX + 65536];

static void must(bool truth)
{
	if (!truth)
		abort();
}

static bool inside(struct span s, const unsigned char *p, size_t len)
{
	return s.p >= p && s.p + s.len <= p + len;
}

static void look(const struct hello *h, struct span all)
{
	struct span list = h->alpn, name;
	size_t sum = 0;

	must(h->version >> 8 == 3 && h->len <= all.len);
	must(!h->has_name || (h->name.len > 0 && (inside(h->name, all.p, all.len) ||
	                                         inside(h->name, store, sizeof store))));
	while (hello_next_alpn(&list, &name))
		sum += 1 + name.len;
	must(sum == h->alpn.len && h->versions.len % 2 == 0);
	hello_alpn(h, "h2");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_of(data, size);
	struct hello h, again;
	enum hello_result result = hello_read(&h, all, store), second;

	must(result != HELLO_MORE || size < HELLO_STREAM_MAX);
	if (result == HELLO_OK)
		look(&h, all);
	if (size > 65536)
		return 0;
	/* More behind it changes nothing that was decided. */
	memcpy(longer, data, size);
	memset(longer + size, 0x16, 16);
	second = hello_read(&again, span_of(longer, size + 16), other);
	must(result == HELLO_MORE || (result == second && again.name.len == h.name.len &&
	                              again.alpn.len == h.alpn.len));
	/* Half of it is not something else. */
	second = hello_read(&again, span_head(all, size / 2), other);
	must(second == HELLO_MORE || second == result || result == HELLO_OK);
	must(second != HELLO_OK || result == HELLO_OK);
	return 0;
}
