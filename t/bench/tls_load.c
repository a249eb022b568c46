/*
 * tls_load: TLS clients that load a server, and what that cost it.
 *
 *   tls_load full|resumed|page|bulk [-c clients] [-e curve] [-t milliseconds] [-p pid,...]
 *            address name certificate
 *   tls_load hold [-c clients] address name certificate
 *
 * TLS 1.2 with ECDHE-ECDSA-AES128-GCM-SHA256 and nothing else, over one curve: x25519
 * (the default, when the server prefers it) or p256. The server's key must be that of the certificate; that is all that is
 * checked of it, so that clients keep up. Each client in turns
 *
 *   full     connects, goes through the handshake, says goodbye and closes
 *   resumed  the same with the session it got the first time, which does not count; another is an error
 *   page     as full, but asks for a page of HTTP (the bytes "page" are in it) and reads it to the
 *            end in between
 *   bulk     asks for "bulk" once, and reads
 *
 * and a line says: how often, how often in vain, how often a second (megabytes a second), the median and
 * the 99th percentile from connecting to the end of the handshake or page in microseconds and,
 * with -p, the CPU time in microseconds each (a megabyte) that those processes and their children
 * that ended have spent. Nothing is counted in the first tenth of the time.
 *
 * "hold" opens as many connections, says "open", and keeps them until standard input ends.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/file.h"
#include "cpu.h"
#include "net/addr.h"
#include "tls/buffers.h"
#include "tls/cert.h"
#include "tls/curve.h"
#include "tls/pem.h"
#include "tls/public_key.h"
#include "tls/pump.h"
#include "tls/seed.h"
#include "tls/suites.h"

enum { CLIENTS_MAX = 25000, LATENCY_MAX_US = 2000000, BATCH = 256, PIDS_MAX = 8, INPUT = 262144,
       AT_A_TIME = 64 };
enum mode { FULL, RESUMED, PAGE, BULK, HOLD };

struct client {
	int fd;
	bool open, has_session, counts; /* with a session that is resumed: but the first time */
	int64_t since_us;
	br_ssl_client_context ssl;
	br_x509_knownkey_context known;
	br_ssl_session_parameters session;
	struct pump pump;
};

static struct {
	uint64_t done, errors, bytes;
	uint32_t latency[LATENCY_MAX_US + 1]; /* by microseconds; the last: and more */
} figures;

static const uint16_t suite = BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
static const char *const words[] = { "full", "resumed", "page", "bulk", "hold" };
static enum mode mode;
static struct addr server;
static const char *name;
static char request[512];
static br_x509_pkey key;
static br_ec_impl curve;
static int pids[PIDS_MAX], epoll;
static size_t n_pids, n_open;

static void set_up(struct client *c)
{
	br_ssl_engine_context *engine = &c->ssl.eng;
	unsigned char *buffer = buffers_take();

	if (!buffer)
		prog_temp("%s", strerror(errno));
	br_ssl_client_zero(&c->ssl);
	br_ssl_engine_set_versions(engine, BR_TLS12, BR_TLS12);
	suites_set(engine);
	br_ssl_engine_set_suites(engine, &suite, 1);
	curve_install(engine);
	br_ssl_engine_set_ec(engine, &curve);
	br_x509_knownkey_init_ec(&c->known, &key.key.ec, BR_KEYTYPE_SIGN | BR_KEYTYPE_KEYX);
	br_ssl_engine_set_x509(engine, &c->known.vtable);
	br_ssl_engine_set_buffers_bidi(engine, buffer, BR_SSL_BUFSIZE_INPUT, buffer + BR_SSL_BUFSIZE_INPUT,
	                               BR_SSL_BUFSIZE_OUTPUT);
	if (c->has_session)
		br_ssl_engine_set_session_parameters(engine, &c->session);
	if (!seed_engine(engine) || !br_ssl_client_reset(&c->ssl, name, c->has_session))
		prog_temp("no randomness");
	pump_init(&c->pump, engine);
}

static void begin(struct client *c)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c };
	int on = 1;

	c->since_us = deadline_now_us();
	c->open = false;
	c->counts = mode != RESUMED || c->has_session;
	set_up(c);
	c->fd = socket(addr_family(&server), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		prog_temp("socket: %s", strerror(errno));
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (connect(c->fd, &server.u.any, server.len) < 0 && errno != EINPROGRESS)
		prog_temp("connect: %s", strerror(errno));
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &e) < 0)
		prog_temp("epoll_ctl: %s", strerror(errno));
}

