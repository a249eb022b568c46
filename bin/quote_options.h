/*
 * quote_options: what tdx-quote is asked for: the report data, and the sources to be tried.
 * What is wrong with either ends the program with a message.
 */
#ifndef BIN_QUOTE_OPTIONS_H
#define BIN_QUOTE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/io.h"
#include "base/prog.h"
#include "quote_ask.h"
#include "tee/report_data.h"

enum { QUOTE_DATA_MAX = 4 << 20, QUOTE_SECONDS_MAX = 3600 };

struct quote_options {
	const char *data, *prefix; /* NULL: not given */
	bool hashed, hex, json;
	enum report_hash hash;
	int64_t timeout_ms;
	struct quote_asking asking;
};

/* From -d, or from the standard input. */
static struct span quote_data(const struct quote_options *o)
{
	static unsigned char data[QUOTE_DATA_MAX];
	enum io_result r;
	struct builder b;
	size_t len;

	if (o->data) {
		builder_init(&b, data, sizeof data);
		if (!hex_decode(&b, span_str(o->data)))
			prog_perm("-d: not hexadecimal: %s", prog_text(span_str(o->data)));
		return builder_span(&b);
	}
	r = io_read_end(0, data, o->hashed ? sizeof data : QUOTE_REPORT_DATA_LEN, &len, o->asking.deadline);
	if (r == IO_TOO_LONG)
		prog_perm("standard input: more than %d bytes%s", o->hashed ? QUOTE_DATA_MAX : QUOTE_REPORT_DATA_LEN,
		          o->hashed ? "" : " (-H hashes any number of them)");
	if (r != IO_OK)
		prog_temp("standard input: %s", io_strerror(r));
	return span_of(data, len);
}

static void quote_report_data(struct quote_options *o)
{
	struct span data = quote_data(o);

	if (o->hashed && !report_data_hash(o->hash, span_str(o->prefix), data, o->asking.report_data))
		prog_perm("-H raw: %zu bytes in place of %d", data.len, QUOTE_REPORT_DATA_LEN);
	if (!o->hashed && !report_data_pad(data, o->asking.report_data))
		prog_perm("-d: more than %d bytes (-H hashes any number of them)", QUOTE_REPORT_DATA_LEN);
}

static void quote_option(struct quote_options *o, int letter, const char *value)
{
	switch (letter) {
	case 'a':
		o->asking.attest = true;
		break;
	case 'd':
		o->data = value;
		break;
	case 'H':
		o->hashed = true;
		if (!report_hash_find(span_str(value), &o->hash) || !*value)
			prog_perm("-H: not a hash (sha512, sha256, sha384, sha3-..., keccak..., raw): %s",
			          prog_text(span_str(value)));
		break;
	case 'j':
		o->json = true;
		break;
	case 'p':
		o->prefix = value;
		break;
	case 'q':
		if (!qgs_place_parse(&o->asking.service, span_str(value)))
			prog_perm("-q: not vsock:cid:port or unix:path: %s", prog_text(span_str(value)));
		break;
	case 's':
		o->asking.source = value;
		break;
	case 't':
		o->timeout_ms = prog_seconds_ms("-t", value, QUOTE_SECONDS_MAX);
		break;
	case 'x':
		o->hex = true;
		break;
	case 'h':
		prog_help();
	default:
		prog_usage();
	}
}

static void quote_options_read(struct quote_options *o, int argc, char **argv)
{
	int letter;

	while ((letter = getopt(argc, argv, "+ad:H:hjp:q:s:t:x")) != -1)
		quote_option(o, letter, optarg);
	if (optind != argc || (o->hex && o->json) || (o->prefix && !o->hashed))
		prog_usage();
	quote_sources(&o->asking);
}

#endif
