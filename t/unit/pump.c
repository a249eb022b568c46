/*
 * The TLS pump: a client and a server of this process, with nothing between them but
 * bytes in memory; and the blocking calls over a pair of sockets.
 */
#include "tls/pump.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "tap.h"
#include "tls/client.h"
#include "tls/key.h"
#include "tls/self_signed.h"

enum { TOTAL_MS = 5000, MANY = 100000 };

static struct tls_client client;
static struct pump c, s;
static br_ssl_server_context server;
static unsigned char server_buffer[BR_SSL_BUFSIZE_BIDI], mono_buffer[BR_SSL_BUFSIZE_MONO];
static struct key key;
static unsigned char der[2048], many[MANY], got[MANY];
static br_x509_certificate chain = { der, 0 };
static br_x509_trust_anchor anchor;
static struct anchors anchors = { 1, &anchor, NULL };
static const char *protocols[] = { "h9", "http/1.1" };

/* A certificate for a.test, which is its own anchor. */
static void make_certificate(void)
{
	static struct name_set names;
	static struct cert cert;
	static struct public_key public;
	int64_t now = (int64_t)time(NULL);
	struct self_signed what = { .names = &names, .not_before = now - 3600, .not_after = now + 3600 };
	struct builder b;

	builder_init(&b, der, sizeof der);
	if (!key_make(&key, (struct key_kind){ KEY_P256, 256 }) ||
	    name_set_add(&names, span_str("a.test")) != NAME_OK || !self_signed_write(&b, &key, &what) ||
	    !cert_read(&cert, builder_span(&b)) || !public_key_read(&public, cert.spki))
		abort();
	chain.data_len = b.len;
	anchor.dn.data = der + (cert.subject.p - der);
	anchor.dn.len = cert.subject.len;
	anchor.pkey.key_type = BR_KEYTYPE_EC;
	anchor.pkey.key.ec = (br_ec_public_key){ BR_EC_secp256r1, der + (public.point.p - der),
		                                 public.point.len };
}

static void start(const char *host)
{
	struct client_peer peer = { .anchors = &anchors, .host = span_str(host),
		                    .unix_now = (int64_t)time(NULL), .protocols = protocols,
		                    .n_protocols = 2 };

	if (client_start(&client, &peer, &c) != CLIENT_OK)
		abort();
	br_ssl_server_init_full_ec(&server, &chain, 1, BR_KEYTYPE_EC, &key.u.ec.key);
	br_ssl_engine_set_protocol_names(&server.eng, protocols + 1, 1);
	br_ssl_engine_set_buffer(&server.eng, server_buffer, sizeof server_buffer, 1);
	br_ssl_server_reset(&server);
	pump_init(&s, &server.eng);
}

/* Carries records one way, in pieces; true when there were any. */
static bool carry(struct pump *from, struct pump *to, size_t piece)
{
	struct span records = span_head(pump_records(from), piece);
	size_t taken = pump_feed(to, records);

	pump_records_sent(from, taken);
	return taken > 0;
}

static void settle(size_t piece)
{
	bool moved;

	do {
		moved = carry(&c, &s, piece);
		moved = carry(&s, &c, piece) || moved;
	} while (moved);
}

static bool states_are(enum pump_state of_client, enum pump_state of_server)
{
	return pump_state(&c) == of_client && pump_state(&s) == of_server;
}

/* Takes the data that is there and holds it against what it should be. */
static bool data_is(struct pump *p, const char *text)
{
	struct span data = pump_data(p);
	bool same = span_is(data, text);

	pump_data_used(p, data.len);
	return same;
}

