/* Lines of the access log: whatever a client sends, a line stays a line. */
#include "net/access.h"

#include <string.h>

#include "tap.h"

static struct access a;
static struct http_request request;
static char flushed[ACCESS_ROOM + 1];
static int flushes;

static void flush(struct access *access)
{
	memcpy(flushed, access->lines.p, access->lines.len);
	flushed[access->lines.len] = 0;
	flushes++;
	access_init(access);
}

/* The line for one request. */
static const char *line(const struct http_request *of, int status, struct span where, int64_t us)
{
	static char text[ACCESS_ROOM];

	access_init(&a);
	access_line(&a, of, "class", status, where, us);
	memcpy(text, a.lines.p, a.lines.len);
	text[a.lines.len] = 0;
	return text;
}

static void is(const char *got, const char *wanted)
{
	check(strcmp(got, wanted) == 0, "%.*s", (int)strlen(wanted) - 1, wanted);
	if (strcmp(got, wanted) != 0)
		printf("# %s", got);
}

static void fields(void)
{
	request.host = span_str("App.example.test");
	is(line(&request, 307, span_str("id.gw.test"), 1234), "App.example.test class 307 id.gw.test 1234\n");
	is(line(&request, 404, span_of(NULL, 0), 0), "App.example.test class 404 - 0\n");
	is(line(NULL, 400, span_of(NULL, 0), -5), "- class 400 - 0\n");
	request.host = span_of(NULL, 0);
	is(line(&request, 200, span_of(NULL, 0), 7), "- class 200 - 7\n");
}

static void hostile(void)
{
	request.host = span_of("a\nb\r\t\0\x1b[2J c\\d\x7f\xff", 16);
	is(line(&request, 200, span_str("x y\nforged class 200 - 1"), 1),
	   "a\\x0ab\\x0d\\x09\\x00\\x1b[2J\\x20c\\x5cd\\x7f\\xff class 200 "
	   "x\\x20y\\x0aforged\\x20class\\x20200\\x20-\\x201 1\n");
}

/* Every byte in both fields: printable, five fields, one line. */
static void every_byte(void)
{
	bool good = true;

	for (int c = 0; c < 256; c++) {
		unsigned char byte = (unsigned char)c;
		const char *text;
		int spaces = 0;

		request.host = span_of(&byte, 1);
		text = line(&request, 200, span_of(&byte, 1), 1);
		for (const char *p = text; *p; p++) {
			spaces += *p == ' ';
			good = good && ((*p >= ' ' && *p <= '~') || (*p == '\n' && !p[1]));
		}
		good = good && spaces == 4 && text[strlen(text) - 1] == '\n';
	}
	check(good, "each of 256 bytes leaves five printable fields");
}

/* The longest host, all escaped, and the longest name it can be sent to: nothing is lost. */
static void room(void)
{
	static unsigned char bytes[4096], name[253];
	size_t longest;
	int lines = 0;

	memset(bytes, 0xff, sizeof bytes);
	memset(name, 'a', sizeof name);
	request.host = span_of(bytes, sizeof bytes);
	longest = strlen(line(&request, 999, span_of(name, sizeof name), INT64_MAX));
	check(longest < ACCESS_LINE_MAX, "the longest line has %zu bytes", longest);
	check(strstr(line(&request, 200, span_of(NULL, 0), 1), "\\xff... class") != NULL, "what is cut shows it");
	access_init(&a);
	a.flush = flush;
	while (flushes == 0 && lines < 1000) {
		access_line(&a, &request, "class", 200, span_of(name, sizeof name), 1);
		lines++;
	}
	for (const char *p = flushed; (p = strchr(p, '\n')); p++)
		lines--;
	check(flushes == 1 && lines == 0 && a.lines.len == 0, "it is sent on before a line would not fit, whole");
	check(builder_ok(&a.lines), "and nothing overflows");
}

static void off(void)
{
	a.on = false;
	check(!*line(&request, 200, span_of(NULL, 0), 1), "nothing when it is off");
}

int main(void)
{
	a.on = true;
	fields();
	hostile();
	every_byte();
	room();
	off();
	return tap_end();
}
