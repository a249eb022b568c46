/* Policies: lines that are read, and limits. What they mean is in t/tdx-verify.bats too. */
#include "tee/policy.h"

#include <string.h>

#include "tap.h"
#include "tee/eventlog.h"

static struct policy p;
static unsigned char text[POLICY_FILE_MAX];
static struct builder b;

static enum policy_result reads(struct span lines, size_t *line)
{
	policy_init(&p);
	return policy_add_lines(&p, lines, line);
}

static void ends(const char *lines, enum policy_result wanted, size_t n, size_t at)
{
	size_t line;
	enum policy_result r = reads(span_str(lines), &line);

	check(r == wanted && (r == POLICY_OK ? p.n == n : line == at), "%s: %zu rules, line %zu",
	      policy_strerror(r), p.n, line);
}

static void limits(void)
{
	size_t line;

	builder_init(&b, text, sizeof text);
	for (int i = 0; i < POLICY_RULES_MAX; i++)
		builder_str(&b, i % 8 ? " 010203040506" : "\nfmspc 010203040506");
	check(reads(builder_span(&b), &line) == POLICY_OK && p.n == POLICY_RULES_MAX, "as many values as can be");
	builder_str(&b, " 010203040506");
	check(reads(builder_span(&b), &line) == POLICY_TOO_MANY, "one more");
	builder_init(&b, text, sizeof text);
	builder_str(&b, "key-provider ");
	for (int i = 0; i < POLICY_BYTES_MAX + 1 && builder_ok(&b); i++)
		builder_str(&b, b.len < sizeof text - 3 ? "00" : "");
	check(reads(span_head(builder_span(&b), sizeof text - 3), &line) == POLICY_OK && p.n == 1,
	      "a value as long as a file allows: %zu bytes", p.bytes.len);
	builder_init(&b, text, sizeof text);
	for (int i = 0; i < 1200; i++)
		builder_str(&b, "\nreport_data 00");
	check(reads(builder_span(&b), &line) == POLICY_TOO_MANY && p.n == POLICY_RULES_MAX, "padded values");
}

static void admissions(void)
{
	policy_init(&p);
	check(p.statuses == 1, "UpToDate alone");
	check(policy_admit(&p, span_str("OutOfDate,SWHardeningNeeded")) == POLICY_OK &&
	              p.statuses == (1U << TCB_UP_TO_DATE | 1U << TCB_OUT_OF_DATE | 1U << TCB_SW_HARDENING_NEEDED),
	      "and two more");
	check(policy_admit(&p, span_str("")) == POLICY_NAME && policy_admit(&p, span_str("OutOfDate,")) == POLICY_NAME &&
	              policy_admit(&p, span_str("OutOfDate SWHardeningNeeded")) == POLICY_NAME,
	      "no others");
	check(policy_admit_advisory(&p, span_str("")) == POLICY_VALUE, "an advisory has a name");
	for (int i = 0; i < POLICY_ADVISORIES_MAX; i++)
		policy_admit_advisory(&p, span_str("INTEL-SA-00837"));
	check(policy_admit_advisory(&p, span_str("INTEL-SA-00837")) == POLICY_TOO_MANY, "there are only so many");
}

#define EVENT(imr, name, payload) \
	"{\"imr\":" imr ",\"event_type\":134217729,\"event\":\"" name "\",\"event_payload\":\"" payload "\"}"

