/* Which resolvers to ask. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/io.h"
#include "net/dns.h"

enum { PORT = 53, FILE_MAX_LEN = 16384 };

static bool separates(unsigned char c)
{
	return c == ' ' || c == '\t' || c == ',';
}

/* The next word of `*rest`; false when there is none left. */
static bool next_word(struct span *rest, struct span *word)
{
	size_t len = 0;

	while (rest->len > 0 && separates(rest->p[0]))
		*rest = span_from(*rest, 1);
	while (len < rest->len && !separates(rest->p[len]))
		len++;
	*word = span_head(*rest, len);
	*rest = span_from(*rest, len);
	return len > 0;
}

static bool parse_server(struct addr *a, struct span word)
{
	if (addr_parse_ip(a, word, PORT))
		return true;
	return addr_parse(a, word) && addr_family(a) != AF_UNIX && !a->dual && addr_port(a) > 0;
}

static void add(struct dns_servers *s, const struct addr *a)
{
	if (s->n < DNS_SERVERS_MAX)
		s->server[s->n++] = *a;
}

bool dns_servers_parse(struct dns_servers *s, struct span text)
{
	struct span word;
	struct addr a;

	for (s->n = 0; next_word(&text, &word); add(s, &a))
		if (!parse_server(&a, word))
			return false;
	return s->n > 0;
}

/* A line "nameserver ADDRESS"; whatever else a line says is not for us. */
static void read_line(struct dns_servers *s, struct span line)
{
	struct span word;
	struct addr a;

	if (next_word(&line, &word) && span_is(word, "nameserver") && next_word(&line, &word) &&
	    addr_parse_ip(&a, word, PORT))
		add(s, &a);
}

/* What `path` holds, at most `cap` bytes; nothing when there is no such file. */
static bool read_file(const char *path, void *buf, size_t cap, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum io_result r;
	int error;

	*len = 0;
	if (fd < 0)
		return errno == ENOENT;
	r = io_read_end(fd, buf, cap, len, DEADLINE_NEVER);
	error = errno;
	close(fd);
	errno = error;
	return r == IO_OK || r == IO_TOO_LONG;
}

bool dns_servers_read(struct dns_servers *s, const char *path)
{
	static unsigned char text[FILE_MAX_LEN];
	struct span rest, line;
	size_t len;

	s->n = 0;
	if (!read_file(path, text, sizeof text, &len))
		return false;
	rest = span_of(text, len);
	while (span_split(&rest, '\n', &line))
		if (rest.p || len < sizeof text) /* a line that was cut is no line */
			read_line(s, line);
	return s->n > 0 || dns_servers_parse(s, span_str("127.0.0.1"));
}
