/* Policies: lines that are read, and limits. What they mean is in t/tdx-verify.bats too. */
#include "tee/policy.h"

#include "tap.h"

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

int main(void)
{
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
