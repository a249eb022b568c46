/* Questions to recursive resolvers: the transport and its patience. */
#include "net/dns.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/io.h"
#include "net/dns_wire.h"

enum {
	PATIENCE_MS = 1000,  /* for a silent server in round 0, doubled each round ... */
	DOUBLINGS_MAX = 2,   /* ... this often */
	PAUSE_MS = 250,      /* before servers that all failed are asked again */
	FAILED_ROUNDS = 2,   /* this many rounds without one silent server are the end */
	PACKETS_A_STEP = 64, /* a flood of foreign packets does not hold up who waits */
	PACKET_MAX = 4096,   /* more than we say we take, for servers that do not listen */
	PREFIX = 2           /* bytes of the length before a message over TCP */
};

/* What an event on the socket came to. */
enum event {
	EVENT_NONE,   /* go on waiting */
	EVENT_ANSWER, /* q->answer is there */
	EVENT_FAILED, /* this server is of no use */
	EVENT_CUT,    /* ask it again over TCP */
	EVENT_PLAIN   /* ask it again without EDNS0 */
};

const char *dns_strerror(enum dns_status status)
{
	switch (status) {
	case DNS_FOUND:
		return "found";
	case DNS_NONE:
		return "no such record";
	case DNS_FAILED:
		return "no server gave a usable answer";
	case DNS_BAD_NAME:
		return "not a name that can be asked for";
	case DNS_SYSTEM:
		return strerror(errno);
	}
	return "unknown";
}

static void close_socket(struct dns_query *q)
{
	if (q->fd >= 0)
		close(q->fd);
	q->fd = -1;
}

static bool over(struct dns_query *q, enum dns_status status)
{
	int error = errno;

	close_socket(q);
	q->answer.status = status;
	if (status != DNS_FOUND && status != DNS_NONE)
		q->answer.ttl = 0;
	errno = error;
	return true;
}

/* The question's bytes, with room for the length before them. */
static struct span question(const struct dns_query *q, struct builder *b)
{
	struct dns_wire_name name;
	struct span whole;

	dns_wire_from_text(&name, span_str(q->name));
	builder_u16be(b, 0);
	dns_wire_query(b, q->id, &name, q->type, q->plain);
	whole = builder_span(b);
	b->p[0] = (unsigned char)((whole.len - PREFIX) >> 8);
	b->p[1] = (unsigned char)(whole.len - PREFIX);
	return q->tcp ? whole : span_from(whole, PREFIX);
}

