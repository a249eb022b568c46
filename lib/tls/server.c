/* TLS servers: who is let in, and as whom the server shows itself. */
#include "tls/server.h"

#include <stdlib.h>
#include <string.h>

#include "tls/buffers.h"
#include "tls/curve.h"
#include "tls/seed.h"
#include "tls/server_check.h"
#include "tls/server_hint.h"
#include "tls/server_policy.h"
#include "tls/suites.h"

static const char *acme_protocols[] = { SERVER_ACME_PROTOCOL };

/* What a CertificateRequest says of the authorities it wants: one empty name, for OpenSSL refuses an empty list. */
static unsigned char no_name[] = { 0x30, 0 };
static const br_x500_name any_name = { no_name, sizeof no_name };

const char *server_result_name(enum server_result result)
{
	switch (result) {
	case SERVER_OK:
		return "ok";
	case SERVER_OLD_VERSION:
		return "old-tls";
	case SERVER_NEW_VERSION:
		return "tls13-only";
	case SERVER_BAD_NAME:
		return "bad-name";
	case SERVER_NO_NAME:
		return "no-name";
	case SERVER_BROKEN:
		return "no-certificate";
	case SERVER_NO_CHALLENGE:
		return "no-challenge";
	case SERVER_NO_ACME:
		return "no-acme";
	case SERVER_SYSTEM:
		return "system";
	}
	return "unknown";
}

enum hello_alert server_result_alert(enum server_result result)
{
	switch (result) {
	case SERVER_OLD_VERSION:
	case SERVER_NEW_VERSION:
		return HELLO_PROTOCOL_VERSION;
	case SERVER_BAD_NAME:
	case SERVER_NO_NAME:
		return HELLO_UNRECOGNIZED_NAME;
	case SERVER_NO_CHALLENGE:
	case SERVER_NO_ACME:
		return HELLO_NO_APPLICATION_PROTOCOL;
	case SERVER_OK:
	case SERVER_BROKEN:
	case SERVER_SYSTEM:
		break;
	}
	return HELLO_INTERNAL_ERROR;
}

static enum server_result check_version(const struct hello *hello)
{
	bool newer = false;

	if (hello->versions.len == 0)
		return hello->version < BR_TLS12 ? SERVER_OLD_VERSION : SERVER_OK;
	for (size_t i = 0; i + 1 < hello->versions.len; i += 2) {
		unsigned int version = (unsigned int)hello->versions.p[i] << 8 | hello->versions.p[i + 1];

		if (version == BR_TLS12)
			return SERVER_OK;
		newer = newer || version == BR_TLS12 + 1;
	}
	return newer ? SERVER_NEW_VERSION : SERVER_OLD_VERSION;
}

/* acme-tls/1 and nothing else. */
static bool is_challenge(const struct hello *hello)
{
	struct span list = hello->alpn, only;

	return hello_next_alpn(&list, &only) && list.len == 0 && span_is(only, SERVER_ACME_PROTOCOL);
}

static enum server_result choose_challenge(struct server_conn *c)
{
	const struct server *server = c->server;

	c->challenge = true;
	if (!server->challenge)
		return SERVER_NO_ACME;
	if (c->name[0])
		c->credential = server->challenge(server->with, span_str(c->name));
	c->offered = SERVER_ACME_PROTOCOL;
	return c->credential ? SERVER_OK : SERVER_NO_CHALLENGE;
}

static enum server_result choose_credential(struct server_conn *c, const struct hello *hello,
                                            struct span address)
{
	const struct server *server = c->server;

	if (server->only) {
		c->credential = credential_hold(server->only);
		return SERVER_OK;
	}
	if (hello->has_name && !c->name[0] && server->certs->strict)
		return SERVER_BAD_NAME;
	switch (certs_find(server->certs, span_str(c->name), address, &c->credential)) {
	case CERTS_FOUND:
		return SERVER_OK;
	case CERTS_NONE:
		return SERVER_NO_NAME;
	case CERTS_BROKEN:
		break;
	}
	return SERVER_BROKEN;
}

/* What a session is bound to. On resumption BearSSL knows nothing yet: it is what was read before. */
static bool bind_session(void *with, br_ssl_server_context *ssl, bool resuming,
                         unsigned char context[SESSIONS_CONTEXT_LEN])
{
	struct server_conn *c = with;
	const char *protocol = c->offered, *name = c->name;

	if (!c->credential)
		return false;
	if (!resuming) {
		name = br_ssl_engine_get_server_name(&ssl->eng);
		protocol = br_ssl_engine_get_selected_protocol(&ssl->eng);
	}
	session_cache_context(context, span_str(name), span_str(protocol),
	                      span_of(c->credential->id, sizeof c->credential->id));
	return true;
}

static bool set_clients(struct server_conn *c)
{
	const struct server *server = c->server;
	br_ssl_engine_context *engine = &c->ssl.eng;

	if (server->clients == SERVER_ANYBODY || c->challenge)
		return true;
	c->check = server_check_new(server, engine);
	if (!c->check)
		return false;
	br_ssl_engine_set_x509(engine, server_check_class(c->check));
	if (server->anchors)
		br_ssl_server_set_trust_anchor_names_alt(&c->ssl, server->anchors->list,
		                                         server->anchors->n);
	else
		br_ssl_server_set_trust_anchor_names(&c->ssl, &any_name, 1);
	if (server->clients == SERVER_ASK)
		br_ssl_engine_add_flags(engine, BR_OPT_TOLERATE_NO_CLIENT_AUTH);
	return true;
}

