/* What Intel's service says in a header field or a list, and what is remembered of waiting for it. */
#include <stdlib.h>

#include "tee/collateral_cache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned char storage[4096];

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* max_len=4096 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of(data, size);
	struct collateral_wait wait;
	struct builder b;

	builder_init(&b, storage, sizeof storage);
	if (pcs_pem(&b, text)) {
		must(b.len > 0 && b.len <= size);
		for (size_t i = 0; i < b.len; i++)
			must((storage[i] >= ' ' && storage[i] <= '~') || memchr("\r\n\t", storage[i], 3));
	}
	builder_init(&b, storage, sizeof storage);
	if (pcs_crl(&b, text))
		must(b.len > 0 && b.len <= size && (data[0] == '0' || b.len <= size / 2));
	if (collateral_cache_wait_read(&wait, text))
		must(wait.until >= 0 && size >= 19);
	else
		must(wait.until == 0 && wait.failures == 0);
	return 0;
}
