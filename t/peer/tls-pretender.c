/*
 * tls-pretender: a TLS server that shows somebody's certificate and signs with another key.
 *
 *   tls-pretender CERTIFICATE
 *
 * Listens at a free port of 127.0.0.1, which it prints, and for one connection says "believed" when
 * the client goes on, "refused" when it does not.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/file.h"
#include "tls/cert.h"
#include "tls/key.h"
#include "tls/pem.h"
#include "tls/pump.h"
#include "tls/seed.h"

enum { LIMIT_MS = 15000 };

/* Where it listens is printed. */
static int take_one(void)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof here;

	if (fd < 0 || bind(fd, (struct sockaddr *)&here, len) < 0 || listen(fd, 1) < 0 ||
	    getsockname(fd, (struct sockaddr *)&here, &len) < 0)
		return -1;
	printf("%d\n", ntohs(here.sin_port));
	fflush(stdout);
	return accept(fd, NULL, NULL);
}

int main(int argc, char **argv)
{
	static unsigned char text[65536], store[CERT_MAX], buffer[BR_SSL_BUFSIZE_BIDI];
	static br_ssl_server_context ssl;
	struct span rest, label, der;
	br_x509_certificate chain;
	struct builder b;
	struct pump pump;
	struct key key;
	size_t len;
	int fd;

	builder_init(&b, store, sizeof store);
	if (argc != 2 || file_read(AT_FDCWD, argv[1], text, sizeof text, &len) != FILE_OK)
		return 100;
	rest = span_of(text, len);
	if (pem_next(&rest, &label, &b, &der) != PEM_BLOCK ||
	    !key_make(&key, (struct key_kind){ KEY_P256, 256 }))
		return 100;
	alarm(LIMIT_MS / 1000 + 5);
	chain = (br_x509_certificate){ (unsigned char *)(uintptr_t)der.p, der.len };
	br_ssl_server_init_full_ec(&ssl, &chain, 1, BR_KEYTYPE_EC, &key.u.ec.key);
	br_ssl_engine_set_buffer(&ssl.eng, buffer, sizeof buffer, 1);
	fd = take_one();
	if (fd < 0 || !seed_engine(&ssl.eng) || !br_ssl_server_reset(&ssl))
		return 111;
	pump_init(&pump, &ssl.eng);
	puts(pump_handshake(&pump, fd, deadline_in(LIMIT_MS)) == PUMP_OK ? "believed" : "refused");
	return 0;
}