static bool send_records(struct client *c)
{
	struct span records = pump_records(&c->pump);
	ssize_t n = records.len > 0 ? send(c->fd, records.p, records.len, MSG_NOSIGNAL) : 0;

	if (n > 0)
		pump_records_sent(&c->pump, (size_t)n);
	return n > 0;
}

/* Over, well or not; and the next. */
static void again(struct client *c, bool good)
{
	int64_t us = deadline_now_us() - c->since_us;

	if (mode == HOLD)
		prog_temp("a connection is lost after %zu: TLS error %d", n_open, pump_error(&c->pump));
	figures.errors += !good;
	if (good && c->counts) {
		figures.done++;
		figures.latency[us < LATENCY_MAX_US ? us : LATENCY_MAX_US]++;
	}
	if (good) {
		pump_close(&c->pump);
		while (send_records(c))
			;
	}
	close(c->fd);
	buffers_give(c->ssl.eng.ibuf);
	begin(c);
}

/* The handshake is done. True: all is. */
static bool opened(struct client *c)
{
	br_ssl_session_parameters got;
	bool same;

	c->open = true;
	n_open++;
	if (mode == FULL)
		return true;
	if (mode == RESUMED) {
		br_ssl_engine_get_session_parameters(&c->ssl.eng, &got);
		same = c->has_session && got.session_id_len > 0 &&
		       got.session_id_len == c->session.session_id_len &&
		       memcmp(got.session_id, c->session.session_id, got.session_id_len) == 0;
		figures.errors += c->counts && !same;
		c->session = got;
		c->has_session = true;
		return true;
	}
	if (mode == PAGE || mode == BULK) {
		pump_write(&c->pump, span_str(request));
		pump_flush(&c->pump);
	}
	return false;
}

/* False when there is nothing for now. */
static bool receive(struct client *c)
{
	static unsigned char input[INPUT];
	struct span rest;
	ssize_t n = recv(c->fd, input, sizeof input, 0);

	if (n < 0)
		return errno != EAGAIN;
	if (n == 0)
		pump_transport_ended(&c->pump);
	for (rest = span_of(input, (size_t)n); rest.len > 0;) {
		size_t fed = pump_feed(&c->pump, rest), len = pump_data(&c->pump).len;

		figures.bytes += len;
		if (len > 0)
			pump_data_used(&c->pump, len);
		if (fed == 0 && len == 0)
			break;
		rest = span_from(rest, fed);
	}
	return n > 0;
}

static void drive(struct client *c)
{
	bool moved = true;

	while (moved) {
		moved = send_records(c);
		switch (pump_state(&c->pump)) {
		case PUMP_HANDSHAKE:
			break;
		case PUMP_OPEN:
			if (c->open || !opened(c))
				break;
			again(c, true);
			return;
		case PUMP_ENDED:
		case PUMP_CUT:
			again(c, c->open && mode == PAGE);
			return;
		case PUMP_FAILED:
			again(c, false);
			return;
		}
		moved = send_records(c) || receive(c) || moved;
	}
	if (mode == HOLD && c->open)
		buffers_reclaim(&c->ssl.eng);
}

static void turn(int64_t wait_ms)
{
	struct epoll_event events[BATCH];
	int n = epoll_wait(epoll, events, BATCH, (int)wait_ms);

	if (n < 0 && errno != EINTR)
		prog_temp("epoll_wait: %s", strerror(errno));
	for (int i = 0; i < n; i++) {
		struct client *c = events[i].data.ptr;

		if (c->ssl.eng.ibuf || buffers_lend(&c->ssl.eng))
			drive(c);
	}
}

static void run_until(int64_t end_us)
{
	for (int64_t now; (now = deadline_now_us()) < end_us;)
		turn((end_us - now) / 1000 + 1);
}

static uint64_t spent_us(void)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n_pids; i++)
		sum += cpu_us(pids[i]);
	return sum;
}

static size_t percentile(uint64_t part)
{
	uint64_t sum = 0;
	size_t us = 0;

	while (us < LATENCY_MAX_US && (sum += figures.latency[us]) * 100 < figures.done * part)
		us++;
	return us;
}

