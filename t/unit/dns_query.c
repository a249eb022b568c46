/*
 * DNS questions: patience, other servers, TCP. The servers are sockets of the
 * test's own, and the time is what the test says it is.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/io.h"
#include "net/dns.h"
#include "tap.h"

enum { SERVERS = 2, PATIENCE_MS = 2000, TOTAL_MS = 20000, HEAD = 12 };
enum { NO_ERROR = 0x80, FORMERR, SERVFAIL, NO_NAME, NOTIMP, REFUSED }; /* with RA */

static int udp[SERVERS], tcp[SERVERS], client = -1;
static struct dns_servers servers;
static struct dns_query q;
static int64_t now;

static void open_server(size_t i)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof a;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	udp[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	tcp[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	/* The two ports are to be one; somebody else may have the second. */
	for (int tries = 0; tries < 100; tries++) {
		a.sin_port = 0;
		if (bind(tcp[i], (struct sockaddr *)&a, len) == 0 && listen(tcp[i], 5) == 0 &&
		    getsockname(tcp[i], (struct sockaddr *)&a, &len) == 0 &&
		    bind(udp[i], (struct sockaddr *)&a, len) == 0)
			break;
		close(tcp[i]);
		tcp[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	}
	addr_set(&servers.server[i], (struct sockaddr *)&a, len);
}

static void close_server(size_t i)
{
	close(udp[i]);
	close(tcp[i]);
}

/* Begins anew with `n` servers. */
static bool begin(size_t n)
{
	dns_end(&q);
	for (size_t i = 0; i < SERVERS; i++) {
		if (udp[i] > 0)
			close_server(i);
		open_server(i);
	}
	servers.n = n;
	now = deadline_now();
	return dns_start(&q, &servers, span_str("WWW.example.com."), DNS_TXT, now + TOTAL_MS);
}

/* What a server was asked: over UDP or TCP. */
static unsigned char asked[600], reply[2000];
static size_t asked_len;
static struct sockaddr_in asker;

static bool take(size_t i)
{
	socklen_t len = sizeof asker;
	ssize_t n;

	if (io_wait(udp[i], POLLIN, deadline_now()) != IO_OK)
		return false;
	n = recvfrom(udp[i], asked, sizeof asked, 0, (struct sockaddr *)&asker, &len);
	asked_len = n > 0 ? (size_t)n : 0;
	return n > 0;
}

static bool take_tcp(size_t i)
{
	unsigned char prefix[2];

	if (io_wait(tcp[i], POLLIN, deadline_in(PATIENCE_MS)) != IO_OK)
		return false;
	if (client >= 0)
		close(client);
	client = accept(tcp[i], NULL, NULL);
	if (dns_step(&q, now) || io_read_all(client, prefix, 2, deadline_in(PATIENCE_MS)) != IO_OK)
		return false;
	asked_len = (size_t)(prefix[0] << 8 | prefix[1]);
	return asked_len < sizeof asked &&
	       io_read_all(client, asked, asked_len, deadline_in(PATIENCE_MS)) == IO_OK;
}

/* A reply with the question as it was, without OPT, and `n` TXT records. */
static size_t answer(unsigned int flags, size_t n)
{
	static const unsigned char record[] = "\xc0\x0c\0\x10\0\1\0\0\0\x07\0\4\3abc";
	size_t at = asked_len - (asked[11] ? 11 : 0);

	memcpy(reply, asked, at);
	reply[2] = (unsigned char)(0x81 | flags >> 8);
	reply[3] = (unsigned char)flags;
	reply[7] = (unsigned char)n;
	reply[11] = 0;
	for (size_t i = 0; i < n; i++, at += sizeof record - 1)
		memcpy(reply + at, record, sizeof record - 1);
	return at;
}

static void say(size_t i, size_t len)
{
	sendto(udp[i], reply, len, 0, (struct sockaddr *)&asker, sizeof asker);
}

static void say_tcp(size_t len)
{
	unsigned char prefix[2] = { (unsigned char)(len >> 8), (unsigned char)len };

	io_write_all(client, span_of(prefix, 2), deadline_in(PATIENCE_MS));
	io_write_all(client, span_of(reply, len), deadline_in(PATIENCE_MS));
}

/* Steps when the socket has something, which it soon must. */
static bool step(void)
{
	io_wait(q.fd, q.events, deadline_in(PATIENCE_MS));
	return dns_step(&q, now);
}

static bool wait_out(void)
{
	now = q.wake;
	return dns_step(&q, now);
}

static void found(const char *what)
{
	struct dns_record record;

	check(q.answer.status == DNS_FOUND && q.answer.ttl == 7 && dns_next(&q.answer, &record) &&
	              span_eq(record.data, span_str("\3abc")) && q.fd == -1,
	      "%s", what);
}

static void test_question(void)
{
	static const unsigned char name[] = "\3www\7example\3com";
	uint16_t id[2];
	bool differ = false;

	check(!begin(1) && take(0), "the first server is asked at once");
	check(asked_len == HEAD + sizeof name + 4 + 11 && memcmp(asked + 2, "\1\0\0\1\0\0\0\0\0\1", 10) == 0,
	      "one question, recursion desired, one additional record");
	check(memcmp(asked + HEAD, name, sizeof name) == 0, "the name, in lower case");
	check(memcmp(asked + HEAD + sizeof name, "\0\x10\0\1", 4) == 0, "TXT, IN");
	check(memcmp(asked + HEAD + sizeof name + 4, "\0\0\x29\4\xd0\0\0\0\0\0\0", 11) == 0,
	      "EDNS0 with 1232 bytes");
	check(fcntl(q.fd, F_GETFD) == FD_CLOEXEC && (fcntl(q.fd, F_GETFL) & O_NONBLOCK),
	      "the socket is close-on-exec and does not block");
	id[0] = q.id;
	for (int i = 0; i < 3; i++) {
		begin(1);
		id[1] = q.id;
		differ |= id[0] != id[1];
	}
	check(differ, "ids differ");
}

static void test_answer(void)
{
	begin(1);
	take(0);
	check(!dns_step(&q, now) && q.fd >= 0 && q.events == POLLIN, "nothing there yet");
	say(0, answer(NO_ERROR, 1));
	check(step(), "an answer ends it");
	found("with its record");
	dns_end(&q);
	dns_end(&q);
	check(q.fd == -1, "ending twice does no harm");
	begin(1);
	take(0);
	say(0, answer(NO_NAME, 0));
	check(step() && q.answer.status == DNS_NONE, "no such name ends it too");
}

static void test_ignored(void)
{
	size_t len;

	begin(1);
	take(0);
	len = answer(NO_ERROR, 1);
	reply[1] ^= 1;
	say(0, len);
	check(!step() && q.fd >= 0, "a wrong id is passed over");
	len = answer(NO_ERROR, 1);
	reply[HEAD + 1] ^= 1;
	say(0, len);
	check(!step(), "a wrong name is passed over");
	len = answer(NO_ERROR, 1);
	reply[HEAD + 18] = 1;
	say(0, len);
	check(!step(), "a wrong type is passed over");
	answer(NO_ERROR, 1);
	say(0, HEAD - 1);
	check(!step(), "half a head is passed over");
	say(0, 0);
	check(!step(), "an empty packet is passed over");
	memcpy(reply, asked, asked_len);
	say(0, asked_len);
	check(!step(), "the question itself is passed over");
	answer(NO_ERROR, 0);
	reply[5] = 0;
	say(0, HEAD);
	check(!step(), "success without a question is passed over");
	for (int i = 0; i < 100; i++) {
		answer(NO_ERROR, 1);
		reply[0] ^= 1;
		say(0, 40);
	}
	check(!step() && io_wait(q.fd, POLLIN, deadline_now()) == IO_OK,
	      "a flood of them too, and others have their turn in between");
	while (io_wait(q.fd, POLLIN, deadline_now()) == IO_OK && !dns_step(&q, now))
		;
	sendto(udp[1], reply, answer(NO_ERROR, 1), 0, (struct sockaddr *)&asker, sizeof asker);
	check(!dns_step(&q, now), "the right words from another port are not heard");
	reply[HEAD + 1] = 'W';
	reply[HEAD + 6] ^= 0x20;
	say(0, answer(NO_ERROR, 1));
	check(step(), "and the right answer still counts");
	found("with its record");
}

/* The first server's reply sends the question to the second. */
static void next_after(size_t len, const char *what)
{
	say(0, len);
	check(!step() && take(1), "%s: the next server is asked", what);
	say(1, answer(NO_ERROR, 1));
	check(step(), "%s", what);
	found("and its answer taken");
}

static void test_failures(void)
{
	size_t len;

	begin(2);
	take(0);
	next_after(answer(SERVFAIL, 0), "SERVFAIL");
	begin(2);
	take(0);
	next_after(answer(REFUSED, 0), "REFUSED");
	begin(2);
	take(0);
	answer(REFUSED, 0);
	reply[5] = 0;
	next_after(HEAD, "REFUSED and no question");
	begin(2);
	take(0);
	len = answer(NO_ERROR, 1);
	next_after(len - 1, "an answer a byte short");
	begin(2);
	take(0);
	len = answer(NO_ERROR, 1);
	reply[7] = 2;
	next_after(len, "a count that lies");
	begin(2);
	take(0);
	len = answer(NO_ERROR, 1);
	reply[len - 4] = 9;
	next_after(len, "a malformed record");
	begin(2);
	close_server(0);
	udp[0] = tcp[0] = -1;
	dns_end(&q);
	dns_start(&q, &servers, span_str("www.example.com"), DNS_TXT, now + TOTAL_MS);
	check(!step() && take(1), "nobody at the port: the next server is asked");
}

static void test_silence(void)
{
	int64_t began;

	begin(2);
	began = now;
	check(take(0) && q.wake >= began + 1000 && q.wake <= began + 1001, "a second of patience");
	now = q.wake - 1;
	check(!dns_step(&q, now) && !take(1), "nothing happens before");
	check(!wait_out() && take(1), "then the second server");
	check(!wait_out() && take(0) && q.wake == now + 2000, "then the first, with two seconds");
	check(!wait_out() && take(1), "then the second");
	check(!wait_out() && take(0) && q.wake == now + 4000, "four seconds");
	check(!wait_out() && take(1), "the second");
	check(!wait_out() && take(0) && q.wake == now + 4000, "four seconds again");
	say(0, answer(NO_ERROR, 1));
	check(step(), "a late answer is one");
	found("with its record");

	begin(1);
	began = now;
	while (!wait_out())
		;
	check(q.answer.status == DNS_FAILED && now >= began + TOTAL_MS - 50 && now <= began + TOTAL_MS,
	      "the deadline ends it");
	check(q.fd == -1 && q.answer.ttl == 0, "with nothing left open");
	begin(1);
	now += 10 * TOTAL_MS;
	check(dns_step(&q, now) && q.answer.status == DNS_FAILED, "however late one looks");
}

static void test_all_fail(void)
{
	begin(2);
	for (int i = 0; i < 2; i++) {
		take(0);
		say(0, answer(SERVFAIL, 0));
		check(!step() && take(1), "the second is asked");
		say(1, answer(REFUSED, 0));
		if (i == 0) {
			check(!step() && q.fd == -1 && q.wake == now + 250, "a pause");
			check(!dns_step(&q, now) && q.fd == -1, "nothing happens before");
			check(!wait_out() && q.fd >= 0, "both are asked again");
		}
	}
	check(step() && q.answer.status == DNS_FAILED, "and that is the end");

	begin(2);
	take(0);
	wait_out();
	take(1);
	say(1, answer(SERVFAIL, 0));
	check(!step() && take(0), "a silent one among them: no pause");
}

static void test_plain(void)
{
	static const struct {
		unsigned int flags;
		bool question;
	} table[] = { { FORMERR, true }, { FORMERR, false }, { NOTIMP, true } };

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		size_t len;

		begin(2);
		take(0);
		len = answer(table[i].flags, 0);
		if (!table[i].question) {
			reply[5] = 0;
			len = HEAD;
		}
		say(0, len);
		check(!step() && take(0) && asked[11] == 0 && asked_len == HEAD + 17 + 4,
		      "asked again without EDNS0");
		if (i == 2) {
			next_after(answer(table[i].flags, 0), "once");
			break;
		}
		say(0, answer(NO_ERROR, 1));
		check(step(), "an answer ends it");
		found("with its record");
	}
	begin(2);
	take(0);
	say(0, answer(FORMERR, 0));
	step();
	take(0);
	say(0, answer(SERVFAIL, 0));
	check(!step() && take(1) && asked[11] == 1, "the next server gets EDNS0 again");
}

static void begin_tcp(size_t n)
{
	begin(n);
	take(0);
	say(0, answer(0x200 | NO_ERROR, 1));
	check(!step() && q.tcp && take_tcp(0), "a cut answer: the same server over TCP");
}

static void test_tcp(void)
{
	size_t len;

	begin_tcp(2);
	check(asked_len == HEAD + 17 + 4 + 11, "the whole question");
	len = answer(NO_ERROR, 1);
	check(!dns_step(&q, now), "nothing there yet");
	io_write_all(client, span_of("", 1), deadline_in(PATIENCE_MS));
	check(!step(), "half of the length");
	io_write_all(client, span_of((unsigned char[]){ (unsigned char)len }, 1), deadline_in(PATIENCE_MS));
	for (size_t i = 0; i + 1 < len; i++) {
		io_write_all(client, span_of(reply + i, 1), deadline_in(PATIENCE_MS));
		if (step())
			check(false, "over at byte %zu", i);
	}
	io_write_all(client, span_of(reply + len - 1, 1), deadline_in(PATIENCE_MS));
	check(step(), "byte for byte, and over with the last");
	found("with its record");

	begin_tcp(2);
	len = answer(NO_ERROR, 1);
	memset(reply + len, 'x', 100);
	say_tcp(len);
	io_write_all(client, span_of(reply + len, 100), deadline_in(PATIENCE_MS));
	check(step(), "bytes behind the message do not matter");
	found("with its record");
}

static void test_tcp_failures(void)
{
	size_t len;

	begin_tcp(2);
	close(client);
	client = -1;
	check(!step() && take(1), "a closed connection: the next server");
	begin_tcp(2);
	len = answer(NO_ERROR, 1);
	reply[0] ^= 1;
	say_tcp(len);
	check(!step() && take(1), "a wrong id: the next server");
	begin_tcp(2);
	say_tcp(0);
	check(!step() && take(1), "an empty message: the next server");
	begin_tcp(2);
	say_tcp(answer(0x200 | NO_ERROR, 1));
	check(!step() && take(1), "cut even over TCP: the next server");
	begin_tcp(2);
	say_tcp(answer(FORMERR, 0));
	check(!step() && take_tcp(0) && asked[11] == 0, "FORMERR: TCP without EDNS0");
	begin_tcp(2);
	check(!wait_out() && take(1), "silence: the next server");

	begin(2);
	close(tcp[0]);
	tcp[0] = -1;
	take(0);
	say(0, answer(0x200 | NO_ERROR, 1));
	while (!step() && q.tcp)
		;
	check(take(1), "nobody at the TCP port: the next server");
}

static void test_start(void)
{
	struct rlimit before, none;
	struct addr nowhere;
	int64_t began;

	dns_end(&q);
	check(dns_start(&q, &servers, span_str("no good"), DNS_TXT, now) &&
	              q.answer.status == DNS_BAD_NAME && q.fd == -1,
	      "a bad name");
	dns_end(&q);
	servers.n = 0;
	check(dns_start(&q, &servers, span_str("a"), DNS_TXT, deadline_in(TOTAL_MS)) &&
	              q.answer.status == DNS_FAILED,
	      "no servers");
	dns_end(&q);
	begin(1);
	dns_end(&q);
	check(dns_start(&q, &servers, span_str("a"), DNS_TXT, deadline_now()) &&
	              q.answer.status == DNS_FAILED,
	      "no time");
	dns_end(&q);
	getrlimit(RLIMIT_NOFILE, &before);
	none = (struct rlimit){ 0, before.rlim_max };
	setrlimit(RLIMIT_NOFILE, &none);
	check(dns_start(&q, &servers, span_str("a"), DNS_TXT, deadline_in(TOTAL_MS)) &&
	              q.answer.status == DNS_SYSTEM && errno == EMFILE,
	      "no descriptors");
	setrlimit(RLIMIT_NOFILE, &before);
	dns_end(&q);

	/* No socket can be connected to the broadcast address. */
	addr_parse(&nowhere, span_str("255.255.255.255:53"));
	servers.server[1] = servers.server[0];
	servers.server[0] = nowhere;
	servers.n = 2;
	check(!dns_start(&q, &servers, span_str("a"), DNS_TXT, deadline_in(TOTAL_MS)) && take(0),
	      "no way to the first server: the second is asked");
	dns_end(&q);
	servers.n = 1;
	began = deadline_now();
	check(dns_ask(&q, &servers, span_str("a"), DNS_TXT, deadline_in(TOTAL_MS)) == DNS_FAILED &&
	              deadline_now() - began < TOTAL_MS / 2,
	      "no way to any: failed before the time is up");
	dns_end(&q);
}

/* The blocking form against a server that says nothing keeps its deadline. */
static void test_ask(void)
{
	int64_t began;

	begin(2);
	dns_end(&q);
	began = deadline_now();
	check(dns_ask(&q, &servers, span_str("a"), DNS_TXT, began + 300) == DNS_FAILED &&
	              deadline_now() - began >= 300 && deadline_now() - began < 3000,
	      "silence for 300 ms");
	dns_end(&q);
}

int main(void)
{
	q.fd = -1;
	test_question();
	test_answer();
	test_ignored();
	test_failures();
	test_silence();
	test_all_fail();
	test_plain();
	test_tcp();
	test_tcp_failures();
	test_start();
	test_ask();
	dns_end(&q);
	return tap_end();
}
