/* connect_show: what tls-connect has to say about a connection: for people (-v), and as variables. */
#ifndef BIN_CONNECT_SHOW_H
#define BIN_CONNECT_SHOW_H

#include <sys/socket.h>

#include "base/deadline.h"
#include "base/io.h"
#include "base/reader.h"
#include "cert_print.h"
#include "net/addr.h"
#include "tls/cipher.h"
#include "tls/client.h"
#include "tls/pins.h"

/* Certificates of a handshake message have 16 MB at most; what is more than this is not shown. */
enum { CONNECT_SEEN_MAX = 1 << 17, CONNECT_SHOW_MS = 10000 };

static void connect_say(struct builder *out)
{
	io_write_all(2, builder_span(out), deadline_in(CONNECT_SHOW_MS));
}

/* The server's certificates, as cert-show prints them. */
static void connect_show_chain(const struct builder *seen)
{
	static unsigned char text[1 << 19];
	struct builder out;
	struct reader r;

	reader_init(&r, builder_span(seen));
	for (size_t n = 1; reader_left(&r) > 0; n++) {
		size_t len = (size_t)reader_u8(&r) << 16;
		struct fields fields = { .out = &out };
		struct span der;
		struct cert cert;

		len |= reader_u16be(&r);
		der = reader_bytes(&r, len);
		if (!reader_ok(&r))
			break;
		builder_init(&out, text, sizeof text);
		fields_name(&fields, "certificate");
		builder_number(&out, n);
		builder_byte(&out, '\n');
		if (cert_read(&cert, der))
			cert_print(&fields, &cert);
		else
			fields_text(&fields, "malformed", span_str("yes"));
		connect_say(&out);
	}
}

static void connect_show_connection(struct tls_client *tls, const struct addr *peer)
{
	unsigned char text[1024];
	struct fields fields;
	struct builder out, b;
	unsigned char where[128];

	builder_init(&out, text, sizeof text);
	builder_init(&b, where, sizeof where);
	addr_print(&b, peer);
	fields = (struct fields){ .out = &out };
	fields_text(&fields, "connected", builder_span(&b));
	fields_text(&fields, "protocol", span_str("TLSv1.2"));
	fields_text(&fields, "cipher", span_str(cipher_name(&tls->ssl.eng)));
	fields_text(&fields, "alpn", span_str(client_protocol(tls)));
	connect_say(&out);
}

static void connect_variable(struct builder *out, const char *name, struct span value)
{
	builder_str(out, name);
	builder_byte(out, '=');
	builder_add(out, value);
	builder_byte(out, 0);
}

static void connect_address(struct builder *out, const char *ip_name, const char *port_name,
                            const struct addr *a)
{
	unsigned char text[64];
	struct builder b;

	builder_init(&b, text, sizeof text);
	addr_print_ip(&b, a);
	connect_variable(out, ip_name, builder_span(&b));
	builder_init(&b, text, sizeof text);
	builder_number(&b, addr_port(a));
	connect_variable(out, port_name, builder_span(&b));
}

static void connect_hash(struct builder *out, const char *name, const unsigned char hash[KEY_PIN_LEN])
{
	unsigned char text[7 + 2 * KEY_PIN_LEN];
	struct builder b;

	builder_init(&b, text, sizeof text);
	pins_print(&b, hash);
	connect_variable(out, name, builder_span(&b));
}

/* The variables of UCSPI (tcp-environ(5)) and those of TLS; `name` is empty when none was sent. */
static void connect_variables(struct builder *out, struct tls_client *tls, int fd, const struct addr *peer,
                              struct span name)
{
	struct sockaddr_storage here;
	socklen_t len = sizeof here;
	unsigned char hash[KEY_HASH_MAX];
	struct addr local;
	struct cert cert;

	connect_variable(out, "PROTO", span_str("TCP"));
	connect_address(out, "TCPREMOTEIP", "TCPREMOTEPORT", peer);
	if (getsockname(fd, (struct sockaddr *)&here, &len) == 0) {
		addr_set(&local, (struct sockaddr *)&here, len);
		connect_address(out, "TCPLOCALIP", "TCPLOCALPORT", &local);
	}
	connect_variable(out, "SSL_PROTOCOL", span_str("TLSv1.2"));
	connect_variable(out, "SSL_CIPHER", span_str(cipher_name(&tls->ssl.eng)));
	if (name.len > 0)
		connect_variable(out, "SSL_TLS_SNI_SERVERNAME", name);
	if (client_protocol(tls))
		connect_variable(out, "SSL_ALPN", span_str(client_protocol(tls)));
	if (!cert_read(&cert, client_leaf(tls)))
		return;
	key_hash(KEY_SHA256, cert.der, hash);
	connect_hash(out, "SSL_PEER_CERT_HASH", hash);
	key_pin(cert.spki, hash);
	connect_hash(out, "SSL_PEER_PIN", hash);
}

#endif
