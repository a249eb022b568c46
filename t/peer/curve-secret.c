/*
 * curve-secret: calculates on all curves with scalars that valgrind is told to
 * take for undefined, so that it reports what depends on them. Without
 * valgrind's header, exit 100.
 *
 *   valgrind curve-secret [-b]      -b: with one branch that does depend on them
 */
#include <stdio.h>
#include <string.h>

#include "base/prog.h"
#include "tls/curve.h"

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
enum { HAVE_VALGRIND = 1 };
#else
#define VALGRIND_MAKE_MEM_UNDEFINED(p, len) ((void)(p), (void)(len))
#define VALGRIND_MAKE_MEM_DEFINED(p, len) ((void)(p), (void)(len))
enum { HAVE_VALGRIND = 0 };
#endif

static void calculate(int curve, bool branch)
{
	unsigned char x[48], point[97], signature[96], digest[64] = { 3, 1, 4 };
	size_t len, point_len;
	const unsigned char *g = curve_ec.generator(curve, &point_len);
	br_ec_private_key key = { curve, x, 0 };

	curve_ec.order(curve, &len);
	key.xlen = len;
	for (size_t i = 0; i < len; i++)
		x[i] = (unsigned char)(i * 37 + 11);
	VALGRIND_MAKE_MEM_UNDEFINED(x, len);
	if (branch && x[3] & 1)
		putchar('!');
	curve_ec.mulgen(point, x, len, curve);
	memcpy(point, g, point_len);
	curve_ec.mul(point, point_len, x, len, curve);
	if (curve != BR_EC_curve25519)
		curve_sign_raw(&curve_ec, &br_sha256_vtable, digest, &key, signature);
	VALGRIND_MAKE_MEM_DEFINED(x, len);
}

int main(int argc, char **argv)
{
	bool branch = argc == 2 && strcmp(argv[1], "-b") == 0;

	prog_init("curve-secret", "[-b]");
	if (argc > 2 || (argc == 2 && !branch))
		prog_usage();
	if (!HAVE_VALGRIND)
		prog_perm("built without valgrind/memcheck.h");
	calculate(BR_EC_secp256r1, branch);
	calculate(BR_EC_secp384r1, branch);
	calculate(BR_EC_curve25519, branch);
	return 0;
}
