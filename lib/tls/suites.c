/* Which algorithms, in which order, and by which of BearSSL's implementations. */
#include "tls/suites.h"

#include "tls/sha256.h"
#include "tls/vaes.h"

/* Where the processor has no instructions for AES, ChaCha20 is the faster of the two. */
static const uint16_t aes_first[] = {
	BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
};

static const uint16_t chacha_first[] = {
	BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
};

/* What the processor can do. Asking it takes tens of microseconds in a virtual machine. */
static const struct best {
	bool known;
	const br_block_ctr_class *aes;
	br_ghash ghash;
	br_chacha20_run chacha;
	br_poly1305_run poly;
} *best_of(void)
{
	static struct best best;

	if (best.known)
		return &best;
	best = (struct best){ true, vaes_ctr(), vaes_ghash(), br_chacha20_sse2_get(),
		              br_poly1305_ctmulq_get() };
	if (!best.aes || !best.ghash) {
		best.aes = br_aes_x86ni_ctr_get_vtable();
		best.ghash = br_ghash_pclmul_get();
	}
	return &best;
}

const uint16_t *suites_list(size_t *n)
{
	const struct best *best = best_of();

	*n = sizeof aes_first / sizeof *aes_first;
	return best->aes && best->ghash ? aes_first : chacha_first;
}

static void set_ciphers(br_ssl_engine_context *engine)
{
	const struct best *best = best_of();
	const uint16_t *list;
	size_t n;

	list = suites_list(&n);
	br_ssl_engine_set_suites(engine, list, n);
	br_ssl_engine_set_aes_ctr(engine, best->aes ? best->aes : &br_aes_ct64_ctr_vtable);
	br_ssl_engine_set_ghash(engine, best->ghash ? best->ghash : br_ghash_ctmul64);
	br_ssl_engine_set_gcm(engine, &br_sslrec_in_gcm_vtable, &br_sslrec_out_gcm_vtable);
	br_ssl_engine_set_chacha20(engine, best->chacha ? best->chacha : br_chacha20_ct_run);
	br_ssl_engine_set_poly1305(engine, best->poly ? best->poly : br_poly1305_ctmul_run);
	br_ssl_engine_set_chapol(engine, &br_sslrec_in_chapol_vtable,
	                         &br_sslrec_out_chapol_vtable);
}

void suites_set(br_ssl_engine_context *engine)
{
	set_ciphers(engine);
	br_ssl_engine_set_hash(engine, br_sha256_ID, sha256_class());
	br_ssl_engine_set_hash(engine, br_sha384_ID, &br_sha384_vtable);
	br_ssl_engine_set_hash(engine, br_sha512_ID, &br_sha512_vtable);
	br_ssl_engine_set_prf_sha256(engine, sha256_prf);
	br_ssl_engine_set_prf_sha384(engine, br_tls12_sha384_prf);
	br_ssl_engine_set_rsavrfy(engine, br_rsa_pkcs1_vrfy_get_default());
}
