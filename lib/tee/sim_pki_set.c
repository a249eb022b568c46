/* The settings of what sim_pki makes. */
#include <stddef.h>

#include "base/hex.h"
#include "base/utc.h"
#include "tee/sim_pki.h"

enum { DAY_S = 86400, DAYS_MAX = 36500 };

/* How a value is read, and how large it may be: bytes, or the greatest number. */
enum form { HEX, NUMBER, YES, TEXT, LIST, NAME, TIME };

static const struct setting {
	const char *name;
	enum form form;
	size_t at; /* in struct sim_pki */
	uint32_t max;
} settings[] = {
#define AT(member) offsetof(struct sim_pki, member)
	{ "fmspc", HEX, AT(fmspc), 6 },
	{ "pceid", HEX, AT(pce_id), 2 },
	{ "ppid", HEX, AT(ppid), 16 },
	{ "instance", HEX, AT(instance), 16 },
	{ "cpu-svn", HEX, AT(cpu_svn), 16 },
	{ "tee-tcb-svn", HEX, AT(tee_tcb_svn), 16 },
	{ "tee-tcb-svn-2", HEX, AT(tee_tcb_svn_2), 16 },
	{ "pce-svn", NUMBER, AT(pce_svn), 65535 },
	{ "qe-svn", NUMBER, AT(qe_svn), 65535 },
	{ "sgx-type", NUMBER, AT(sgx_type), 127 },
	{ "dynamic-platform", YES, AT(dynamic), 0 },
	{ "cached-keys", YES, AT(cached_keys), 0 },
	{ "smt", YES, AT(smt), 0 },
	{ "tcb-fmspc", HEX, AT(tcb_fmspc), 6 },
	{ "tcb-pceid", HEX, AT(tcb_pce_id), 2 },
	{ "tcb-id", TEXT, AT(tcb_id), SIM_TEXT_MAX },
	{ "qe-id", TEXT, AT(qe_id), SIM_TEXT_MAX },
	{ "evaluation", NUMBER, AT(evaluation), 0x7fffffff },
	{ "days", NUMBER, AT(days), DAYS_MAX },
	{ "status", TEXT, AT(status[SIM_PLATFORM]), SIM_TEXT_MAX },
	{ "module-status", TEXT, AT(status[SIM_MODULE]), SIM_TEXT_MAX },
	{ "qe-status", TEXT, AT(status[SIM_QE]), SIM_TEXT_MAX },
	{ "advisories", LIST, AT(advisories[SIM_PLATFORM]), SIM_ADVISORIES_MAX },
	{ "module-advisories", LIST, AT(advisories[SIM_MODULE]), SIM_ADVISORIES_MAX },
	{ "qe-advisories", LIST, AT(advisories[SIM_QE]), SIM_ADVISORIES_MAX },
	{ "root-name", NAME, AT(names[SIM_ROOT]), SIM_TEXT_MAX },
	{ "platform-ca-name", NAME, AT(names[SIM_PLATFORM_CA]), SIM_TEXT_MAX },
	{ "processor-ca-name", NAME, AT(names[SIM_PROCESSOR_CA]), SIM_TEXT_MAX },
	{ "pck-name", NAME, AT(names[SIM_PCK]), SIM_TEXT_MAX },
	{ "signer-name", NAME, AT(names[SIM_SIGNER]), SIM_TEXT_MAX },
	{ "root-from", TIME, AT(from[SIM_ROOT]), 0 },
	{ "root-until", TIME, AT(until[SIM_ROOT]), 0 },
	{ "platform-ca-from", TIME, AT(from[SIM_PLATFORM_CA]), 0 },
	{ "platform-ca-until", TIME, AT(until[SIM_PLATFORM_CA]), 0 },
	{ "processor-ca-from", TIME, AT(from[SIM_PROCESSOR_CA]), 0 },
	{ "processor-ca-until", TIME, AT(until[SIM_PROCESSOR_CA]), 0 },
	{ "pck-from", TIME, AT(from[SIM_PCK]), 0 },
	{ "pck-until", TIME, AT(until[SIM_PCK]), 0 },
	{ "signer-from", TIME, AT(from[SIM_SIGNER]), 0 },
	{ "signer-until", TIME, AT(until[SIM_SIGNER]), 0 },
	{ "root-crl-from", TIME, AT(from[SIM_ROOT_CRL]), 0 },
	{ "root-crl-until", TIME, AT(until[SIM_ROOT_CRL]), 0 },
	{ "pck-crl-from", TIME, AT(from[SIM_PCK_CRL]), 0 },
	{ "pck-crl-until", TIME, AT(until[SIM_PCK_CRL]), 0 },
	{ "tcb-info-from", TIME, AT(from[SIM_TCB_INFO]), 0 },
	{ "tcb-info-until", TIME, AT(until[SIM_TCB_INFO]), 0 },
	{ "qe-identity-from", TIME, AT(from[SIM_QE_IDENTITY]), 0 },
	{ "qe-identity-until", TIME, AT(until[SIM_QE_IDENTITY]), 0 },
#undef AT
};

