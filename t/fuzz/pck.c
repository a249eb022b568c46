/* The extension of PCK certificates: what is read has its lengths, and lies in the bytes. */
#include <stdlib.h>

#include "tee/pck.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void field(struct span s, size_t len, struct span all)
{
	if (s.len != len || s.p < all.p || s.p + s.len > all.p + all.len)
		abort();
}

/* max_len=1024 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_of(data, size);
	struct pck pck;

	if (!pck_read_extension(&pck, all))
		return 0;
	field(pck.ppid, PCK_PPID_LEN, all);
	field(pck.cpu_svn, PCK_COMPONENTS, all);
	field(pck.pce_id, PCK_ID_LEN, all);
	field(pck.fmspc, PCK_FMSPC_LEN, all);
	if (pck.has_platform)
		field(pck.instance, PCK_INSTANCE_LEN, all);
	if (pck.sgx_type > 2)
		abort();
	return 0;
}
