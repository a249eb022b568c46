/* cert_chain: the certificates of a file, PEM or DER, in its order. */
#ifndef BIN_CERT_CHAIN_H
#define BIN_CERT_CHAIN_H

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/deadline.h"
#include "base/file.h"
#include "base/io.h"
#include "base/prog.h"
#include "tls/cert.h"
#include "tls/der.h"
#include "tls/pem.h"

/* A system's bundle has 150 certificates in 220 kB. */
enum { CERT_CHAIN_FILE_MAX = 1 << 20, CERT_CHAIN_N_MAX = 1000, CERT_CHAIN_READ_MS = 60000 };

struct cert_chain {
	size_t n;
	struct cert cert[CERT_CHAIN_N_MAX];
};

/* The whole of a file, or of the standard input for "-". */
static struct span cert_chain_file(const char *path)
{
	static unsigned char text[CERT_CHAIN_FILE_MAX];
	size_t len;

	if (strcmp(path, "-") == 0) {
		enum io_result r = io_read_end(0, text, sizeof text, &len, deadline_in(CERT_CHAIN_READ_MS));

		if (r == IO_TOO_LONG)
			prog_perm("standard input: %s", io_strerror(r));
		if (r != IO_OK)
			prog_temp("standard input: %s", io_strerror(r));
	} else {
		enum file_result r = file_read(AT_FDCWD, path, text, sizeof text, &len);

		if (r != FILE_OK)
			prog_perm("%s: %s", prog_text(span_str(path)), file_strerror(r));
	}
	return span_of(text, len);
}

static void cert_chain_add(struct cert_chain *chain, struct span der)
{
	if (chain->n == CERT_CHAIN_N_MAX)
		prog_perm("more than %d certificates", CERT_CHAIN_N_MAX);
	if (der.len > CERT_MAX || !cert_read(&chain->cert[chain->n], der))
		prog_perm("certificate %zu: malformed", chain->n + 1);
	chain->n++;
}

/* Blocks of other kinds are passed over. */
static void cert_chain_read(struct cert_chain *chain, struct span text)
{
	static unsigned char storage[CERT_CHAIN_FILE_MAX];
	struct span rest = text, label, bytes;
	enum pem_result result;
	struct builder b;

	chain->n = 0;
	if (text.len > 0 && text.p[0] == DER_SEQUENCE) {
		cert_chain_add(chain, text);
		return;
	}
	builder_init(&b, storage, sizeof storage);
	while ((result = pem_next(&rest, &label, &b, &bytes)) == PEM_BLOCK) {
		if (span_is(label, "CERTIFICATE") || span_is(label, "X509 CERTIFICATE")) {
			cert_chain_add(chain, bytes);
		} else {
			explicit_bzero(storage + (b.len - bytes.len), bytes.len);
			b.len -= bytes.len;
		}
	}
	if (result == PEM_BAD)
		prog_perm("malformed PEM behind certificate %zu", chain->n);
	if (chain->n == 0)
		prog_perm("no certificate");
}

#endif
