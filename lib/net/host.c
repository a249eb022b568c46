/* Hosts: names to socket addresses. */
#include "net/host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/deadline.h"
#include "base/io.h"

enum { ASKED = 2 }; /* AAAA and A */

static void add(struct host_list *list, const struct addr *a)
{
	if (list->n < HOST_ADDRS_MAX)
		list->addr[list->n++] = *a;
}

static void add_ip(struct host_list *list, struct span text, uint16_t port)
{
	struct addr a;

	if (addr_parse_ip(&a, text, port))
		add(list, &a);
}

static struct span without_dot(struct span name)
{
	return span_head(name, name.len - (name.len > 0 && name.p[name.len - 1] == '.'));
}

static bool same_name(struct span a, struct span b)
{
	a = without_dot(a);
	b = without_dot(b);
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

static bool is_localhost(struct span name)
{
	static const char tail[] = ".localhost";
	size_t len = sizeof tail - 1;

	name = without_dot(name);
	return same_name(name, span_str("localhost")) ||
	       (name.len > len && same_name(span_from(name, name.len - len), span_str(tail)));
}

/* The next word of a line of the hosts file; false at its end or a comment. */
static bool next_word(struct span *line, struct span *word)
{
	size_t len = 0;

	while (line->len > 0 && (line->p[0] <= ' '))
		*line = span_from(*line, 1);
	while (len < line->len && line->p[len] > ' ' && line->p[len] != '#')
		len++;
	*word = span_head(*line, len);
	*line = span_from(*line, len);
	return len > 0;
}

static void read_line(struct host_list *list, struct span line, struct span name, uint16_t port)
{
	struct span ip, word;

	if (!next_word(&line, &ip))
		return;
	while (next_word(&line, &word)) {
		if (same_name(word, name)) {
			add_ip(list, ip, port);
			return;
		}
	}
}

static void read_hosts(struct host_list *list, const char *path, struct span name, uint16_t port)
{
	unsigned char text[HOST_LINE_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct io_lines in;
	bool cut = false;

	if (fd < 0)
		return;
	io_lines_init(&in, fd, text, sizeof text);
	for (int i = 0; i < HOST_LINES_MAX; i++) {
		struct span line;
		enum io_result r = io_line(&in, &line, deadline_now());

		if (r == IO_TOO_LONG) {
			in.start = in.end; /* drops what is there of it; the rest comes as a line */
			cut = true;
			continue;
		}
		if (r != IO_OK)
			break;
		if (!cut)
			read_line(list, line, name, port);
		cut = false;
	}
	close(fd);
}

/* AAAA and A under way together. Addresses are taken as each answer comes. */
struct pair {
	struct dns_query query[ASKED];
	struct host_list found[ASKED];
	bool done[ASKED];
};

static void take(struct pair *p, size_t i, uint16_t port)
{
	struct dns_record record;
	struct addr a;

	p->done[i] = true;
	while (dns_next(&p->query[i].answer, &record))
		if (dns_address(&a, &record, port))
			add(&p->found[i], &a);
}

/* Until something can be done for a question that is not over, or `deadline`. */
static void wait_for(const struct pair *p, int64_t deadline)
{
	struct pollfd fds[ASKED];

	for (size_t i = 0; i < ASKED; i++) {
		const struct dns_query *q = &p->query[i];

		fds[i] = (struct pollfd){ .fd = p->done[i] ? -1 : q->fd, .events = q->events };
		if (!p->done[i])
			deadline = deadline_first(deadline, q->wake);
	}
	poll(fds, ASKED, deadline_wait(deadline, deadline_now()));
}

/* Steps both until they are over; found addresses cut the wait for the other short. */
static void ask_both(struct pair *p, uint16_t port, int64_t deadline)
{
	bool hurried = false;

	while (!p->done[0] || !p->done[1]) {
		int64_t now;

		wait_for(p, deadline);
		now = deadline_now();
		for (size_t i = 0; i < ASKED; i++)
			if (!p->done[i] && dns_step(&p->query[i], now))
				take(p, i, port);
		if (now >= deadline)
			return;
		if (!hurried && (p->found[0].n > 0 || p->found[1].n > 0)) {
			deadline = deadline_first(deadline, now + HOST_GRACE_MS);
			hurried = true;
		}
	}
}

enum dns_status host_none(enum dns_status a, enum dns_status b)
{
	return a > b ? a : b;
}

/* What the answers so far come to when no address was in any. */
static enum dns_status worst(const struct pair *p)
{
	if (!p->done[0] || !p->done[1])
		return DNS_FAILED;
	return host_none(p->query[0].answer.status, p->query[1].answer.status);
}

static enum dns_status ask(struct host_list *list, struct span name, uint16_t port,
                           const struct dns_servers *servers, int64_t deadline)
{
	static const enum dns_type types[ASKED] = { DNS_AAAA, DNS_A };
	struct pair p = { .done = { false } };
	int error;

	for (size_t i = 0; i < ASKED; i++)
		if (dns_start(&p.query[i], servers, name, types[i], deadline))
			take(&p, i, port);
	ask_both(&p, port, deadline);
	error = errno;
	for (size_t i = 0; i < ASKED; i++) {
		dns_end(&p.query[i]);
		/* Both families have room, however many addresses one of them has. */
		for (size_t k = 0; k < p.found[i].n && k < HOST_ADDRS_MAX / ASKED; k++)
			add(list, &p.found[i].addr[k]);
	}
	errno = error;
	return list->n > 0 ? DNS_FOUND : worst(&p);
}

enum dns_status host_local(struct host_list *list, struct span name, uint16_t port,
                           const char *hosts_path)
{
	list->n = 0;
	add_ip(list, name, port);
	if (list->n > 0)
		return DNS_FOUND;
	if (!dns_name_ok(name))
		return DNS_BAD_NAME;
	if (is_localhost(name)) {
		add_ip(list, span_str("::1"), port);
		add_ip(list, span_str("127.0.0.1"), port);
		return DNS_FOUND;
	}
	if (hosts_path)
		read_hosts(list, hosts_path, name, port);
	return list->n > 0 ? DNS_FOUND : DNS_NONE;
}

enum dns_status host_lookup(struct host_list *list, struct span name, uint16_t port,
                            const char *hosts_path, const struct dns_servers *servers,
                            int64_t deadline)
{
	enum dns_status status = host_local(list, name, port, hosts_path);

	if (status != DNS_NONE || !servers)
		return status;
	return ask(list, name, port, servers, deadline);
}
