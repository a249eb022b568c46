/* collateral_options: what tdx-collateral is asked to do, from its arguments. */
#ifndef BIN_COLLATERAL_OPTIONS_H
#define BIN_COLLATERAL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "net/url.h"
#include "root_option.h"
#include "tee/pcs.h"
#include "tls/anchors.h"
#include "tls/pins.h"

#define COLLATERAL_USAGE                                                              \
	"[-fnx] [-a anchors] [-c dir] [-e seconds] [-p pin] [-R url] [-r root]\n" \
	"       [-s base] [-T unix-time] [-t seconds] [-u update]"

enum {
	COLLATERAL_SERVICES_MAX = 8,
	COLLATERAL_MS = 60000,
	COLLATERAL_SECONDS_MAX = 3600,
	COLLATERAL_EARLY = 7 * 86400,
	COLLATERAL_EARLY_MAX = 366 * 86400
};

struct collateral_options {
	bool now_again, offline, stale; /* -f, -n, -x */
	const char *dir;
	int64_t early;                  /* seconds */
	int64_t now;                    /* seconds since 1970 */
	int64_t timeout_ms;
	struct pins pins;
	size_t n_services;
	struct span service[COLLATERAL_SERVICES_MAX]; /* URLs */
	struct pcs_wish wish;           /* all but the platform */
	struct trust_root own;
	const struct trust_root *root;
	struct anchors anchors;
	bool has_anchors;
};

static struct span collateral_url(const char *option, const char *text, bool query)
{
	struct url url;

	if (!url_parse(&url, span_str(text)) || (!query && url.query.len > 0))
		prog_perm("%s: not an http: or https: URL: %s", option, prog_text(span_str(text)));
	return span_str(text);
}

static void collateral_service(struct collateral_options *o, const char *text)
{
	if (o->n_services == COLLATERAL_SERVICES_MAX)
		prog_perm("-s: more than %d services", COLLATERAL_SERVICES_MAX);
	o->service[o->n_services++] = collateral_url("-s", text, false);
}

static void collateral_pin(struct pins *pins, const char *text)
{
	enum pins_result r = pins_add(pins, span_str(text));

	if (r != PINS_OK)
		prog_perm("-p: %s: %s", pins_strerror(r), prog_text(span_str(text)));
}

static void collateral_update(struct pcs_wish *wish, const char *text)
{
	wish->update = PCS_NUMBERED;
	if (strcmp(text, "standard") == 0)
		wish->update = PCS_STANDARD;
	else if (strcmp(text, "early") == 0)
		wish->update = PCS_EARLY;
	else
		wish->evaluation = (uint32_t)prog_number("-u", text, 0, UINT32_MAX);
}

static bool collateral_is_https(struct span url)
{
	return url.len > 6 && strncasecmp((const char *)url.p, "https:", 6) == 0;
}

static void collateral_read_anchors(struct collateral_options *o, const char *path)
{
	enum anchors_result r = anchors_read(&o->anchors, path);

	if (r != ANCHORS_OK)
		prog_perm("%s: %s", prog_text(span_str(path)), anchors_strerror(r));
	o->has_anchors = true;
}

/* The system's anchors, where something needs them. Pins stand in for them. */
static void collateral_anchors(struct collateral_options *o)
{
	bool wanted = collateral_is_https(o->wish.root_crl);

	for (size_t i = 0; i < o->n_services; i++)
		wanted = wanted || collateral_is_https(o->service[i]);
	if (wanted && !o->has_anchors && o->pins.n == 0)
		collateral_read_anchors(o, ANCHORS_SYSTEM);
}

static void collateral_option(struct collateral_options *o, int letter, const char *value)
{
	switch (letter) {
	case 'a':
		collateral_read_anchors(o, value);
		break;
	case 'c':
		o->dir = value;
		break;
	case 'e':
		o->early = (int64_t)prog_number("-e", value, 0, COLLATERAL_EARLY_MAX);
		break;
	case 'f':
		o->now_again = true;
		break;
	case 'n':
		o->offline = true;
		break;
	case 'p':
		collateral_pin(&o->pins, value);
		break;
	case 'R':
		o->wish.root_crl = collateral_url("-R", value, true);
		break;
	case 'r':
		root_option_read(&o->own, value);
		o->root = &o->own;
		break;
	case 's':
		collateral_service(o, value);
		break;
	case 'T':
		o->now = (int64_t)prog_number("-T", value, 0, INT32_MAX * INT64_C(4));
		break;
	case 't':
		o->timeout_ms = prog_seconds_ms("-t", value, COLLATERAL_SECONDS_MAX);
		break;
	case 'u':
		collateral_update(&o->wish, value);
		break;
	case 'x':
		o->stale = true;
		break;
	case 'h':
		prog_help();
	default:
		prog_usage();
	}
}

static void collateral_options_read(struct collateral_options *o, int argc, char **argv)
{
	int letter;

	*o = (struct collateral_options){ .early = COLLATERAL_EARLY, .timeout_ms = COLLATERAL_MS,
		                          .now = (int64_t)time(NULL), .root = &trust_root_intel };
	while ((letter = getopt(argc, argv, "+a:c:e:fhnp:R:r:s:T:t:u:x")) != -1)
		collateral_option(o, letter, optarg);
	if (optind != argc || (o->now_again && o->offline))
		prog_usage();
	if (!o->dir)
		o->dir = prog_env("COLLATERAL_DIR");
	if (!o->dir || !*o->dir)
		prog_perm("no directory: neither -c nor COLLATERAL_DIR is given");
	for (size_t i = 0; i < o->n_services; i++)
		if (o->pins.n > 0 && !collateral_is_https(o->service[i]))
			prog_perm("-p is for https: alone");
	if (o->n_services == 0)
		collateral_service(o, PCS_INTEL);
}

#endif
