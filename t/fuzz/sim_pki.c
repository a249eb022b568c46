/*
 * Settings and fields of what is simulated, one a line: none writes beyond its place, and what was
 * taken can be made into a quote.
 * max_len=4096
 */
#include <stdlib.h>

#include "tee/sim_pki.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

static void must(bool truth)
{
	if (!truth)
		abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	static struct sim_pki pki;
	static struct sim_quote sim, before;
	struct span rest = span_of(data, len), line;

	sim_pki_init(&pki);
	sim = (struct sim_quote){ .is_tdx = true };
	must(sim_quote_version(&sim, 4, 0) == SIM_OK);
	if (!data)
		return 0;
	while (span_split(&rest, '\n', &line)) {
		enum sim_result r = sim_pki_set(&pki, line);

		must(r == SIM_OK || r == SIM_FIELD || r == SIM_FIELD_VALUE);
		before = sim;
		r = sim_quote_field(&sim, line);
		must(r == SIM_OK || r == SIM_FIELD || r == SIM_FIELD_VALUE);
		/* What is refused changes nothing; and no field is one of another kind. */
		must(r == SIM_OK || memcmp(&before, &sim, sizeof sim) == 0);
		must(sim.is_tdx && sim.version == 4 && sim.chain_len == 0 && sim.auth_len <= SIM_AUTH_MAX);
	}
	for (size_t i = 0; i < SIM_KINDS; i++)
		must(pki.n_levels[i] <= SIM_LEVELS && pki.status[i].len <= SIM_TEXT_MAX);
	for (size_t i = 0; i < SIM_CERTS; i++)
		must(span_starts(pki.names[i], "TEST "));
	return 0;
}
