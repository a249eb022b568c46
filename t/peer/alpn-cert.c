/*
 * alpn-cert: the certificate that answers a TLS-ALPN-01 challenge, with its new
 * key, in PEM: for a test's responder, made by what tls-serve will make it with.
 *
 *   alpn-cert name digest        the digest in base64url, as chal-alpn leaves it
 */
#include <time.h>

#include "base/base64.h"
#include "base/builder.h"
#include "base/prog.h"
#include "tls/key.h"
#include "tls/names.h"
#include "tls/pem.h"
#include "tls/self_signed.h"

enum { DAY_S = 86400, DER_MAX = 2048 };

int main(int argc, char **argv)
{
	static unsigned char der[DER_MAX], pem[2 * DER_MAX], digest[32];
	static struct name_set names;
	static struct key key;
	int64_t now = (int64_t)time(NULL);
	struct self_signed what = { .names = &names, .not_before = now - DAY_S,
		                    .not_after = now + DAY_S, .acme_digest = digest };
	struct builder d, p, sha;

	prog_init("alpn-cert", "name digest");
	builder_init(&sha, digest, sizeof digest);
	builder_init(&d, der, sizeof der);
	builder_init(&p, pem, sizeof pem);
	if (argc != 3 || name_set_add(&names, span_str(argv[1])) != NAME_OK ||
	    !base64_url_decode(&sha, span_str(argv[2])) || sha.len != sizeof digest)
		prog_usage();
	if (!key_make(&key, (struct key_kind){ KEY_P256, 256 }))
		prog_temp("no key could be made");
	key_write(&key, &p);
	if (!self_signed_write(&d, &key, &what))
		prog_bug("no certificate could be made");
	pem_write(&p, "CERTIFICATE", builder_span(&d));
	prog_write(builder_span(&p));
	key_wipe(&key);
	return PROG_OK;
}
