/*
 * Sessions in shared memory: kept, found, given way, wiped, broken, written by many at once; and
 * what BearSSL does with them in real handshakes.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"
#include "tls/sessions.h"

/* What `bind` gives, and how often it was asked. */
struct bound {
	bool resuming_ok, keeping_ok;
	unsigned char resuming, keeping; /* the context's first byte */
	int n_resuming, n_keeping;
	char name_at_load[256];
	const char *protocol_at_load;
};

static bool bind_it(void *with, br_ssl_server_context *server, bool resuming,
                    unsigned char context[SESSIONS_CONTEXT_LEN])
{
	struct bound *b = with;

	memset(context, 0, SESSIONS_CONTEXT_LEN);
	context[0] = resuming ? b->resuming : b->keeping;
	if (resuming && server) {
		snprintf(b->name_at_load, sizeof b->name_at_load, "%s",
		         br_ssl_engine_get_server_name(&server->eng));
		b->protocol_at_load = br_ssl_engine_get_selected_protocol(&server->eng);
	}
	b->n_resuming += resuming;
	b->n_keeping += !resuming;
	return resuming ? b->resuming_ok : b->keeping_ok;
}

static struct session_cache cache;
static struct bound bound;

static void start(struct sessions *s, unsigned char context)
{
	bound = (struct bound){ .resuming_ok = true, .keeping_ok = true, .resuming = context,
		                .keeping = context };
	session_cache_init(&cache, s, bind_it, &bound);
}

/* Session number `n`: its id is what set it is in, its secret follows from the number. */
static br_ssl_session_parameters numbered(uint64_t n)
{
	br_ssl_session_parameters p = { .session_id_len = 32, .version = BR_TLS12,
		                        .cipher_suite = (uint16_t)(0xc000 | (n & 0xff)) };

	memcpy(p.session_id, &n, sizeof n);
	memset(p.session_id + 8, 0x5a, 24);
	for (size_t i = 0; i < sizeof p.master_secret; i += 8)
		memcpy(p.master_secret + i, &(uint64_t){ n * 0x9e3779b97f4a7c15 + 0x0123456789abcdef + i },
		       8);
	return p;
}

static void keep(struct sessions *s, uint64_t n)
{
	br_ssl_session_parameters p = numbered(n);

	start(s, 1);
	cache.vtable->save(&cache.vtable, NULL, &p);
}

/* -1: found, and not what was kept. */
static int found(struct sessions *s, uint64_t n, unsigned char context)
{
	br_ssl_session_parameters p = numbered(n), wanted = p;

	memset(p.master_secret, 0, sizeof p.master_secret);
	p.version = 0;
	p.cipher_suite = 0;
	start(s, context);
	if (!cache.vtable->load(&cache.vtable, NULL, &p))
		return 0;
	return memcmp(p.master_secret, wanted.master_secret, sizeof p.master_secret) == 0 &&
	       p.version == wanted.version && p.cipher_suite == wanted.cipher_suite ? 1 : -1;
}

static void wait_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* Every entry is within that many bytes of where it begins, but for the last word. */
static size_t size_of(size_t n)
{
	return 64 + 8 * 1024 + n * 144;
}

/* Whether any eight bytes of the session's secret are anywhere in the table. */
static bool has_secret(const struct sessions *s, size_t size, uint64_t n)
{
	br_ssl_session_parameters p = numbered(n);

	for (size_t i = 0; i < sizeof p.master_secret; i += 8)
		if (memmem(s, size_of(size), p.master_secret + i, 8))
			return true;
	return false;
}

static void test_table(void)
{
	struct sessions *s = sessions_make(64, 60);
	struct sessions_counts counts;
	int n = 0;

	check(s != NULL, "a table is made");
	check(found(s, 1, 1) == 0, "what was not kept is not found");
	keep(s, 1);
	check(found(s, 1, 1) == 1, "what was kept is found as it was");
	check(has_secret(s, 64, 1), "and its secret is in the table, where this test looks for it");
	check(found(s, 1, 2) == 0, "but not in another context");
	check(found(s, 2, 1) == 0, "nor under another id");
	bound.resuming_ok = false;
	sessions_counts(s, &counts);
	check(counts.kept == 1 && counts.missed == 3 && counts.evicted == 0, "figures");

	for (uint64_t i = 0; i < 64; i++)
		if (i != 1)
			keep(s, i);
	for (uint64_t i = 0; i < 64; i++)
		n += found(s, i, 1) == 1;
	check(n == 64, "64 with ids that spread are all found: %d", n);
	keep(s, 64);
	sessions_counts(s, &counts);
	check(counts.evicted == 1 && counts.kept == 64, "a further one takes the place of one");
	sessions_free(s);
	sessions_free(NULL);
	errno = 0;
	check(!sessions_make(0, 60) && errno == EINVAL, "no table of nothing");
	check(!sessions_make(1, 0) && !sessions_make(SESSIONS_MAX + 1, 1), "nor without time, nor too large");
}

