/* The relay's figures: shared by processes, kept in a file, printed for Prometheus. */
#include "relay/counters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/httpd.h"
#include "tap.h"

static char directory[] = "/tmp/counters.XXXXXX";
static char text[HTTPD_BODY_MAX + 1];

static const char *print(const struct counters *c)
{
	struct builder out;

	builder_init(&out, text, HTTPD_BODY_MAX);
	counters_print(c, &out);
	if (!builder_ok(&out))
		return "overflow";
	text[out.len] = 0;
	return text;
}

static bool has_line(const char *all, const char *line)
{
	size_t len = strlen(line);

	for (const char *p = all; (p = strstr(p, line)); p++)
		if ((p == all || p[-1] == '\n') && p[len] == '\n')
			return true;
	printf("# no line %s\n", line);
	return false;
}

static void drop(struct counters *c)
{
	munmap(c, sizeof *c);
}

/*
 * Lines as the exposition format has them: "# HELP name text", "# TYPE name
 * type", or a sample name{label="value",...} number whose family was just
 * introduced.
 */
static size_t name_len(const char *p)
{
	return strspn(p, "abcdefghijklmnopqrstuvwxyz_");
}

static bool sample_ok(const char *line, const char *family, size_t family_len)
{
	const char *p = line + name_len(line), *end = strchr(line, '\n');

	if (strncmp(line, family, family_len) != 0)
		return false;
	if ((size_t)(p - line) != family_len && strncmp(line + family_len, "_bucket", (size_t)(p - line) - family_len) != 0 &&
	    strncmp(line + family_len, "_sum", (size_t)(p - line) - family_len) != 0 &&
	    strncmp(line + family_len, "_count", (size_t)(p - line) - family_len) != 0)
		return false;
	if (*p == '{') {
		do {
			p++;
			p += name_len(p);
			if (p[0] != '=' || p[1] != '"')
				return false;
			p += 2 + strcspn(p + 2, "\"\\\n");
			if (*p++ != '"')
				return false;
		} while (*p == ',');
		if (*p++ != '}')
			return false;
	}
	if (*p++ != ' ' || p == end)
		return false;
	return strspn(p, "0123456789.") == (size_t)(end - p);
}

static bool parses(const char *all)
{
	char family[100] = "";
	const char *p;

	for (p = all; *p; p = strchr(p, '\n') + 1) {
		if (!strchr(p, '\n'))
			return false;
		if (strncmp(p, "# HELP ", 7) == 0) {
			snprintf(family, sizeof family, "%.*s", (int)name_len(p + 7), p + 7);
		} else if (strncmp(p, "# TYPE ", 7) == 0) {
			if (strncmp(p + 7, family, strlen(family)) != 0)
				return false;
		} else if (!sample_ok(p, family, strlen(family))) {
			printf("# %.*s\n", (int)strcspn(p, "\n"), p);
			return false;
		}
	}
	return p > all;
}

static void empty(void)
{
	struct counters *c = counters_open(NULL);
	const char *all = print(c);

	check(parses(all), "without requests: valid text");
	check(!strstr(all, "http_requests_total{"), "no request, no line of one");
	check(has_line(all, "http_request_duration_seconds_bucket{le=\"+Inf\"} 0") &&
	              has_line(all, "http_request_duration_seconds_sum 0.000000") &&
	              has_line(all, "http_request_duration_seconds_count 0"),
	      "an empty histogram");
	check(has_line(all, "dns_lookups_total{type=\"combined\",status=\"success\"} 0") &&
	              has_line(all, "dns_lookups_total{type=\"txt\",status=\"none\"} 0") &&
	              has_line(all, "dns_lookups_total{type=\"cname\",status=\"failure\"} 0") &&
	              has_line(all, "redirects_total{status=\"success\"} 0") &&
	              has_line(all, "redirects_total{status=\"failure\"} 0") &&
	              has_line(all, "dns_cache_total{result=\"hit\"} 0") &&
	              has_line(all, "connections_open 0"),
	      "everything else starts at 0");
	drop(c);
}

