/*
 * The curves in handshakes: BearSSL's client and server with ours and with its
 * own, in all four pairings, on every curve, with a key on either.
 */
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "tls/curve.h"

static br_ssl_client_context client;
static br_ssl_server_context server;
static br_x509_minimal_context unused;
static br_x509_knownkey_context known;
static unsigned char client_buffer[BR_SSL_BUFSIZE_BIDI], server_buffer[BR_SSL_BUFSIZE_BIDI];

/* No certificate is looked at: the client knows the key. */
static unsigned char certificate[] = { 0x30, 0x00 };
static const br_x509_certificate chain = { certificate, sizeof certificate };

static unsigned char x[BR_EC_KBUF_PRIV_MAX_SIZE], q[BR_EC_KBUF_PUB_MAX_SIZE];
static br_ec_private_key secret;
static br_ec_public_key public;

static void make_key(int curve)
{
	br_hmac_drbg_context random;

	br_hmac_drbg_init(&random, &br_sha256_vtable, &curve, sizeof curve);
	if (br_ec_keygen(&random.vtable, &curve_ec, &secret, x, curve) == 0 ||
	    br_ec_compute_pub(&curve_ec, &public, q, &secret) == 0)
		abort();
}

/* The server takes this curve alone for the key exchange. */
static void start(bool client_ours, bool server_ours, int exchange)
{
	static br_ec_impl one;

	br_ssl_client_init_full(&client, &unused, NULL, 0);
	br_x509_knownkey_init_ec(&known, &public, BR_KEYTYPE_KEYX | BR_KEYTYPE_SIGN);
	br_ssl_engine_set_x509(&client.eng, &known.vtable);
	br_ssl_server_init_full_ec(&server, &chain, 1, BR_KEYTYPE_EC, &secret);
	if (client_ours)
		curve_install(&client.eng);
	one = *br_ssl_engine_get_ec(&server.eng);
	if (server_ours) {
		curve_install(&server.eng);
		one = *br_ssl_engine_get_ec(&server.eng);
		br_ssl_server_set_single_ec(&server, &chain, 1, &secret, BR_KEYTYPE_SIGN, 0, &curve_ec,
		                            curve_sign_asn1);
	}
	one.supported_curves = (uint32_t)1 << exchange;
	br_ssl_engine_set_ec(&server.eng, &one);
	br_ssl_engine_set_buffer(&client.eng, client_buffer, sizeof client_buffer, 1);
	br_ssl_engine_set_buffer(&server.eng, server_buffer, sizeof server_buffer, 1);
	br_ssl_engine_inject_entropy(&client.eng, "client", 6);
	br_ssl_engine_inject_entropy(&server.eng, "server", 6);
	if (!br_ssl_client_reset(&client, "a.test", 0) || !br_ssl_server_reset(&server))
		abort();
}

static bool carry(br_ssl_engine_context *from, br_ssl_engine_context *to)
{
	size_t have, room;
	unsigned char *records = br_ssl_engine_sendrec_buf(from, &have),
		      *space = br_ssl_engine_recvrec_buf(to, &room);
	size_t len = have < room ? have : room;

	if (!records || !space)
		return false;
	memcpy(space, records, len);
	br_ssl_engine_recvrec_ack(to, len);
	br_ssl_engine_sendrec_ack(from, len);
	return true;
}

static void settle(void)
{
	bool moved;

	do {
		moved = carry(&client.eng, &server.eng);
		moved = carry(&server.eng, &client.eng) || moved;
	} while (moved);
}

/* The handshake is through, and what the client sends arrives. */
static bool works(void)
{
	unsigned char *p;
	size_t len;

	settle();
	p = br_ssl_engine_sendapp_buf(&client.eng, &len);
	if (!p || len < 4)
		return false;
	memcpy(p, "ping", 4);
	br_ssl_engine_sendapp_ack(&client.eng, 4);
	br_ssl_engine_flush(&client.eng, 0);
	settle();
	p = br_ssl_engine_recvapp_buf(&server.eng, &len);
	return p && len == 4 && memcmp(p, "ping", 4) == 0;
}

static const char *name(int curve)
{
	return curve == BR_EC_secp256r1 ? "P-256" : curve == BR_EC_secp384r1 ? "P-384" : "X25519";
}

int main(void)
{
	static const int exchanges[] = { BR_EC_secp256r1, BR_EC_secp384r1, BR_EC_curve25519 };

	for (int key = BR_EC_secp256r1; key <= BR_EC_secp384r1; key++) {
		make_key(key);
		for (int i = 0; i < 12; i++) {
			int exchange = exchanges[i / 4];

			start(i & 1, i & 2, exchange);
			check(works() && br_ssl_engine_get_ecdhe_curve(&server.eng) == exchange,
			      "client %s, server %s, key %s, exchange %s", i & 1 ? "ours" : "BearSSL's",
			      i & 2 ? "ours" : "BearSSL's", name(key), name(exchange));
		}
		start(true, true, BR_EC_curve25519);
		q[1] ^= 1;
		check(!works() && br_ssl_engine_last_error(&client.eng) == BR_ERR_BAD_SIGNATURE,
		      "a key that is another one is refused: %s", name(key));
	}
	return tap_end();
}