static bool read_hex(unsigned char *to, size_t len, struct span text)
{
	struct builder b;

	builder_init(&b, to, len);
	return text.len == 2 * len && hex_decode(&b, text);
}

static bool read_small(struct span text, uint32_t max, uint32_t *number)
{
	uint64_t value;

	if (!span_number(text, max, &value))
		return false;
	*number = (uint32_t)value;
	return true;
}

static bool read_yes(struct span text, bool *yes)
{
	*yes = span_is(text, "yes");
	return *yes || span_is(text, "no");
}

/* Printable ASCII: it comes to stand in JSON, in names and on terminals. */
static bool read_text(struct span text, uint32_t max, struct span *to)
{
	if (text.len > max)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] < ' ' || text.p[i] > '~')
			return false;
	*to = text;
	return true;
}

bool sim_time_parse(struct sim_time *time, struct span text)
{
	uint64_t number;

	*time = (struct sim_time){ .is_set = true };
	if (text.len > 2 && (text.p[0] == '+' || text.p[0] == '-') && text.p[text.len - 1] == 'd') {
		if (!span_number(span_of(text.p + 1, text.len - 2), DAYS_MAX, &number))
			return false;
		time->relative = true;
		time->s = (int64_t)number * DAY_S * (text.p[0] == '+' ? 1 : -1);
		return true;
	}
	if (!span_number(text, UINT32_MAX, &number))
		return utc_parse(text, &time->s);
	time->s = (int64_t)number;
	return true;
}

static bool read_value(struct sim_pki *pki, const struct setting *s, struct span text)
{
	void *to = (unsigned char *)pki + s->at;
	struct sim_bytes *bytes;

	switch (s->form) {
	case HEX:
		bytes = to;
		bytes->is_set = read_hex(bytes->bytes, s->max, text);
		return bytes->is_set;
	case NUMBER:
		return read_small(text, s->max, to);
	case YES:
		return read_yes(text, to);
	case TEXT:
		return text.len > 0 && read_text(text, s->max, to);
	case LIST:
		return read_text(text, s->max, to);
	case NAME:
		return span_starts(text, "TEST ") && read_text(text, s->max, to);
	case TIME:
		return sim_time_parse(to, text);
	}
	return false;
}

/* The next field before a colon; false when there is none. */
static bool field(struct span *rest, struct span *to)
{
	return rest->p && span_split(rest, ':', to);
}

/*
 * level=SGX:PCESVN:TDX:STATUS[:ADVISORIES], module-level=VERSION:ISVSVN:STATUS[:ADVISORIES],
 * qe-level=ISVSVN:STATUS[:ADVISORIES]
 */