static void test_no(void)
{
	struct sessions *s = sessions_make(8, 60);
	br_ssl_session_parameters p = numbered(7);
	struct sessions_counts counts;
	bool resumed;

	start(s, 1);
	bound.keeping_ok = false;
	cache.vtable->save(&cache.vtable, NULL, &p);
	sessions_counts(s, &counts);
	check(counts.kept == 0 && bound.n_keeping == 1, "what is not to be kept is not");
	keep(s, 7);
	start(s, 1);
	bound.resuming_ok = false;
	check(!cache.vtable->load(&cache.vtable, NULL, &p), "what is not to be resumed is not");
	bound.resuming_ok = true;
	check(!cache.vtable->load(&cache.vtable, NULL, &p) && bound.n_resuming == 1,
	      "and is not asked about again: that would be a renegotiation");
	start(s, 1);
	check(cache.vtable->load(&cache.vtable, NULL, &p) &&
	              !cache.vtable->load(&cache.vtable, NULL, &p),
	      "nor after one that was resumed");

	check(found(s, 7, 1) == 1 && session_cache_confirm(&cache, NULL, &resumed) && resumed,
	      "a session resumed for what it was made for is confirmed");
	check(found(s, 7, 1) == 1, "found again");
	bound.keeping = 2;
	check(!session_cache_confirm(&cache, NULL, NULL), "but not when BearSSL understood something else");
	check(found(s, 7, 1) == 1, "found again");
	bound.keeping_ok = false;
	check(!session_cache_confirm(&cache, NULL, NULL), "nor when there is no saying");
	start(s, 1);
	check(session_cache_confirm(&cache, NULL, &resumed) && !resumed, "a full handshake is");
	p.session_id_len = 0;
	start(s, 3);
	cache.vtable->save(&cache.vtable, NULL, &p);
	sessions_counts(s, &counts);
	check(counts.kept == 1 && counts.resumed == 1, "a session without an id is none");
	sessions_free(s);
}

/* Sessions of one set, in a table with two. */
static void test_eviction(void)
{
	struct sessions *s = sessions_make(16, 60);
	bool good = true;

	for (uint64_t i = 0; i < 8; i++) {
		keep(s, 2 * i);
		wait_ms(2);
	}
	check(found(s, 0, 1) == 1, "the oldest is of use");
	wait_ms(2);
	keep(s, 16);
	check(found(s, 2, 1) == 0 && found(s, 0, 1) == 1 && found(s, 16, 1) == 1,
	      "so the one that was of no use for longest gives way");
	check(!has_secret(s, 16, 2) && has_secret(s, 16, 0), "and its secret is gone");
	for (uint64_t i = 2; i < 8; i++)
		good = good && found(s, 2 * i, 1) == 1;
	check(good, "the others stay");
	sessions_free(s);

	s = sessions_make(1, 60);
	keep(s, 5);
	keep(s, 6);
	check(found(s, 5, 1) == 0 && found(s, 6, 1) == 1 && !has_secret(s, 1, 5), "a table of one");
	sessions_free(s);
}

static void test_lifetime(void)
{
	struct sessions *s = sessions_make(64, 1);
	struct sessions_counts counts;

	keep(s, 1);
	keep(s, 65); /* a multiple of the number of sets away: the same set */
	keep(s, 2);
	check(found(s, 1, 1) == 1 && found(s, 2, 1) == 1, "young enough");
	wait_ms(1050);
	sessions_counts(s, &counts);
	check(counts.kept == 0, "then none is kept");
	check(found(s, 1, 1) == 0, "nor found");
	check(!has_secret(s, 64, 1) && !has_secret(s, 64, 65), "whoever asked has wiped it, and those around it");
	check(has_secret(s, 64, 2), "not those elsewhere");
	sessions_sweep(s);
	check(!has_secret(s, 64, 2), "but a sweep has");
	sessions_free(s);
}

