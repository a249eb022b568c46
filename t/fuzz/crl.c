/* Revocation lists: every span lies in the bytes, and looking through one comes to an end. */
#include <stdlib.h>

#include "tee/crl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct span s, struct span all)
{
	if (s.len > 0 && (s.p < all.p || s.p + s.len > all.p + all.len))
		abort();
}

/* max_len=4096 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_of(data, size);
	struct crl crl;

	if (!crl_read(&crl, all))
		return 0;
	inside(crl.tbs, all);
	inside(crl.issuer, crl.tbs);
	inside(crl.revoked, crl.tbs);
	inside(crl.number, crl.tbs);
	inside(crl.authority_key_id, crl.tbs);
	inside(crl.signature, all);
	crl_lists(&crl, span_of("\x6f\xc3\x4e\x50", 4));
	if (crl.tbs.len == 0 || crl.entries > size)
		abort();
	return 0;
}
