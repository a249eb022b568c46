/* Servers known by their keys: with anchors and without, and one that has the certificate alone. */
#include "tls/client.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tap.h"
#include "tls/self_signed.h"

static struct tls_client client;
static struct pump c, s;
static br_ssl_server_context server;
static unsigned char server_buffer[BR_SSL_BUFSIZE_BIDI], der[2048], pins[3][KEY_PIN_LEN];
static struct key mine, other;
static br_x509_certificate chain = { der, 0 };
static br_x509_trust_anchor anchor;
static struct anchors anchors = { 1, &anchor, NULL };

/* For a.test, signed with the key itself, for the years until `not_after`. */
static void make_certificate(struct key_kind kind, int64_t not_after)
{
	static struct name_set names;
	static struct cert cert;
	static struct public_key public;
	struct self_signed what = { .names = &names, .not_before = not_after - 7200,
		                    .not_after = not_after };
	struct builder b;

	names = (struct name_set){ 0 };
	builder_init(&b, der, sizeof der);
	if (!key_make(&mine, kind) || name_set_add(&names, span_str("a.test")) != NAME_OK ||
	    !self_signed_write(&b, &mine, &what) || !cert_read(&cert, builder_span(&b)) ||
	    !public_key_read(&public, cert.spki))
		abort();
	chain.data_len = b.len;
	anchor = (br_x509_trust_anchor){ .dn = { der + (cert.subject.p - der), cert.subject.len } };
	if (kind.type == KEY_P256) {
		anchor.pkey.key_type = BR_KEYTYPE_EC;
		anchor.pkey.key.ec = (br_ec_public_key){ BR_EC_secp256r1, der + (public.point.p - der),
			                                 public.point.len };
	}
	key_pin(cert.spki, pins[1]);
	memset(pins[0], 0xaa, KEY_PIN_LEN);
	memcpy(pins[2], pins[1], KEY_PIN_LEN);
	pins[2][KEY_PIN_LEN - 1] ^= 1;
}

static void settle(void)
{
	bool moved = true;

	while (moved) {
		moved = false;
		for (int i = 0; i < 2; i++) {
			struct pump *from = i ? &s : &c, *to = i ? &c : &s;
			size_t taken = pump_feed(to, pump_records(from));

			pump_records_sent(from, taken);
			moved = moved || taken > 0;
		}
	}
}

/* A handshake with a server that signs with `key`; true when the client is content. */
static bool trusts(const char *host, const struct anchors *a, size_t first, size_t n,
                   const struct key *key)
{
	struct client_peer peer = { .anchors = a, .pins = pins + first, .n_pins = n,
		                    .host = span_str(host), .unix_now = (int64_t)time(NULL) };

	if (client_start(&client, &peer, &c) != CLIENT_OK)
		abort();
	if (key->type == KEY_RSA)
		br_ssl_server_init_full_rsa(&server, &chain, 1, &key->u.rsa.key);
	else
		br_ssl_server_init_full_ec(&server, &chain, 1, BR_KEYTYPE_EC, &key->u.ec.key);
	br_ssl_engine_set_buffer(&server.eng, server_buffer, sizeof server_buffer, 1);
	br_ssl_server_reset(&server);
	pump_init(&s, &server.eng);
	settle();
	return pump_state(&c) == PUMP_OPEN && pump_state(&s) == PUMP_OPEN;
}

/* Why it is not. */
static bool for_its_key(void)
{
	return pump_state(&c) == PUMP_FAILED && pump_error_is_trust(pump_error(&c)) &&
	       client.check.unpinned;
}

static void test_alone(const char *what, struct key_kind kind)
{
	make_certificate(kind, (int64_t)time(NULL) + 3600);
	check(trusts("a.test", NULL, 1, 1, &mine), "%s: the pinned key", what);
	check(trusts("b.test", NULL, 0, 2, &mine), "%s: one of several, whatever the name", what);
	check(trusts("192.0.2.1", NULL, 0, 3, &mine), "%s: or the address", what);
	check(!trusts("a.test", NULL, 0, 1, &mine) && for_its_key(), "%s: another pin", what);
	check(!trusts("a.test", NULL, 2, 1, &mine) && for_its_key(), "%s: off by one bit", what);
	check(!trusts("a.test", NULL, 0, 0, &mine) && pump_state(&c) == PUMP_FAILED,
	      "%s: no anchors and no pins is nobody", what);
	/* Who has seen the certificate can show it: only the signature in the handshake tells. */
	check(key_make(&other, kind) && !trusts("a.test", NULL, 1, 1, &other) &&
	              pump_state(&c) == PUMP_FAILED && !client.check.unpinned,
	      "%s: the certificate with another key behind it", what);
	make_certificate(kind, (int64_t)time(NULL) - 3600);
	check(trusts("a.test", NULL, 1, 1, &mine), "%s: whatever the date", what);
	key_wipe(&mine);
	key_wipe(&other);
}

static void test_both(void)
{
	make_certificate((struct key_kind){ KEY_P256, 256 }, (int64_t)time(NULL) + 3600);
	check(trusts("a.test", &anchors, 0, 0, &mine), "anchors without pins");
	check(trusts("a.test", &anchors, 0, 3, &mine), "anchors and a pin");
	check(!trusts("a.test", &anchors, 0, 1, &mine) && for_its_key(), "anchors and another pin");
	check(!trusts("b.test", &anchors, 1, 1, &mine) && !client.check.unpinned &&
	              pump_error(&c) == BR_ERR_X509_BAD_SERVER_NAME,
	      "a pin does not replace the name where there are anchors");
	anchors.n = 0;
	check(!trusts("a.test", &anchors, 1, 1, &mine) && !client.check.unpinned, "nor the anchors");
	anchors.n = 1;
	make_certificate((struct key_kind){ KEY_P256, 256 }, (int64_t)time(NULL) - 3600);
	check(!trusts("a.test", &anchors, 1, 1, &mine), "nor the date");
}

int main(void)
{
	test_alone("P-256", (struct key_kind){ KEY_P256, 256 });
	test_alone("P-384", (struct key_kind){ KEY_P384, 384 });
	test_alone("RSA", (struct key_kind){ KEY_RSA, 2048 });
	test_both();
	return tap_end();
}