static void requests(void)
{
	struct counters *c = counters_open(NULL);
	const char *all;

	counters_request(c, COUNTERS_GET, COUNTERS_ACME, 307, 50);
	counters_request(c, COUNTERS_GET, COUNTERS_ACME, 307, 51);
	counters_request(c, COUNTERS_HEAD, COUNTERS_ROOT, 200, 5000000);
	counters_request(c, COUNTERS_METHOD_OTHER, COUNTERS_INVALID, 400, 5000001);
	counters_request(c, COUNTERS_POST, COUNTERS_OTHER, 299, -1);
	counters_redirect(c, true);
	counters_redirect(c, false);
	c->serve.open = -3;
	all = print(c);
	check(parses(all), "with requests: valid text");
	check(has_line(all, "http_requests_total{method=\"GET\",path=\"/.well-known/acme-challenge\",status=\"307\"} 2") &&
	              has_line(all, "http_requests_total{method=\"HEAD\",path=\"/\",status=\"200\"} 1") &&
	              has_line(all, "http_requests_total{method=\"other\",path=\"invalid\",status=\"400\"} 1") &&
	              has_line(all, "http_requests_total{method=\"POST\",path=\"other\",status=\"other\"} 1"),
	      "requests by method, path class and status");
	check(has_line(all, "http_request_duration_seconds_bucket{le=\"0.00005\"} 2") &&
	              has_line(all, "http_request_duration_seconds_bucket{le=\"0.0001\"} 3") &&
	              has_line(all, "http_request_duration_seconds_bucket{le=\"2.5\"} 3") &&
	              has_line(all, "http_request_duration_seconds_bucket{le=\"5\"} 4") &&
	              has_line(all, "http_request_duration_seconds_bucket{le=\"+Inf\"} 5") &&
	              has_line(all, "http_request_duration_seconds_sum 10.000102") &&
	              has_line(all, "http_request_duration_seconds_count 5"),
	      "the histogram is cumulative, bounds included");
	check(has_line(all, "redirects_total{status=\"success\"} 1") &&
	              has_line(all, "redirects_total{status=\"failure\"} 1"),
	      "redirects");
	check(has_line(all, "connections_open 0"), "a gauge does not go below 0");
	drop(c);
}

static void methods(void)
{
	check(counters_method(span_str("GET")) == COUNTERS_GET &&
	              counters_method(span_str("OPTIONS")) == COUNTERS_OPTIONS &&
	              counters_method(span_str("get")) == COUNTERS_METHOD_OTHER &&
	              counters_method(span_str("PROPFIND")) == COUNTERS_METHOD_OTHER &&
	              counters_method(span_str("other")) == COUNTERS_METHOD_OTHER &&
	              counters_method(span_of(NULL, 0)) == COUNTERS_METHOD_OTHER,
	      "methods outside the fixed set are one");
}

/* Whatever clients do under whatever rules, the text fits into an answer. */
static void largest(void)
{
	static const int statuses[] = { 200, 301, 302, 307, 308, 404, 502, 503 };
	static const int refusals[] = { 400, 408, 414, 431, 500, 501, 505 };
	struct counters *c = counters_open(NULL);

	memset(&c->duration, 0x33, sizeof c->duration);
	memset(&c->serve, 0x7f, sizeof c->serve);
	memset(&c->resolver, 0xff, sizeof c->resolver);
	memset(&c->redirects, 0xff, sizeof c->redirects);
	memset(&c->redirects_failed, 0xff, sizeof c->redirects_failed);
	for (int m = 0; m < COUNTERS_METHODS; m++)
		for (int p = 0; p < COUNTERS_INVALID; p++)
			for (size_t s = 0; s < sizeof statuses / sizeof *statuses; s++)
				counters_request(c, (enum counters_method)m, (enum counters_path)p, statuses[s], 0);
	for (size_t s = 0; s < sizeof refusals / sizeof *refusals; s++)
		counters_request(c, COUNTERS_METHOD_OTHER, COUNTERS_INVALID, refusals[s], 0);
	for (size_t i = 0; i < sizeof c->requests / sizeof(uint64_t); i++)
		if (((uint64_t *)c->requests)[i])
			((uint64_t *)c->requests)[i] = UINT64_MAX;
	check(parses(print(c)), "every line there can be, at its longest: %zu bytes", strlen(text));
	drop(c);
}

static const char *path_of(const char *name)
{
	static char path[200];

	snprintf(path, sizeof path, "%s/%s", directory, name);
	return path;
}

