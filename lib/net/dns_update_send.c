/* Dynamic updates: over TCP, else over UDP, and with the server's clock if need be. */
#include <errno.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/io.h"
#include "net/dns_update.h"
#include "net/dns_wire.h"
#include "net/sock.h"

enum {
	TCP_MS = 10000,     /* a server that accepts connections has so long to answer */
	UDP_MS = 2000,      /* a silent one, each time */
	UDP_TRIES = 2,
	PREFIX = 2          /* bytes of the length before a message over TCP */
};

struct exchange {
	unsigned char bytes[PREFIX + DNS_UPDATE_MAX]; /* the message behind its length */
	struct span message;
	struct dns_update_proof proof;
	int64_t deadline;
};

/* The message anew, signed at this moment. */
static bool prepare(struct exchange *x, const struct dns_update *update, const struct tsig_key *key,
                    int64_t clock_s)
{
	struct builder b;

	if (getrandom(&x->proof.id, sizeof x->proof.id, 0) != (ssize_t)sizeof x->proof.id)
		return false;
	x->proof.key = key;
	x->proof.unix_now = (int64_t)time(NULL) + clock_s;
	builder_init(&b, x->bytes + PREFIX, DNS_UPDATE_MAX);
	errno = EINVAL;
	if (!dns_update_write(&b, x->proof.id, update) ||
	    (key && !tsig_sign(&b, key, x->proof.unix_now, &x->proof.mac)))
		return false;
	x->message = builder_span(&b);
	x->bytes[0] = (unsigned char)(b.len >> 8);
	x->bytes[1] = (unsigned char)b.len;
	return true;
}

static enum dns_update_result talk_tcp(struct exchange *x, int fd, int64_t deadline)
{
	static unsigned char answer[NS_MAXMSG];
	unsigned char prefix[PREFIX];
	size_t len;
	bool ours;

	if (io_write_all(fd, span_of(x->bytes, PREFIX + x->message.len), deadline) != IO_OK ||
	    io_read_all(fd, prefix, sizeof prefix, deadline) != IO_OK)
		return DNS_UPDATE_NO_ANSWER;
	len = ns_get16(prefix);
	if (io_read_all(fd, answer, len, deadline) != IO_OK)
		return DNS_UPDATE_NO_ANSWER;
	return dns_update_read(span_of(answer, len), &x->proof, &ours);
}

static enum dns_update_result over_tcp(struct exchange *x, const struct dns_servers *servers)
{
	int64_t deadline = deadline_first(x->deadline, deadline_in(TCP_MS));
	enum dns_update_result result;
	int fd;

	if (sock_connect(servers->server, servers->n, 0, deadline, &fd) != SOCK_DONE)
		return DNS_UPDATE_NO_ANSWER;
	result = talk_tcp(x, fd, deadline);
	close(fd);
	return result;
}

/*
 * What does not prove to come from the server is passed over for the time
 * being: the truth may still come (RFC 8945, section 5.3).
 */
static enum dns_update_result talk_udp(struct exchange *x, int fd, int64_t deadline)
{
	enum dns_update_result best = DNS_UPDATE_NO_ANSWER;
	unsigned char answer[DNS_UPDATE_MAX];

	if (send(fd, x->message.p, x->message.len, MSG_NOSIGNAL) < 0)
		return best;
	while (io_wait(fd, POLLIN, deadline) == IO_OK && deadline_now() <= deadline) {
		ssize_t n = recv(fd, answer, sizeof answer, MSG_DONTWAIT);
		enum dns_update_result result;
		bool ours;

		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			break;
		result = dns_update_read(span_of(answer, (size_t)n), &x->proof, &ours);
		if (ours && (result == DNS_UPDATE_DONE || !x->proof.key))
			return result;
		if (ours)
			best = result;
		if (ours && x->proof.server_time > 0)
			break;
	}
	return best;
}

static enum dns_update_result over_udp(struct exchange *x, const struct addr *server)
{
	enum dns_update_result result;
	int fd = socket(addr_family(server), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return DNS_UPDATE_NO_ANSWER;
	result = DNS_UPDATE_NO_ANSWER;
	if (connect(fd, &server->u.any, server->len) == 0)
		result = talk_udp(x, fd, deadline_first(x->deadline, deadline_in(UDP_MS)));
	close(fd);
	return result;
}

static enum dns_update_result ask(struct exchange *x, const struct dns_servers *servers)
{
	enum dns_update_result result = over_tcp(x, servers);

	for (size_t i = 0; i < UDP_TRIES * servers->n && result == DNS_UPDATE_NO_ANSWER; i++)
		result = over_udp(x, &servers->server[i % servers->n]);
	return result;
}

enum dns_update_result dns_update_send(const struct dns_update *update, const struct tsig_key *key,
                                       const struct dns_servers *servers, int64_t *clock_s,
                                       int64_t deadline)
{
	struct exchange x = { .deadline = deadline };
	enum dns_update_result result;

	if (!prepare(&x, update, key, *clock_s))
		return DNS_UPDATE_SYSTEM;
	result = ask(&x, servers);
	if (result == DNS_UPDATE_BAD_TIME && x.proof.server_time > 0) {
		*clock_s = x.proof.server_time - (int64_t)time(NULL);
		if (!prepare(&x, update, key, *clock_s))
			return DNS_UPDATE_SYSTEM;
		result = ask(&x, servers);
	}
	return result;
}
