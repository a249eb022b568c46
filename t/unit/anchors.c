/* Bundles of trust anchors: what is kept, passed over and refused. */
#include "tls/anchors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tap.h"
#include "tls/cert.h"
#include "tls/key.h"
#include "tls/pem.h"
#include "tls/self_signed.h"

/* A certificate with an Ed25519 key, made by OpenSSL. */
static const char ed25519[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIHWMIGJAhQf2ylH5vw0XV09WqW1K6Pt6/oNCTAFBgMrZXAwDTELMAkGA1UEAwwC\n"
	"ZWQwIBcNMjYxMTIxMTE1MjQ1WhgPMjEyNjEwMjgxMTUyNDVaMA0xCzAJBgNVBAMM\n"
	"AmVkMCowBQYDK2VwAyEAhFGszji3yGvyfEvzGkeyKCOpiuf6DiVnwY0d23LvvX4w\n"
	"BQYDK2VwA0EAjTHc4NfhECtX8hsSSohVSd6hTid9nMzRrQK+5DfOYOMqmfku/KFV\n"
	"qee0Cm24LJSSI1trDevPAatYYKUDeGncCQ==\n"
	"-----END CERTIFICATE-----\n";

static char path[] = "/tmp/unit-anchors.XXXXXX";
static unsigned char text_storage[ANCHORS_FILE_MAX + 1000], der_storage[4096], cert_storage[4096];
static struct key p256, p384;
static struct cert leaf, root;
static struct builder text;
static struct anchors a;

static struct span make(struct builder *der, const struct key *key, const char *name, bool is_ca)
{
	static struct name_set names;
	struct self_signed what = { .names = &names, .common_name = span_str(name), .not_before = 1,
		                    .not_after = 2000000000, .is_ca = is_ca };
	size_t start = der->len;

	names.n = 0;
	if (name_set_add(&names, span_str("a.test")) != NAME_OK || !self_signed_write(der, key, &what))
		abort();
	return span_from(builder_span(der), start);
}

static enum anchors_result read_text(void)
{
	if (file_replace(AT_FDCWD, path, 0600, builder_span(&text)) != FILE_OK)
		abort();
	return anchors_read(&a, path);
}

static void begin(void)
{
	builder_init(&text, text_storage, sizeof text_storage);
}

static bool is(const unsigned char *p, size_t len, struct span bytes)
{
	return span_eq(span_of(p, len), bytes);
}

static void test_kept(void)
{
	const br_x509_trust_anchor *first, *second;

	begin();
	builder_str(&text, "# Some words before\r\n");
	pem_write(&text, "CERTIFICATE", root.der);
	builder_str(&text, ed25519);
	pem_write(&text, "X509 CRL", span_str("something else"));
	builder_str(&text, "words between\n");
	pem_write(&text, "CERTIFICATE", leaf.der);
	check(read_text() == ANCHORS_OK && a.n == 2, "two of four blocks are kept");
	first = &a.list[0];
	second = &a.list[1];
	check(is(first->dn.data, first->dn.len, root.subject) &&
	              is(second->dn.data, second->dn.len, leaf.subject),
	      "their names");
	check(first->flags == BR_X509_TA_CA && second->flags == 0, "an authority, and one for itself");
	check(first->pkey.key_type == BR_KEYTYPE_EC && first->pkey.key.ec.curve == BR_EC_secp384r1 &&
	              first->pkey.key.ec.qlen == 97 && second->pkey.key.ec.curve == BR_EC_secp256r1 &&
	              second->pkey.key.ec.qlen == 65,
	      "the keys' curves");
	check(is(first->pkey.key.ec.q, 97, span_from(root.spki, root.spki.len - 97)) &&
	              is(second->pkey.key.ec.q, 65, span_from(leaf.spki, leaf.spki.len - 65)),
	      "the keys");
	anchors_free(&a);
	check(a.n == 0 && !a.memory, "and gone");
}

static void test_refused(void)
{
	begin();
	check(read_text() == ANCHORS_NONE && a.n == 0, "an empty file");
	builder_str(&text, ed25519);
	check(read_text() == ANCHORS_NONE, "none that can be used");
	begin();
	pem_write(&text, "CERTIFICATE", root.der);
	pem_write(&text, "CERTIFICATE", span_head(root.der, root.der.len - 1));
	check(read_text() == ANCHORS_MALFORMED && a.n == 0 && !a.memory, "a certificate cut short");
	begin();
	pem_write(&text, "CERTIFICATE", root.der);
	text.len -= 10;
	check(read_text() == ANCHORS_MALFORMED, "a block without an end");
	begin();
	for (size_t i = 0; i < ANCHORS_MAX; i++)
		pem_write(&text, "CERTIFICATE", leaf.der);
	check(read_text() == ANCHORS_OK && a.n == ANCHORS_MAX, "512 certificates");
	anchors_free(&a);
	pem_write(&text, "CERTIFICATE", leaf.der);
	check(read_text() == ANCHORS_TOO_MANY, "513");
	begin();
	memset(builder_take(&text, ANCHORS_FILE_MAX + 1), '\n', ANCHORS_FILE_MAX + 1);
	check(read_text() == ANCHORS_TOO_MANY, "a file over the limit");
	unlink(path);
	check(anchors_read(&a, path) == ANCHORS_SYSTEM_ERROR && errno == ENOENT, "no file");
	check(anchors_read(&a, "/tmp") == ANCHORS_NONE, "a directory");
	check(anchors_read(&a, "/dev/null") == ANCHORS_NONE, "a device");
}

/* Every certificate of the machine's own bundle can be used. */
static void test_system(void)
{
	size_t len, blocks = 0;
	struct span rest, line;

	if (file_read(AT_FDCWD, ANCHORS_SYSTEM, text_storage, sizeof text_storage, &len) != FILE_OK) {
		printf("ok %d # SKIP no bundle on this machine\n", ++tap_count);
		return;
	}
	rest = span_of(text_storage, len);
	while (span_split(&rest, '\n', &line))
		blocks += span_starts(line, "-----BEGIN CERTIFICATE");
	check(anchors_read(&a, ANCHORS_SYSTEM) == ANCHORS_OK && a.n == blocks,
	      "the system's bundle: %zu of %zu", a.n, blocks);
	anchors_free(&a);
}

int main(void)
{
	struct builder der, certs;
	int fd = mkstemp(path);

	if (fd < 0 || !key_make(&p256, (struct key_kind){ KEY_P256, 256 }) ||
	    !key_make(&p384, (struct key_kind){ KEY_P384, 384 }))
		abort();
	close(fd);
	builder_init(&der, der_storage, sizeof der_storage);
	builder_init(&certs, cert_storage, sizeof cert_storage);
	if (!cert_read(&leaf, make(&der, &p256, "leaf", false)) ||
	    !cert_read(&root, make(&certs, &p384, "root", true)))
		abort();
	test_kept();
	test_refused();
	test_system();
	return tap_end();
}
