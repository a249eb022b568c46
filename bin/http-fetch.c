/* http-fetch: one HTTP or HTTPS request, its answer, and what that means as an exit status. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/jail.h"
#include "fetch_input.h"
#include "fetch_options.h"
#include "fetch_output.h"
#include "fetch_redirect.h"
#include "servers.h"
#include "tls/anchors.h"

enum { TIMEOUT_MS = 60000, GRACE_MS = 5000, REDIRECTS = 10 };

#define HOSTS "/etc/hosts"

static struct fetch_options options = { .limit = 1 << 30, .redirects = REDIRECTS,
	                                .timeout_ms = TIMEOUT_MS };
static struct fetch_setting setting = { .hosts_path = HOSTS, .user_agent = "postern" };
static struct fetch_output out = { .dir = -1 };
static struct fetch_input in;
static struct fetch_request request;
static struct fetch *fetch;
static struct http_response head;

/* Pins stand in for the system's anchors, but not for those that were asked for. */
static void read_anchors(void)
{
	static struct anchors anchors;
	const char *path = options.anchors ? options.anchors : ANCHORS_SYSTEM;
	bool https = strncasecmp(options.url, "https:", 6) == 0;
	enum anchors_result r;

	setting.pins = options.pins.pin;
	setting.n_pins = options.pins.n;
	if (!options.anchors && (options.pins.n > 0 || (!https && (options.has_via || options.redirects == 0))))
		return;
	r = anchors_read(&anchors, path);
	if (r == ANCHORS_OK)
		setting.anchors = &anchors;
	else if (options.anchors || https)
		prog_perm("%s: %s", prog_text(span_str(path)), anchors_strerror(r));
}

static void enter_jail(void)
{
	struct jail_place places[2];
	struct jail jail = { .places = places };

	jail.promises = options.has_via ? JAIL_UNIX : JAIL_NET;
	if (!options.has_via && access(HOSTS, R_OK) == 0) {
		places[jail.n_places++] = (struct jail_place){ HOSTS, AT_FDCWD, JAIL_READ };
		jail.promises |= JAIL_READ;
	}
	if (out.path) {
		places[jail.n_places++] = (struct jail_place){ NULL, out.dir, JAIL_WRITE };
		jail.promises |= JAIL_WRITE;
	}
	if (jail_enter(&jail) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
}

_Noreturn static void fail(enum fetch_result r)
{
	fetch_output_end(&out, false);
	if (out.failed)
		prog_temp("%s: %s", prog_text(span_str(out.failed)), out.why);
	if (in.failed)
		prog_temp("%s: %s", prog_text(span_str(in.name)),
		          in.shorter ? "became shorter while it was sent" : strerror(errno));
	if (r == FETCH_BAD_URL || r == FETCH_BAD_REQUEST || r == FETCH_UNTRUSTED || r == FETCH_TOO_LARGE)
		prog_perm("%s", fetch_why(fetch));
	prog_temp("%s", fetch_why(fetch));
}

static void follow(void)
{
	struct fetch_sink sink = { .context = &out, .limit = options.limit,
		                   .head = fetch_output_begin, .piece = fetch_output_piece };
	enum fetch_result r;
	struct span location;

	for (uint64_t n = 0;; n++) {
		request.repeatable = strcmp(request.method, "POST") != 0;
		r = fetch_stream(fetch, &request, &head, &sink, out.deadline);
		if (r != FETCH_OK && !(r == FETCH_TOO_LARGE && out.drops))
			fail(r);
		if (options.redirects == 0 || !fetch_is_redirect(&head, &location))
			break;
		if (n == options.redirects)
			prog_perm("more than %d redirects", (int)options.redirects);
		fetch_redirect(&request, &options, head.status, location);
	}
	explicit_bzero(&options.fields, sizeof options.fields);
	fetch_output_end(&out, true);
}

/* Of what is no success, some may be one later. */
static int exit_status(void)
{
	struct url url;
	int s = head.status;

	if (s < 300)
		return PROG_OK;
	url_parse(&url, request.url);
	prog_warn("%s: %d %s", prog_text(url.host), s, http_reason(s));
	return s >= 500 || s == 408 || s == 425 || s == 429 ? PROG_TEMP : PROG_NO;
}

int main(int argc, char **argv)
{
	static max_align_t room[FETCH_ROOM / sizeof(max_align_t)];
	static struct dns_servers servers;

	prog_init("http-fetch", "[-i] [-a anchors] [-d file] [-H header] [-l limit] [-o file] [-p pin]\n"
	                        "       [-r redirects] [-t seconds] [-u unix:path] [-X method] url");
	fetch_options_read(&options, argc, argv);
	prog_alarm(options.timeout_ms + GRACE_MS);
	out = (struct fetch_output){ .path = options.output, .head = options.head, .dir = -1,
		                     .follow = options.redirects > 0,
		                     .deadline = deadline_in(options.timeout_ms) };
	if (!options.has_via)
		servers_open(&servers);
	read_anchors();
	setting.servers = &servers;
	setting.via = options.has_via ? &options.via : NULL;
	setting.user_agent = options.fields.user_agent ? NULL : setting.user_agent;
	request = (struct fetch_request){ .method = options.method, .url = span_str(options.url),
		                          .fields = builder_span(&options.fields.all) };
	if (out.path)
		fetch_output_open(&out);
	if (options.body)
		fetch_input_open(&in, options.body, &request, out.deadline);
	fetch = fetch_new(room, sizeof room, &setting);
	enter_jail();
	follow();
	fetch_close(fetch);
	return exit_status();
}
