/*
 * max_len=8192: a reverse proxy whose client says these bytes: what reaches the upstream is one
 * request, well-formed, or the beginning of one; the client's word of itself is not in it.
 */
#include "../unit/forward_fake.h"
#include "net/http_fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static size_t how_many(const struct http_request *r, const char *name)
{
	struct span value;
	size_t n = 0;

	while (http_fields_find(r->field, r->n_fields, name, n, &value))
		n++;
	return n;
}

static void judge(struct span heard)
{
	static struct http_request r;
	struct http_chunks chunks = { 0 };
	enum http_chunk_result result = HTTP_CHUNK_MORE;
	size_t scanned = 0, used = 0;
	struct span data;

	if (heard.len == 0)
		return;
	/* What is said beside the client's own fields makes some of them too long, or too many. */
	switch (http_request_parse(heard, &scanned, &r, &used)) {
	case 200:
		break;
	case 431:
		return;
	default:
		abort();
	}
	must(r.minor == 1 && how_many(&r, "Host") == 1 && how_many(&r, "Forwarded") == 1 &&
	     how_many(&r, "X-Forwarded-For") == 0 && how_many(&r, "Via") == 1 && how_many(&r, "TE") == 0 &&
	     how_many(&r, "Content-Length") + how_many(&r, "Transfer-Encoding") <= 1);
	heard = span_from(heard, used);
	switch (r.body) {
	case HTTP_BODY_NONE:
	case HTTP_BODY_CLOSE:
		must(heard.len == 0);
		return;
	case HTTP_BODY_LENGTH:
		must(heard.len <= r.body_len);
		return;
	case HTTP_BODY_CHUNKED:
		break;
	}
	for (;; heard = span_from(heard, used)) {
		result = http_chunks_next(&chunks, heard, &used, &data);
		if (result != HTTP_CHUNK_DATA)
			break;
	}
	must(result != HTTP_CHUNK_BAD && used == heard.len);
}

/* The first byte says in what pieces it comes, and is taken. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;

	if (size == 0)
		return 0;
	if (!ready)
		fake_init();
	ready = true;
	fake.lingers = true;
	fake.says = span_str("");
	fake.takes = data[0] & 1 ? 100 : 0;
	fake_reset();
	fake_run(span_of(data + 1, size - 1), data[0] >> 1, data[0] & 2);
	judge(builder_span(&fake.heard));
	fake_gone();
	forward_pool_drain(&fake_forward.pool);
	must(fake.opened == fake.closed && fake_forward.pool.n == 0);
	return 0;
}
