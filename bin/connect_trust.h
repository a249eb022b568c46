/*
 * connect_trust: whom tls-connect believes, and who it is itself. What is wrong with a file
 * ends the program with a message.
 */
#ifndef BIN_CONNECT_TRUST_H
#define BIN_CONNECT_TRUST_H

#include "cert_chain.h"
#include "connect_options.h"
#include "key_file.h"
#include "tls/anchors.h"
#include "tls/client.h"

/* Pins and a policy stand in for the system's anchors, but not for those that were asked for. */
static void connect_read_trust(struct client_peer *peer, const struct connect_options *o)
{
	static struct anchors anchors;
	const char *path = o->anchors ? o->anchors : ANCHORS_SYSTEM;
	enum anchors_result r;

	peer->pins = (const unsigned char (*)[KEY_PIN_LEN])o->pins.pin;
	peer->n_pins = o->pins.n;
	attest_open(o->attest);
	if (o->attest->policy_file) {
		peer->judge = attest_leaf;
		peer->with = o->attest;
	}
	if (!o->anchors && (o->pins.n > 0 || o->attest->policy_file))
		return;
	r = anchors_read(&anchors, path);
	if (r != ANCHORS_OK)
		prog_perm("%s: %s", prog_text(span_str(path)), anchors_strerror(r));
	peer->anchors = &anchors;
}

/* The key may stand in the certificate's file. */
static void connect_read_identity(struct client_peer *peer, struct key *key, const struct connect_options *o)
{
	static br_x509_certificate certificates[CERT_CHAIN_MAX];
	static struct client_identity identity;
	static struct cert_chain chain;
	const char *path = o->certificate;
	struct span text = cert_chain_file(path);

	identity = (struct client_identity){ .chain = certificates, .key = key };
	cert_chain_read(&chain, text);
	if (chain.n > CERT_CHAIN_MAX)
		prog_perm("%s: more than %d certificates", prog_text(span_str(path)), CERT_CHAIN_MAX);
	for (; identity.n_chain < chain.n; identity.n_chain++) {
		struct span der = chain.cert[identity.n_chain].der;

		certificates[identity.n_chain] = (br_x509_certificate){ (unsigned char *)der.p, der.len };
	}
	/* DER has no key beside it, and is used where it stands. */
	if (chain.cert[0].der.p != text.p)
		explicit_bzero((unsigned char *)text.p, text.len);
	key_file_read(key, o->key ? o->key : path);
	if (!span_eq(chain.cert[0].spki, span_of(key->spki, key->spki_len)))
		prog_perm("%s: the certificate is another key's", prog_text(span_str(path)));
	peer->identity = &identity;
}

#endif
