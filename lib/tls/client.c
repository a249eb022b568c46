/* TLS clients: which algorithms, in which order, and for whom. */
#include "tls/client.h"

#include <string.h>

#include "tls/client_auth.h"
#include "tls/client_check.h"
#include "tls/seed.h"
#include "tls/suites.h"

/* The host as BearSSL wants it; NULL for an address, which it neither sends nor compares. */
static bool set_host(struct tls_client *c, const struct client_peer *peer, const char **name)
{
	struct span host = peer->host;

	*name = NULL;
	if (peer->is_address)
		return true;
	if (host.len > 0 && host.p[host.len - 1] == '.')
		host.len--;
	if (host.len == 0 || host.len > CLIENT_HOST_MAX || memchr(host.p, 0, host.len))
		return false;
	memcpy(c->host, host.p, host.len);
	c->host[host.len] = 0;
	*name = c->host;
	return true;
}

enum client_result client_start(struct tls_client *c, const struct client_peer *peer,
                                struct pump *pump)
{
	br_ssl_engine_context *engine = &c->ssl.eng;
	const char *name;

	if (!set_host(c, peer, &name) || !client_check_init(&c->check, peer))
		return CLIENT_BAD_HOST;
	br_ssl_client_zero(&c->ssl);
	br_ssl_engine_set_versions(engine, BR_TLS12, BR_TLS12);
	suites_set(engine);
	br_ssl_engine_set_ec(engine, &br_ec_all_m31);
	br_ssl_engine_set_ecdsa(engine, br_ecdsa_i31_vrfy_asn1);
	br_ssl_engine_set_x509(engine, &c->check.vtable);
	br_ssl_engine_add_flags(engine, BR_OPT_NO_RENEGOTIATION | BR_OPT_FAIL_ON_ALPN_MISMATCH);
	if (peer->identity) {
		client_auth_init(&c->auth, peer->identity);
		br_ssl_client_set_client_certificate(&c->ssl, &c->auth.vtable);
	}
	if (peer->n_protocols > 0)
		br_ssl_engine_set_protocol_names(engine, peer->protocols, peer->n_protocols);
	br_ssl_engine_set_buffer(engine, c->buffer, sizeof c->buffer, 1);
	if (!seed_engine(engine) || !br_ssl_client_reset(&c->ssl, name, 0))
		return CLIENT_SYSTEM;
	pump_init(pump, engine);
	return CLIENT_OK;
}

struct span client_leaf(const struct tls_client *c)
{
	return span_of(c->check.leaf, c->check.too_large ? 0 : c->check.leaf_len);
}

const char *client_protocol(struct tls_client *c)
{
	return br_ssl_engine_get_selected_protocol(&c->ssl.eng);
}
