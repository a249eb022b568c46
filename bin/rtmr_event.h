/* rtmr_event: the arguments of rtmr-extend, and what they say of the event. */
#ifndef BIN_RTMR_EVENT_H
#define BIN_RTMR_EVENT_H

#include <unistd.h>

#include "base/hex.h"
#include "base/prog.h"
#include "base/utf8.h"
#include "tee/rtmr.h"

enum { RTMR_EVENT_TAG = 6 }; /* type of an event of which a digest alone is known: EV_EVENT_TAG */

struct rtmr_options {
	const char *directory, *log, *digest, *payload;
	bool no_log;
	int version;
};

static unsigned char rtmr_payload[EVENTLOG_PAYLOAD_MAX];

static void rtmr_read_options(struct rtmr_options *o, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "+2D:d:hl:nx:")) != -1) {
		switch (option) {
		case '2':
			o->version = 2;
			break;
		case 'D':
			o->directory = optarg;
			break;
		case 'd':
			o->digest = optarg;
			break;
		case 'h':
			prog_help();
		case 'l':
			o->log = optarg;
			break;
		case 'n':
			o->no_log = true;
			break;
		case 'x':
			o->payload = optarg;
			break;
		default:
			prog_usage();
		}
	}
	if (argc - optind != (o->digest ? 1 : 2) || (o->log && o->no_log) ||
	    (o->digest && (o->payload || o->version == 2)))
		prog_usage();
}

static void rtmr_read_hex(const char *option, const char *text, unsigned char *buf, size_t cap, struct span *bytes)
{
	struct builder b;

	builder_init(&b, buf, cap);
	if (!hex_decode(&b, span_str(text)))
		prog_perm("%s: not hexadecimal, or more than %zu bytes", option, cap);
	*bytes = builder_span(&b);
}

static void rtmr_check_name(struct span name)
{
	if (name.len == 0 || name.len > EVENTLOG_NAME_MAX)
		prog_perm("event: not of 1 to %d bytes", EVENTLOG_NAME_MAX);
	if (!utf8_ok(name))
		prog_perm("event: not UTF-8");
}

/* What the arguments say of the event: all but a payload that is to be read. */
static void rtmr_read_event(const struct rtmr_options *o, struct event *e, char **argv)
{
	struct span bytes;

	e->imr = (uint32_t)prog_number("register", argv[0], RTMR_FIRST, RTMR_LAST);
	if (o->digest) {
		rtmr_read_hex("-d", o->digest, e->digest, sizeof e->digest, &bytes);
		if (bytes.len != sizeof e->digest)
			prog_perm("-d: not %zu bytes", sizeof e->digest);
		e->type = RTMR_EVENT_TAG;
		return;
	}
	e->name = span_str(argv[1]);
	rtmr_check_name(e->name);
	e->type = EVENTLOG_RUNTIME;
	e->runtime = true;
	e->version = o->version;
	if (o->payload)
		rtmr_read_hex("-x", o->payload, rtmr_payload, sizeof rtmr_payload, &e->payload);
}

#endif
