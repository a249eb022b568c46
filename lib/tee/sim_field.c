/* The fields of a simulated quote, by name. */
#include "base/hex.h"
#include "tee/sim_quote.h"

enum part { HEADER, TD, SGX, QE };

static const struct field {
	const char *name;
	enum part part;
	unsigned int at, len;
} fields[] = {
	{ "qe_svn", HEADER, 8, 2 },
	{ "pce_svn", HEADER, 10, 2 },
	{ "user_data", HEADER, 28, 20 },
	{ "tee_tcb_svn", TD, 0, 16 },
	{ "mr_seam", TD, 16, 48 },
	{ "mr_signer_seam", TD, 64, 48 },
	{ "seam_attributes", TD, 112, 8 },
	{ "td_attributes", TD, 120, 8 },
	{ "xfam", TD, 128, 8 },
	{ "mr_td", TD, 136, 48 },
	{ "mrtd", TD, 136, 48 },
	{ "mr_config_id", TD, 184, 48 },
	{ "mr_owner", TD, 232, 48 },
	{ "mr_owner_config", TD, 280, 48 },
	{ "rtmr0", TD, 328, 48 },
	{ "rtmr1", TD, 376, 48 },
	{ "rtmr2", TD, 424, 48 },
	{ "rtmr3", TD, 472, 48 },
	{ "tee_tcb_svn_2", TD, 584, 16 },
	{ "mr_service_td", TD, 600, 48 },
	{ "cpu_svn", SGX, 0, 16 },
	{ "misc_select", SGX, 16, 4 },
	{ "attributes", SGX, 48, 16 },
	{ "mr_enclave", SGX, 64, 32 },
	{ "mr_signer", SGX, 128, 32 },
	{ "isv_prod_id", SGX, 256, 2 },
	{ "isv_svn", SGX, 258, 2 },
	{ "qe_cpu_svn", QE, 0, 16 },
	{ "qe_misc_select", QE, 16, 4 },
	{ "qe_attributes", QE, 48, 16 },
	{ "qe_mr_enclave", QE, 64, 32 },
	{ "qe_mr_signer", QE, 128, 32 },
	{ "qe_isv_prod_id", QE, 256, 2 },
	{ "qe_isv_svn", QE, 258, 2 },
	{ "qe_report_data_2", QE, 352, 32 },
};

static unsigned char *part_of(struct sim_quote *sim, enum part part)
{
	switch (part) {
	case HEADER:
		return sim->header;
	case TD:
		return sim->td;
	case SGX:
		return sim->sgx;
	case QE:
		break;
	}
	return sim->qe;
}

/* Nothing of the old value is lost unless the new one is good. */
static enum sim_result set_bytes(unsigned char *to, size_t cap, size_t *len, struct span hex)
{
	unsigned char bytes[SIM_AUTH_MAX];
	struct builder b;

	builder_init(&b, bytes, cap);
	if (!hex_decode(&b, hex) || (!len && b.len != cap))
		return SIM_FIELD_VALUE;
	memcpy(to, bytes, b.len);
	if (len)
		*len = b.len;
	return SIM_OK;
}

enum sim_result sim_quote_field(struct sim_quote *sim, struct span setting)
{
	size_t at = span_find(setting, '=');
	struct span name = span_head(setting, at), hex = span_from(setting, at + 1);

	if (at == setting.len)
		return SIM_FIELD;
	if (span_is(name, "qe_auth"))
		return set_bytes(sim->auth, sizeof sim->auth, &sim->auth_len, hex);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (span_is(name, fields[i].name))
			return set_bytes(part_of(sim, fields[i].part) + fields[i].at, fields[i].len,
			                 NULL, hex);
	return SIM_FIELD;
}
