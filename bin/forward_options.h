/*
 * forward_options: what http-forward is asked to do: where its upstream is, which paths
 * go there, what is said to it. What is wrong ends the program with a message.
 */
#ifndef BIN_FORWARD_OPTIONS_H
#define BIN_FORWARD_OPTIONS_H

#include "forwarding.h"
#include "net/url.h"
#include "pin_options.h"
#include "relay/routes.h"

#define FORWARD_USAGE                                                              \
	SERVING_USAGE                                                              \
	" [-s] [-a anchors] [-A front] [-f pins] [-H host]"                        \
	" [-i idle-seconds] [-k token-file] [-p pin] [-P prefix] [-S prefix]"      \
	" [-t connect-seconds] [-w answer-seconds] [-x connections]"               \
	" [-X idle-connections] upstream"

struct forward_options {
	struct forwarding *forwarding;
	struct serving *serving;
	struct forward_target target;
	struct forward_path path;
	struct bearer bearer;
	struct pins pins;
	struct route upstream;
	const char *host;  /* -H */
	unsigned char authority[HTTP_HOST_MAX + 16];
};

static struct span forward_prefix(const char *what, const char *text)
{
	if (!forward_path_prefix_ok(span_str(text)) || strlen(text) > FORWARD_PATH_MAX)
		prog_perm("%s: not the beginning of a path: %s", what, prog_text(span_str(text)));
	return span_str(text);
}

static void forward_bearer(struct forward_options *o, const char *path)
{
	const char *why = bearer_open(&o->bearer, path);
	int error = errno;

	if (why && !*why && (error == ENOMEM || error == EMFILE || error == ENFILE || error == EIO))
		prog_temp("-k: %s: %s", prog_text(span_str(path)), strerror(error));
	if (why)
		prog_perm("-k: %s: %s", prog_text(span_str(path)), *why ? why : strerror(error));
	o->forwarding->forward.bearer = &o->bearer;
}

static void forward_option(struct forward_options *o, int letter, const char *value)
{
	switch (letter) {
	case 'f':
		pin_options_file(&o->pins, value);
		break;
	case 'H':
		o->host = value;
		break;
	case 'k':
		forward_bearer(o, value);
		break;
	case 'p':
		pin_options_add(&o->pins, value);
		break;
	case 'P':
		if (o->path.n_allowed == FORWARD_PREFIXES_MAX)
			prog_perm("-P: more than %d", FORWARD_PREFIXES_MAX);
		o->path.allowed[o->path.n_allowed++] = forward_prefix("-P", value);
		break;
	case 'S':
		o->path.strip = forward_prefix("-S", value);
		break;
	default:
		forwarding_option(o->forwarding, o->serving, letter, value);
	}
}

/* A URL's server and path; its host is what Host says. */
static void forward_url(struct forward_options *o, const char *text, const struct url *u)
{
	struct builder b;

	builder_init(&b, o->authority, sizeof o->authority);
	url_write_host(&b, u);
	if (u->query.len > 0 || !builder_ok(&b) || !forward_path_prefix_ok(u->path) ||
	    span_find(span_str(text), '#') < strlen(text))
		prog_perm("not a URL that ends with a path: %s", prog_text(span_str(text)));
	o->target.authority = builder_span(&b);
	o->target.rewrite = true;
	o->path.add = span_is(u->path, "/") ? span_of(NULL, 0) : u->path;
	o->upstream.port = u->port;
	o->upstream.literal = u->host_is_address;
	if (u->host_is_address ? !addr_parse_ip(&o->upstream.addr, u->host, u->port)
	                       : hostname_fold(o->upstream.host, u->host).len == 0)
		prog_perm("not the name of a host: %s", prog_text(u->host));
	o->target.host = u->host_is_address ? u->host : span_str(o->upstream.host);
	if (u->https)
		forwarding_secure(o->forwarding);
	else if (o->pins.n > 0 || o->forwarding->anchors)
		prog_perm("-a, -f and -p are for https: alone");
}

static void forward_upstream(struct forward_options *o, const char *text)
{
	struct url u;

	o->forwarding->secure.pins = (const unsigned char (*)[KEY_PIN_LEN])o->pins.pin;
	o->forwarding->secure.n_pins = o->pins.n;
	if (url_parse(&u, span_str(text))) {
		forward_url(o, text, &u);
	} else {
		bool local = span_starts(span_str(text), "unix:");

		if (!route_parse(&o->upstream, span_str(text)) || o->upstream.proxy ||
		    (!local && o->upstream.port == 0))
			prog_perm("not host:port, unix:path or an http: or https: URL: %s",
			          prog_text(span_str(text)));
		o->target.authority = local ? span_str("localhost") : span_str(text);
		o->target.host = span_str(o->upstream.host);
		if (o->pins.n > 0 || o->forwarding->anchors)
			prog_perm("-a, -f and -p are for https: alone");
	}
	o->target.where = span_str(text);
	o->target.port = o->upstream.port;
	o->target.addr = o->upstream.literal ? &o->upstream.addr : NULL;
	o->target.host_is_address = o->upstream.literal;
}

/* -H, held against what a client could say. */
static void forward_host(struct forward_options *o)
{
	struct span name;
	bool is_address;
	uint16_t port;

	if (!o->host)
		return;
	o->target.rewrite = strcmp(o->host, "-") != 0;
	if (!o->target.rewrite)
		return;
	if (!http_host_parse(span_str(o->host), &name, &is_address, &port))
		prog_perm("-H: not a host: %s", prog_text(span_str(o->host)));
	o->target.authority = span_str(o->host);
}

/* What is left is the upstream. */
static void forward_options_read(struct forward_options *o, int argc, char **argv)
{
	int letter;

	o->target.path = &o->path;
	o->target.class = "forward";
	while ((letter = getopt(argc, argv, FORWARDING_LETTERS "f:H:k:p:P:S:")) != -1)
		forward_option(o, letter, optarg);
	if (argc - optind != 1)
		prog_usage();
	forward_upstream(o, argv[optind]);
	forward_host(o);
}

#endif
