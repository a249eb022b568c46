/*
 * tls-impostor: a TLS client that shows somebody's certificate and signs with another key.
 *
 *   tls-impostor PORT CERTIFICATE
 *
 * Prints "refused" when the server does not have it, "believed" when it does.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/file.h"
#include "tls/client.h"
#include "tls/pem.h"
#include "tls/public_key.h"

enum { LIMIT_MS = 15000 };

static int connect_to(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port),
		                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0 ? fd : -1;
}

/* Whoever the server is, is none of this program's business: its key is believed as it comes. */
static unsigned int believe(const br_x509_class **context)
{
	struct client_check *check = (struct client_check *)(void *)context;
	struct cert cert;

	if (!cert_read(&cert, span_of(check->leaf, check->leaf_len)))
		return BR_ERR_X509_NOT_TRUSTED;
	return public_key_lend(cert.spki, &check->key) ? 0 : BR_ERR_X509_NOT_TRUSTED;
}

int main(int argc, char **argv)
{
	static unsigned char text[65536], store[CERT_MAX];
	static struct tls_client tls;
	struct client_identity identity = { .n_chain = 1 };
	struct client_peer peer = { .host = span_str("a.test"), .identity = &identity };
	int64_t deadline = deadline_in(LIMIT_MS);
	struct span rest, label, der;
	br_x509_certificate chain;
	struct builder b;
	struct pump pump;
	br_x509_class class;
	struct key key;
	uint64_t port;
	size_t len;
	int fd;

	builder_init(&b, store, sizeof store);
	if (argc != 3 || !span_number(span_str(argv[1]), 65535, &port) ||
	    file_read(AT_FDCWD, argv[2], text, sizeof text, &len) != FILE_OK)
		return 100;
	rest = span_of(text, len);
	if (pem_next(&rest, &label, &b, &der) != PEM_BLOCK ||
	    !key_make(&key, (struct key_kind){ KEY_P256, 256 }))
		return 100;
	chain = (br_x509_certificate){ (unsigned char *)(uintptr_t)der.p, der.len };
	identity.chain = &chain;
	identity.key = &key;
	fd = connect_to((uint16_t)port);
	if (fd < 0 || client_start(&tls, &peer, &pump) != CLIENT_OK)
		return 111;
	class = *tls.check.vtable;
	class.end_chain = believe;
	tls.check.vtable = &class;
	puts(pump_handshake(&pump, fd, deadline) == PUMP_OK ? "believed" : "refused");
	return 0;
}
