/* tls/server, tls/buffers, tls/server_hint: against our own client, in memory. */
#include "tls/server.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tap.h"
#include "tls/buffers.h"
#include "tls/client.h"
#include "tls/self_signed.h"

static struct key key, client_key;
static struct credential *credential, *answer;
static struct server server;
static struct server_conn *conn;
static struct tls_client client;
static struct pump c, s;
static unsigned char pin[KEY_PIN_LEN], client_pin[KEY_PIN_LEN];
static br_x509_certificate client_chain;
static struct client_identity identity = { .chain = &client_chain, .n_chain = 1, .key = &client_key };
static const struct client_identity *shown;
static const char *asked;

/* Self-signed, in static storage of its own. */
static struct span certificate(struct key *k, const char *name, unsigned char *store)
{
	static struct name_set names;
	struct self_signed what = { .names = &names, .not_before = time(NULL) - 3600,
		                    .not_after = time(NULL) + 3600 };
	struct builder b;

	names.n = 0;
	builder_init(&b, store, SELF_SIGNED_MAX);
	if (!key_make(k, (struct key_kind){ KEY_P256, 256 }) ||
	    name_set_add(&names, span_str(name)) != NAME_OK || !self_signed_write(&b, k, &what))
		abort();
	return builder_span(&b);
}

static struct credential *challenge(void *with, struct span name)
{
	(void)with;
	asked = name.len > 0 ? "asked" : "?";
	return span_is(name, "a.test") ? credential_hold(answer) : NULL;
}

static void start_client(struct tls_client *to, struct pump *pump, const char *name, const char **protocols, size_t n)
{
	struct client_peer peer = { .pins = (const unsigned char (*)[KEY_PIN_LEN])&pin, .n_pins = 1,
		                    .host = span_str(name), .protocols = protocols, .n_protocols = n,
		                    .identity = shown };

	if (client_start(to, &peer, pump) != CLIENT_OK)
		abort();
}

/* The server's answer to the hello of a client; the hello is fed by settle(). */
static enum server_result hear(struct pump *from)
{
	static unsigned char store[HELLO_MESSAGE_MAX];
	struct hello hello;

	server_free(conn);
	conn = server_new();
	if (!conn || hello_read(&hello, pump_records(from), store) != HELLO_OK)
		abort();
	return server_start(conn, &server, &hello, span_of(NULL, 0), &s);
}

