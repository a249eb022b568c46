/*
 * The quote service's answer: what is taken for a quote lies inside, is all there is but
 * for the id before it, and has the length that the answer says.
 */
#include "tee/qgs.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static uint32_t u32le(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span quote = span_of(NULL, 0);
	struct qgs_place place;
	uint32_t error, port = 0;
	enum qgs_result r = qgs_read_answer(span_of(data, size), &quote, &error);

	must(qgs_strerror(r)[0] != 0);
	if (r == QGS_OK) {
		must(size >= 24 && u32le(data + 8) == size && u32le(data + 12) == 0);
		must(quote.len > 0 && quote.len == u32le(data + 20) && quote.p + quote.len == data + size);
		must(24 + (uint64_t)u32le(data + 16) + quote.len == size);
	}
	if (qgs_conf_port(span_of(data, size), &port))
		must(port > 0 && port < UINT32_MAX);
	if (qgs_place_parse(&place, span_of(data, size)))
		must(place.is_vsock ? place.port > 0 : place.local.len > 0);
	return 0;
}