/* A child keeps the memory after its parent has given it back. */
static void test_free(void)
{
	struct sessions *s = sessions_make(16, 60);
	int down[2], status = 0;
	char byte;
	pid_t child;

	keep(s, 3);
	if (pipe(down) < 0 || (child = fork()) < 0)
		abort();
	if (child == 0) {
		bool before = has_secret(s, 16, 3);

		close(down[1]);
		if (read(down[0], &byte, 1) != 0)
			_exit(2);
		/* And it can be gone on with. */
		before = before && !has_secret(s, 16, 3) && found(s, 3, 1) == 0;
		keep(s, 4);
		_exit(before && found(s, 4, 1) == 1 ? 0 : 1);
	}
	close(down[0]);
	wait_ms(50);
	sessions_free(s);
	close(down[1]);
	waitpid(child, &status, 0);
	check(status == 0, "what is given back is wiped, for all who share it");
}

/* Every bit of the memory in turn: what was kept is found as it was, or not at all. */
static void test_corrupted(void)
{
	struct sessions *s = sessions_make(1, 60);
	size_t size = 144, lost = 0, wrong = 0;
	br_ssl_session_parameters p = numbered(9);
	unsigned char *secret, *entry, copy[144];

	keep(s, 9);
	secret = memmem(s, size_of(1), p.master_secret, sizeof p.master_secret);
	check(secret != NULL, "the entry is where it can be broken");
	/* The words: checksum, used, expires, id, context, secret, and the rest. */
	entry = secret - 8 - 8 - 8 - 32 - 32;
	memcpy(copy, entry, size);
	for (size_t i = 0; i < size * 8; i += RUNNING_ON_VALGRIND ? 7 : 1) {
		int r;

		entry[i / 8] ^= (unsigned char)(1 << i % 8);
		r = found(s, 9, 1);
		lost += r == 0;
		wrong += r < 0;
		/* When it was last of use is not under the checksum. */
		if (r == 0 && i / 64 == 1)
			wrong++;
		if (r == 1 && i / 64 != 1)
			wrong++;
		memcpy(entry, copy, size);
	}
	check(lost > 100 && wrong == 0, "a bit that changed loses the session and nothing else: %zu lost, %zu wrong",
	      lost, wrong);
	check(found(s, 9, 1) == 1, "it is there again");

	entry[100] ^= 1;
	keep(s, 10);
	check(found(s, 10, 1) == 1, "a broken entry is written over");
	sessions_free(s);
	s = sessions_make(2, 60);
	keep(s, 1);
	wait_ms(2);
	keep(s, 2);
	p = numbered(2);
	secret = memmem(s, size_of(2), p.master_secret, sizeof p.master_secret);
	*secret ^= 1;
	keep(s, 3);
	check(found(s, 1, 1) == 1 && found(s, 3, 1) == 1, "before one that is older and whole");
	sessions_free(s);
}

enum { WORKERS = 4, KILLS = 30, NUMBERS = 64 };

/* Until it is killed: keeps sessions and asks for them; an exit says that one was wrong. */
static void work(struct sessions *s, uint64_t from)
{
	for (uint64_t i = from;; i++) {
		if (i % 3 == 0)
			keep(s, i * 7 % NUMBERS);
		else if (found(s, i * 5 % NUMBERS, 1) < 0)
			_exit(1);
	}
}

static pid_t worker(struct sessions *s, uint64_t from)
{
	pid_t pid = fork();

	if (pid < 0)
		abort();
	if (pid == 0)
		work(s, from);
	return pid;
}

/* They all write the same few entries, so that many are torn; whoever dies holds up nobody. */
static void test_workers(void)
{
	struct sessions *s = sessions_make(8, 60);
	pid_t pids[WORKERS];
	int status, wrong = 0, kills = RUNNING_ON_VALGRIND ? 4 : KILLS;
	struct sessions_counts counts;

	for (size_t i = 0; i < WORKERS; i++)
		pids[i] = worker(s, i);
	for (int k = 0; k < kills; k++) {
		size_t i = (size_t)k % WORKERS;

		nanosleep(&(struct timespec){ 0, 500000 + k * 37 % 100 * 1000 }, NULL);
		if (pids[i] <= 1)
			abort();
		kill(pids[i], SIGKILL);
		waitpid(pids[i], &status, 0);
		wrong += !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL;
		pids[i] = worker(s, (uint64_t)k);
	}
	for (size_t i = 0; i < WORKERS; i++) {
		if (pids[i] > 1)
			kill(pids[i], SIGKILL);
		waitpid(pids[i], &status, 0);
		wrong += !WIFSIGNALED(status);
	}
	check(wrong == 0, "%d workers killed at any moment: none found a session that was not whole", kills);
	keep(s, 1000);
	check(found(s, 1000, 1) == 1, "and the table goes on");
	sessions_counts(s, &counts);
	check(counts.kept >= 1 && counts.kept <= 8 && counts.evicted > 0, "with %d kept, %d given way",
	      (int)counts.kept, (int)counts.evicted);
	sessions_free(s);
}

