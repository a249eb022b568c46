/* collateral_kept: what tdx-collateral has in its cache for a quote, and how it ends with it. */
#ifndef BIN_COLLATERAL_KEPT_H
#define BIN_COLLATERAL_KEPT_H

#include "base/utc.h"
#include "collateral_cells.h"
#include "tee/collateral_cache.h"

struct collateral_kept {
	const struct collateral_options *options;
	struct collateral_cells *cells;
	struct collateral_cache cache;
	size_t len; /* 0: nothing that is genuine */
	bool valid;
	bool due;   /* for something newer */
	struct collateral_dates dates;
	unsigned char text[COLLATERAL_FILE_MAX];
};

/* Of what lives shortly, the second half of its life is early enough. */
static void collateral_kept_judge(struct collateral_kept *k)
{
	int64_t now = k->options->now, half = (k->dates.next_update - k->dates.from) / 2;
	int64_t early = k->options->early < half ? k->options->early : half;

	k->valid = k->dates.from <= now && now <= k->dates.next_update;
	k->due = !k->valid || now > k->dates.next_update - early;
}

/* What is wrong with it is said once: `again` is the second time. */
static void collateral_kept_look(struct collateral_kept *k, bool again)
{
	enum file_result r = collateral_cache_load(&k->cache, k->text, &k->len);

	k->valid = false;
	k->due = true;
	if (r == FILE_OK && collateral_judge(k->cells, span_of(k->text, k->len), &k->dates)) {
		collateral_kept_judge(k);
		return;
	}
	k->len = 0;
	if (r != FILE_MISSING && !again)
		prog_warn("%s/%s/collateral.json: %s", prog_text(span_str(k->options->dir)), k->cache.name,
		          r == FILE_OK ? prog_text(builder_span(&k->cells->why)) : file_strerror(r));
}

_Noreturn static void collateral_kept_print(const struct collateral_kept *k)
{
	prog_write(span_str(k->options->dir));
	prog_write(span_str("/"));
	prog_write(span_str(k->cache.name));
	prog_write(span_str("\n"));
	_exit(PROG_OK);
}

/* The end when nothing newer is to be had: `why`, and until when (0: who knows). */
_Noreturn static void collateral_kept_end(const struct collateral_kept *k, const char *why, int64_t until)
{
	unsigned char text[32] = "";
	struct builder b;

	builder_init(&b, text, sizeof text);
	if (until > 0) {
		builder_str(&b, " before ");
		utc_print(&b, until);
		builder_cstr(&b);
	}
	if (k->valid)
		collateral_kept_print(k);
	if (k->len > 0 && k->options->stale) {
		prog_warn("%s/%s: not valid: %s%s", prog_text(span_str(k->options->dir)), k->cache.name, why, text);
		collateral_kept_print(k);
	}
	prog_temp("%s/%s: %s, and %s%s", prog_text(span_str(k->options->dir)), k->cache.name,
	          k->len > 0 ? "not valid" : "nothing is kept", why, text);
}

#endif
