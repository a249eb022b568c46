/*
 * PROXY headers: what is read lies in the bytes; it is read the same with more
 * behind it; and what is written again is read the same.
 */
#include <stdlib.h>
#include <string.h>

#include "net/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void write_again(const struct proxy *p)
{
	unsigned char bytes[PROXY_WRITE_MAX];
	struct proxy again;
	struct builder b;

	builder_init(&b, bytes, sizeof bytes);
	proxy_write(&b, &p->from, &p->to, &p->more);
	must(builder_ok(&b));
	for (size_t n = 0; n < b.len; n++)
		must(proxy_read(&again, span_of(bytes, n)) == PROXY_MORE);
	must(proxy_read(&again, builder_span(&b)) == PROXY_OK && again.len == b.len);
	must(again.known == p->known);
	must(span_eq(again.more.alpn, p->more.alpn) && span_eq(again.more.authority, p->more.authority));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_of(data, size);
	struct proxy p, again;
	enum proxy_result result = proxy_read(&p, all);

	must(result != PROXY_MORE || size < PROXY_READ_MAX);
	if (result != PROXY_OK)
		return 0;
	must(p.len <= size && p.len <= PROXY_READ_MAX);
	must(proxy_read(&again, span_head(all, p.len)) == PROXY_OK && again.len == p.len);
	must(proxy_read(&again, span_head(all, p.len - 1)) == PROXY_MORE);
	must(p.more.authority.len == 0 ||
	     (p.more.authority.p > data && p.more.authority.p + p.more.authority.len <= data + p.len));
	if (p.known)
		write_again(&p);
	return 0;
}
