/* The quoting enclave's identity, out of JSON and held against a report. */
#include "tee/qe_identity.h"

#include <string.h>

#include "tee/member.h"

enum { VERSION = 2 };

static bool read_kind(struct qe_identity *identity, struct json_value v)
{
	struct span id;
	uint64_t number;

	if (!member_text(v, "id", &id) || (!span_is(id, "TD_QE") && !span_is(id, "QE")))
		return false;
	identity->tdx = span_is(id, "TD_QE");
	return member_number(v, "version", VERSION, &number) && number == VERSION;
}

static bool read_numbers(struct qe_identity *identity, struct json_value v)
{
	uint64_t evaluation, prod_id;

	if (!member_number(v, "tcbEvaluationDataNumber", UINT32_MAX, &evaluation) ||
	    !member_number(v, "isvprodid", UINT16_MAX, &prod_id))
		return false;
	identity->evaluation = (uint32_t)evaluation;
	identity->prod_id = (uint16_t)prod_id;
	return true;
}

bool qe_identity_read(struct qe_identity *identity, struct json_value v)
{
	return read_kind(identity, v) && read_numbers(identity, v) &&
	       member_time(v, "issueDate", &identity->issued) &&
	       member_time(v, "nextUpdate", &identity->next_update) &&
	       member_hex(v, "miscselect", identity->misc, QE_MISC_LEN) &&
	       member_hex(v, "miscselectMask", identity->misc_mask, QE_MISC_LEN) &&
	       member_hex(v, "attributes", identity->attributes, QE_ATTRIBUTES_LEN) &&
	       member_hex(v, "attributesMask", identity->mask, QE_ATTRIBUTES_LEN) &&
	       member_hex(v, "mrsigner", identity->signer, QE_SIGNER_LEN) &&
	       tcb_isv_levels_read(v, identity->levels, &identity->n);
}

static bool masked_is(struct span bytes, const unsigned char *mask, const unsigned char *expected)
{
	for (size_t i = 0; i < bytes.len; i++)
		if ((bytes.p[i] & mask[i]) != expected[i])
			return false;
	return true;
}

const char *qe_identity_differs(const struct qe_identity *identity, const struct quote_sgx *report)
{
	unsigned char misc[QE_MISC_LEN];

	for (size_t i = 0; i < sizeof misc; i++)
		misc[i] = (unsigned char)(report->misc_select >> 8 * i);
	if (!masked_is(span_of(misc, sizeof misc), identity->misc_mask, identity->misc))
		return "MISCSELECT of the quoting enclave";
	if (!masked_is(report->attributes, identity->mask, identity->attributes))
		return "attributes of the quoting enclave";
	if (!span_eq(report->mr_signer, span_of(identity->signer, QE_SIGNER_LEN)))
		return "MRSIGNER of the quoting enclave";
	if (report->isv_prod_id != identity->prod_id)
		return "ISVPRODID of the quoting enclave";
	return NULL;
}
