/* Levels: read, compared, merged. */
#include "tee/tcb.h"

#include <string.h>

#include "base/ascii.h"
#include "tee/member.h"

static const char *const names[TCB_STATUSES] = {
	[TCB_UP_TO_DATE] = "UpToDate",
	[TCB_SW_HARDENING_NEEDED] = "SWHardeningNeeded",
	[TCB_CONFIGURATION_NEEDED] = "ConfigurationNeeded",
	[TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED] = "ConfigurationAndSWHardeningNeeded",
	[TCB_OUT_OF_DATE] = "OutOfDate",
	[TCB_OUT_OF_DATE_CONFIGURATION_NEEDED] = "OutOfDateConfigurationNeeded",
	[TCB_REVOKED] = "Revoked",
	[TCB_TD_RELAUNCH_ADVISED] = "TDRelaunchAdvised",
	[TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED] = "TDRelaunchAdvisedConfigurationNeeded",
};

const char *tcb_status_name(enum tcb_status status)
{
	return names[status];
}

bool tcb_status_find(struct span name, enum tcb_status *status)
{
	for (int i = 0; i < TCB_STATUSES; i++) {
		if (span_is(name, names[i])) {
			*status = (enum tcb_status)i;
			return true;
		}
	}
	return false;
}

static bool advisory_ok(struct json_value v, struct span *id)
{
	if (!member_plain(v, id) || id->len == 0 || id->len > TCB_ADVISORY_LEN)
		return false;
	for (size_t i = 0; i < id->len; i++)
		if (!ascii_alnum(id->p[i]) && id->p[i] != '-')
			return false;
	return true;
}

bool tcb_advisories_add(struct tcb_advisories *a, struct json_value array)
{
	struct span id;

	for (struct json_value v = json_first(array); json_type(v) != JSON_ABSENT; v = json_next(array, v)) {
		size_t i = 0;

		if (!advisory_ok(v, &id))
			return false;
		while (i < a->n && !span_eq(a->id[i], id))
			i++;
		if (i < a->n)
			continue;
		if (a->n == TCB_ADVISORIES_MAX)
			return false;
		a->id[a->n++] = id;
	}
	return true;
}

static bool read_rating(struct json_value level, struct tcb_rating *rating)
{
	struct span status;

	rating->advisories = json_member(level, "advisoryIDs");
	return member_text(level, "tcbStatus", &status) && tcb_status_find(status, &rating->status) &&
	       rating->status <= TCB_REVOKED && member_time(level, "tcbDate", &rating->date) &&
	       (json_type(rating->advisories) == JSON_ARRAY ||
	        json_type(rating->advisories) == JSON_ABSENT);
}

static bool read_components(struct json_value tcb, const char *name, uint8_t *svn)
{
	struct json_value array, v;
	uint64_t number;

	if (!member_array(tcb, name, &array) || json_count(array) != PCK_COMPONENTS)
		return false;
	v = json_first(array);
	for (size_t i = 0; i < PCK_COMPONENTS; i++, v = json_next(array, v)) {
		if (!member_number(v, "svn", UINT8_MAX, &number))
			return false;
		svn[i] = (uint8_t)number;
	}
	return true;
}

/* Negative, zero or positive as `a` demands less, the same or more. */
static int compare(const struct tcb_level *a, const struct tcb_level *b)
{
	int r = memcmp(a->sgx, b->sgx, sizeof a->sgx);

	if (r == 0)
		r = a->pce_svn - b->pce_svn;
	return r != 0 ? r : memcmp(a->tdx, b->tdx, sizeof a->tdx);
}

static bool read_level(struct json_value v, bool tdx, struct tcb_level *level)
{
	struct json_value tcb = json_member(v, "tcb");
	uint64_t pce_svn;

	*level = (struct tcb_level){ .pce_svn = 0 };
	if (!read_components(tcb, "sgxtcbcomponents", level->sgx) ||
	    (tdx && !read_components(tcb, "tdxtcbcomponents", level->tdx)) ||
	    !member_number(tcb, "pcesvn", UINT16_MAX, &pce_svn) || !read_rating(v, &level->rating))
		return false;
	level->pce_svn = (uint16_t)pce_svn;
	return true;
}

