/*
 * Client certificates. BearSSL's own way would sign with RSA although the server takes no
 * such signature; here such a server gets no certificate, and says what it thinks of that.
 */
#include "tls/client_auth.h"

#include <string.h>

/* BearSSL's bits for what a server takes: RSA with hash x, ECDSA with hash 8 + x. */
enum { ECDSA_BITS = 8 };

static const enum key_hash hashes[] = { KEY_SHA256, KEY_SHA384, KEY_SHA512 };
static const int hash_ids[] = { br_sha256_ID, br_sha384_ID, br_sha512_ID };
enum { HASHES = sizeof hashes / sizeof *hashes };

/* BearSSL's context is the structure's first member. */
static const struct client_identity *identity_of(const br_ssl_client_certificate_class **context)
{
	return ((const struct client_auth *)(void *)context)->identity;
}

/* Whose certificates a server would like does not matter: there is one. */
static void ignore(const br_ssl_client_certificate_class **context)
{
	(void)context;
}

static void ignore_length(const br_ssl_client_certificate_class **context, size_t len)
{
	(void)context;
	(void)len;
}

static void ignore_bytes(const br_ssl_client_certificate_class **context, const unsigned char *bytes,
                         size_t len)
{
	(void)context;
	(void)bytes;
	(void)len;
}

/* The key's own hash where the server takes it, else the first it takes; -1: none. */
static int choose_hash(enum key_type type, uint32_t bits)
{
	int chosen = -1;

	if (type != KEY_RSA)
		bits >>= ECDSA_BITS;
	for (size_t i = 0; i < HASHES; i++)
		if (bits >> hash_ids[i] & 1 && (chosen < 0 || hashes[i] == key_type_hash(type)))
			chosen = hash_ids[i];
	return chosen;
}

static void choose(const br_ssl_client_certificate_class **context, const br_ssl_client_context *ssl,
                   uint32_t takes, br_ssl_client_certificate *choice)
{
	const struct client_identity *identity = identity_of(context);
	int hash = choose_hash(identity->key->type, takes);

	(void)ssl;
	*choice = (br_ssl_client_certificate){ 0 };
	if (hash < 0)
		return;
	choice->auth_type = identity->key->type == KEY_RSA ? BR_AUTH_RSA : BR_AUTH_ECDSA;
	choice->hash_id = hash;
	choice->chain = identity->chain;
	choice->chain_len = identity->n_chain;
}

/* Static ECDH is never agreed on. */
static uint32_t no_exchange(const br_ssl_client_certificate_class **context, unsigned char *data,
                            size_t *len)
{
	(void)context;
	(void)data;
	(void)len;
	return 0;
}

static size_t sign(const br_ssl_client_certificate_class **context, int hash_id, size_t hash_len,
                   unsigned char *data, size_t len)
{
	unsigned char digest[KEY_HASH_MAX];
	struct builder signature;

	for (size_t i = 0; i < HASHES; i++) {
		if (hash_ids[i] != hash_id || key_hash_len(hashes[i]) != hash_len)
			continue;
		memcpy(digest, data, hash_len);
		builder_init(&signature, data, len);
		if (!key_sign(identity_of(context)->key, hashes[i], digest, false, &signature))
			return 0;
		return signature.len;
	}
	return 0;
}

static const br_ssl_client_certificate_class auth_class = {
	.context_size = sizeof(struct client_auth),
	.start_name_list = ignore,
	.start_name = ignore_length,
	.append_name = ignore_bytes,
	.end_name = ignore,
	.end_name_list = ignore,
	.choose = choose,
	.do_keyx = no_exchange,
	.do_sign = sign,
};

void client_auth_init(struct client_auth *auth, const struct client_identity *identity)
{
	auth->vtable = &auth_class;
	auth->identity = identity;
}
