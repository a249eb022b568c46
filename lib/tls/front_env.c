/* What a program is told about its connection (tcp-environ(5), and what TLS adds). */
#include "tls/cipher.h"
#include "tls/front_conn.h"
#include "tls/pins.h"

static void variable(struct builder *out, const char *name, struct span value)
{
	builder_str(out, name);
	builder_byte(out, '=');
	builder_add(out, value);
	builder_byte(out, 0);
}

static void address(struct builder *out, const char *ip_name, const char *port_name, const struct addr *a)
{
	unsigned char text[64];
	struct builder b;

	builder_init(&b, text, sizeof text);
	addr_print_ip(&b, a);
	variable(out, ip_name, builder_span(&b));
	builder_init(&b, text, sizeof text);
	builder_number(&b, addr_port(a));
	variable(out, port_name, builder_span(&b));
}

static bool is_ip(const struct addr *a)
{
	return a->len > 0 && (addr_family(a) == AF_INET || addr_family(a) == AF_INET6);
}

static void hash(struct builder *out, const char *name, const unsigned char pin[KEY_PIN_LEN])
{
	unsigned char text[7 + 2 * KEY_PIN_LEN];
	struct builder b;

	builder_init(&b, text, sizeof text);
	pins_print(&b, pin);
	variable(out, name, builder_span(&b));
}

void front_variables(struct builder *out, const struct front_conn *c)
{
	const struct server_conn *tls = c->tls;

	/* What came over a pipe has the addresses of who handed it on. */
	if (is_ip(&c->peer)) {
		variable(out, "PROTO", span_str("TCP"));
		address(out, "TCPREMOTEIP", "TCPREMOTEPORT", &c->peer);
		if (is_ip(&c->local))
			address(out, "TCPLOCALIP", "TCPLOCALPORT", &c->local);
	}
	variable(out, "SSL_PROTOCOL", span_str("TLSv1.2"));
	variable(out, "SSL_CIPHER", span_str(cipher_name(&tls->ssl.eng)));
	if (tls->name[0])
		variable(out, "SSL_TLS_SNI_SERVERNAME", span_str(tls->name));
	if (server_protocol(tls))
		variable(out, "SSL_ALPN", span_str(server_protocol(tls)));
	if (!tls->has_peer)
		return;
	hash(out, "SSL_PEER_CERT_HASH", tls->peer_hash);
	hash(out, "SSL_PEER_PIN", tls->peer_pin);
}
