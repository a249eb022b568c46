/* Routes: lines, files, directories, and what happens when they change. */
#include "relay/routes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"

static char dir[] = "/tmp/unit-routes-XXXXXX";
static struct routes r;
static char refusal[200];

static const char *shown(const struct route *route)
{
	static char text[400];
	struct builder b;

	builder_init(&b, text, sizeof text);
	if (route->literal)
		addr_print(&b, &route->addr);
	else
		builder_str(&b, route->host);
	builder_byte(&b, ' ');
	builder_number(&b, route->port);
	builder_str(&b, route->proxy ? " proxy" : "");
	return builder_cstr(&b);
}

static void lines(void)
{
	static const struct {
		const char *text, *wanted; /* NULL: refused */
	} table[] = {
		{ "192.0.2.1:8443", "192.0.2.1:8443 8443" },
		{ "192.0.2.1", "192.0.2.1:0 0" },
		{ "[2001:db8::1]:443", "[2001:db8::1]:443 443" },
		{ "[2001:db8::1]", "[2001:db8::1]:0 0" },
		{ "app.internal:8443 proxy", "app.internal 8443 proxy" },
		{ "  App.Internal\tproxy ", "app.internal 0 proxy" },
		{ "unix:/run/app", "unix:/run/app 0" },
		{ "", NULL },
		{ " ", NULL },
		{ "192.0.2.1:0", NULL },
		{ "192.0.2.1:65536", NULL },
		{ "192.0.2.1:", NULL },
		{ ":443", NULL },
		{ "192.0.2.999:443", NULL },
		{ "2001:db8::1", NULL },
		{ "[192.0.2.1]:443", NULL },
		{ "[2001:db8::1", NULL },
		{ "[]", NULL },
		{ "[", NULL },
		{ "[app.internal]:443", NULL },
		{ "unix:relative", NULL },
		{ "unix:/run/app:660", NULL },
		{ "host other", NULL },
		{ "host proxy more", NULL },
		{ "under_score:443", NULL },
		{ "host:443/path", NULL },
		{ "https://host", NULL },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct route route;
		bool read = route_parse(&route, span_str(table[i].text));

		check(read == (table[i].wanted != NULL) && (!read || strcmp(shown(&route), table[i].wanted) == 0),
		      "\"%s\" is %s", table[i].text, read ? shown(&route) : "refused");
	}
}

static const char *in_dir(const char *name)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

static void write_file(const char *name, const char *text, size_t len)
{
	int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		check(false, "written");
	close(fd);
}

static void put(const char *name, const char *text)
{
	write_file(name, text, strlen(text));
}

static bool leads(enum routes_answer answer, const struct route *route, const char *wanted)
{
	return wanted ? answer == ROUTES_FOUND && strcmp(shown(route), wanted) == 0 : answer == ROUTES_NONE;
}

static bool exact(const char *name, int64_t now, const char *wanted)
{
	struct route route;

	return leads(routes_exact(&r, span_str(name), now, &route), &route, wanted);
}

static bool wild(const char *name, int64_t now, const char *wanted)
{
	struct route route;

	return leads(routes_wildcard(&r, span_str(name), now, &route), &route, wanted);
}

static void end(void)
{
	if (r.dir >= 0)
		close(r.dir);
	free(r.text);
	free(r.line);
	memset(&r, 0, sizeof r);
}

static void directory(void)
{
	struct route route;
	size_t line;

	put("app.test", "192.0.2.1:1\nsecond line\n");
	put("_.app.test", "192.0.2.2:2 proxy");
	put("default", "192.0.2.3:3\n");
	put("bad.test", "not a route\n");
	put("empty.test", "");
	check(symlink("app.test", in_dir("link.test")) == 0 && mkdir(in_dir("sub.test"), 0700) == 0 &&
	              mkfifo(in_dir("fifo.test"), 0600) == 0, "a directory");
	check(!routes_open(&r, dir, &line), "is opened");
	check(exact("app.test", 0, "192.0.2.1:1 1") && exact("default", 0, "192.0.2.3:3 3") &&
	              exact("link.test", 0, "192.0.2.1:1 1"), "a file a name");
	check(exact("other.test", 0, NULL) && wild("other.test", 0, NULL), "none for others");
	check(wild("a.app.test", 0, "192.0.2.2:2 2 proxy"), "a wildcard");
	check(wild("app.test", 0, NULL) && wild("a.b.app.test", 0, NULL) && wild("test", 0, NULL),
	      "is for one label exactly");
	check(routes_exact(&r, span_str("bad.test"), 0, &route) == ROUTES_BROKEN &&
	              routes_exact(&r, span_str("empty.test"), 0, &route) == ROUTES_BROKEN &&
	              routes_exact(&r, span_str("sub.test"), 0, &route) == ROUTES_BROKEN &&
	              routes_exact(&r, span_str("fifo.test"), 0, &route) == ROUTES_BROKEN,
	      "what cannot be read is not the same as none");
	put("app.test", "192.0.2.9:9\n");
	unlink(in_dir("default"));
	check(exact("app.test", 0, "192.0.2.9:9 9") && exact("default", 0, NULL), "changes are seen at once");
	end();
}