static void measure(struct client *clients, size_t n, int64_t ms)
{
	int64_t start, us;
	double units;
	uint64_t cpu;

	for (size_t i = 0; i < n; i++)
		begin(&clients[i]);
	run_until(deadline_now_us() + ms * 100);
	memset(&figures, 0, sizeof figures);
	start = deadline_now_us();
	cpu = spent_us();
	run_until(start + ms * 900);
	us = deadline_now_us() - start;
	cpu = spent_us() - cpu;
	units = mode == BULK ? (double)figures.bytes / 1e6 : (double)figures.done;
	printf("%.0f %llu %.0f %zu %zu", units, (unsigned long long)figures.errors, units * 1e6 / (double)us,
	       percentile(50), percentile(99));
	if (n_pids > 0)
		printf(" %.3f", units > 0 ? (double)cpu / units : 0.0);
	printf("\n");
}

static void hold(struct client *clients, size_t n)
{
	unsigned char byte;

	for (size_t i = 0; i < n; i++) {
		while (i - n_open >= AT_A_TIME)
			turn(1000);
		begin(&clients[i]);
	}
	while (n_open < n)
		turn(1000);
	printf("open\n");
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
}

static void read_key(const char *path)
{
	static unsigned char text[CERT_MAX], der[CERT_MAX];
	struct span rest, label, bytes;
	struct builder out;
	struct cert cert;
	size_t len = 0;

	if (file_read(AT_FDCWD, path, text, sizeof text, &len) != FILE_OK)
		prog_perm("%s: cannot be read", path);
	rest = span_of(text, len);
	builder_init(&out, der, sizeof der);
	if (pem_next(&rest, &label, &out, &bytes) != PEM_BLOCK || !cert_read(&cert, bytes) ||
	    !public_key_lend(cert.spki, &key) || key.key_type != BR_KEYTYPE_EC)
		prog_perm("%s: no certificate of a key on a curve", path);
}

static void read_pids(const char *list)
{
	struct span rest = span_str(list), one;
	uint64_t pid;

	while (span_split(&rest, ',', &one)) {
		if (n_pids == PIDS_MAX || !span_number(one, INT32_MAX, &pid) || pid < 2)
			prog_usage();
		pids[n_pids++] = (int)pid;
	}
}

static void read_curve(const char *text)
{
	int number = strcmp(text, "p256") == 0 ? BR_EC_secp256r1 : BR_EC_curve25519;

	if (number != BR_EC_secp256r1 && strcmp(text, "x25519") != 0)
		prog_usage();
	/* The key is on P-256, whatever the exchange is on. */
	curve = curve_ec;
	curve.supported_curves = (uint32_t)1 << number | (uint32_t)1 << BR_EC_secp256r1;
}

static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void read_mode(const char *word)
{
	for (mode = FULL; strcmp(words[mode], word) != 0; mode++)
		if (mode == HOLD)
			prog_usage();
}

int main(int argc, char **argv)
{
	size_t n = 32;
	int64_t ms = 1000;
	struct client *clients;
	int option;

	prog_init("tls_load", "full|resumed|page|bulk|hold [-c clients] [-e curve] [-t milliseconds] [-p pid,...]"
	          " address name certificate");
	if (argc < 2)
		prog_usage();
	read_mode(argv[1]);
	read_curve("x25519");
	argc--;
	argv++;
	while ((option = getopt(argc, argv, "c:e:p:t:")) != -1)
		switch (option) {
		case 'c':
			n = prog_number("-c", optarg, 1, CLIENTS_MAX);
			break;
		case 'e':
			read_curve(optarg);
			break;
		case 'p':
			read_pids(optarg);
			break;
		case 't':
			ms = (int64_t)prog_number("-t", optarg, 10, 60000);
			break;
		default:
			prog_usage();
		}
	if (argc - optind != 3 || !addr_parse(&server, span_str(argv[optind])))
		prog_usage();
	name = argv[optind + 1];
	snprintf(request, sizeof request, "GET /%s HTTP/1.1\r\nHost: %.255s\r\n%s\r\n", words[mode], name,
	         mode == PAGE ? "Connection: close\r\n" : "");
	read_key(argv[optind + 2]);
	raise_limit();
	clients = calloc(n, sizeof *clients);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!clients || epoll < 0)
		prog_temp("%s", strerror(errno));
	if (mode == HOLD)
		hold(clients, n);
	else
		measure(clients, n, ms);
	return PROG_OK;
}
