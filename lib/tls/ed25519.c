/* Signatures with Ed25519. */
#include "tls/ed25519.h"

#include <nettle/eddsa.h>

#include "tls/curve_parts.h"

_Static_assert((int)ED25519_SECRET_LEN == ED25519_KEY_SIZE, "a seed");
_Static_assert((int)ED25519_SIGNATURE_LEN == ED25519_SIGNATURE_SIZE, "a signature");

void ed25519_public(const unsigned char secret[ED25519_SECRET_LEN],
                    unsigned char public[ED25519_PUBLIC_LEN])
{
	curve_memory_open();
	ed25519_sha512_public_key(public, secret);
	curve_memory_close();
}

void ed25519_sign(const unsigned char secret[ED25519_SECRET_LEN], struct span message,
                  unsigned char signature[ED25519_SIGNATURE_LEN])
{
	unsigned char public[ED25519_PUBLIC_LEN];

	curve_memory_open();
	ed25519_sha512_public_key(public, secret);
	ed25519_sha512_sign(public, secret, message.len, message.p, signature);
	curve_memory_close();
}

bool ed25519_verify(const unsigned char public[ED25519_PUBLIC_LEN], struct span message,
                    const unsigned char signature[ED25519_SIGNATURE_LEN])
{
	bool holds;

	curve_memory_open();
	holds = ed25519_sha512_verify(public, message.len, message.p, signature) == 1;
	curve_memory_close();
	return holds;
}