static void refused(struct routes *routes, const char *why, size_t line)
{
	(void)routes;
	snprintf(refusal, sizeof refusal, "%s at %zu", why, line);
}

static void file(void)
{
	size_t line;

	put("routes", "# comment\n\n  app.test \t 192.0.2.1:1\nz.test unix:/run/z proxy\n*.App.Test host\n"
	              "default 192.0.2.3");
	check(!routes_open(&r, in_dir("routes"), &line) && r.n_lines == 4, "a file");
	r.refused = refused;
	check(exact("app.test", 0, "192.0.2.1:1 1") && exact("z.test", 0, "unix:/run/z 0 proxy") &&
	              exact("default", 0, "192.0.2.3:0 0"), "its names");
	check(wild("x.app.test", 0, "host 0") && wild("app.test", 0, NULL) && exact("*.app.test", 0, "host 0"),
	      "its wildcard");
	check(exact("ap.test", 0, NULL) && exact("app.testt", 0, NULL) && exact("", 0, NULL), "no others");
	put("routes", "app.test 192.0.2.22:2\n");
	check(exact("app.test", ROUTES_LOOK_MS - 1, "192.0.2.1:1 1"), "it is not looked at all the time");
	check(exact("app.test", ROUTES_LOOK_MS, "192.0.2.22:2 2") && exact("default", 0, NULL), "a change is seen");
	put("routes", "app.test 192.0.2.3\nb.test nothing good\n");
	check(exact("app.test", 3 * ROUTES_LOOK_MS, "192.0.2.22:2 2") && strcmp(refusal, "not a route at 2") == 0,
	      "one with a mistake is refused: %s", refusal);
	refusal[0] = 0;
	check(exact("app.test", 5 * ROUTES_LOOK_MS, "192.0.2.22:2 2") && !refusal[0], "which is said once");
	unlink(in_dir("routes"));
	check(exact("app.test", 7 * ROUTES_LOOK_MS, "192.0.2.22:2 2") && !refusal[0], "one that is away is waited for");
	put("other", "app.test 192.0.2.4:4\n");
	check(symlink("other", in_dir("routes")) == 0 && exact("app.test", 9 * ROUTES_LOOK_MS, "192.0.2.4:4 4"),
	      "another in its place is seen");
	end();
}

static void opens(const char *text, size_t len, const char *wanted, size_t wanted_line)
{
	size_t line;
	const char *why;

	write_file("bad", text, len);
	why = routes_open(&r, in_dir("bad"), &line);
	check(wanted ? why && strcmp(why, wanted) == 0 && line == wanted_line : !why, "%zu bytes: %s at %zu",
	      len, why ? why : "opened", line);
	end();
}

#define OPENS(text, wanted, line) opens(text, sizeof(text) - 1, wanted, line)

static void mistakes(void)
{
	static char large[ROUTES_LINE_MAX + 2];
	size_t line;

	OPENS("", NULL, 0);
	OPENS("a.test 192.0.2.1\r\n", "not a route", 1);
	OPENS("a.test 192.0.2.1\na.TEST 192.0.2.2\n", "a name is there twice", 0);
	OPENS("a.test\n", "not a route", 1);
	OPENS("# one\n\na..test 192.0.2.1\n", "not a name", 3);
	OPENS("a.test. 192.0.2.1\n", "not a name", 1);
	OPENS("*. 192.0.2.1\n", "not a name", 1);
	OPENS("*.*.test 192.0.2.1\n", "not a name", 1);
	OPENS("192.0.2.1 192.0.2.1\n", "not a name", 1);
	OPENS("a.test 192.0.2.1\0\n", "not a route", 1);
	memset(large, '#', sizeof large);
	opens(large, ROUTES_LINE_MAX, NULL, 0);
	opens(large, ROUTES_LINE_MAX + 1, "too long", 1);
	check(truncate(in_dir("bad"), ROUTES_FILE_MAX + 1) == 0 &&
	              strcmp(routes_open(&r, in_dir("bad"), &line), "too large") == 0, "a file that is too large");
	end();
	check(strcmp(routes_open(&r, in_dir("nothing"), &line), "") == 0 && errno == ENOENT, "no file");
	end();
}

int main(void)
{
	char command[64];

	if (!mkdtemp(dir))
		return 1;
	lines();
	directory();
	file();
	mistakes();
	static const char *const names[] = { "app.test", "_.app.test", "bad.test", "empty.test", "link.test",
	                                     "fifo.test", "routes", "other", "bad" };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unlink(in_dir(names[i]));
	rmdir(in_dir("sub.test"));
	snprintf(command, sizeof command, "%s", dir);
	check(rmdir(command) == 0, "nothing was left");
	return tap_end();
}