static void set_protocols(struct server_conn *c)
{
	const struct server *server = c->server;

	if (c->challenge)
		br_ssl_engine_set_protocol_names(&c->ssl.eng, acme_protocols, 1);
	else if (server->n_protocols > 0)
		br_ssl_engine_set_protocol_names(&c->ssl.eng, server->protocols, server->n_protocols);
}

/* A session is resumed when nothing of it is anybody else's. */
static void set_sessions(struct server_conn *c, const struct hello *hello)
{
	const struct server *server = c->server;
	struct span protocol;

	if (!server->sessions || c->challenge || server->clients != SERVER_ANYBODY ||
	    !session_cache_protocol(hello, server->protocols, server->n_protocols, &protocol))
		return;
	/* One of the list, which stays. */
	c->offered = protocol.len > 0 ? (const char *)protocol.p : NULL;
	session_cache_init(&c->cache, server->sessions, bind_session, c);
	br_ssl_server_set_cache(&c->ssl, &c->cache.vtable);
}

static bool set_engine(struct server_conn *c, const struct hello *hello)
{
	br_ssl_engine_context *engine = &c->ssl.eng;
	unsigned char *buffer = buffers_take();

	if (!buffer)
		return false;
	br_ssl_server_zero(&c->ssl);
	br_ssl_engine_set_versions(engine, BR_TLS12, BR_TLS12);
	suites_set(engine);
	curve_install(engine);
	server_hint_begin(&c->ssl);
	br_ssl_engine_add_flags(engine, BR_OPT_NO_RENEGOTIATION | BR_OPT_FAIL_ON_ALPN_MISMATCH);
	c->policy = &server_policy;
	br_ssl_server_set_policy(&c->ssl, &c->policy);
	set_protocols(c);
	set_sessions(c, hello);
	/* br_ssl_engine_set_buffer() would have the two overlap. */
	br_ssl_engine_set_buffers_bidi(engine, buffer, BR_SSL_BUFSIZE_INPUT,
	                               buffer + BR_SSL_BUFSIZE_INPUT, BR_SSL_BUFSIZE_OUTPUT);
	return set_clients(c) && seed_engine(engine) && br_ssl_server_reset(&c->ssl) != 0;
}

/* What only the handshake needs. */
static void forget_handshake(struct server_conn *c)
{
	server_hint_end(&c->ssl);
	free(c->check);
	c->check = NULL;
	credential_drop(c->credential);
	c->credential = NULL;
}

enum server_result server_start(struct server_conn *c, const struct server *server,
                                const struct hello *hello, struct span address, struct pump *pump)
{
	enum server_result result;

	memset(c, 0, sizeof *c);
	c->server = server;
	if (hello->has_name)
		hostname_fold(c->name, hello->name);
	result = check_version(hello);
	if (result == SERVER_OK)
		result = is_challenge(hello) ? choose_challenge(c) : choose_credential(c, hello, address);
	if (result == SERVER_OK && !set_engine(c, hello))
		result = SERVER_SYSTEM;
	if (result == SERVER_OK) {
		pump_init(pump, &c->ssl.eng);
		return SERVER_OK;
	}
	forget_handshake(c);
	buffers_give(c->ssl.eng.ibuf);
	c->ssl.eng.ibuf = NULL;
	return result;
}

/* The engine's view of the same hello. */
static bool as_expected(struct server_conn *c)
{
	const char *asked = br_ssl_engine_get_server_name(&c->ssl.eng);
	const char *protocol = server_protocol(c);
	char name[HOSTNAME_MAX + 1] = "";

	if (asked)
		hostname_fold(name, span_str(asked));
	if (strcmp(name, c->name) != 0)
		return false;
	if (c->challenge != (protocol && strcmp(protocol, SERVER_ACME_PROTOCOL) == 0))
		return false;
	return !c->cache.vtable || session_cache_confirm(&c->cache, &c->ssl, NULL);
}

bool server_opened(struct server_conn *c)
{
	bool good = as_expected(c);

	if (c->check)
		c->has_peer = server_check_peer(c->check, c->peer_hash, c->peer_pin);
	if (c->server->clients == SERVER_REQUIRE && !c->challenge && !c->has_peer)
		good = false;
	br_ssl_engine_set_x509(&c->ssl.eng, NULL);
	br_ssl_server_set_cache(&c->ssl, NULL);
	forget_handshake(c);
	return good;
}

const char *server_why(const struct server_conn *c)
{
	return c->check ? server_check_why(c->check) : NULL;
}

const char *server_protocol(const struct server_conn *c)
{
	return br_ssl_engine_get_selected_protocol((br_ssl_engine_context *)(uintptr_t)&c->ssl.eng);
}

/* Some are kept for the next. */
enum { SPARE = 64 };
static union spare {
	struct server_conn conn;
	union spare *next;
} *spare;
static size_t n_spare;

struct server_conn *server_new(void)
{
	union spare *s = spare;

	if (!s) {
		s = calloc(1, sizeof *s);
		return s ? &s->conn : NULL;
	}
	spare = s->next;
	s->next = NULL;
	n_spare--;
	return &s->conn;
}

void server_free(struct server_conn *c)
{
	union spare *s = (union spare *)c;

	if (!c)
		return;
	forget_handshake(c);
	buffers_give(c->ssl.eng.ibuf);
	explicit_bzero(s, sizeof *s);
	if (n_spare == SPARE) {
		free(s);
		return;
	}
	s->next = spare;
	spare = s;
	n_spare++;
}
