/*
 * connect_options: what tls-connect is asked to do, from its arguments and the files they
 * name. What is wrong with one of them ends the program with a message.
 */
#ifndef BIN_CONNECT_OPTIONS_H
#define BIN_CONNECT_OPTIONS_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/file.h"
#include "base/prog.h"
#include "net/addr.h"
#include "tls/pins.h"

enum {
	CONNECT_HANDSHAKE_MS = 20000,
	CONNECT_SECONDS_MAX = 30 * 86400,
	CONNECT_PROTOCOLS_MAX = 8,
	CONNECT_PROTOCOLS_LEN = 512,
	CONNECT_PINS_FILE_MAX = 65536
};

#define CONNECT_USAGE                                                          \
	"[-ev] [-a anchors] [-c certificate] [-f pins] [-i seconds] [-k key]\n" \
	"       [-l protocols] [-n name] [-p pin] [-T seconds] [-t seconds]\n"  \
	"       -s host port | host port program [argument ...]"

struct connect_options {
	const char *anchors, *certificate, *key; /* NULL: not given */
	bool stdio, deaf_to_end, verbose;
	int64_t handshake_ms, idle_ms, total_ms; /* 0: no limit */
	struct pins pins;
	size_t n_protocols;
	const char *protocols[CONNECT_PROTOCOLS_MAX];
	char protocol_text[CONNECT_PROTOCOLS_LEN];
	struct span host; /* to connect to */
	struct span name; /* whose certificate it is to be */
	bool name_is_address;
	uint16_t port;
	char **program;   /* NULL with -s */
};

static void connect_pin(struct pins *pins, const char *text)
{
	enum pins_result result = pins_add(pins, span_str(text));

	if (result != PINS_OK)
		prog_perm("-p: %s: %s", pins_strerror(result), prog_text(span_str(text)));
}

static void connect_pin_file(struct pins *pins, const char *path)
{
	static unsigned char text[CONNECT_PINS_FILE_MAX];
	enum pins_result result;
	enum file_result r;
	size_t len, line;

	r = file_read(AT_FDCWD, path, text, sizeof text, &len);
	if (r != FILE_OK)
		prog_perm("-f: %s: %s", prog_text(span_str(path)), file_strerror(r));
	result = pins_add_lines(pins, span_of(text, len), &line);
	if (result == PINS_NONE)
		prog_perm("-f: %s: %s", prog_text(span_str(path)), pins_strerror(result));
	if (result != PINS_OK)
		prog_perm("-f: %s: line %zu: %s", prog_text(span_str(path)), line, pins_strerror(result));
}

/* "h2,http/1.1": names of RFC 7301, of which those people write are printable. */
static void connect_protocols(struct connect_options *o, const char *text)
{
	struct span rest = span_str(text), one;
	struct builder b;

	builder_init(&b, o->protocol_text, sizeof o->protocol_text);
	o->n_protocols = 0;
	while (span_split(&rest, ',', &one)) {
		bool good = one.len > 0 && one.len <= 255 && o->n_protocols < CONNECT_PROTOCOLS_MAX;

		for (size_t i = 0; i < one.len; i++)
			good = good && one.p[i] > ' ' && one.p[i] <= '~';
		o->protocols[o->n_protocols] = o->protocol_text + b.len;
		builder_add(&b, one);
		builder_byte(&b, 0);
		if (!good || !builder_ok(&b))
			prog_perm("-l: not up to %d protocols with commas between: %s",
			          CONNECT_PROTOCOLS_MAX, prog_text(span_str(text)));
		o->n_protocols++;
	}
}

/* An address may have a scope, which certificates know nothing of. */
static void connect_name(struct connect_options *o, struct span name)
{
	struct addr address;

	o->name = name;
	o->name_is_address = addr_parse_ip(&address, name, 0);
	if (o->name_is_address)
		o->name = span_head(name, span_find(name, '%'));
}

static void connect_operands(struct connect_options *o, const char *name, int n, char **argv)
{
	if (o->stdio ? n != 2 : n < 3)
		prog_usage();
	o->host = span_str(argv[0]);
	o->port = (uint16_t)prog_number("port", argv[1], 1, UINT16_MAX);
	o->program = o->stdio ? NULL : argv + 2;
	connect_name(o, name ? span_str(name) : o->host);
	if (o->key && !o->certificate)
		prog_perm("-k: a key without a certificate (-c)");
}

static void connect_options_read(struct connect_options *o, int argc, char **argv)
{
	const char *name = NULL;
	int option;

	while ((option = getopt(argc, argv, "+a:c:ef:hi:k:l:n:p:sT:t:v")) != -1) {
		switch (option) {
		case 'a':
			o->anchors = optarg;
			break;
		case 'c':
			o->certificate = optarg;
			break;
		case 'e':
			o->deaf_to_end = true;
			break;
		case 'f':
			connect_pin_file(&o->pins, optarg);
			break;
		case 'i':
			o->idle_ms = prog_seconds_ms("-i", optarg, CONNECT_SECONDS_MAX);
			break;
		case 'k':
			o->key = optarg;
			break;
		case 'l':
			connect_protocols(o, optarg);
			break;
		case 'n':
			name = optarg;
			break;
		case 'p':
			connect_pin(&o->pins, optarg);
			break;
		case 's':
			o->stdio = true;
			break;
		case 'T':
			o->total_ms = prog_seconds_ms("-T", optarg, CONNECT_SECONDS_MAX);
			break;
		case 't':
			o->handshake_ms = prog_seconds_ms("-t", optarg, CONNECT_SECONDS_MAX);
			break;
		case 'v':
			o->verbose = true;
			break;
		case 'h':
			prog_help();
		default:
			prog_usage();
		}
	}
	connect_operands(o, name, argc - optind, argv + optind);
}

#endif
