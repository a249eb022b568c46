/* TCB info, out of JSON. */
#include "tee/tcb_info.h"

#include "base/builder.h"
#include "base/hex.h"
#include "tee/member.h"

enum { VERSION = 3, TYPE = 0 };

static bool read_module(struct json_value v, struct tdx_module *module)
{
	return member_hex(v, "mrsigner", module->signer, sizeof module->signer) &&
	       member_hex(v, "attributes", module->attributes, sizeof module->attributes) &&
	       member_hex(v, "attributesMask", module->mask, sizeof module->mask);
}

/* "TDX_" and two digits: "TDX_01". */
static bool read_version(struct json_value v, unsigned int *version)
{
	unsigned char byte;
	struct builder b;
	struct span id;

	builder_init(&b, &byte, 1);
	if (!member_text(v, "id", &id) || !span_starts(id, "TDX_") || id.len != 6 ||
	    !hex_decode(&b, span_from(id, 4)))
		return false;
	*version = byte;
	return true;
}

static bool read_identities(struct tcb_info *info, struct json_value object)
{
	struct json_value array = json_member(object, "tdxModuleIdentities"), v;

	info->n_identities = 0;
	if (json_type(array) == JSON_ABSENT)
		return true;
	if (json_type(array) != JSON_ARRAY || json_count(array) > TCB_MODULES_MAX)
		return false;
	for (v = json_first(array); json_type(v) != JSON_ABSENT; v = json_next(array, v)) {
		struct tdx_identity *identity = &info->identities[info->n_identities];

		if (!read_version(v, &identity->version) || !read_module(v, &identity->module) ||
		    !tcb_isv_levels_read(v, identity->levels, &identity->n) ||
		    tcb_info_identity(info, identity->version))
			return false;
		info->n_identities++;
	}
	return true;
}

static bool read_kind(struct tcb_info *info, struct json_value v)
{
	struct span id;
	uint64_t number;

	if (!member_text(v, "id", &id) || (!span_is(id, "TDX") && !span_is(id, "SGX")))
		return false;
	info->tdx = span_is(id, "TDX");
	return member_number(v, "version", VERSION, &number) && number == VERSION &&
	       member_number(v, "tcbType", TYPE, &number);
}

bool tcb_info_read(struct tcb_info *info, struct json_value v)
{
	uint64_t evaluation;

	if (!read_kind(info, v) || !member_time(v, "issueDate", &info->issued) ||
	    !member_time(v, "nextUpdate", &info->next_update) ||
	    !member_hex(v, "fmspc", info->fmspc, sizeof info->fmspc) ||
	    !member_hex(v, "pceId", info->pce_id, sizeof info->pce_id) ||
	    !member_number(v, "tcbEvaluationDataNumber", UINT32_MAX, &evaluation) ||
	    !tcb_levels_read(v, info->tdx, info->levels, &info->n))
		return false;
	info->evaluation = (uint32_t)evaluation;
	info->n_identities = 0;
	return !info->tdx ||
	       (read_module(json_member(v, "tdxModule"), &info->module) && read_identities(info, v));
}

const struct tdx_identity *tcb_info_identity(const struct tcb_info *info, unsigned int version)
{
	for (size_t i = 0; i < info->n_identities; i++)
		if (info->identities[i].version == version)
			return &info->identities[i];
	return NULL;
}
