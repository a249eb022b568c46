#include "tls/server_hint.h"

#include <stddef.h>

#include "tls/sha256.h"

/* The one whose hello is being read. */
static br_ssl_server_context *reading;

static void fill(br_ssl_server_context *ssl)
{
	for (size_t i = 0; i < sizeof ssl->client_suites / sizeof *ssl->client_suites; i++)
		if (ssl->client_suites[i][0] == 0)
			ssl->client_suites[i][0] = BR_TLS_RSA_WITH_3DES_EDE_CBC_SHA;
}

static void init(const br_hash_class **context)
{
	if (reading)
		fill(reading);
	sha256_class()->init(context);
}

void server_hint_begin(br_ssl_server_context *ssl)
{
	static br_hash_class hash;

	if (!hash.init) {
		hash = *sha256_class();
		hash.init = init;
	}
	br_ssl_engine_set_hash(&ssl->eng, br_sha256_ID, &hash);
	reading = ssl;
}

void server_hint_end(const br_ssl_server_context *ssl)
{
	if (reading == ssl)
		reading = NULL;
}
