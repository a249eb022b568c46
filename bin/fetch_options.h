/*
 * fetch_options: what http-fetch is asked to do, from its arguments and the files they
 * name. What is wrong with one of them ends the program with a message, in which no
 * header's value is repeated.
 */
#ifndef BIN_FETCH_OPTIONS_H
#define BIN_FETCH_OPTIONS_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/builder.h"
#include "base/file.h"
#include "base/prog.h"
#include "net/addr.h"
#include "net/http.h"
#include "net/http_class.h"
#include "net/url.h"
#include "tls/pins.h"

enum {
	FETCH_REDIRECTS_MAX = 50,
	FETCH_SECONDS_MAX = 86400
};

/* Header lines; `open` has those that another server than the first may see. */
struct fetch_fields {
	struct builder all, open;
	bool user_agent; /* one of them is it */
	unsigned char all_text[HTTP_HEAD_MAX], open_text[HTTP_HEAD_MAX];
};

struct fetch_options {
	const char *anchors, *body, *output, *method; /* NULL: not given */
	bool head;
	uint64_t limit, redirects;
	int64_t timeout_ms;
	struct pins pins;
	bool has_via;
	struct addr via;
	char url[URL_MAX + 1];
	struct fetch_fields fields;
};

static bool fetch_is_credential(struct span name)
{
	return span_is_nocase(name, "authorization") || span_is_nocase(name, "cookie") ||
	       span_is_nocase(name, "proxy-authorization");
}

/* "name: value". False when it is none. */
static bool fetch_field(struct fetch_fields *f, struct span line, bool secret)
{
	unsigned char text[HTTP_HEAD_MAX];
	struct span name = span_head(line, span_find(line, ':'));
	struct builder b;

	builder_init(&b, text, sizeof text);
	builder_add(&b, name);
	if (name.len == 0 || name.len == line.len || !builder_cstr(&b) ||
	    http_class_span(name, HTTP_CLASS_TOKEN) != name.len)
		return false;
	line = span_trim(span_from(line, name.len + 1));
	http_field_line(&f->all, (const char *)text, line);
	if (!secret && !fetch_is_credential(name))
		http_field_line(&f->open, (const char *)text, line);
	f->user_agent = f->user_agent || span_is_nocase(name, "user-agent");
	return builder_ok(&f->all);
}

/* One a line, from a file that others cannot look into as they can into arguments. */
static void fetch_field_file(struct fetch_fields *f, const char *path)
{
	static unsigned char text[HTTP_HEAD_MAX];
	struct span rest, line;
	enum file_result r;
	size_t len, number = 0;

	r = file_read(AT_FDCWD, path, text, sizeof text, &len);
	if (r != FILE_OK)
		prog_perm("-H: %s: %s", prog_text(span_str(path)), file_strerror(r));
	rest = span_of(text, len);
	while (span_split(&rest, '\n', &line)) {
		number++;
		line.len -= line.len > 0 && line.p[line.len - 1] == '\r';
		if (line.len > 0 && !fetch_field(f, line, true))
			prog_perm("-H: %s: line %zu: not \"name: value\", or too much",
			          prog_text(span_str(path)), number);
	}
	explicit_bzero(text, sizeof text);
}

static void fetch_header(struct fetch_fields *f, const char *text)
{
	struct span line = span_str(text);

	if (*text == '@')
		fetch_field_file(f, text + 1);
	else if (!fetch_field(f, line, false))
		prog_perm("-H: not \"name: value\", or too much: %s",
		          prog_text(span_head(line, span_find(line, ':'))));
}

static void fetch_pin(struct fetch_options *o, const char *text)
{
	enum pins_result r = pins_add(&o->pins, span_str(text));

	if (r != PINS_OK)
		prog_perm("-p: %s: %s", pins_strerror(r), prog_text(span_str(text)));
}

static void fetch_via(struct fetch_options *o, struct span text)
{
	if (!span_starts(text, "unix:") || !addr_parse(&o->via, text) || o->via.mode >= 0)
		prog_perm("not unix: and the path of a socket: %s", prog_text(text));
	o->has_via = true;
}

/* The URL; unix:/path:/target is /target at that socket. */
static void fetch_url(struct fetch_options *o, struct span text)
{
	struct builder b;
	struct url url;

	builder_init(&b, o->url, sizeof o->url);
	if (span_starts(text, "unix:")) {
		size_t n = 5 + span_find(span_from(text, 5), ':');
		struct span target = span_from(text, n + 1);

		if (o->has_via)
			prog_perm("-u beside a unix: URL");
		if (target.len > 0 && target.p[0] != '/')
			prog_perm("not unix:path:/target: %s", prog_text(span_head(text, span_find(text, '?'))));
		fetch_via(o, span_head(text, n));
		builder_str(&b, "http://localhost");
		builder_add(&b, target);
	} else {
		builder_add(&b, text);
	}
	if (!builder_cstr(&b) || !url_parse(&url, builder_span(&b)))
		prog_perm("not an http:, https: or unix: URL without user and password: %s",
		          prog_text(span_head(text, span_find(text, '?'))));
	if (o->pins.n > 0 && !url.https)
		prog_perm("-p is for https: alone");
}

/* What is left is the URL. */
static void fetch_options_read(struct fetch_options *o, int argc, char **argv)
{
	int option;

	builder_init(&o->fields.all, o->fields.all_text, sizeof o->fields.all_text);
	builder_init(&o->fields.open, o->fields.open_text, sizeof o->fields.open_text);
	while ((option = getopt(argc, argv, "+a:d:H:hil:o:p:r:t:u:X:")) != -1) {
		switch (option) {
		case 'a':
			o->anchors = optarg;
			break;
		case 'd':
			o->body = optarg;
			break;
		case 'H':
			fetch_header(&o->fields, optarg);
			break;
		case 'i':
			o->head = true;
			break;
		case 'l':
			o->limit = prog_number("-l", optarg, 0, INT64_MAX);
			break;
		case 'o':
			o->output = strcmp(optarg, "-") == 0 ? NULL : optarg;
			break;
		case 'p':
			fetch_pin(o, optarg);
			break;
		case 'r':
			o->redirects = prog_number("-r", optarg, 0, FETCH_REDIRECTS_MAX);
			break;
		case 't':
			o->timeout_ms = prog_seconds_ms("-t", optarg, FETCH_SECONDS_MAX);
			break;
		case 'u':
			fetch_via(o, span_str(optarg));
			break;
		case 'X':
			o->method = optarg;
			break;
		case 'h':
			prog_help();
		default:
			prog_usage();
		}
	}
	if (argc - optind != 1)
		prog_usage();
	fetch_url(o, span_str(argv[optind]));
	if (!o->method)
		o->method = o->body ? "POST" : "GET";
}

#endif
