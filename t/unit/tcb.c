/* TCB levels: read, found, merged. */
#include "tee/tcb.h"

#include <string.h>

#include "tap.h"

enum { TOKENS = 65536, TEXT_MAX = 1 << 20 };

static struct json doc;
static struct json_token tokens[TOKENS];
static unsigned char text[TEXT_MAX];
static struct builder b;
static struct tcb_level levels[TCB_LEVELS_MAX];
static struct tcb_isv_level isv[TCB_ISV_LEVELS_MAX];
static size_t n;

static struct json_value parse(const char *json)
{
	if (!json_read(&doc, span_str(json), tokens, TOKENS))
		check(false, "JSON: %s", json);
	return json_root(&doc);
}

static void components(const char *name, const unsigned char *svn, size_t count)
{
	builder_str(&b, "\"");
	builder_str(&b, name);
	builder_str(&b, "\":[");
	for (size_t i = 0; i < count; i++) {
		builder_str(&b, i ? ",{\"svn\":" : "{\"svn\":");
		builder_number(&b, svn[i]);
		builder_str(&b, "}");
	}
	builder_str(&b, "]");
}

static void level(unsigned char sgx, unsigned int pce_svn, const unsigned char tdx[PCK_COMPONENTS],
                  const char *rest)
{
	unsigned char svn[PCK_COMPONENTS];

	memset(svn, sgx, sizeof svn);
	builder_str(&b, b.len > 14 ? ",{\"tcb\":{" : "{\"tcb\":{");
	components("sgxtcbcomponents", svn, sizeof svn);
	builder_str(&b, ",\"pcesvn\":");
	builder_number(&b, pce_svn);
	builder_str(&b, ",");
	components("tdxtcbcomponents", tdx, PCK_COMPONENTS);
	builder_str(&b, "},\"tcbDate\":\"2025-05-14T00:00:00Z\",\"tcbStatus\":\"");
	builder_str(&b, rest);
	builder_str(&b, "\"}");
}

static void begin(void)
{
	builder_init(&b, text, sizeof text);
	builder_str(&b, "{\"tcbLevels\":[");
}

static bool end(void)
{
	builder_str(&b, "]}");
	return tcb_levels_read(parse(builder_cstr(&b)), true, levels, &n);
}

static void names(void)
{
	enum tcb_status found;
	int wrong = 0;

	for (int i = 0; i < TCB_STATUSES; i++)
		wrong += !tcb_status_find(span_str(tcb_status_name((enum tcb_status)i)), &found) ||
		         found != (enum tcb_status)i;
	check(wrong == 0, "names and back");
	check(!tcb_status_find(span_str("uptodate"), &found) && !tcb_status_find(span_str(""), &found) &&
	              !tcb_status_find(span_str("UpToDat"), &found),
	      "no other spelling");
}

#define SGX16 "[{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1}," \
	      "{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":255}]"
#define SGX15 "[{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1}," \
	      "{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1}]"
#define SGX256 "[{\"svn\":256},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1}," \
	       "{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":255}]"
#define TCB(comps) "\"tcb\":{\"sgxtcbcomponents\":" comps ",\"pcesvn\":13}"
#define DATE "\"tcbDate\":\"2025-05-14T00:00:00Z\""
#define STATUS "\"tcbStatus\":\"UpToDate\""
#define ONE(inside) "{\"tcbLevels\":[{" inside "}]}"

static void platform_forms(void)
{
	static const char *const bad[] = {
		"{}", "[]", "{\"tcbLevels\":[]}", "{\"tcbLevels\":{}}", "{\"tcbLevels\":[1]}", ONE(""),
		ONE(TCB(SGX15) "," DATE "," STATUS), ONE(TCB(SGX256) "," DATE "," STATUS),
		ONE(TCB("[]") "," DATE "," STATUS), ONE(TCB("1") "," DATE "," STATUS),
		ONE("\"tcb\":{\"sgxtcbcomponents\":" SGX16 "}," DATE "," STATUS),
		ONE("\"tcb\":{\"sgxtcbcomponents\":" SGX16 ",\"pcesvn\":65536}," DATE "," STATUS),
		ONE("\"tcb\":{\"sgxtcbcomponents\":" SGX16 ",\"pcesvn\":-1}," DATE "," STATUS),
		ONE("\"tcb\":{\"sgxtcbcomponents\":" SGX16 ",\"pcesvn\":1.0}," DATE "," STATUS),
		ONE("\"tcb\":{\"sgxtcbcomponents\":" SGX16 ",\"pcesvn\":\"1\"}," DATE "," STATUS),
		ONE(TCB(SGX16) "," STATUS), ONE(TCB(SGX16) "," DATE),
		ONE(TCB(SGX16) ",\"tcbDate\":\"2025-05-14\"," STATUS),
		ONE(TCB(SGX16) ",\"tcbDate\":\"2025-02-29T00:00:00Z\"," STATUS),
		ONE(TCB(SGX16) ",\"tcbDate\":1747180800," STATUS),
		ONE(TCB(SGX16) "," DATE ",\"tcbStatus\":\"uptodate\""),
		ONE(TCB(SGX16) "," DATE ",\"tcbStatus\":\"Up\\u0054oDate\""),
		ONE(TCB(SGX16) "," DATE ",\"tcbStatus\":\"TDRelaunchAdvised\""),
		ONE(TCB(SGX16) "," DATE ",\"tcbStatus\":null"),
		ONE(TCB(SGX16) "," DATE "," STATUS ",\"advisoryIDs\":\"INTEL-SA-00837\""),
		"{\"tcbLevels\":[{" TCB(SGX16) "," DATE "," STATUS "},{" TCB(SGX16) "," DATE
		",\"tcbStatus\":\"OutOfDate\"}]}",
	};

	check(tcb_levels_read(parse(ONE(TCB(SGX16) "," DATE "," STATUS)), false, levels, &n) && n == 1 &&
	              levels[0].sgx[0] == 1 && levels[0].sgx[15] == 255 && levels[0].pce_svn == 13 &&
	              levels[0].rating.status == TCB_UP_TO_DATE && levels[0].rating.date == 1747180800,
	      "a level of SGX");
	check(!tcb_levels_read(parse(ONE(TCB(SGX16) "," DATE "," STATUS)), true, levels, &n),
	      "which is none of TDX");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!tcb_levels_read(parse(bad[i]), false, levels, &n), "refused: %zu", i);
}

