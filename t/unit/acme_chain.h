/*
 * acme_chain: chains of certificates for tests of what a server hands out: a
 * leaf for a key and names, and above it a root or what else is asked for.
 */
#ifndef UNIT_ACME_CHAIN_H
#define UNIT_ACME_CHAIN_H

#include <stdlib.h>

#include "tap.h"
#include "tls/key.h"
#include "tls/names.h"
#include "tls/pem.h"
#include "tls/request.h"
#include "tls/self_signed.h"

/* A key made once a process for each number. */
__attribute__((unused))
static const struct key *chain_key(size_t i)
{
	static struct key keys[3];
	static bool made[3];

	if (!made[i] && !key_make(&keys[i], (struct key_kind){ KEY_P256, 256 })) {
		printf("Bail out! no key could be made\n");
		exit(1);
	}
	made[i] = true;
	return &keys[i];
}

/* The set of these names, which end with a NULL. */
__attribute__((unused))
static void chain_names(struct name_set *set, const char *const *names)
{
	set->n = 0;
	for (; *names; names++)
		if (name_set_add(set, span_str(*names)) != NAME_OK)
			check(false, "the test's own name %s", *names);
}

/* Appends a certificate in PEM: a leaf for `names`, or with NULL a root. Its issuer is `issuer`. */
__attribute__((unused))
static void chain_add(struct builder *out, const struct key *key, const struct name_set *names,
                      const char *issuer, int64_t not_before, int64_t not_after)
{
	static unsigned char storage[SELF_SIGNED_MAX];
	static struct name_set none;
	const struct self_signed what = {
		.names = names ? names : &none,
		.common_name = span_str(issuer),
		.not_before = not_before,
		.not_after = not_after,
		.is_ca = !names,
	};
	struct builder der;

	builder_init(&der, storage, sizeof storage);
	if (!self_signed_write(&der, key, &what))
		check(false, "the test's own certificate of %s", issuer);
	pem_write(out, "CERTIFICATE", builder_span(&der));
}

/* A request of `key` for `names`, in `out`. */
__attribute__((unused))
static struct span chain_request(struct builder *out, const struct key *key,
                                 const struct name_set *names)
{
	if (!request_write(out, key, names, false))
		check(false, "the test's own request");
	return builder_span(out);
}

#endif