bool tcb_levels_read(struct json_value object, bool tdx, struct tcb_level *levels, size_t *n)
{
	struct json_value array, v;

	*n = 0;
	if (!member_array(object, "tcbLevels", &array) || json_count(array) == 0 ||
	    json_count(array) > TCB_LEVELS_MAX)
		return false;
	for (v = json_first(array); json_type(v) != JSON_ABSENT; v = json_next(array, v), ++*n) {
		if (!read_level(v, tdx, &levels[*n]))
			return false;
		for (size_t i = 0; i < *n; i++)
			if (compare(&levels[i], &levels[*n]) == 0)
				return false;
	}
	return true;
}

static bool read_isv_level(struct json_value v, struct tcb_isv_level *level)
{
	uint64_t svn;

	if (!member_number(json_member(v, "tcb"), "isvsvn", UINT16_MAX, &svn) ||
	    !read_rating(v, &level->rating))
		return false;
	level->svn = (uint16_t)svn;
	return level->rating.status == TCB_UP_TO_DATE || level->rating.status == TCB_OUT_OF_DATE ||
	       level->rating.status == TCB_REVOKED;
}

bool tcb_isv_levels_read(struct json_value object, struct tcb_isv_level *levels, size_t *n)
{
	struct json_value array, v;

	*n = 0;
	if (!member_array(object, "tcbLevels", &array) || json_count(array) == 0 ||
	    json_count(array) > TCB_ISV_LEVELS_MAX)
		return false;
	for (v = json_first(array); json_type(v) != JSON_ABSENT; v = json_next(array, v), ++*n) {
		if (!read_isv_level(v, &levels[*n]))
			return false;
		for (size_t i = 0; i < *n; i++)
			if (levels[i].svn == levels[*n].svn)
				return false;
	}
	return true;
}

static bool meets(const struct tcb_level *level, const struct pck *pck, struct span tee_tcb_svn)
{
	size_t first = tee_tcb_svn.len == PCK_COMPONENTS && tee_tcb_svn.p[1] > 0 ? 2 : 0;

	for (size_t i = 0; i < PCK_COMPONENTS; i++)
		if (pck->svn[i] < level->sgx[i])
			return false;
	for (size_t i = first; i < tee_tcb_svn.len; i++)
		if (tee_tcb_svn.p[i] < level->tdx[i])
			return false;
	return pck->pce_svn >= level->pce_svn;
}

const struct tcb_level *tcb_level_find(const struct tcb_level *levels, size_t n,
                                       const struct pck *pck, struct span tee_tcb_svn)
{
	const struct tcb_level *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (meets(&levels[i], pck, tee_tcb_svn) && (!best || compare(&levels[i], best) > 0))
			best = &levels[i];
	return best;
}

const struct tcb_isv_level *tcb_isv_level_find(const struct tcb_isv_level *levels, size_t n,
                                               unsigned int svn)
{
	const struct tcb_isv_level *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (levels[i].svn <= svn && (!best || levels[i].svn > best->svn))
			best = &levels[i];
	return best;
}

static bool needs_configuration(enum tcb_status s)
{
	return s == TCB_CONFIGURATION_NEEDED || s == TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED ||
	       s == TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

enum tcb_status tcb_merge(enum tcb_status platform, enum tcb_status part)
{
	if (platform == TCB_REVOKED || part == TCB_REVOKED)
		return TCB_REVOKED;
	if (part != TCB_OUT_OF_DATE)
		return platform;
	return needs_configuration(platform) ? TCB_OUT_OF_DATE_CONFIGURATION_NEEDED : TCB_OUT_OF_DATE;
}

enum tcb_status tcb_relaunch(enum tcb_status launched, enum tcb_status current)
{
	if ((launched != TCB_OUT_OF_DATE && launched != TCB_OUT_OF_DATE_CONFIGURATION_NEEDED) ||
	    current > TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED)
		return launched;
	return needs_configuration(launched) || needs_configuration(current) ?
	               TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED :
	               TCB_TD_RELAUNCH_ADVISED;
}
