/* A body in chunks: the same data, answer and end in one piece and in many. */
#include <stdlib.h>
#include <string.h>

#include "net/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* Takes the data off pieces of `step` bytes; the answer, and how much was used. */
static enum http_chunk_result take(struct span bytes, size_t step, uint8_t *out, size_t *len,
                                   size_t *used)
{
	struct http_chunks c = { 0 };
	enum http_chunk_result result = HTTP_CHUNK_MORE;
	size_t given = 0;

	*len = *used = 0;
	while (result == HTTP_CHUNK_DATA || (result == HTTP_CHUNK_MORE && given < bytes.len)) {
		struct span piece, data;
		size_t n;

		given = result == HTTP_CHUNK_MORE && given + step < bytes.len ? given + step
		        : result == HTTP_CHUNK_MORE                           ? bytes.len
		                                                              : given;
		piece = span_from(span_head(bytes, given), *used);
		result = http_chunks_next(&c, piece, &n, &data);
		must(n <= piece.len && (result == HTTP_CHUNK_DATA) == (data.len > 0));
		must(result != HTTP_CHUNK_MORE || n == piece.len);
		if (data.len > 0) {
			must(data.p >= piece.p && data.p + data.len == piece.p + n);
			memcpy(out + *len, data.p, data.len);
		}
		*len += data.len;
		*used += n;
	}
	return result;
}

/* The first byte says how large the pieces are. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len, used, len_dripped, used_dripped;
	uint8_t *out, *out_dripped;
	enum http_chunk_result result;

	if (size == 0)
		return 0;
	out = malloc(size);
	out_dripped = malloc(size);
	result = take(span_of(data + 1, size - 1), size, out, &len, &used);
	must(result == take(span_of(data + 1, size - 1), data[0] % 13 + 1U, out_dripped,
	                    &len_dripped, &used_dripped));
	must(len == len_dripped && used == used_dripped);
	must(len == 0 || memcmp(out, out_dripped, len) == 0);
	free(out);
	free(out_dripped);
	return 0;
}
