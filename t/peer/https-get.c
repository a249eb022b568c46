/*
 * https-get: fetches URLs one after the other, over one connection where that can be.
 * For tests of lib/tls/fetch.h against servers of others.
 *
 *   https-get [-a anchors] [-H hosts] [-u unix-time] [-t ms] [-p body] url...
 *
 * For each answer "status length requests connections" on stdout, then its body; for a
 * failure the reason on stderr, and exit 1.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/io.h"
#include "base/prog.h"
#include "tls/fetch.h"

enum { BODY_MAX = 1 << 20, TOTAL_MS = 10000 };

static struct fetch_setting setting = { .user_agent = "https-get/1" };
static int64_t total_ms = TOTAL_MS;
static const char *post;

static int64_t number(const char *text)
{
	uint64_t value;

	if (!span_number(span_str(text), INT64_MAX, &value))
		prog_usage();
	return (int64_t)value;
}

static void read_anchors(const char *path)
{
	static struct anchors anchors;
	enum anchors_result r = anchors_read(&anchors, path);

	if (r != ANCHORS_OK)
		prog_perm("%s: %s", path, anchors_strerror(r));
	setting.anchors = &anchors;
}

static void options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "+a:H:u:t:p:h")) != -1)
		switch (c) {
		case 'a':
			read_anchors(optarg);
			break;
		case 'H':
			setting.hosts_path = optarg;
			break;
		case 'u':
			setting.unix_now = number(optarg);
			break;
		case 't':
			total_ms = number(optarg);
			break;
		case 'p':
			post = optarg;
			break;
		case 'h':
			prog_help();
		default:
			prog_usage();
		}
	if (optind == argc)
		prog_usage();
}

static bool get(struct fetch *f, const char *url)
{
	static struct http_response head;
	static unsigned char storage[BODY_MAX];
	struct fetch_request request = { .method = post ? "POST" : "GET", .url = span_str(url),
		                         .body = span_str(post), .has_body = post != NULL,
		                         .repeatable = true };
	struct builder body, line;
	unsigned char text[100];
	enum fetch_result r;

	builder_init(&body, storage, sizeof storage);
	r = fetch_exchange(f, &request, &head, &body, deadline_in(total_ms));
	if (r != FETCH_OK) {
		prog_warn("%s", fetch_why(f));
		return false;
	}
	builder_init(&line, text, sizeof text);
	builder_number(&line, (uint64_t)head.status);
	builder_byte(&line, ' ');
	builder_number(&line, body.len);
	builder_byte(&line, ' ');
	builder_number(&line, fetch_count(f).requests);
	builder_byte(&line, ' ');
	builder_number(&line, fetch_count(f).connections);
	builder_byte(&line, '\n');
	return io_write_all(1, builder_span(&line), deadline_in(total_ms)) == IO_OK &&
	       io_write_all(1, builder_span(&body), deadline_in(total_ms)) == IO_OK;
}

int main(int argc, char **argv)
{
	static max_align_t room[FETCH_ROOM / sizeof(max_align_t)];
	struct fetch *f;

	prog_init("https-get", "[-a anchors] [-H hosts] [-u unix-time] [-t ms] [-p body] url...");
	options(argc, argv);
	f = fetch_new(room, sizeof room, &setting);
	for (int i = optind; i < argc; i++)
		if (!get(f, argv[i]))
			return PROG_NO;
	fetch_close(f);
	return PROG_OK;
}
