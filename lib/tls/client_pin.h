/* client_pin: servers' keys that are known beforehand. For lib/tls/client_check.c alone. */
#ifndef TLS_CLIENT_PIN_H
#define TLS_CLIENT_PIN_H

#include "tls/client.h"

/* The leaf's key is one of the pins. */
bool client_pin_matches(const struct client_check *check);

/* Fills check->key from the leaf. False when it has no key that can be used. */
bool client_pin_key(struct client_check *check);

#endif
