/* Pins: the leaf's key held against those that are known, and made BearSSL's. */
#include "tls/client_pin.h"

#include <string.h>

static bool leaf_key(const struct client_check *check, struct span *spki)
{
	struct cert cert;

	if (check->too_large || !cert_read(&cert, span_of(check->leaf, check->leaf_len)))
		return false;
	*spki = cert.spki;
	return true;
}

bool client_pin_matches(const struct client_check *check)
{
	unsigned char pin[KEY_PIN_LEN];
	struct span spki;

	if (!leaf_key(check, &spki))
		return false;
	key_pin(spki, pin);
	for (size_t i = 0; i < check->n_pins; i++)
		if (memcmp(pin, check->pins[i], sizeof pin) == 0)
			return true;
	return false;
}

bool client_pin_key(struct client_check *check)
{
	struct span spki;

	return leaf_key(check, &spki) && public_key_lend(spki, &check->key);
}
