/*
 * serve_options: what tls-serve is asked to do, from its arguments and its environment. What is
 * wrong with one of them ends the program with a message.
 */
#ifndef BIN_SERVE_OPTIONS_H
#define BIN_SERVE_OPTIONS_H

#include "attest_peer.h"
#include "net/network.h"
#include "pin_options.h"
#include "protocol_list.h"
#include "serving.h"
#include "tls/anchors.h"
#include "tls/front.h"
#include "tls/names.h"

#define SERVE_USAGE                                                                    \
	"[-Cqs] [-A front] [-a anchors] [-c connections] [-D collateral]\n"            \
	"       [-f pins] [-g grace-seconds] [-I idle-seconds] [-i identity]\n"        \
	"       [-k key-file] [-l protocols] [-m per-client] [-N name]\n"              \
	"       [-n workers] [-P version] [-p pin] [-Q policy] [-R sessions]\n"        \
	"       [-r root] [-S statuses] [-T total-seconds]\n"                          \
	"       [-t handshake-seconds] [-w connect-seconds]\n"                         \
	"       -u upstream | program [argument ...]"

enum {
	SERVE_SECONDS_MAX = 10000000,
	SERVE_SESSIONS = 20000,
	SERVE_SESSIONS_MAX = 1000000,
	SERVE_SESSION_S = 3600
};

enum serve_identity { SERVE_X509, SERVE_SELF, SERVE_RAW, SERVE_ACME };

struct serve_options {
	enum serve_identity identity;
	const char *key_file, *upstream, *anchors; /* NULL: not given */
	bool strict, per_client;
	unsigned int clients; /* how often -C was given */
	size_t sessions;
	struct name_set names;
	struct networks trusted;
	struct pins pins;
	struct attest *attest;
	struct protocol_list protocols;
	char **program; /* NULL with -u */
};

static enum serve_identity serve_identity(const char *text)
{
	static const char *const names[] = { [SERVE_X509] = "x509", [SERVE_SELF] = "self",
		                             [SERVE_RAW] = "raw", [SERVE_ACME] = "acme" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (span_is(span_str(text), names[i]))
			return (enum serve_identity)i;
	prog_perm("-i: not an identity (x509, self, raw, acme): %s", prog_text(span_str(text)));
}

/* Limits of time, of which 0 is none where that is of use. */
static int64_t serve_seconds(const char *what, const char *text, bool none)
{
	return none && span_is(span_str(text), "0") ? 0 : prog_seconds_ms(what, text, SERVE_SECONDS_MAX);
}

static void serve_name(struct serve_options *o, const char *text)
{
	enum name_result result = name_set_add(&o->names, span_str(text));

	if (result != NAME_OK)
		prog_perm("-N: %s: %s", prog_text(span_str(text)), name_strerror(result));
}

static void serve_option(struct serve_options *o, struct front *front, struct serving *serving,
                         int letter, const char *value)
{
	switch (letter) {
	case 'A':
		if (!networks_add(&o->trusted, span_str(value)))
			prog_perm("-A: not an address, a network or unix: %s", prog_text(span_str(value)));
		break;
	case 'a':
		o->anchors = value;
		break;
	case 'C':
		o->clients++;
		break;
	case 'f':
		pin_options_file(&o->pins, value);
		break;
	case 'I':
		front->idle_ms = serve_seconds("-I", value, true);
		break;
	case 'i':
		o->identity = serve_identity(value);
		break;
	case 'k':
		o->key_file = value;
		break;
	case 'l':
		protocol_list_read(&o->protocols, value);
		break;
	case 'm':
		serving_option(serving, 'C', value);
		o->per_client = true;
		break;
	case 'N':
		serve_name(o, value);
		break;
	case 'P':
		front->proxy = (int)prog_number("-P", value, 1, 2);
		break;
	case 'p':
		pin_options_add(&o->pins, value);
		break;
	case 'R':
		o->sessions = prog_number("-R", value, 0, SERVE_SESSIONS_MAX);
		break;
	case 's':
		o->strict = true;
		break;
	case 'T':
		front->total_ms = serve_seconds("-T", value, true);
		break;
	case 't':
		front->handshake_ms = serve_seconds("-t", value, false);
		break;
	case 'u':
		o->upstream = value;
		break;
	case 'w':
		front->connect_ms = serve_seconds("-w", value, false);
		break;
	default:
		if (!attest_option(o->attest, letter, value))
			serving_option(serving, letter, value);
	}
}

/* What does not go together. */
static void serve_check(const struct serve_options *o, const struct front *front)
{
	bool file = o->identity == SERVE_SELF || o->identity == SERVE_RAW;

	if ((o->upstream != NULL) == (o->program != NULL) || o->clients > 2)
		prog_usage();
	if (file != (o->key_file != NULL))
		prog_perm(file ? "-i: a key file (-k) is needed" : "-k: only with -i self and -i raw");
	if (o->names.n > 0 && !file)
		prog_perm("-N: only with -i self and -i raw");
	if (front->proxy && !o->upstream)
		prog_perm("-P: only with -u");
	if (!o->clients && (o->pins.n > 0 || o->anchors))
		prog_perm("%s: only with -C", o->anchors ? "-a" : "-f, -p");
	if (o->attest->policy_file && o->clients != 2)
		prog_perm("-Q: only with -CC");
	for (size_t i = 0; i < o->protocols.n; i++)
		if (strcmp(o->protocols.name[i], SERVER_ACME_PROTOCOL) == 0)
			prog_perm("-l: " SERVER_ACME_PROTOCOL ": that is -i acme");
}

static void serve_options_read(struct serve_options *o, struct front *front, struct serving *serving,
                               int argc, char **argv)
{
	int letter;

	o->sessions = SERVE_SESSIONS;
	while ((letter = getopt(argc, argv, "+A:a:Cc:f:g:hI:i:k:l:m:N:n:P:p:qR:sT:t:u:w:" ATTEST_LETTERS)) != -1)
		serve_option(o, front, serving, letter, optarg);
	o->program = optind < argc ? argv + optind : NULL;
	serve_check(o, front);
	/* Of a front all connections come from one address. */
	if (o->trusted.n > 0 && !o->per_client)
		serving->serve.max_per_client = SIZE_MAX;
}

static void serve_upstream(struct front_upstream *u, const char *text)
{
	struct span whole = span_str(text), host;

	u->literal = addr_parse(&u->addr, whole);
	if (u->literal && (addr_family(&u->addr) == AF_UNIX || (addr_port(&u->addr) > 0 && !u->addr.dual)))
		return;
	u->literal = false;
	if (!addr_split(whole, &host, &u->port) || u->port == 0 || hostname_fold(u->host, host).len == 0)
		prog_perm("-u: neither host:port nor unix:/path: %s", prog_text(whole));
}

#endif