static bool carry(struct pump *from, struct pump *to, size_t piece)
{
	struct span records = span_head(pump_records(from), piece);
	size_t taken;

	if (records.len == 0)
		return false;
	taken = pump_feed(to, records);
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

static bool both_open(void)
{
	return pump_state(&c) == PUMP_OPEN && pump_state(&s) == PUMP_OPEN;
}

static bool connects(const char *name, const char **protocols, size_t n)
{
	start_client(&client, &c, name, protocols, n);
	if (hear(&c) != SERVER_OK)
		return false;
	settle(100000);
	return both_open();
}

static bool refused(const char *name, const char **protocols, size_t n, enum server_result why)
{
	start_client(&client, &c, name, protocols, n);
	return hear(&c) == why && !conn->credential && !conn->ssl.eng.ibuf;
}

static const char *http[] = { "http/1.1", "h2" }, *other[] = { "spdy/1" }, *acme[] = { "acme-tls/1" },
                  *acme_and[] = { "acme-tls/1", "h2" };

static void test_handshake(void)
{
	server.only = credential;
	for (size_t piece = 1; piece < 20000; piece = piece * 11 + 3) {
		start_client(&client, &c, "A.test", NULL, 0);
		check(hear(&c) == SERVER_OK && strcmp(conn->name, "a.test") == 0, "a hello");
		settle(piece);
		check(both_open() && server_opened(conn), "a handshake in pieces of %zu", piece);
		check(!conn->credential && !conn->check && credential->users == 1 && !conn->has_peer,
		      "what it needed is given back");
		check(conn->ssl.client_suites_num == 48 &&
		              conn->ssl.client_suites[47][0] == BR_TLS_RSA_WITH_3DES_EDE_CBC_SHA,
		      "empty places were filled in time");
		check(conn->ssl.eng.session.cipher_suite != BR_TLS_RSA_WITH_3DES_EDE_CBC_SHA, "with what is not chosen");
	}
}

static void test_protocols(void)
{
	server.protocols = http;
	server.n_protocols = 2;
	check(connects("a.test", NULL, 0) && !server_protocol(conn) && server_opened(conn), "no protocols offered");
	check(connects("a.test", http + 1, 1) && strcmp(server_protocol(conn), "h2") == 0 && server_opened(conn),
	      "one that both have");
	check(!connects("a.test", other, 1) && pump_error(&s) == BR_ERR_SEND_FATAL_ALERT + 120, "none in common");
	check(connects("a.test", acme_and, 2) && !conn->challenge && strcmp(server_protocol(conn), "h2") == 0,
	      "acme-tls/1 among others is one nobody has");
	check(refused("a.test", acme, 1, SERVER_NO_ACME), "acme-tls/1 alone");
	server.n_protocols = 0;
	check(refused("a.test", acme, 1, SERVER_NO_ACME), "also where no protocols are looked at");
	check(connects("a.test", other, 1) && !server_protocol(conn), "where what clients offer is passed over");
}

static void test_challenge(void)
{
	unsigned char own[KEY_PIN_LEN];

	server.challenge = challenge;
	memcpy(own, pin, sizeof pin);
	memcpy(pin, answer->pin, sizeof pin);
	asked = NULL;
	check(connects("a.test", acme, 1) && asked && conn->challenge && server_opened(conn), "a challenge is answered");
	check(refused("b.test", acme, 1, SERVER_NO_CHALLENGE), "for a name without one it is not");
	asked = NULL;
	memcpy(pin, own, sizeof pin);
	server.clients = SERVER_REQUIRE;
	memcpy(pin, answer->pin, sizeof pin);
	check(connects("a.test", acme, 1) && server_opened(conn), "a CA shows no certificate, and need not");
	memcpy(pin, own, sizeof pin);
	server.clients = SERVER_ANYBODY;
	asked = NULL;
	check(connects("a.test", acme_and, 2) && !asked && !conn->challenge && server_opened(conn),
	      "who offers more is no CA");
	server.challenge = NULL;
}

/* What was read before is one hello, what the engine gets another. */
static void test_mismatch(void)
{
	static struct tls_client second;
	struct pump unused;

	server.protocols = http;
	server.n_protocols = 2;
	start_client(&second, &unused, "b.test", http, 2);
	start_client(&client, &c, "a.test", http, 2);
	check(hear(&unused) == SERVER_OK, "another one's hello");
	settle(1000);
	check(both_open() && !server_opened(conn), "a name that was not read is noticed");
	server.challenge = challenge;
	start_client(&second, &unused, "a.test", acme, 1);
	start_client(&client, &c, "a.test", http, 2);
	check(hear(&unused) == SERVER_OK, "a CA's hello");
	settle(1000);
	check(!both_open(), "nobody gets in with the protocol of another");
	server.challenge = NULL;
	server.n_protocols = 0;
}

static void test_clients(void)
{
	static struct pins pins;

	server.clients = SERVER_REQUIRE;
	check(!connects("a.test", NULL, 0) && pump_error(&s) == BR_ERR_NO_CLIENT_AUTH, "a certificate that is required");
	server.clients = SERVER_ASK;
	check(connects("a.test", NULL, 0) && server_opened(conn) && !conn->has_peer, "one that is asked for");
	shown = &identity;
	check(connects("a.test", NULL, 0) && server_opened(conn) && conn->has_peer &&
	              memcmp(conn->peer_pin, client_pin, sizeof client_pin) == 0,
	      "is known when it is shown");
	server.pins = &pins;
	pins.n = 1;
	memcpy(pins.pin[0], client_pin, sizeof client_pin);
	check(connects("a.test", NULL, 0) && server_opened(conn) && conn->has_peer, "with its pin");
	pins.pin[0][31] ^= 1;
	check(!connects("a.test", NULL, 0) && pump_error(&s) == BR_ERR_X509_NOT_TRUSTED,
	      "with another's it is refused, though none is required");
	server.pins = NULL;
	identity.key = &key;
	check(!connects("a.test", NULL, 0) && pump_error(&s) == BR_ERR_BAD_SIGNATURE,
	      "who has not its key is refused, though none is required");
	server.clients = SERVER_REQUIRE;
	check(!connects("a.test", NULL, 0) && pump_error(&s) == BR_ERR_BAD_SIGNATURE, "and when one is");
	identity.key = &client_key;
	shown = NULL;
	server.clients = SERVER_ANYBODY;
}

static bool data_is(struct pump *p, const char *text)
{
	struct span data = pump_data(p);
	bool same = span_is(data, text);

	pump_data_used(p, data.len);
	return same;
}

static void test_buffers(void)
{
	br_ssl_engine_context *engine;
	unsigned char *other_buffer;
	bool good = true;

	check(connects("a.test", NULL, 0), "a connection");
	engine = &conn->ssl.eng;
	for (int i = 0; i < tap_turns(300); i++) {
		good = good && buffers_reclaim(engine) && !engine->ibuf && buffers_lend(engine);
		pump_write(&c, span_str("ping"));
		pump_flush(&c);
		carry(&c, &s, 3);
		good = good && !buffers_reclaim(engine);
		settle(7);
		good = good && !buffers_reclaim(engine) && data_is(&s, "ping") && buffers_reclaim(engine);
		other_buffer = buffers_take();
		memset(other_buffer, i, BR_SSL_BUFSIZE_BIDI);
		buffers_give(other_buffer);
		good = good && buffers_lend(engine);
		pump_write(&s, span_str("pong"));
		pump_flush(&s);
		good = good && !buffers_reclaim(engine);
		settle(1000);
		good = good && data_is(&c, "pong");
	}
	check(good, "buffers come and go between records, and only there");
	start_client(&client, &c, "a.test", NULL, 0);
	hear(&c);
	engine = &conn->ssl.eng;
	good = buffers_reclaim(engine) && buffers_lend(engine);
	while (carry(&c, &s, 100000) || carry(&s, &c, 100000))
		if (!engine->ibuf || buffers_reclaim(engine))
			good = good && buffers_lend(engine);
	check(good && both_open() && server_opened(conn), "also within a handshake");
}

static void test_ends(void)
{
	check(connects("a.test", NULL, 0) && server_opened(conn), "a connection");
	s.hears = true;
	pump_write(&c, span_str("last"));
	pump_half_close(&c);
	settle(5);
	check(data_is(&s, "last") && !pump_heard_end(&s), "what came before a client's end");
	settle(5);
	check(pump_heard_end(&s) && pump_state(&s) == PUMP_OPEN && !buffers_reclaim(&conn->ssl.eng), "and that is heard");
	pump_write(&s, span_str("more"));
	pump_flush(&s);
	settle(1);
	check(data_is(&c, "more") && pump_state(&c) == PUMP_OPEN, "it can still be spoken to");
	pump_half_close(&s);
	settle(1000);
	check(pump_state(&s) == PUMP_ENDED && pump_state(&c) == PUMP_ENDED, "until that is over too");

	check(connects("a.test", NULL, 0), "a connection");
	s.hears = true;
	pump_half_close(&s);
	check(pump_state(&s) == PUMP_OPEN, "the other way round");
	settle(1000);
	check(pump_state(&c) == PUMP_ENDED && pump_state(&s) == PUMP_ENDED, "a client that answers ends it");

	check(connects("a.test", NULL, 0), "a connection");
	pump_close(&c);
	settle(1000);
	check(pump_state(&s) == PUMP_ENDED && !pump_heard_end(&s), "without `hears` it is all over at once");
}

static void test_versions(void)
{
	static const unsigned char only13[] = { 3, 4, 0x7f, 0x1c }, both[] = { 0x3a, 0x3a, 3, 4, 3, 3 }, old[] = { 3, 2, 3, 1 };
	struct hello hello = { .version = 0x303 };

	server_free(conn);
	conn = server_new();
#define START() server_start(conn, &server, &hello, span_of(NULL, 0), &s)
	hello.versions = span_of(only13, sizeof only13);
	check(START() == SERVER_NEW_VERSION, "TLS 1.3 alone");
	check(server_result_alert(SERVER_NEW_VERSION) == HELLO_PROTOCOL_VERSION, "is alert 70");
	hello.versions = span_of(old, sizeof old);
	check(START() == SERVER_OLD_VERSION, "nothing newer than 1.1");
	hello.versions = span_of(both, sizeof both);
	check(START() == SERVER_OK, "1.2 among others");
	server_free(conn);
	conn = server_new();
	hello.versions = span_of(NULL, 0);
	hello.version = 0x302;
	check(START() == SERVER_OLD_VERSION, "1.1 as ever");
	for (int i = SERVER_OK; i <= SERVER_SYSTEM; i++)
		check(strcmp(server_result_name((enum server_result)i), "unknown") != 0, "has a name: %d", i);
}

int main(void)
{
	static unsigned char der[3][SELF_SIGNED_MAX];
	struct span one;
	struct cert cert;
	struct key answer_key;

	credential = credential_of(certificate(&key, "a.test", der[0]), &key);
	answer = credential_of(certificate(&answer_key, "a.test", der[1]), &answer_key);
	one = certificate(&client_key, "client.test", der[2]);
	client_chain = (br_x509_certificate){ der[2], one.len };
	if (!credential || !answer || !cert_read(&cert, one))
		abort();
	memcpy(pin, credential->pin, sizeof pin);
	key_pin(cert.spki, client_pin);
	test_handshake();
	test_protocols();
	test_challenge();
	test_mismatch();
	test_clients();
	test_buffers();
	test_ends();
	test_versions();
	server_free(conn);
	check(credential->users == 1 && answer->users == 1, "all is given back");
	credential_drop(credential);
	credential_drop(answer);
	return tap_end();
}
