#include "tls/cipher.h"

#include <string.h>

static const struct {
	uint16_t suite;
	const char *name;
} names[] = {
	{ BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "ECDHE-ECDSA-AES128-GCM-SHA256" },
	{ BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "ECDHE-RSA-AES128-GCM-SHA256" },
	{ BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "ECDHE-ECDSA-AES256-GCM-SHA384" },
	{ BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "ECDHE-RSA-AES256-GCM-SHA384" },
	{ BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-ECDSA-CHACHA20-POLY1305" },
	{ BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-RSA-CHACHA20-POLY1305" },
};

const char *cipher_name(const br_ssl_engine_context *engine)
{
	br_ssl_session_parameters session;
	const char *name = "unknown";

	br_ssl_engine_get_session_parameters(engine, &session);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].suite == session.cipher_suite)
			name = names[i].name;
	explicit_bzero(&session, sizeof session);
	return name;
}
