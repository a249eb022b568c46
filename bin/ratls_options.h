/* ratls_options: what ratls-cert is asked to do, from its arguments. */
#ifndef BIN_RATLS_OPTIONS_H
#define BIN_RATLS_OPTIONS_H

#include "base/hex.h"
#include "name_list.h"
#include "quote_ask.h"
#include "tee/ratls.h"

#define RATLS_USAGE                                                       \
	"[-R] [-d days] [-e event-log] [-F form] [-n nonce] [-Q quote]\n" \
	"       [-q service] [-s source] [-t seconds] -k key name ..."

enum { RATLS_DAYS = 365, RATLS_DAYS_MAX = 36500, RATLS_TIMEOUT_MS = 60000, RATLS_SECONDS_MAX = 3600 };

struct ratls_options {
	const char *key, *quote, *log; /* files; NULL: not given */
	bool report_only; /* print what a quote has to be made over */
	enum ratls_form form;
	uint64_t days;
	int64_t timeout_ms;
	struct span nonce; /* no `p`: none */
	unsigned char nonce_room[RATLS_NONCE_MAX];
	struct name_set names;
	struct quote_asking asking;
};

static void ratls_nonce(struct ratls_options *o, const char *text)
{
	struct builder b;

	builder_init(&b, o->nonce_room, sizeof o->nonce_room);
	if (!*text || !hex_decode(&b, span_str(text)))
		prog_perm("-n: not up to %d bytes in hexadecimal: %s", RATLS_NONCE_MAX,
		          prog_text(span_str(text)));
	o->nonce = builder_span(&b);
}

static void ratls_option(struct ratls_options *o, int letter, const char *value)
{
	switch (letter) {
	case 'd':
		o->days = prog_number("-d", value, 1, RATLS_DAYS_MAX);
		break;
	case 'e':
		o->log = value;
		break;
	case 'F':
		if (!ratls_form_find(span_str(value), &o->form))
			prog_perm("-F: not a form (dstack, ccc, gramine): %s", prog_text(span_str(value)));
		break;
	case 'k':
		o->key = value;
		break;
	case 'n':
		ratls_nonce(o, value);
		break;
	case 'Q':
		o->quote = value;
		break;
	case 'q':
		if (!qgs_place_parse(&o->asking.service, span_str(value)))
			prog_perm("-q: not vsock:cid:port or unix:path: %s", prog_text(span_str(value)));
		break;
	case 'R':
		o->report_only = true;
		break;
	case 's':
		o->asking.source = value;
		break;
	case 't':
		o->timeout_ms = prog_seconds_ms("-t", value, RATLS_SECONDS_MAX);
		break;
	case 'h':
		prog_help();
	default:
		prog_usage();
	}
}

static void ratls_options_read(struct ratls_options *o, int argc, char **argv)
{
	int letter;

	while ((letter = getopt(argc, argv, "+d:e:F:hk:n:Q:q:Rs:t:")) != -1)
		ratls_option(o, letter, optarg);
	name_list_read(&o->names, argv + optind);
	if (!o->key || (o->report_only ? o->names.n > 0 || o->quote : o->names.n == 0))
		prog_usage();
	if (o->nonce.p && o->form != RATLS_CCC)
		prog_perm("-n: only with -F ccc: the other forms have no place for it");
	if (o->log && o->form != RATLS_DSTACK)
		prog_perm("-e: only with -F dstack: the other forms have no place for it");
	if (!o->report_only && !o->quote)
		quote_sources(&o->asking);
}

#endif
