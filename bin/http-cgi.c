/* http-cgi: serves a directory of CGI programs over HTTP. */
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>

#include "net/cgi_serve.h"
#include "serving.h"

enum { BODY_LIMIT = 1 << 30, SECONDS_MAX = 86400 };

static struct serving serving;
static struct cgi_serve cgi;
static struct cgi_place place;
static struct serve_counts counts;

/* A variable for all programs: "NAME=value", or the NAME of one of ours, which may be unset. */
static void give(const char *text)
{
	static char room[CGI_GIVEN_MAX][PATH_MAX];
	struct span given = span_str(text);
	const char *value = NULL;
	struct builder b;

	if (place.n_given == CGI_GIVEN_MAX)
		prog_perm("-e: more than %d variables", CGI_GIVEN_MAX);
	if (given.len == 0 || given.p[0] == '=')
		prog_perm("-e: not a variable: %s", prog_text(given));
	if (span_find(given, '=') == given.len) {
		value = prog_env(text);
		if (!value)
			return;
	}
	builder_init(&b, room[place.n_given], sizeof room[0]);
	builder_add(&b, given);
	builder_str(&b, value ? "=" : "");
	builder_str(&b, value ? value : "");
	if (!builder_cstr(&b))
		prog_perm("-e: too long: %s", prog_text(given));
	place.given[place.n_given] = room[place.n_given];
	place.n_given++;
}

/* A limit of each program, "resource=number". */
static void limit(const char *text)
{
	const struct {
		const char *name;
		uint64_t *value, max;
	} limits[] = {
		{ "cpu", &place.cpu_s, SECONDS_MAX },
		{ "memory", &place.memory, INT64_MAX },
		{ "file", &place.file_size, INT64_MAX },
		{ "files", &place.files, INT_MAX },
	};
	struct span name = span_head(span_str(text), span_find(span_str(text), '='));

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		if (name.len < strlen(text) && span_is(name, limits[i].name)) {
			*limits[i].value = prog_number("-l", text + name.len + 1, 1, limits[i].max);
			return;
		}
	prog_perm("-l: not a limit (cpu=, memory=, file=, files=): %s", prog_text(span_str(text)));
}

static void option(int letter, const char *value)
{
	switch (letter) {
	case 'a':
		cgi.authorization = true;
		break;
	case 'b':
		cgi.body_max = prog_number("-b", value, 0, BODY_LIMIT);
		break;
	case 'e':
		give(value);
		break;
	case 'k':
		cgi.children = (unsigned int)prog_number("-k", value, 1, CGI_CHILDREN_MAX);
		break;
	case 'l':
		limit(value);
		break;
	case 't':
		cgi.head_ms = prog_seconds_ms("-t", value, SECONDS_MAX);
		break;
	case 'T':
		cgi.total_ms = prog_seconds_ms("-T", value, SECONDS_MAX);
		break;
	case 'w':
		cgi.wait_ms = span_is(span_str(value), "0") ? 0 : prog_seconds_ms("-w", value, SECONDS_MAX);
		break;
	default:
		serving_option(&serving, letter, value);
	}
}

static void open_directory(const char *path)
{
	static char whole[PATH_MAX];
	int error;

	place.dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	error = errno;
	if (place.dir < 0 && (error == ENOENT || error == ENOTDIR || error == EACCES))
		prog_perm("%s: %s", prog_text(span_str(path)), strerror(error));
	if (place.dir < 0 || !realpath(path, whole))
		prog_temp("%s: %s", prog_text(span_str(path)), strerror(errno));
	place.path = span_is(span_str(whole), "/") ? "" : whole;
}

int main(int argc, char **argv)
{
	struct rlimit files;
	int letter;

	prog_init("http-cgi", SERVING_USAGE " [-a] [-b body-bytes] [-e variable] [-k programs]"
	          " [-l limit] [-t seconds] [-T seconds] [-w seconds] dir");
	serving_init(&serving);
	cgi = (struct cgi_serve){ .children = CGI_CHILDREN, .body_max = CGI_BODY_MAX,
	                          .head_ms = CGI_HEAD_MS, .total_ms = CGI_TOTAL_MS,
	                          .wait_ms = CGI_WAIT_MS, .access = &serving.access };
	while ((letter = getopt(argc, argv, SERVING_LETTERS "ab:e:k:l:t:T:w:")) != -1)
		option(letter, optarg);
	if (argc - optind != 1)
		prog_usage();
	give(prog_env("PATH") ? "PATH" : "PATH=/usr/local/bin:/usr/bin:/bin");
	open_directory(argv[optind]);
	if (place.files == 0 && getrlimit(RLIMIT_NOFILE, &files) == 0)
		place.files = files.rlim_cur;
	serving.serve.kind = &httpd_kind;
	serving.serve.context = &cgi.app;
	serving.serve.counts = &counts;
	serving_open(&serving);
	cgi.loop = &serving.serve.loop;
	if (!cgi_serve_keep(&cgi, &place) || !cgi_serve_init(&cgi))
		prog_temp("start: %s", strerror(errno));
	serving_jail(&serving, JAIL_STDIO | JAIL_PASS, NULL, 0);
	serving_run(&serving);
	if (cgi.gone)
		prog_temp("the process that starts programs is gone");
	cgi_serve_end(&cgi);
	return PROG_OK;
}
