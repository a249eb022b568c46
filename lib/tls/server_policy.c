/* What BearSSL asks of a server once it has read the hello. */
#include "tls/server_policy.h"

#include <string.h>

#include "tls/server.h"
#include "tls/server_hint.h"
#include "tls/suites.h"

enum {
	ECDSA_BITS = 8, /* of the client's hashes: for RSA hash x, for ECDSA hash 8 + x */
	RSA = 1,        /* of the wire (RFC 5246, 7.4.1.4.1) */
	ECDSA = 3,
	X25519_BIT = BR_EC_curve25519
};

static const enum key_hash hashes[] = { KEY_SHA256, KEY_SHA384, KEY_SHA512 };
static const unsigned int hash_ids[] = { br_sha256_ID, br_sha384_ID, br_sha512_ID };
enum { HASHES = sizeof hashes / sizeof *hashes };

static struct server_conn *conn_of(const br_ssl_server_policy_class **policy)
{
	return (struct server_conn *)(void *)((char *)policy - offsetof(struct server_conn, policy));
}

static bool is_ecdsa(uint16_t suite)
{
	return suite == BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 ||
	       suite == BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 ||
	       suite == BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256;
}

static bool offers(const br_suite_translated *suites, size_t n, uint16_t suite)
{
	for (size_t i = 0; i < n; i++)
		if (suites[i][0] == suite)
			return true;
	return false;
}

/* The first of ours that goes with the key and that the client has, too; 0: none. */
static uint16_t choose_suite(const br_ssl_server_context *ssl, enum key_type type)
{
	size_t n_theirs, n_ours;
	const br_suite_translated *theirs = br_ssl_server_get_client_suites(ssl, &n_theirs);
	const uint16_t *ours = suites_list(&n_ours);

	for (size_t i = 0; i < n_ours; i++)
		if (is_ecdsa(ours[i]) == (type != KEY_RSA) && offers(theirs, n_theirs, ours[i]))
			return ours[i];
	return 0;
}

/*
 * The key's own hash where the client takes it, else the first it takes, as the wire has it; 0: none. BearSSL's
 * numbers are those of the wire, and below 0xff00 it hands over what is to be signed itself.
 */
static unsigned int choose_algorithm(const br_ssl_server_context *ssl, enum key_type type)
{
	uint32_t bits = br_ssl_server_get_client_hashes(ssl);
	unsigned int chosen = 0;

	if (type != KEY_RSA)
		bits >>= ECDSA_BITS;
	for (size_t i = 0; i < HASHES; i++)
		if (bits >> hash_ids[i] & 1 && (chosen == 0 || hashes[i] == key_type_hash(type)))
			chosen = hash_ids[i];
	if (chosen == 0)
		return 0;
	return chosen << 8 | (type == KEY_RSA ? RSA : ECDSA);
}

/* Whether the client can calculate on the curve of the key. */
static bool knows_curve(const br_ssl_server_context *ssl, enum key_type type)
{
	int curve;

	return !public_key_curve(type, &curve) || br_ssl_server_get_client_curves(ssl) >> curve & 1;
}

/*
 * BearSSL takes the curve with the lowest number. Where both sides have X25519, which is three times as
 * fast, nothing else is left in its list.
 */
static void prefer_x25519(br_ssl_server_context *ssl)
{
	if (ssl->curves >> X25519_BIT & 1)
		ssl->curves = (uint32_t)1 << X25519_BIT;
}

static int choose(const br_ssl_server_policy_class **policy, const br_ssl_server_context *ssl,
                  br_ssl_server_choices *choices)
{
	struct server_conn *c = conn_of(policy);

	server_hint_end(ssl);
	*choices = (br_ssl_server_choices){ 0 };
	if (!c->credential || !knows_curve(ssl, c->credential->type))
		return 0;
	choices->cipher_suite = choose_suite(ssl, c->credential->type);
	choices->algo_id = choose_algorithm(ssl, c->credential->type);
	choices->chain = c->credential->chain;
	choices->chain_len = c->credential->n_chain;
	prefer_x25519(&c->ssl);
	return choices->algo_id != 0 && choices->cipher_suite != 0;
}

/* Static ECDH and RSA key exchange are never agreed on. */
static uint32_t no_exchange(const br_ssl_server_policy_class **policy, unsigned char *data, size_t *len)
{
	(void)policy;
	(void)data;
	(void)len;
	return 0;
}

static size_t sign(const br_ssl_server_policy_class **policy, unsigned int algorithm,
                   unsigned char *data, size_t message_len, size_t len)
{
	struct server_conn *c = conn_of(policy);
	unsigned char bytes[KEY_SIGNATURE_MAX];
	struct builder signature;

	builder_init(&signature, bytes, sizeof bytes < len ? sizeof bytes : len);
	for (size_t i = 0; i < HASHES; i++) {
		if (hash_ids[i] != algorithm >> 8)
			continue;
		c->unsigned_key = !credential_sign(c->credential, hashes[i], span_of(data, message_len),
		                                   &signature);
		if (c->unsigned_key)
			return 0;
		memcpy(data, bytes, signature.len);
		return signature.len;
	}
	return 0;
}

const br_ssl_server_policy_class server_policy = {
	.context_size = sizeof(struct server_conn),
	.choose = choose,
	.do_keyx = no_exchange,
	.do_sign = sign,
};