/* Many processes open a file that is not there yet, all at once, and count. */
static void shared(void)
{
	enum { PROCESSES = 16, EACH = 1000, ROUNDS = 20 };
	bool good = true;

	fflush(stdout); /* or children say it again */
	for (int round = 0; round < ROUNDS; round++) {
		const char *path = path_of("shared");
		struct counters *c;
		int status, go[2];

		unlink(path);
		if (pipe(go) < 0)
			exit(111);
		for (int i = 0; i < PROCESSES; i++)
			if (fork() == 0) {
				char byte;

				close(go[1]);
				if (read(go[0], &byte, 1) != 0 || !(c = counters_open(path)))
					_exit(1);
				for (int k = 0; k < EACH; k++)
					counters_request(c, COUNTERS_GET, COUNTERS_ACME, 307, 1);
				_exit(0);
			}
		close(go[0]);
		close(go[1]);
		for (int i = 0; i < PROCESSES; i++)
			good = wait(&status) > 0 && status == 0 && good;
		c = counters_open(path);
		good = good && c && c->duration_us == PROCESSES * EACH &&
		       has_line(print(c), "http_requests_total{method=\"GET\","
		                          "path=\"/.well-known/acme-challenge\",status=\"307\"} 16000");
		if (c)
			drop(c);
	}
	check(good, "%d processes at once share a new file and lose no count", PROCESSES);
}

static void kept(void)
{
	struct counters *c = counters_open(path_of("kept")), *again;
	struct stat st;

	check(c && stat(path_of("kept"), &st) == 0 && S_ISREG(st.st_mode) &&
	              st.st_size == sizeof *c && (st.st_mode & 022) == 0,
	      "a new file, writable by its owner alone");
	check(st.st_blocks * 512 >= st.st_size, "... on blocks of its own");
	counters_redirect(c, true);
	again = counters_open(path_of("kept"));
	check(again && again != c && again->redirects == 1, "seen at once by who opens it later");
	counters_redirect(again, true);
	check(c->redirects == 2, "and the other way round");
	drop(c);
	drop(again);
	c = counters_open(path_of("kept"));
	check(c && c->redirects == 2, "it outlives its processes");
	drop(c);
}

static void make(const char *name, size_t size, uint64_t magic, uint64_t stated)
{
	int fd = open(path_of(name), O_RDWR | O_CREAT | O_TRUNC, 0644);
	uint64_t head[2] = { magic, stated };
	size_t n = size < sizeof head ? size : sizeof head;

	if (fd < 0 || write(fd, head, n) != (ssize_t)n || ftruncate(fd, (off_t)size) < 0)
		exit(111);
	close(fd);
}

static void refused(const char *name, int error, const char *what)
{
	struct counters *c = counters_open(path_of(name));

	check(!c && (error == 0 || errno == error), "%s is refused", what);
	if (c)
		drop(c);
}

static void foreign(void)
{
	struct counters *good = counters_open(path_of("good"));
	uint64_t magic = good->magic, size = good->size;
	struct stat st;

	drop(good);
	make("foreign", 100, 1, 2);
	refused("foreign", EINVAL, "a file of another size");
	check(stat(path_of("foreign"), &st) == 0 && st.st_size == 100, "... and left alone");
	make("text", size, 0x6c6c6f666c6c6566, 3);
	refused("text", EINVAL, "a file of that size with other contents");
	make("layout", size, magic, size - 8);
	refused("layout", EINVAL, "a file of another layout");
	make("short", size - 1, magic, size);
	refused("short", EINVAL, "a file that was cut");
	make("long", size + 1, magic, size);
	refused("long", EINVAL, "a file with something behind it");
	make("new", size, 0, size);
	good = counters_open(path_of("new"));
	check(good && good->magic == magic, "one that another process is just making is taken");
	drop(good);
	if (symlink("good", path_of("link")) < 0 || mkfifo(path_of("fifo"), 0644) < 0)
		exit(111);
	refused("link", ELOOP, "a symbolic link");
	refused("fifo", EINVAL, "a FIFO, without waiting for anybody,");
	refused(".", 0, "a directory");
	refused("no/file", ENOENT, "a file in no directory");
	check(!counters_open("/dev/null"), "a device is refused");
}

int main(void)
{
	static const char *const names[] = { "shared", "kept", "good", "foreign", "text", "layout",
		                             "short", "long", "new", "link", "fifo" };

	if (!mkdtemp(directory))
		return 111;
	empty();
	requests();
	methods();
	largest();
	shared();
	kept();
	foreign();
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(path_of(names[i]));
	check(rmdir(directory) == 0, "nothing else was made");
	return tap_end();
}
