/*
 * curve: what an operation on an elliptic curve costs, by lib/tls/curve and by
 * BearSSL's own code.
 *
 *   curve [rounds]
 *
 * A line each: curve, operation, microseconds of processor time ours and
 * BearSSL's, the fastest of the rounds (default: 20); they take turns.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/prog.h"
#include "tls/curve.h"

enum { ROUNDS = 20, REPEAT = 20, POINT_MAX = 97, SIGNATURE_MAX = 128 };

/* What a round works on. */
static struct work {
	int curve;
	const br_hash_class *hash;
	size_t len, point_len, signature_len;
	br_ec_private_key key;
	br_ec_public_key public;
	unsigned char x[48], point[POINT_MAX], digest[64], signature[SIGNATURE_MAX];
} work;

struct way {
	const br_ec_impl *ec;
	br_ecdsa_sign sign;
	br_ecdsa_vrfy verify;
};

static const struct way ways[] = {
	{ &curve_ec, curve_sign_asn1, curve_verify_asn1 },
	{ &br_ec_all_m31, br_ecdsa_i31_sign_asn1, br_ecdsa_i31_vrfy_asn1 },
};

static bool run_mul(const struct way *way)
{
	unsigned char point[POINT_MAX];

	memcpy(point, work.point, work.point_len);
	return way->ec->mul(point, work.point_len, work.x, work.len, work.curve) == 1;
}

static bool run_mulgen(const struct way *way)
{
	unsigned char point[POINT_MAX];

	return way->ec->mulgen(point, work.x, work.len, work.curve) > 0;
}

static bool run_sign(const struct way *way)
{
	unsigned char signature[SIGNATURE_MAX];

	return way->sign(way->ec, work.hash, work.digest, &work.key, signature) > 0;
}

static bool run_verify(const struct way *way)
{
	return way->verify(way->ec, work.digest, work.len, &work.public, work.signature,
	                   work.signature_len) == 1;
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void measure(const char *curve, const char *what, bool (*run)(const struct way *), long rounds)
{
	double best[2] = { 1e9, 1e9 };

	for (long i = 0; i < rounds; i++) {
		for (int w = 0; w < 2; w++) {
			double began = now_us(), us;

			for (int n = 0; n < REPEAT; n++)
				if (!run(&ways[w]))
					prog_bug("%s %s gives nothing", curve, what);
			us = (now_us() - began) / REPEAT;
			best[w] = us < best[w] ? us : best[w];
		}
	}
	printf("%s %s %.1f %.1f\n", curve, what, best[0], best[1]);
	fflush(stdout);
}

static void prepare(int curve)
{
	const br_ec_impl *ec = &br_ec_all_m31;

	work.curve = curve;
	work.len = curve == BR_EC_secp384r1 ? 48 : 32;
	work.digest[0] = 1;
	work.hash = curve == BR_EC_secp384r1 ? &br_sha384_vtable : &br_sha256_vtable;
	for (size_t i = 0; i < work.len; i++)
		work.x[i] = (unsigned char)(i * 59 + 17);
	work.point_len = ec->mulgen(work.point, work.x, work.len, curve);
	if (curve == BR_EC_curve25519)
		return;
	work.key = (br_ec_private_key){ curve, work.x, work.len };
	work.public = (br_ec_public_key){ curve, work.point, work.point_len };
	work.signature_len =
		br_ecdsa_i31_sign_asn1(ec, work.hash, work.digest, &work.key, work.signature);
}

int main(int argc, char **argv)
{
	long rounds = ROUNDS;

	prog_init("curve", "[rounds]");
	if (argc > 2)
		prog_usage();
	if (argc == 2)
		rounds = (long)prog_number("rounds", argv[1], 1, 10000);
	for (int i = 0; i < 2; i++) {
		const char *name = i == 0 ? "P-256" : "P-384";

		prepare(i == 0 ? BR_EC_secp256r1 : BR_EC_secp384r1);
		measure(name, "mulgen", run_mulgen, rounds);
		measure(name, "mul", run_mul, rounds);
		measure(name, "sign", run_sign, rounds);
		measure(name, "verify", run_verify, rounds);
	}
	prepare(BR_EC_curve25519);
	measure("X25519", "mulgen", run_mulgen, rounds);
	measure("X25519", "mul", run_mul, rounds);
	return 0;
}