static void test_handshake(void)
{
	for (size_t piece = 1; piece < 20000; piece = piece * 7 + 1) {
		start("a.test");
		check(states_are(PUMP_HANDSHAKE, PUMP_HANDSHAKE) && pump_write(&c, span_str("x")) == 0,
		      "no data before the handshake");
		settle(piece);
		check(states_are(PUMP_OPEN, PUMP_OPEN), "a handshake in pieces of %zu", piece);
		check(client_protocol(&client) && strcmp(client_protocol(&client), "http/1.1") == 0,
		      "... agrees on a protocol");
		check(span_eq(client_leaf(&client), span_of(der, chain.data_len)),
		      "... and shows the certificate");
		check(pump_write(&c, span_str("ping")) == 4 && pump_records(&c).len == 0, "written");
		pump_flush(&c);
		settle(piece);
		check(data_is(&s, "ping") && pump_data(&s).len == 0, "... is sent when flushed");
	}
	start("b.test");
	settle(1000);
	check(pump_state(&c) == PUMP_FAILED && pump_error(&c) == BR_ERR_X509_BAD_SERVER_NAME &&
	              pump_error_is_trust(pump_error(&c)) && pump_records(&c).len == 0,
	      "another name fails");
	start("a.test");
	anchor.pkey.key.ec.qlen--;
	settle(1000);
	anchor.pkey.key.ec.qlen++;
	check(pump_state(&c) == PUMP_FAILED && pump_error_is_trust(pump_error(&c)),
	      "another key fails");
}

static void test_many(void)
{
	size_t sent = 0, came = 0;

	start("a.test");
	settle(5000);
	while (came < sizeof many) {
		struct span data;

		sent += pump_write(&c, span_from(span_of(many, sizeof many), sent));
		pump_flush(&c);
		settle(997);
		data = pump_data(&s);
		memcpy(got + came, data.p, data.len);
		came += data.len;
		pump_data_used(&s, data.len);
	}
	check(came == sizeof many && memcmp(many, got, sizeof many) == 0, "100000 bytes, record by record");
}

static void test_end(void)
{
	start("a.test");
	settle(5000);
	pump_write(&s, span_str("last"));
	pump_close(&s);
	check(pump_write(&s, span_str("more")) == 0, "nothing can be written behind an end");
	settle(5000);
	check(pump_state(&c) == PUMP_OPEN && data_is(&c, "last"), "what was written before an end comes");
	settle(5000);
	check(states_are(PUMP_ENDED, PUMP_ENDED), "... then both sides know of it");
	pump_transport_ended(&c);
	check(pump_state(&c) == PUMP_ENDED, "... and the transport may end");

	start("a.test");
	settle(5000);
	pump_write(&s, span_str("last"));
	pump_flush(&s);
	settle(5000);
	pump_transport_ended(&c);
	check(pump_state(&c) == PUMP_OPEN && data_is(&c, "last") && pump_state(&c) == PUMP_CUT,
	      "a transport that just ends is no end");

	start("a.test");
	settle(5000);
	pump_write(&s, span_str("unread"));
	pump_flush(&s);
	settle(5000);
	pump_close(&c);
	carry(&c, &s, 5000);
	pump_transport_ended(&c);
	check(pump_state(&c) == PUMP_ENDED && pump_data(&c).len == 0,
	      "an end of our own needs no answer, and throws away what came");
	pump_records_sent(&s, pump_records(&s).len);
	check(pump_state(&s) == PUMP_ENDED, "... the other side has it");
	start("a.test");
	carry(&c, &s, 10);
	pump_transport_ended(&s);
	check(pump_state(&s) == PUMP_CUT, "a transport that ends in the handshake");
}

static void opened(void)
{
	start("a.test");
	settle(5000);
}

/* What is to be sent is an alert alone; it gets lost. */
static bool loses_alert(struct pump *p)
{
	struct span records = pump_records(p);
	bool alert = records.len > 5 && records.p[0] == 21 &&
	             records.len == 5u + records.p[3] * 256u + records.p[4];

	pump_records_sent(p, records.len);
	return alert && pump_records(p).len == 0;
}

static bool says(struct pump *p, const char *text)
{
	bool all = pump_write(p, span_str(text)) == strlen(text);

	pump_flush(p);
	return all;
}