/* True as long as this server is worth waiting for. */
static bool send_question(struct dns_query *q)
{
	unsigned char bytes[PREFIX + DNS_WIRE_QUERY_MAX];
	struct builder b;
	struct span rest;
	ssize_t n;

	builder_init(&b, bytes, sizeof bytes);
	rest = span_from(question(q, &b), q->sent);
	do
		n = send(q->fd, rest.p, rest.len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN;
	q->sent += (size_t)n;
	if ((size_t)n == rest.len)
		q->events = POLLIN;
	return true;
}

static int64_t patience(const struct dns_query *q)
{
	return (int64_t)PATIENCE_MS << (q->round < DOUBLINGS_MAX ? q->round : DOUBLINGS_MAX);
}

/*
 * A socket to the current server with the question on its way. False when
 * that cannot be; errno ENFILE and its like say that no socket can.
 */
static bool open_attempt(struct dns_query *q, int64_t now)
{
	const struct addr *server = &q->servers->server[q->server];
	int type = (q->tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;

	close_socket(q);
	if (getrandom(&q->id, sizeof q->id, 0) != (ssize_t)sizeof q->id)
		return false;
	q->fd = socket(addr_family(server), type, 0);
	if (q->fd < 0)
		return false;
	q->wake = deadline_first(q->deadline, now + patience(q));
	q->events = POLLOUT;
	q->sent = q->stream_len = 0;
	if (connect(q->fd, &server->u.any, server->len) < 0 && errno != EINPROGRESS)
		return false;
	return q->tcp || send_question(q);
}

static bool out_of_sockets(void)
{
	return errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
}

/* Chooses who is next. True when nobody is; q->fd is -1, and q->wake says from when. */
static bool next_server(struct dns_query *q, int64_t now)
{
	close_socket(q);
	q->tcp = q->plain = false;
	q->wake = now;
	if (++q->server < q->servers->n)
		return false;
	q->server = 0;
	q->round++;
	if (!q->silent) {
		if (q->round >= FAILED_ROUNDS)
			return true;
		q->wake = deadline_first(q->deadline, now + PAUSE_MS);
	}
	q->silent = false;
	return false;
}

/* Asks until something is under way, to be waited for, or all is over: true. */
static bool ask(struct dns_query *q, int64_t now)
{
	while (now >= q->wake) {
		if (now >= q->deadline)
			return over(q, DNS_FAILED);
		if (open_attempt(q, now))
			return false;
		if (q->fd < 0 && out_of_sockets())
			return over(q, DNS_SYSTEM);
		if (next_server(q, now))
			return over(q, DNS_FAILED);
	}
	return false;
}

bool dns_start(struct dns_query *q, const struct dns_servers *servers, struct span name,
               enum dns_type type, int64_t deadline)
{
	struct builder b;

	memset(q, 0, sizeof *q);
	q->fd = -1;
	q->servers = servers;
	q->type = type;
	q->deadline = deadline;
	if (!dns_name_ok(name))
		return over(q, DNS_BAD_NAME);
	if (servers->n == 0)
		return over(q, DNS_FAILED);
	builder_init(&b, q->name, sizeof q->name);
	builder_add(&b, span_head(name, name.len - (name.p[name.len - 1] == '.')));
	q->wake = deadline_now();
	return ask(q, q->wake);
}

/*
 * RFC 1035, section 4.1.1 and RFC 6891, section 7: a server that does not
 * understand a question may leave it out of its reply.
 */
static enum event judge(struct dns_query *q, struct span message)
{
	struct dns_wire_name name;
	unsigned int flags, rcode;
	bool asked;

	if (message.len < NS_HFIXEDSZ || ns_get16(message.p) != q->id)
		return EVENT_NONE;
	flags = ns_get16(message.p + 2);
	rcode = flags & DNS_WIRE_RCODE;
	dns_wire_from_text(&name, span_str(q->name));
	asked = dns_wire_asked(message, &name, q->type);
	if (!(flags & DNS_WIRE_QR) ||
	    (!asked && (ns_get16(message.p + 4) != 0 || rcode == ns_r_noerror || rcode == ns_r_nxdomain)))
		return EVENT_NONE;
	if ((rcode == ns_r_formerr || rcode == ns_r_notimpl) && !q->plain)
		return EVENT_PLAIN;
	if ((flags & DNS_WIRE_TC) && !q->tcp)
		return EVENT_CUT;
	return dns_answer_parse(&q->answer, message, span_str(q->name), q->type) == DNS_FAILED
	               ? EVENT_FAILED
	               : EVENT_ANSWER;
}

static enum event step_udp(struct dns_query *q)
{
	static unsigned char packet[PACKET_MAX];

	if (q->events == POLLOUT)
		return send_question(q) ? EVENT_NONE : EVENT_FAILED;
	for (int i = 0; i < PACKETS_A_STEP; i++) {
		ssize_t n = recv(q->fd, packet, sizeof packet, 0);
		enum event event;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? EVENT_NONE : EVENT_FAILED;
		event = judge(q, span_of(packet, (size_t)n));
		if (event != EVENT_NONE)
			return event;
	}
	return EVENT_NONE;
}

/* The bytes of the stream that are still to come, as far as that is known. */
static size_t stream_left(const struct dns_query *q)
{
	if (q->stream_len < PREFIX)
		return PREFIX + NS_MAXMSG - q->stream_len;
	return PREFIX + ns_get16(q->stream) - q->stream_len;
}

static enum event step_tcp(struct dns_query *q)
{
	if (q->events == POLLOUT)
		return send_question(q) ? EVENT_NONE : EVENT_FAILED;
	if (!q->stream && !(q->stream = malloc(PREFIX + NS_MAXMSG)))
		return EVENT_FAILED;
	while (q->stream_len < PREFIX || stream_left(q) > 0) {
		ssize_t n = recv(q->fd, q->stream + q->stream_len, stream_left(q), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 && errno == EAGAIN ? EVENT_NONE : EVENT_FAILED;
		q->stream_len += (size_t)n;
		if (q->stream_len > PREFIX && q->stream_len > PREFIX + ns_get16(q->stream))
			q->stream_len = PREFIX + ns_get16(q->stream);
	}
	switch (judge(q, span_of(q->stream + PREFIX, q->stream_len - PREFIX))) {
	case EVENT_ANSWER:
		return EVENT_ANSWER;
	case EVENT_PLAIN:
		return EVENT_PLAIN;
	case EVENT_NONE:
	case EVENT_CUT:
	case EVENT_FAILED:
		break;
	}
	return EVENT_FAILED;
}

/* The same server once more, with what was learnt about it. */
static bool again(struct dns_query *q, int64_t now)
{
	close_socket(q);
	q->wake = now;
	return ask(q, now);
}

bool dns_step(struct dns_query *q, int64_t now)
{
	enum event event = EVENT_NONE;

	if (q->fd >= 0)
		event = q->tcp ? step_tcp(q) : step_udp(q);
	switch (event) {
	case EVENT_ANSWER:
		return over(q, q->answer.status);
	case EVENT_CUT:
		q->tcp = true;
		return again(q, now);
	case EVENT_PLAIN:
		q->plain = true;
		return again(q, now);
	case EVENT_NONE:
		if (now < q->wake)
			return false;
		if (q->fd < 0)
			return ask(q, now);
		q->silent = true;
		break;
	case EVENT_FAILED:
		break;
	}
	return next_server(q, now) ? over(q, DNS_FAILED) : ask(q, now);
}

void dns_end(struct dns_query *q)
{
	close_socket(q);
	free(q->stream);
	q->stream = NULL;
}

enum dns_status dns_ask(struct dns_query *q, const struct dns_servers *servers, struct span name,
                        enum dns_type type, int64_t deadline)
{
	bool done = dns_start(q, servers, name, type, deadline);

	while (!done) {
		io_wait(q->fd, q->events, q->wake);
		done = dns_step(q, deadline_now());
	}
	return q->answer.status;
}
