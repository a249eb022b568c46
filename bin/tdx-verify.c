/* tdx-verify: whether a quote comes from genuine hardware, and is one that is wanted. */
#include <errno.h>

#include "base/deadline.h"
#include "base/jail.h"
#include "quote_input.h"
#include "verify_options.h"
#include "verify_print.h"

enum { LIMIT_MS = 60000, LIMIT_BENCH_MS = 3600000 };

static struct verify_options options;
static struct verify work;
static struct verify_result result;

static void enter_jail(void)
{
	if (jail_enter(&(struct jail){ .promises = JAIL_STDIO }) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
}

static struct span read_quote(void)
{
	static unsigned char text[QUOTE_INPUT_MAX];
	struct span bytes;
	size_t len;

	quote_input_read(text, &len, DEADLINE_NEVER);
	if (!quote_unhex(text, len, &bytes))
		prog_perm("standard input: neither a quote nor one in hexadecimal");
	return bytes;
}

/* collateral.json is taken apart first, with tokens that TCB info needs later. */
static bool open_collateral(void)
{
	return options.document.len == 0 || collateral_read(&options.files, options.document, work.tcb_tokens,
	                                                    COLLATERAL_TOKENS, &options.room);
}

static bool verify(struct span quote)
{
	struct verify_input in = { .quote = quote, .root = options.trusted, .now = options.now };
	size_t before = options.room.len;
	bool good = false;

	if (open_collateral()) {
		in.collateral = options.has_collateral ? &options.files : NULL;
		good = verify_quote(&work, &in, &result) &&
		       policy_judge(&options.policy, options.log_file ? &options.log : NULL, &result);
	} else {
		result = (struct verify_result){ .reason = VERIFY_COLLATERAL,
			                         .what = "collateral.json is malformed" };
	}
	options.room.len = before;
	return good;
}

/* -B: the same again and again, for the clock: how long each took, and how much of that we ran. */
static void measure(struct span quote)
{
	uint64_t turns = options.turns;
	int64_t began = deadline_now_us();
	clock_t cpu = clock();
	uint64_t took;

	if (turns == 0)
		return;
	for (uint64_t i = 0; i < turns; i++)
		verify(quote);
	took = (uint64_t)(deadline_now_us() - began);
	cpu = clock() - cpu;
	prog_warn("%llu verifications, %llu us each, %llu us of processor time, %u signatures",
	          (unsigned long long)turns, (unsigned long long)(took / turns),
	          (unsigned long long)cpu * 1000000 / CLOCKS_PER_SEC / turns, result.signatures);
}

int main(int argc, char **argv)
{
	struct span quote;
	bool good;

	prog_init("tdx-verify", VERIFY_USAGE);
	verify_options_read(&options, argc, argv);
	enter_jail();
	quote = read_quote();
	prog_alarm(options.turns > 0 ? LIMIT_BENCH_MS : LIMIT_MS);
	measure(quote);
	good = verify(quote);
	if (result.reason == VERIFY_NO_COLLATERAL)
		prog_temp("%s/%s: %s", prog_text(span_str(options.collateral)), options.missing,
		          file_strerror(options.why));
	verify_print(&result, options.json);
	return good ? PROG_OK : PROG_NO;
}