/* A server like OpenSSL's goes on behind our end: BearSSL's must not see that there was one. */
static void test_half_close(void)
{
	size_t room;

	opened();
	check(pump_write(&c, span_str("question")) == 8, "written, not flushed");
	pump_half_close(&c);
	check(pump_write(&c, span_str("more")) == 0 && !pump_space(&c, &room) && room == 0,
	      "nothing can be written behind the half's end");
	check(pump_records(&c).p[0] == 23 && carry(&c, &s, 5000) && data_is(&s, "question"),
	      "what was written before it comes first");
	pump_half_close(&c);
	check(loses_alert(&c), "... then close_notify, once");
	check(says(&s, "answer") && carry(&s, &c, 3) && (settle(700), data_is(&c, "answer")),
	      "... and the other side is heard");
	check(says(&s, "and more") && (settle(5000), data_is(&c, "and more")), "... for as long as it speaks");
	check(states_are(PUMP_OPEN, PUMP_OPEN), "... with nothing at its end");
	pump_close(&s);
	carry(&s, &c, 5000);
	check(pump_state(&c) == PUMP_ENDED && pump_records(&c).len == 0,
	      "its end is the end, and is not answered again");

	opened();
	pump_half_close(&c);
	settle(5000);
	check(states_are(PUMP_ENDED, PUMP_ENDED), "a server that ends at once, by RFC 5246");

	opened();
	says(&c, "unsent");
	pump_half_close(&c);
	says(&s, "waiting");
	carry(&s, &c, 5000);
	check(data_is(&c, "waiting") && carry(&c, &s, 5000) && data_is(&s, "unsent"),
	      "an end behind records that are not sent yet");
	check(loses_alert(&c), "... and then it is there");
	says(&s, "tail");
	carry(&s, &c, 5000);
	pump_transport_ended(&c);
	check(data_is(&c, "tail") && pump_state(&c) == PUMP_CUT, "a cut is still one");
}

/* The engine would answer with records whose number was used: they must never be seen. */
static void test_silence_after_half(void)
{
	unsigned char copy[200];
	struct span records;

	opened();
	pump_half_close(&c);
	loses_alert(&c);
	says(&s, "to be changed on the way");
	records = pump_records(&s);
	memcpy(copy, records.p, records.len);
	copy[records.len - 1] ^= 1;
	pump_feed(&c, span_of(copy, records.len));
	check(pump_state(&c) == PUMP_FAILED && pump_error(&c) == BR_ERR_BAD_MAC &&
	              pump_records(&c).len == 0,
	      "a record that was tampered with fails, and no alert is sent");

	opened();
	pump_half_close(&c);
	loses_alert(&c);
	says(&s, "late");
	carry(&s, &c, 5000);
	pump_close(&c);
	check(pump_records(&c).len == 0 && pump_data(&c).len == 0, "an end in full says nothing more");
	pump_transport_ended(&c);
	check(pump_state(&c) == PUMP_ENDED, "... and is one");

	opened();
	br_ssl_engine_set_buffer(&client.ssl.eng, mono_buffer, sizeof mono_buffer, 0);
	br_ssl_client_reset(&client.ssl, "a.test", 0);
	pump_init(&c, &client.ssl.eng);
	br_ssl_server_reset(&server);
	pump_init(&s, &server.eng);
	settle(5000);
	check(states_are(PUMP_OPEN, PUMP_OPEN), "with one buffer");
	pump_half_close(&c);
	settle(5000);
	check(states_are(PUMP_ENDED, PUMP_ENDED), "... half an end is a whole one");
}

static void test_tampering(void)
{
	size_t failed = 0, rounds = 0;

	for (size_t at = 0; at < 60; at += 7) {
		unsigned char copy[200];
		struct span records;

		start("a.test");
		settle(5000);
		pump_write(&c, span_str("a message of some length, to be changed on the way"));
		pump_flush(&c);
		records = pump_records(&c);
		memcpy(copy, records.p, records.len);
		copy[at] ^= 1;
		pump_feed(&s, span_of(copy, records.len));
		rounds++;
		/* A length that grew waits for more. */
		failed += pump_state(&s) == PUMP_FAILED ||
		          (pump_state(&s) == PUMP_OPEN && pump_data(&s).len == 0);
	}
	check(failed == rounds, "what was changed on the way is not data: %zu of %zu", failed, rounds);
}