static void too_many(void)
{
	unsigned char tdx[PCK_COMPONENTS] = { 0 };

	begin();
	for (unsigned int i = 0; i < TCB_LEVELS_MAX; i++)
		level(1, i, tdx, "UpToDate");
	check(end() && n == TCB_LEVELS_MAX, "%d levels", TCB_LEVELS_MAX);
	begin();
	for (unsigned int i = 0; i <= TCB_LEVELS_MAX; i++)
		level(1, i, tdx, "UpToDate");
	check(!end(), "one more");
	begin();
	for (unsigned int i = 0; i < TCB_LEVELS_MAX; i++)
		level(1, i == TCB_LEVELS_MAX - 1 ? 0 : i, tdx, i ? "OutOfDate" : "UpToDate");
	check(!end(), "the last like the first");
}

/* The status of the level found, or -1. */
static int found(unsigned char sgx, uint16_t pce_svn, const unsigned char *tee_tcb_svn)
{
	struct pck pck = { .pce_svn = pce_svn };
	const struct tcb_level *l;

	memset(pck.svn, sgx, sizeof pck.svn);
	l = tcb_level_find(levels, n, &pck, span_of(tee_tcb_svn, tee_tcb_svn ? PCK_COMPONENTS : 0));
	return l ? (int)l->rating.status : -1;
}

static void matching(void)
{
	unsigned char low[PCK_COMPONENTS] = { 3, 0, 5 }, high[PCK_COMPONENTS] = { 5, 0, 6 };
	unsigned char svn[PCK_COMPONENTS] = { 5, 0, 6 };

	/* Worst first: the order they are listed in does not count. */
	begin();
	level(2, 11, low, "OutOfDate");
	level(3, 11, high, "ConfigurationNeeded");
	level(3, 13, high, "UpToDate");
	check(end() && n == 3, "three levels");
	check(found(3, 13, svn) == TCB_UP_TO_DATE && found(9, 99, svn) == TCB_UP_TO_DATE, "the best");
	check(found(3, 12, svn) == TCB_CONFIGURATION_NEEDED, "the PCE is behind");
	check(found(2, 13, svn) == TCB_OUT_OF_DATE, "the processor is");
	check(found(1, 13, svn) == -1 && found(3, 10, svn) == -1, "none is met");
	svn[0] = 4;
	check(found(3, 13, svn) == TCB_OUT_OF_DATE, "version 0 of the module: its SVN counts");
	svn[1] = 1;
	check(found(3, 13, svn) == TCB_UP_TO_DATE, "version 1: it does not");
	svn[2] = 5;
	check(found(3, 13, svn) == TCB_OUT_OF_DATE, "but the third component does");
	svn[2] = 4;
	check(found(3, 13, svn) == -1, "and may meet none");
	svn[0] = svn[2] = 9;
	high[15] = 1;
	begin();
	level(3, 13, high, "UpToDate");
	check(end() && found(3, 13, svn) == -1, "the last component");
	svn[15] = 1;
	check(found(3, 13, svn) == TCB_UP_TO_DATE, "is met");
	check(found(3, 13, NULL) == TCB_UP_TO_DATE, "and is nothing to SGX");
	for (size_t i = 0; i < PCK_COMPONENTS; i++) {
		struct pck pck = { .pce_svn = 13 };

		memset(pck.svn, 3, sizeof pck.svn);
		pck.svn[i] = 2;
		if (tcb_level_find(levels, n, &pck, span_of(svn, sizeof svn)))
			check(false, "component %zu of SGX does not count", i);
	}
	check(tcb_level_find(levels, 0, &(struct pck){ .pce_svn = 13 }, span_of(svn, 16)) == NULL, "no levels");
}

#define ISV(svn, status) "{\"tcb\":{\"isvsvn\":" svn "}," DATE ",\"tcbStatus\":\"" status "\"}"

