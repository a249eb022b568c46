/*
 * key_read: what making and reading a private key have in common. For key.c
 * and key_read.c alone.
 */
#ifndef TLS_KEY_READ_H
#define TLS_KEY_READ_H

#include "tls/key.h"

/* Fills the public half: from its parts; for a key on a curve, from the private half. */
void key_set_public(struct key *key, const struct public_key *public);
void key_set_point(struct key *key);

#endif