static void test_context(void)
{
	unsigned char a[32], b[32];

	session_cache_context(a, span_str("a.test"), span_str("http/1.1"), span_str("k"));
	session_cache_context(b, span_str("A.Test"), span_str("http/1.1"), span_str("k"));
	check(memcmp(a, b, 32) == 0, "a name's case makes no other context");
	session_cache_context(b, span_str("b.test"), span_str("http/1.1"), span_str("k"));
	check(memcmp(a, b, 32) != 0, "another name does");
	session_cache_context(b, span_str("a.test"), span_str("HTTP/1.1"), span_str("k"));
	check(memcmp(a, b, 32) != 0, "and another protocol");
	session_cache_context(b, span_str("a.test"), span_str("http/1.1"), span_str("l"));
	check(memcmp(a, b, 32) != 0, "and another certificate");
	session_cache_context(b, span_str("a.testhttp/1.1"), span_str(""), span_str("k"));
	check(memcmp(a, b, 32) != 0, "and what only looks the same in a row");
}

static void test_protocol(void)
{
	static const char *const ours[] = { "h2", "http/1.1" };
	struct hello h = { .len = 0 };
	struct span p;

	check(session_cache_protocol(&h, ours, 2, &p) && p.len == 0, "no protocol offered");
	h.alpn = span_str("\x08http/1.1\x02h2");
	check(session_cache_protocol(&h, ours, 2, &p) && span_is(p, "h2"), "ours comes first");
	check(session_cache_protocol(&h, NULL, 0, &p) && p.len == 0, "without any of ours none matters");
	h.alpn = span_str("\x03" "foo");
	check(!session_cache_protocol(&h, ours, 2, &p), "none of ours");
}

/* Real handshakes. */
static br_ssl_client_context client;
static br_ssl_server_context server;
static br_x509_minimal_context unused;
static br_x509_knownkey_context known;
static unsigned char client_buffer[BR_SSL_BUFSIZE_BIDI], server_buffer[BR_SSL_BUFSIZE_BIDI];
static unsigned char certificate[] = { 0x30, 0x00 };
static const br_x509_certificate chain = { certificate, sizeof certificate };
static unsigned char x[BR_EC_KBUF_PRIV_MAX_SIZE], q[BR_EC_KBUF_PUB_MAX_SIZE];
static br_ec_private_key secret;
static br_ec_public_key public;
static unsigned char said[8192]; /* by the server */
static size_t said_len;

static void make_key(void)
{
	br_hmac_drbg_context random;

	br_hmac_drbg_init(&random, &br_sha256_vtable, "key", 3);
	if (br_ec_keygen(&random.vtable, br_ec_get_default(), &secret, x, BR_EC_secp256r1) == 0 ||
	    br_ec_compute_pub(br_ec_get_default(), &public, q, &secret) == 0)
		abort();
}

static bool carry(br_ssl_engine_context *from, br_ssl_engine_context *to)
{
	size_t have, room;
	unsigned char *records = br_ssl_engine_sendrec_buf(from, &have),
		      *space = br_ssl_engine_recvrec_buf(to, &room);
	size_t len = have < room ? have : room;

	if (records && from == &server.eng) {
		size_t rest = sizeof said - said_len, n = have < rest ? have : rest;

		memcpy(said + said_len, records, n);
		said_len += n;
	}
	if (!records || !space)
		return false;
	memcpy(space, records, len);
	br_ssl_engine_recvrec_ack(to, len);
	br_ssl_engine_sendrec_ack(from, len);
	return true;
}

/*
 * The beginning of a list of names whose 65535th can be told: where BearSSL reads when it
 * resumes for a client that offers none of ours.
 */
static const char *names[65536] = { "http/1.1", [65534] = "far beyond" };