static void enclaves(void)
{
	static const char *const bad[] = {
		"{}", "{\"tcbLevels\":[]}", "{\"tcbLevels\":[" ISV("65536", "UpToDate") "]}",
		"{\"tcbLevels\":[" ISV("1", "SWHardeningNeeded") "]}",
		"{\"tcbLevels\":[" ISV("1", "OutOfDateConfigurationNeeded") "]}",
		"{\"tcbLevels\":[" ISV("1", "UpToDate") "," ISV("1", "OutOfDate") "]}",
		"{\"tcbLevels\":[{\"tcb\":{}," DATE "," STATUS "}]}",
	};

	check(tcb_isv_levels_read(parse("{\"tcbLevels\":[" ISV("2", "Revoked") "," ISV("6", "UpToDate")
	                                "," ISV("4", "OutOfDate") "]}"),
	                          isv, &n) &&
	              n == 3,
	      "levels of an enclave");
	check(!tcb_isv_level_find(isv, n, 1) && tcb_isv_level_find(isv, n, 2) == &isv[0] &&
	              tcb_isv_level_find(isv, n, 3) == &isv[0] && tcb_isv_level_find(isv, n, 5) == &isv[2] &&
	              tcb_isv_level_find(isv, n, 6) == &isv[1] && tcb_isv_level_find(isv, n, 65535) == &isv[1],
	      "are found");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!tcb_isv_levels_read(parse(bad[i]), isv, &n), "an enclave's, refused: %zu", i);
	builder_init(&b, text, sizeof text);
	builder_str(&b, "{\"tcbLevels\":[");
	for (unsigned int i = 0; i <= TCB_ISV_LEVELS_MAX; i++) {
		builder_str(&b, i ? ",{\"tcb\":{\"isvsvn\":" : "{\"tcb\":{\"isvsvn\":");
		builder_number(&b, i);
		builder_str(&b, "}," DATE "," STATUS "}");
	}
	builder_str(&b, "]}");
	check(!tcb_isv_levels_read(parse(builder_cstr(&b)), isv, &n), "too many of an enclave's");
}

enum { U = TCB_UP_TO_DATE, S = TCB_SW_HARDENING_NEEDED, C = TCB_CONFIGURATION_NEEDED,
       CS = TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED, O = TCB_OUT_OF_DATE,
       OC = TCB_OUT_OF_DATE_CONFIGURATION_NEEDED, R = TCB_REVOKED, T = TCB_TD_RELAUNCH_ADVISED,
       TC = TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED };

static void merging(void)
{
	static const int parts[] = { U, O, R };
	static const int merged[][3] = { /* by the platform's status */
		{ U, O, R }, { S, O, R }, { C, OC, R }, { CS, OC, R }, { O, O, R }, { OC, OC, R }, { R, R, R },
	};
	static const int relaunch[][7] = { /* launched; current from U to R */
		{ U, U, U, U, U, U, U },  { S, S, S, S, S, S, S },       { C, C, C, C, C, C, C },
		{ CS, CS, CS, CS, CS, CS, CS }, { T, T, TC, TC, O, O, O }, { TC, TC, TC, TC, OC, OC, OC },
		{ R, R, R, R, R, R, R },
	};
	int wrong = 0;

	for (int i = U; i <= R; i++)
		for (int k = 0; k < 3; k++)
			wrong += (int)tcb_merge((enum tcb_status)i, (enum tcb_status)parts[k]) != merged[i][k];
	check(wrong == 0, "platforms with parts");
	wrong = 0;
	for (int i = U; i <= R; i++)
		for (int k = U; k <= R; k++)
			wrong += (int)tcb_relaunch((enum tcb_status)i, (enum tcb_status)k) != relaunch[i][k];
	check(wrong == 0, "launched then, and now");
}

static void advisories(void)
{
	static const char *const bad[] = { "[1]", "[\"\"]", "[\"A B\"]", "[\"A\\u0042\"]", "[null]", "[\"\xc3\xa9\"]",
		                           "[\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"]" };
	static struct tcb_advisories a;

	check(tcb_advisories_add(&a, json_member(parse("{}"), "x")) && a.n == 0, "no advisories");
	check(tcb_advisories_add(&a, parse("[\"A-1\",\"A-2\",\"A-1\"]")) && a.n == 2 &&
	              span_is(a.id[0], "A-1") && span_is(a.id[1], "A-2"),
	      "each once");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!tcb_advisories_add(&a, parse(bad[i])), "advisories refused: %zu", i);
	builder_init(&b, text, sizeof text);
	for (unsigned int i = 0; i <= TCB_ADVISORIES_MAX; i++) {
		builder_str(&b, i ? ",\"A-" : "[\"A-");
		builder_number(&b, i);
		builder_byte(&b, '"');
	}
	builder_byte(&b, ']');
	a.n = 0;
	check(!tcb_advisories_add(&a, parse(builder_cstr(&b))) && a.n == TCB_ADVISORIES_MAX,
	      "too many advisories");
}

int main(void)
{
	names();
	platform_forms();
	too_many();
	matching();
	enclaves();
	merging();
	advisories();
	return tap_end();
}
