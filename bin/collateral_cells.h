/*
 * collateral_cells: what tdx-collateral does with bytes of others, each in a process of its own.
 * One sees the network and has no files but the names of hosts; the others have nothing but
 * the memory they were made with. What they say is of a fixed size, or is only stored, and that when
 * another one has checked it.
 */
#ifndef BIN_COLLATERAL_CELLS_H
#define BIN_COLLATERAL_CELLS_H

#include <fcntl.h>
#include <unistd.h>

#include "base/cell.h"
#include "collateral_options.h"
#include "quote_input.h"
#include "tee/collateral_check.h"
#include "tls/fetch.h"

#define COLLATERAL_HOSTS "/etc/hosts"

enum { COLLATERAL_WHY_MAX = 768, COLLATERAL_GRACE_MS = 1000 };

struct collateral_cells {
	const struct collateral_options *options;
	const struct dns_servers *servers;
	struct pcs_wish wish;
	size_t len;
	unsigned char text[QUOTE_INPUT_MAX]; /* the quote, as it came */
	int64_t deadline;
	struct builder why; /* of the last failure, one line */
	unsigned char why_text[COLLATERAL_WHY_MAX];
};

/* The storage of all of them: each has its own copy of it. */
static struct verify collateral_verify;
static unsigned char collateral_room[2 * COLLATERAL_MAX];

static int collateral_run(struct collateral_cells *c, const struct jail *jail,
                          int (*work)(void *, struct builder *, struct builder *), void *context,
                          struct builder *result)
{
	struct cell cell = { .jail = jail, .deadline = c->deadline + COLLATERAL_GRACE_MS };

	builder_init(&c->why, c->why_text, sizeof c->why_text - 1);
	return cell_run(&cell, work, context, result, &c->why);
}

/* An answer that is a structure: all of it, or none. */
static bool collateral_answer(const struct builder *result, void *to, size_t size)
{
	if (result->len != size)
		return false;
	memcpy(to, result->p, size);
	return true;
}

static bool collateral_input(struct collateral_cells *c, struct verify_input *in)
{
	*in = (struct verify_input){ .root = c->options->root, .now = c->options->now };
	return quote_unhex(c->text, c->len, &in->quote);
}

static int collateral_quote_work(void *context, struct builder *result, struct builder *why)
{
	struct collateral_cells *c = context;
	struct pcs_platform platform;
	struct verify_input in;
	const char *wrong;

	if (!collateral_input(c, &in))
		wrong = "neither a quote nor one in hexadecimal";
	else
		wrong = collateral_check_quote(&collateral_verify, &in, &platform);
	if (wrong)
		builder_str(why, wrong);
	else
		builder_add(result, span_of(&platform, sizeof platform));
	return wrong != NULL;
}

/* What the quote needs, into the wish. What is wrong with it ends the program with a message. */
static void collateral_quote(struct collateral_cells *c)
{
	unsigned char room[sizeof(struct pcs_platform)];
	struct builder result;
	int verdict;

	builder_init(&result, room, sizeof room);
	verdict = collateral_run(c, NULL, collateral_quote_work, c, &result);
	if (verdict > 0)
		prog_perm("standard input: %s", prog_text(builder_span(&c->why)));
	c->wish = c->options->wish;
	if (verdict < 0 || !collateral_answer(&result, &c->wish.platform, sizeof c->wish.platform))
		prog_temp("standard input: %s", prog_text(builder_span(&c->why)));
}

struct collateral_judgement {
	struct collateral_cells *cells;
	struct span document;
};

static int collateral_judge_work(void *context, struct builder *result, struct builder *why)
{
	struct collateral_judgement *j = context;
	const char *wrong = "collateral.json is malformed";
	static struct collateral collateral;
	struct collateral_dates dates;
	struct verify_input in;
	struct builder room;

	builder_init(&room, collateral_room, sizeof collateral_room);
	if (collateral_input(j->cells, &in) &&
	    collateral_read(&collateral, j->document, collateral_verify.tcb_tokens, COLLATERAL_TOKENS, &room)) {
		in.collateral = &collateral;
		wrong = collateral_check(&collateral_verify, &in, &j->cells->wish, &dates);
	}
	if (wrong)
		builder_str(why, wrong);
	else
		builder_add(result, span_of(&dates, sizeof dates));
	return wrong != NULL;
}

/* Whether it is genuine, of this platform, and when. False: `why` says what is wrong. */
static bool collateral_judge(struct collateral_cells *c, struct span document, struct collateral_dates *dates)
{
	struct collateral_judgement j = { c, document };
	unsigned char room[sizeof *dates];
	struct builder result;

	builder_init(&result, room, sizeof room);
	return collateral_run(c, NULL, collateral_judge_work, &j, &result) == 0 &&
	       collateral_answer(&result, dates, sizeof *dates);
}

struct collateral_errand {
	struct collateral_cells *cells;
	struct span base;
	int64_t deadline;
};

static int collateral_fetch_work(void *context, struct builder *result, struct builder *why)
{
	static max_align_t storage[FETCH_ROOM / sizeof(max_align_t)];
	const struct collateral_errand *e = context;
	const struct collateral_options *o = e->cells->options;
	struct fetch_setting setting = { .servers = e->cells->servers, .hosts_path = COLLATERAL_HOSTS,
		                         .user_agent = "postern" };
	struct builder room;
	struct fetch *fetch;
	int64_t retry_s;

	setting.anchors = o->has_anchors ? &o->anchors : NULL;
	setting.pins = o->pins.pin;
	setting.n_pins = o->pins.n;
	builder_init(&room, collateral_room, sizeof collateral_room);
	fetch = fetch_new(storage, sizeof storage, &setting);
	if (pcs_fetch(fetch, e->base, &e->cells->wish, &room, result, why, &retry_s, e->deadline)) {
		fetch_close(fetch);
		return 0;
	}
	builder_init(result, result->p, result->cap);
	if (retry_s >= 0)
		builder_number(result, (uint64_t)retry_s);
	return 1;
}

/*
 * All documents from one service. False: `why` says what is wrong, and `*retry_s` for how long it
 * does not want to be asked again, or is -1.
 */
static bool collateral_fetch(struct collateral_cells *c, struct span base, int64_t deadline,
                             struct builder *document, int64_t *retry_s)
{
	struct collateral_errand e = { c, base, deadline };
	struct jail_place hosts = { COLLATERAL_HOSTS, AT_FDCWD, JAIL_READ };
	struct jail jail = { .promises = JAIL_NET, .places = &hosts };
	uint64_t seconds;
	int verdict;

	if (access(COLLATERAL_HOSTS, R_OK) == 0) {
		jail.n_places = 1;
		jail.promises |= JAIL_READ;
	}
	*retry_s = -1;
	verdict = collateral_run(c, &jail, collateral_fetch_work, &e, document);
	if (verdict == 1 && span_number(builder_span(document), INT32_MAX, &seconds))
		*retry_s = (int64_t)seconds;
	return verdict == 0;
}

#endif