static bool read_level(struct sim_pki *pki, enum sim_kind kind, struct span text)
{
	struct sim_level level = { .pce_svn = 0 };
	struct span rest = text, f;
	bool ok = pki->n_levels[kind] < SIM_LEVELS && field(&rest, &f);

	if (ok && kind == SIM_PLATFORM)
		ok = read_hex(level.sgx, SIM_SVNS, f) && field(&rest, &f) &&
		     read_small(f, 65535, &level.pce_svn) && field(&rest, &f) &&
		     (f.len == 0 || read_hex(level.tdx, SIM_SVNS, f)) && field(&rest, &f);
	if (ok && kind == SIM_MODULE)
		ok = read_small(f, 255, &level.version) && field(&rest, &f);
	if (ok && kind != SIM_PLATFORM)
		ok = read_small(f, 65535, &level.isv_svn) && field(&rest, &f);
	if (!ok || f.len == 0 || !read_text(f, SIM_TEXT_MAX, &level.status))
		return false;
	if (field(&rest, &f) && (!read_text(f, SIM_ADVISORIES_MAX, &level.advisories) || field(&rest, &f)))
		return false;
	pki->levels[kind][pki->n_levels[kind]++] = level;
	return true;
}

static bool read_revoked(struct sim_pki *pki, struct span text)
{
	static const char *const names[SIM_CERTS] = {
		[SIM_ROOT] = "root",
		[SIM_PLATFORM_CA] = "platform-ca",
		[SIM_PROCESSOR_CA] = "processor-ca",
		[SIM_PCK] = "pck",
		[SIM_SIGNER] = "signer",
	};
	bool known = false;

	/* "ca": the one above the PCK, whichever it comes to be. */
	if (span_is(text, "ca")) {
		pki->revoked[SIM_PLATFORM_CA] = pki->revoked[SIM_PROCESSOR_CA] = true;
		return true;
	}
	for (size_t i = 0; i < SIM_CERTS; i++)
		if (span_is(text, names[i]))
			known = pki->revoked[i] = true;
	return known;
}

static bool read_fault(struct sim_pki *pki, struct span text)
{
	static const struct {
		const char *name;
		enum sim_fault fault;
	} faults[] = {
		{ "no-crl-number", SIM_NO_CRL_NUMBER }, { "no-crl-aki", SIM_NO_CRL_AKI },
		{ "ca-is-none", SIM_CA_IS_NONE },       { "tcb-by-pck", SIM_TCB_BY_PCK },
		{ "qe-by-pck", SIM_QE_BY_PCK },
	};

	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		if (!span_is(text, faults[i].name))
			continue;
		pki->faults |= faults[i].fault;
		return true;
	}
	return false;
}

static bool choose(struct span text, const char *no, const char *yes, bool *to)
{
	*to = span_is(text, yes);
	return *to || span_is(text, no);
}

enum sim_result sim_pki_set(struct sim_pki *pki, struct span setting)
{
	size_t at = span_find(setting, '=');
	struct span name = span_head(setting, at), rest = span_from(setting, at + 1);
	bool ok;

	if (at == setting.len)
		return SIM_FIELD;
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		if (span_is(name, settings[i].name))
			return read_value(pki, &settings[i], rest) ? SIM_OK : SIM_FIELD_VALUE;
	if (span_is(name, "tee"))
		ok = choose(rest, "tdx", "sgx", &pki->is_sgx);
	else if (span_is(name, "ca"))
		ok = choose(rest, "platform", "processor", &pki->is_processor);
	else if (span_is(name, "level"))
		ok = read_level(pki, SIM_PLATFORM, rest);
	else if (span_is(name, "module-level"))
		ok = read_level(pki, SIM_MODULE, rest);
	else if (span_is(name, "qe-level"))
		ok = read_level(pki, SIM_QE, rest);
	else if (span_is(name, "revoke"))
		ok = read_revoked(pki, rest);
	else if (span_is(name, "fault"))
		ok = read_fault(pki, rest);
	else
		return SIM_FIELD;
	return ok ? SIM_OK : SIM_FIELD_VALUE;
}
