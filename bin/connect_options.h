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
#include "base/hex.h"
#include "base/prog.h"
#include "attest_peer.h"
#include "net/addr.h"
#include "pin_options.h"
#include "protocol_list.h"

enum {
	CONNECT_HANDSHAKE_MS = 20000,
	CONNECT_SECONDS_MAX = 30 * 86400
};

#define CONNECT_USAGE                                                          \
	"[-ev] [-a anchors] [-c certificate] [-D collateral] [-f pins]\n"      \
	"       [-i seconds] [-k key] [-l protocols] [-N nonce] [-n name] [-p pin]\n" \
	"       [-Q policy] [-r root] [-S statuses] [-T seconds] [-t seconds]\n" \
	"       -s host port | host port program [argument ...]"

struct connect_options {
	const char *anchors, *certificate, *key; /* NULL: not given */
	bool stdio, deaf_to_end, verbose;
	int64_t handshake_ms, idle_ms, total_ms; /* 0: no limit */
	struct pins pins;
	struct attest *attest;
	struct protocol_list protocols;
	struct span host; /* to connect to */
	struct span name; /* whose certificate it is to be */
	bool name_is_address;
	uint16_t port;
	char **program;   /* NULL with -s */
};

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
	if (o->attest->judge.nonce.p && !o->attest->policy_file)
		prog_perm("-N: only with -Q");
	if (o->key && !o->certificate)
		prog_perm("-k: a key without a certificate (-c)");
}

/* What the server was given by other means, for its evidence to be no older than that. */
static void connect_nonce(struct connect_options *o, const char *text)
{
	static unsigned char bytes[RATLS_NONCE_MAX];
	struct builder b;

	builder_init(&b, bytes, sizeof bytes);
	if (!*text || !hex_decode(&b, span_str(text)))
		prog_perm("-N: not up to %d bytes in hexadecimal: %s", RATLS_NONCE_MAX,
		          prog_text(span_str(text)));
	o->attest->judge.nonce = builder_span(&b);
}

static void connect_options_read(struct connect_options *o, int argc, char **argv)
{
	const char *name = NULL;
	int option;

	while ((option = getopt(argc, argv, "+a:c:ef:hi:k:l:N:n:p:sT:t:v" ATTEST_LETTERS)) != -1) {
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
			pin_options_file(&o->pins, optarg);
			break;
		case 'i':
			o->idle_ms = prog_seconds_ms("-i", optarg, CONNECT_SECONDS_MAX);
			break;
		case 'k':
			o->key = optarg;
			break;
		case 'l':
			protocol_list_read(&o->protocols, optarg);
			break;
		case 'N':
			connect_nonce(o, optarg);
			break;
		case 'n':
			name = optarg;
			break;
		case 'p':
			pin_options_add(&o->pins, optarg);
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
			if (!attest_option(o->attest, option, optarg))
				prog_usage();
		}
	}
	connect_operands(o, name, argc - optind, argv + optind);
}

#endif
