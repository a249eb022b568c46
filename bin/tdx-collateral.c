/*
 * tdx-collateral: what tdx-verify needs beside a quote, fetched, checked and kept.
 *
 * This process has the cache, and only moves bytes: whatever is done with those of others is
 * done in the processes of collateral_cells, which have nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collateral_kept.h"
#include "servers.h"

enum { GRACE_MS = 10000, ASK_AGAIN = 3600 };

static struct collateral_options options;
static struct collateral_cells cells;
static struct dns_servers servers;
static struct collateral_kept kept;

/* What one service gives, if it is good and not older than what there is. */
static const char *refusal(struct span document, struct collateral_dates *dates)
{
	static char text[64];
	enum pcs_part older;

	if (!collateral_judge(&cells, document, dates))
		return prog_text(builder_span(&cells.why));
	if (options.now > dates->next_update)
		return "expired";
	if (options.now < dates->from)
		return "not yet valid";
	older = kept.len > 0 ? collateral_older(dates, &kept.dates) : PCS_PARTS;
	if (older == PCS_PARTS)
		return NULL;
	snprintf(text, sizeof text, "%s is older than what is kept", pcs_part_name(older));
	return text;
}

static bool ask(struct span base, int64_t deadline, int64_t *retry_s)
{
	static unsigned char text[COLLATERAL_FILE_MAX];
	struct collateral_dates dates;
	struct builder document;
	const char *why;
	enum file_result r;

	builder_init(&document, text, sizeof text);
	if (!collateral_fetch(&cells, base, deadline, &document, retry_s))
		why = prog_text(builder_span(&cells.why));
	else
		why = refusal(builder_span(&document), &dates);
	if (why) {
		prog_warn("%s: %s", prog_text(base), why);
		return false;
	}
	r = collateral_cache_save(&kept.cache, builder_span(&document));
	if (r != FILE_OK)
		prog_temp("%s/%s: %s", prog_text(span_str(options.dir)), kept.cache.name, file_strerror(r));
	kept.dates = dates;
	collateral_kept_judge(&kept);
	return true;
}

/* One service after the other, each with its share of the time that is left. */
static bool ask_all(struct collateral_wait *wait)
{
	int64_t shortest = INT64_MAX, retry_s;

	for (size_t i = 0; i < options.n_services; i++) {
		int64_t now = deadline_now(), left = cells.deadline - now;

		if (ask(options.service[i], now + left / (int64_t)(options.n_services - i), &retry_s)) {
			*wait = (struct collateral_wait){ .until = kept.due ? options.now + ASK_AGAIN : 0 };
			return true;
		}
		shortest = retry_s < shortest ? retry_s : shortest;
	}
	collateral_cache_wait_longer(wait, options.now, shortest);
	return false;
}

/* With the lock: what somebody else has fetched meanwhile is looked at first. */
static void refresh(void)
{
	struct collateral_wait wait;
	bool good;

	if (!collateral_cache_lock(&kept.cache, kept.valid ? deadline_now() : cells.deadline))
		collateral_kept_end(&kept, errno == EWOULDBLOCK ? "somebody else is fetching" : strerror(errno), 0);
	collateral_kept_look(&kept, true);
	if (!kept.due && !options.now_again)
		return;
	collateral_cache_wait(&kept.cache, options.now, &wait);
	if (options.now < wait.until && !options.now_again)
		collateral_kept_end(&kept, "nobody is asked", wait.until);
	collateral_anchors(&options);
	servers_open(&servers);
	good = ask_all(&wait);
	if (!collateral_cache_remember(&kept.cache, &wait))
		prog_warn("%s/%s/wait: %s", prog_text(span_str(options.dir)), kept.cache.name, strerror(errno));
	if (!good)
		collateral_kept_end(&kept, "none could be fetched", 0);
}

int main(int argc, char **argv)
{
	prog_init("tdx-collateral", COLLATERAL_USAGE);
	collateral_options_read(&options, argc, argv);
	prog_alarm(options.timeout_ms + GRACE_MS);
	kept.options = cells.options = &options;
	kept.cells = &cells;
	cells.servers = &servers;
	cells.deadline = deadline_in(options.timeout_ms);
	quote_input_read(cells.text, &cells.len, cells.deadline);
	collateral_quote(&cells);
	if (!collateral_cache_open(&kept.cache, options.dir, &cells.wish, !options.offline) &&
	    !(options.offline && errno == ENOENT))
		prog_temp("%s/%s: %s", prog_text(span_str(options.dir)), kept.cache.name, strerror(errno));
	if (kept.cache.dir < 0)
		collateral_kept_end(&kept, "no service is asked", 0);
	collateral_kept_look(&kept, false);
	if (options.offline && kept.due)
		collateral_kept_end(&kept, "no service is asked", 0);
	if (kept.due || options.now_again)
		refresh();
	collateral_kept_print(&kept);
}
