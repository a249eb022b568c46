/*
 * A TLS server whose client sends these bytes, from the first on: nothing reaches the plaintext, no
 * certificate is shown as a client's, acme-tls/1 is agreed on in a challenge alone.
 * max_len=20000
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "acme/alpn.h"
#include "tls/buffers.h"
#include "tls/self_signed.h"
#include "tls/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct credential *credential;
static const char *protocols[] = { "h2", "http/1.1" };

static void must(bool truth)
{
	if (!truth)
		abort();
}

static struct credential *challenge(void *with, struct span name)
{
	char text[ALPN_ADDRESS_MAX];

	(void)with;
	alpn_address(text, name);
	return name.len % 2 ? credential_hold(credential) : NULL;
}

static void make(void)
{
	static unsigned char der[SELF_SIGNED_MAX];
	static struct name_set names;
	struct self_signed what = { .names = &names, .not_after = 1 };
	struct builder b;
	struct key key;

	builder_init(&b, der, sizeof der);
	name_set_add(&names, span_str("a.test"));
	must(key_make(&key, (struct key_kind){ KEY_P256, 256 }) && self_signed_write(&b, &key, &what));
	credential = credential_of(builder_span(&b), &key);
	must(credential);
}

static void run(struct server_conn *c, struct pump *p, struct span bytes)
{
	size_t at = 0, taken;

	p->hears = true;
	for (;;) {
		struct span records = pump_records(p);

		pump_records_sent(p, records.len);
		if (buffers_reclaim(&c->ssl.eng))
			must(buffers_lend(&c->ssl.eng));
		taken = pump_feed(p, span_from(bytes, at));
		at += taken;
		if (taken == 0 && pump_records(p).len == 0)
			break;
	}
	/* Nobody guesses the end of a handshake. */
	must(pump_state(p) != PUMP_OPEN && pump_data(p).len == 0 && !c->has_peer);
	must(c->challenge || !server_protocol(c) || strcmp(server_protocol(c), SERVER_ACME_PROTOCOL) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char store[HELLO_MESSAGE_MAX];
	struct server server = { .protocols = protocols, .n_protocols = 2, .clients = SERVER_ASK };
	struct span all = span_of(data, size);
	struct server_conn *c;
	struct hello hello;
	struct pump pump;

	if (!credential)
		make();
	server.only = credential;
	server.challenge = challenge;
	if (hello_read(&hello, all, store) != HELLO_OK)
		return 0;
	c = server_new();
	must(c != NULL);
	if (server_start(c, &server, &hello, span_of(NULL, 0), &pump) == SERVER_OK)
		run(c, &pump, all);
	server_free(c);
	must(credential->users == 1);
	return 0;
}