/* A TD whose RTMR3 the log leads to, and RTMR0 if that is said. */
static void judged(const char *rules, const char *log, bool whole, bool may_be_rtmr3, enum verify_reason wanted)
{
	static const unsigned char other[QUOTE_MEASUREMENT_LEN] = { 1 };
	static struct json_token tokens[256];
	static struct replay replay;
	static struct verify_result result;
	struct policy_log with = { span_str(log), tokens, 256, may_be_rtmr3 };
	struct json doc;
	size_t line, at;
	bool good;

	result = (struct verify_result){ .genuine = true, .what = "", .quote.body_type = QUOTE_TD10 };
	if (!json_read(&doc, with.bytes, tokens, 256) ||
	    eventlog_json(json_root(&doc), &replay, NULL, NULL, &at) != EVENTLOG_OK ||
	    reads(span_str(rules), &line) != POLICY_OK)
		check(false, "%s", log);
	for (int i = 0; i < QUOTE_RTMRS; i++)
		result.quote.td.rtmr[i] = span_of(whole || i == 3 ? replay.rtmr[i] : other, QUOTE_MEASUREMENT_LEN);
	good = policy_judge(&p, &with, &result);
	check(good == (wanted == VERIFY_OK) && result.reason == wanted, "%.*s and %zu events: %s (%s)",
	      (int)strcspn(rules, "\n"), rules, replay.events, verify_reason_name(result.reason), result.what);
}

static void logs(void)
{
	static const char one[] = "[" EVENT("3", "app-id", "01") "]",
			  two[] = "[" EVENT("0", "x", "01") "," EVENT("3", "app-id", "01") "]",
			  late[] = "[" EVENT("3", "app-id", "01") "," EVENT("3", "system-ready", "") ","
				   EVENT("3", "app-id", "02") "]",
			  longer[] = "[" EVENT("3", "a:b", "01") "]";

	judged("app-id 01", one, true, false, VERIFY_OK);
	judged("app-id 01", one, false, false, VERIFY_REPLAY);
	judged("app-id 01", one, false, true, VERIFY_OK);
	judged("app-id 01", two, false, true, VERIFY_REPLAY);
	judged("app-id 01", two, true, true, VERIFY_OK);
	judged("app-id 02", one, true, true, VERIFY_POLICY);
	judged("event x 01", two, true, true, VERIFY_POLICY);
	judged("app-id 01", late, true, true, VERIFY_POLICY);
	judged("app-id 02", late, true, true, VERIFY_POLICY);
	/* Only before the application started. */
	judged("app-id 01 02", late, true, true, VERIFY_OK);
	judged("event app-id 01\nevent app-id 02", late, true, true, VERIFY_OK);
	/* The names that one digest may be of. */
	judged("event a:b 01", longer, true, true, VERIFY_OK);
	judged("event a 623a01", longer, true, true, VERIFY_OK);
	judged("event a 01", longer, true, true, VERIFY_POLICY);
	judged("event a:b 01\nevent a 00", longer, true, true, VERIFY_POLICY);
	judged("event a:b: 01", longer, true, true, VERIFY_POLICY);
	judged("event a:b 0100", longer, true, true, VERIFY_POLICY);
	judged("event a:b:1 00", longer, true, true, VERIFY_POLICY);
}

int main(void)
{
	logs();
	ends("", POLICY_OK, 0, 0);
	ends("\n\n \t\n# all\n  # too", POLICY_OK, 0, 0);
	ends("tee tdx", POLICY_OK, 1, 0);
	ends("tee tdx sgx\r\nfmspc 010203040506 # x\r\n", POLICY_OK, 3, 0);
	ends("tcb_evaluation 0 4294967295", POLICY_OK, 2, 0);
	ends("event # 00", POLICY_VALUE, 0, 1);
	ends("tee tdx\nevent a", POLICY_VALUE, 0, 2);
	ends("event a #", POLICY_VALUE, 0, 1);
	ends("event a 00 ff", POLICY_OK, 2, 0);
	ends("tee tdx\n\nTEE tdx", POLICY_NAME, 0, 3);
	ends("tee tdx\n=", POLICY_NAME, 0, 2);
	ends("tee tdx\rtee sgx", POLICY_VALUE, 0, 1);
	ends("isvsvn 07", POLICY_OK, 1, 0);
	ends("attributes 0000001000000000/ffffffffffffffff/00", POLICY_VALUE, 0, 1);
	ends("tcb_date 1969-12-31T23:59:59Z", POLICY_VALUE, 0, 1);
	limits();
	admissions();
	return tap_end();
}
