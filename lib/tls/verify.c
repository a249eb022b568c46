#include "tls/verify.h"

enum { RSA_MIN_BYTES = 2048 / 8 };

/* From 1 January of the year 0 to 1970, which BearSSL's days begin with. */
enum { DAYS_TO_1970 = 719528, DAY_S = 86400 };

void verify_init(br_x509_minimal_context *chain, const struct anchors *anchors, int64_t unix_now,
                const br_ec_impl *curves, br_ecdsa_vrfy verify)
{
	int64_t now = unix_now > 0 ? unix_now : 0;

	br_x509_minimal_init(chain, &br_sha256_vtable, anchors ? anchors->list : NULL,
	                     anchors ? anchors->n : 0);
	br_x509_minimal_set_hash(chain, br_sha256_ID, &br_sha256_vtable);
	br_x509_minimal_set_hash(chain, br_sha384_ID, &br_sha384_vtable);
	br_x509_minimal_set_hash(chain, br_sha512_ID, &br_sha512_vtable);
	br_x509_minimal_set_rsa(chain, br_rsa_pkcs1_vrfy_get_default());
	br_x509_minimal_set_ecdsa(chain, curves, verify);
	br_x509_minimal_set_minrsa(chain, RSA_MIN_BYTES);
	br_x509_minimal_set_time(chain, (uint32_t)(now / DAY_S + DAYS_TO_1970),
	                         (uint32_t)(now % DAY_S));
}