/* The server in a child, over a socket. */
static pid_t serve(int *fd, void (*with)(int fd))
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || (pid = fork()) < 0)
		abort();
	if (pid == 0) {
		close(pair[0]);
		with(pair[1]);
		_exit(0);
	}
	close(pair[1]);
	*fd = pair[0];
	return pid;
}

static bool reap(pid_t pid, int fd)
{
	int status;

	close(fd);
	return pid > 1 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* Sends back what comes, until the end. */
static void echo(int fd)
{
	unsigned char bytes[3000];
	enum pump_result r = pump_handshake(&s, fd, deadline_in(TOTAL_MS));
	size_t len;

	while (r == PUMP_OK) {
		r = pump_read(&s, fd, bytes, sizeof bytes, &len, deadline_in(TOTAL_MS));
		if (r == PUMP_OK)
			r = pump_write_all(&s, fd, span_of(bytes, len), true, deadline_in(TOTAL_MS));
	}
	if (r != PUMP_END || pump_end(&s, fd, deadline_in(TOTAL_MS)) != PUMP_OK)
		_exit(1);
}

static void test_blocking(void)
{
	unsigned char bytes[3000];
	size_t came = 0, len;
	pid_t pid;
	int fd;

	start("a.test");
	pid = serve(&fd, echo);
	check(pump_handshake(&c, fd, deadline_in(TOTAL_MS)) == PUMP_OK, "a handshake over sockets");
	while (came < 30000 &&
	       pump_write_all(&c, fd, span_of(many + came, 3000), true, deadline_in(TOTAL_MS)) == PUMP_OK)
		for (size_t back = 0; back < 3000; back += len, came += len)
			if (pump_read(&c, fd, bytes, sizeof bytes, &len, deadline_in(TOTAL_MS)) != PUMP_OK ||
			    memcmp(bytes, many + came, len) != 0)
				break;
	check(came == 30000, "there and back: %zu bytes", came);
	check(pump_read(&c, fd, bytes, 1, &len, deadline_in(50)) == PUMP_TIMEOUT && len == 0,
	      "nothing comes: the time is kept");
	check(pump_end(&c, fd, deadline_in(TOTAL_MS)) == PUMP_OK && reap(pid, fd), "an end");
}

static void end_after(int fd)
{
	pump_handshake(&s, fd, deadline_in(TOTAL_MS));
	pump_write_all(&s, fd, span_str("bye"), false, deadline_in(TOTAL_MS));
	pump_end(&s, fd, deadline_in(TOTAL_MS));
}

static void cut_after(int fd)
{
	pump_handshake(&s, fd, deadline_in(TOTAL_MS));
	pump_write_all(&s, fd, span_str("bye"), true, deadline_in(TOTAL_MS));
}

static void cut_at_once(int fd)
{
	close(fd);
}

static void test_ends(void)
{
	static const struct {
		void (*with)(int fd);
		enum pump_result at_end;
	} cases[] = { { end_after, PUMP_END }, { cut_after, PUMP_SHORT } };
	unsigned char bytes[10];
	size_t len;
	pid_t pid;
	int fd;

	for (size_t i = 0; i < 2; i++) {
		start("a.test");
		pid = serve(&fd, cases[i].with);
		check(pump_handshake(&c, fd, deadline_in(TOTAL_MS)) == PUMP_OK &&
		              pump_read(&c, fd, bytes, sizeof bytes, &len, deadline_in(TOTAL_MS)) == PUMP_OK &&
		              len == 3 &&
		              pump_read(&c, fd, bytes, sizeof bytes, &len, deadline_in(TOTAL_MS)) ==
		                      cases[i].at_end,
		      "an end is told from a cut, case %zu", i);
		reap(pid, fd);
	}
	start("a.test");
	pid = serve(&fd, cut_at_once);
	check(pump_handshake(&c, fd, deadline_in(TOTAL_MS)) == PUMP_SHORT, "a cut in the handshake");
	reap(pid, fd);
}

/* With one buffer for both ways, what was written and not flushed is in the way of reading. */
static void test_one_buffer(void)
{
	unsigned char byte;
	size_t len;
	pid_t pid;
	int fd;

	start("a.test");
	br_ssl_engine_set_buffer(&client.ssl.eng, mono_buffer, sizeof mono_buffer, 0);
	br_ssl_client_reset(&client.ssl, "a.test", 0);
	pump_init(&c, &client.ssl.eng);
	pid = serve(&fd, echo);
	check(pump_handshake(&c, fd, deadline_in(TOTAL_MS)) == PUMP_OK &&
	              pump_write_all(&c, fd, span_str("x"), false, deadline_in(TOTAL_MS)) == PUMP_OK &&
	              pump_read(&c, fd, &byte, 1, &len, deadline_in(TOTAL_MS)) == PUMP_SYSTEM &&
	              errno == EPROTO,
	      "one buffer: reading cannot be, and that is said instead of turning in circles");
	check(pump_write_all(&c, fd, span_str("y"), true, deadline_in(TOTAL_MS)) == PUMP_OK &&
	              pump_read(&c, fd, &byte, 1, &len, deadline_in(TOTAL_MS)) == PUMP_OK && byte == 'x',
	      "... until it is flushed");
	pump_end(&c, fd, deadline_in(TOTAL_MS));
	reap(pid, fd);
}

static void words(int error, const char *text)
{
	unsigned char storage[200];
	struct builder b;

	builder_init(&b, storage, sizeof storage);
	pump_print_error(&b, error);
	check(span_is(builder_span(&b), text), "%d: %.*s", error, (int)b.len, (char *)storage);
}

static void test_words(void)
{
	words(BR_ERR_X509_NOT_TRUSTED, "certificate is not from an authority we trust");
	words(BR_ERR_BAD_MAC, "a record that was tampered with");
	words(BR_ERR_X509_BAD_BOOLEAN, "malformed certificate, error 45");
	words(BR_ERR_IO, "TLS error 31");
	words(BR_ERR_RECV_FATAL_ALERT + 40, "the other side says: handshake failure");
	words(BR_ERR_SEND_FATAL_ALERT + 120, "refused: no application protocol");
	words(BR_ERR_RECV_FATAL_ALERT + 200, "the other side says: alert 200");
	words(9999, "TLS error 9999");
	check(!pump_error_is_trust(BR_ERR_BAD_SIGNATURE) && !pump_error_is_trust(0) &&
	              !pump_error_is_trust(BR_ERR_RECV_FATAL_ALERT + 45),
	      "what is not about the certificate");
}

static void test_hosts(void)
{
	static const struct {
		const char *host;
		bool is_address;
	} bad[] = { { "", false }, { ".", false }, { "192.0.2.256", true }, { "a.test", true }, { "::g", true } };
	char name[CLIENT_HOST_MAX + 2];
	struct client_peer peer = { .anchors = &anchors, .unix_now = 1 };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		peer.host = span_str(bad[i].host);
		peer.is_address = bad[i].is_address;
		check(client_start(&client, &peer, &c) == CLIENT_BAD_HOST, "no host: \"%s\"", bad[i].host);
	}
	memset(name, 'a', sizeof name);
	peer.is_address = false;
	peer.host = span_of(name, CLIENT_HOST_MAX);
	check(client_start(&client, &peer, &c) == CLIENT_OK, "a name of 253 bytes");
	peer.host = span_of(name, CLIENT_HOST_MAX + 1);
	check(client_start(&client, &peer, &c) == CLIENT_BAD_HOST, "a longer one");
	peer.host = span_of("a\0b", 3);
	check(client_start(&client, &peer, &c) == CLIENT_BAD_HOST, "a NUL");
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	make_certificate();
	for (size_t i = 0; i < sizeof many; i++)
		many[i] = (unsigned char)(i * 7 + i / 256);
	test_handshake();
	test_many();
	test_end();
	test_half_close();
	test_silence_after_half();
	test_tampering();
	test_blocking();
	test_ends();
	test_one_buffer();
	test_words();
	test_hosts();
	key_wipe(&key);
	return tap_end();
}