/* A handshake; `p` is what the client wants to resume, and has got then. */
static bool shake(struct sessions *s, br_ssl_session_parameters *p, const char *name, const char *alpn)
{
	static const char *offered[1];
	bool moved;

	br_ssl_client_init_full(&client, &unused, NULL, 0);
	br_x509_knownkey_init_ec(&known, &public, BR_KEYTYPE_KEYX | BR_KEYTYPE_SIGN);
	br_ssl_engine_set_x509(&client.eng, &known.vtable);
	br_ssl_server_init_full_ec(&server, &chain, 1, BR_KEYTYPE_EC, &secret);
	br_ssl_engine_add_flags(&server.eng, BR_OPT_NO_RENEGOTIATION);
	br_ssl_engine_set_buffer(&client.eng, client_buffer, sizeof client_buffer, 1);
	br_ssl_engine_set_buffer(&server.eng, server_buffer, sizeof server_buffer, 1);
	br_ssl_engine_inject_entropy(&client.eng, "client", 6);
	br_ssl_engine_inject_entropy(&server.eng, p->session_id_len ? "server" : "Server", 6);
	br_ssl_engine_set_protocol_names(&server.eng, names, 1);
	offered[0] = alpn;
	br_ssl_engine_set_protocol_names(&client.eng, offered, alpn != NULL);
	if (s)
		br_ssl_server_set_cache(&server, &cache.vtable);
	br_ssl_engine_set_session_parameters(&client.eng, p);
	if (!br_ssl_client_reset(&client, name, p->session_id_len > 0) || !br_ssl_server_reset(&server))
		abort();
	said_len = 0;
	do {
		moved = carry(&client.eng, &server.eng);
		moved = carry(&server.eng, &client.eng) || moved;
	} while (moved);
	br_ssl_engine_get_session_parameters(&client.eng, p);
	return br_ssl_engine_current_state(&server.eng) & BR_SSL_SENDAPP;
}

static void test_handshakes(void)
{
	struct sessions *s = sessions_make(16, 60);
	br_ssl_session_parameters p = { .session_id_len = 0 }, first;
	bool resumed;

	make_key();
	start(s, 1);
	check(shake(s, &p, "a.test", "http/1.1") && session_cache_confirm(&cache, &server, &resumed) &&
	              !resumed && bound.n_resuming == 0,
	      "a full handshake: nobody is asked for a session without an id");
	first = p;
	start(s, 1);
	check(shake(s, &p, "a.test", "http/1.1") && session_cache_confirm(&cache, &server, &resumed) &&
	              resumed,
	      "is resumed");
	check(memcmp(first.session_id, p.session_id, 32) == 0, "under the same id");
	check(bound.n_resuming == 1 && strcmp(bound.name_at_load, "") == 0 && !bound.protocol_at_load &&
	              strcmp(br_ssl_engine_get_server_name(&server.eng), "a.test") == 0,
	      "BearSSL asks for a session before it has read name and protocol");
	start(s, 2);
	check(shake(s, &p, "a.test", "http/1.1") && session_cache_confirm(&cache, &server, &resumed) &&
	              !resumed && memcmp(first.session_id, p.session_id, 32) != 0,
	      "another context: a full handshake, another session");
	p = first;
	p.session_id[31] ^= 1;
	start(s, 1);
	check(shake(s, &p, "a.test", "http/1.1") && session_cache_confirm(&cache, &server, &resumed) &&
	              !resumed,
	      "an id that is not known: a full handshake");
	p = first;
	p.master_secret[0] ^= 1;
	start(s, 1);
	check(!shake(s, &p, "a.test", "http/1.1"), "a client that has the id and not the secret fails");

	p = first;
	start(s, 1);
	bound.resuming_ok = false;
	check(shake(s, &p, "a.test", "other") && !br_ssl_engine_get_selected_protocol(&server.eng),
	      "no protocol in common and a full handshake");
	p = first;
	start(s, 1);
	shake(s, &p, "a.test", "other");
	check(memmem(said, said_len, "far beyond", 10) != NULL,
	      "no protocol in common and a session resumed: BearSSL sends what is behind its list");
	sessions_free(s);
}

int main(void)
{
	test_table();
	test_no();
	test_eviction();
	test_lifetime();
	test_free();
	test_corrupted();
	test_workers();
	test_context();
	test_protocol();
	test_handshakes();
	return tap_end();
}
