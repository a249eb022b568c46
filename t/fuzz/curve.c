/*
 * What the other side of a handshake gives a curve: a point, a signature in
 * DER. What we take BearSSL's verifier takes too, over BearSSL's arithmetic.
 */
#include <stdlib.h>
#include <string.h>

#include "tls/curve.h"

enum { POINT_MAX = 97 };

static void multiply(const unsigned char *data, size_t size, int curve)
{
	static const unsigned char x[] = { 1, 2, 3 };
	unsigned char ours[POINT_MAX], theirs[POINT_MAX];
	uint32_t ok;

	if (size > sizeof ours)
		return;
	memcpy(ours, data, size);
	memcpy(theirs, data, size);
	ok = curve_ec.mul(ours, size, x, sizeof x, curve);
	/* All zero is refused by ours alone. */
	if (ok && (br_ec_all_m31.mul(theirs, size, x, sizeof x, curve) != 1 ||
	           memcmp(ours, theirs, size) != 0))
		abort();
	if (!ok && memcmp(ours, data, size) != 0)
		abort();
}

/* max_len=200 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int curves[] = { BR_EC_secp256r1, BR_EC_secp384r1, BR_EC_curve25519 };
	static const unsigned char digest[48] = { 1 };
	br_ec_public_key key;
	size_t len;

	if (size < 1)
		return 0;
	key.curve = curves[data[0] % 3];
	key.q = (unsigned char *)(uintptr_t)br_ec_all_m31.generator(key.curve, &key.qlen);
	multiply(data + 1, size - 1, key.curve);
	if (key.curve == BR_EC_curve25519)
		return 0;
	len = key.curve == BR_EC_secp384r1 ? 48 : 32;
	if (curve_verify_asn1(&curve_ec, digest, len, &key, data + 1, size - 1) &&
	    !br_ecdsa_i31_vrfy_asn1(&br_ec_all_m31, digest, len, &key, data + 1, size - 1))
		abort();
	return 0;
}
