/* Report data: padded, or hashed. */
#include "tee/report_data.h"

#include <bearssl.h>

#include "tee/keccak.h"

/* One of the two makes the digest; neither: raw. */
static const struct hash {
	const char *name;
	const br_hash_class *sha2;
	enum keccak_kind kind;
	size_t len; /* of a Keccak digest */
} hashes[] = {
	[REPORT_SHA512] = { .name = "sha512", .sha2 = &br_sha512_vtable },
	[REPORT_SHA256] = { .name = "sha256", .sha2 = &br_sha256_vtable },
	[REPORT_SHA384] = { .name = "sha384", .sha2 = &br_sha384_vtable },
	[REPORT_SHA3_256] = { .name = "sha3-256", .kind = SHA3, .len = 32 },
	[REPORT_SHA3_384] = { .name = "sha3-384", .kind = SHA3, .len = 48 },
	[REPORT_SHA3_512] = { .name = "sha3-512", .kind = SHA3, .len = 64 },
	[REPORT_KECCAK256] = { .name = "keccak256", .kind = KECCAK, .len = 32 },
	[REPORT_KECCAK384] = { .name = "keccak384", .kind = KECCAK, .len = 48 },
	[REPORT_KECCAK512] = { .name = "keccak512", .kind = KECCAK, .len = 64 },
	[REPORT_RAW] = { .name = "raw" },
};

bool report_hash_find(struct span name, enum report_hash *hash)
{
	if (name.len == 0) {
		*hash = REPORT_SHA512;
		return true;
	}
	for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++)
		if (span_is(name, hashes[i].name)) {
			*hash = (enum report_hash)i;
			return true;
		}
	return false;
}

const char *report_hash_name(enum report_hash hash)
{
	return hashes[hash].name;
}

bool report_data_pad(struct span data, unsigned char report_data[QUOTE_REPORT_DATA_LEN])
{
	if (data.len > QUOTE_REPORT_DATA_LEN)
		return false;
	memset(report_data, 0, QUOTE_REPORT_DATA_LEN);
	if (data.len > 0)
		memcpy(report_data, data.p, data.len);
	return true;
}

static void sha2(const br_hash_class *class, const struct span piece[3], unsigned char *digest)
{
	br_hash_compat_context context;

	class->init(&context.vtable);
	for (int i = 0; i < 3; i++)
		class->update(&context.vtable, piece[i].p, piece[i].len);
	class->out(&context.vtable, digest);
}

bool report_data_hash(enum report_hash hash, struct span prefix, struct span data,
                      unsigned char report_data[QUOTE_REPORT_DATA_LEN])
{
	const struct hash *h = &hashes[hash];
	const struct span piece[3] = { prefix.len > 0 ? prefix : span_str(REPORT_DATA_PREFIX),
		                       span_str(":"), data };
	struct keccak keccak;

	if (hash == REPORT_RAW)
		return data.len == QUOTE_REPORT_DATA_LEN && report_data_pad(data, report_data);
	memset(report_data, 0, QUOTE_REPORT_DATA_LEN);
	if (h->sha2) {
		sha2(h->sha2, piece, report_data);
		return true;
	}
	keccak_init(&keccak, h->kind, h->len);
	for (int i = 0; i < 3; i++)
		keccak_add(&keccak, piece[i]);
	keccak_end(&keccak, report_data);
	return true;
}
