/*
 * max_len=8192: a reverse proxy whose upstream says these bytes: what reaches the client is one
 * answer, well-formed, or the beginning of one; nothing of another.
 */
#include "../unit/forward_fake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* Heads of interim answers, then one that is none; its framing holds as far as it goes. */
static void judge(struct span got, bool to_head, bool stays)
{
	static struct http_response head;
	struct http_chunks chunks = { 0 };
	enum http_chunk_result r = HTTP_CHUNK_MORE;
	size_t scanned = 0, used = 0;
	struct span data;

	do {
		if (got.len == 0)
			return;
		must(http_response_parse(got, to_head, &scanned, &head, &used) == 200);
		got = span_from(got, used);
	} while (head.status < 200 && head.status != 101);
	switch (head.body) {
	case HTTP_BODY_NONE:
		must(got.len == 0 || head.status == 101);
		return;
	case HTTP_BODY_LENGTH:
		must(stays ? got.len == head.body_len : got.len <= head.body_len);
		return;
	case HTTP_BODY_CLOSE:
		must(!stays);
		return;
	case HTTP_BODY_CHUNKED:
		break;
	}
	for (;; got = span_from(got, used)) {
		r = http_chunks_next(&chunks, got, &used, &data);
		if (r != HTTP_CHUNK_DATA)
			break;
	}
	must(r != HTTP_CHUNK_BAD && used == got.len && (!stays || r == HTTP_CHUNK_DONE));
}

/* The first byte says how the upstream speaks, and what it was asked. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const requests[] = {
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.0\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
	};
	static bool ready;
	const char *request;
	struct span got;

	if (size == 0)
		return 0;
	if (!ready)
		fake_init();
	ready = true;
	request = requests[data[0] & 3];
	fake.lingers = data[0] & 4;
	fake.grain = data[0] & 8 ? data[0] >> 4 : 0;
	fake.says = span_of(data + 1, size - 1);
	fake_reset();
	got = fake_run(span_str(request), 0, false);
	judge(got, request[0] == 'H', client.h.stream.want == STREAM_READ && client.h.waiting == NULL);
	fake_gone();
	forward_pool_drain(&fake_forward.pool);
	must(fake.opened == fake.closed && fake_forward.pool.n == 0);
	return 0;
}
