/*
 * signer: a private key in another process, used through a socket.
 *
 * The process that talks to the network has no key: it asks a process that
 * has nothing else. Frames, both ways: a 16-bit length in network order, then
 * that many bytes. A request is one byte that says what is wanted and its
 * operands; an answer is one byte, 0 for success, then the result.
 *
 *   1                        the public key: its SubjectPublicKeyInfo
 *   2 hash form digest       a signature; hash 0 SHA-256, 1 SHA-384, 2 SHA-512;
 *                            form 0 DER, 1 r || s
 *   3 hash data              HMAC (RFC 2104) of the data under the MAC key
 *   5 hash message           a TLS server's signature over what its ServerKeyExchange says
 *                            (RFC 8422, 5.4): 64 random bytes, 3, the curve, the point
 *
 * (4 is key-agent's: lib/tls/key_agent.h.) What the process has no key for, or a key that
 * is not for that, is answered with 1 and nothing else. A frame
 * that is none of these ends the conversation. A reader that went away raises
 * no SIGPIPE.
 */
#ifndef TLS_SIGNER_H
#define TLS_SIGNER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "tls/key.h"

enum { SIGNER_FRAME_MAX = 8192, SIGNER_TLS_MAX = 64 + 4 + 255 /* bytes of such a message */ };

/*
 * What a key is for. A digest says nothing of what it is a digest of: a TLS key of key-agent
 * signs none, only messages that can be nothing but a ServerKeyExchange.
 */
enum signer_use {
	SIGNER_ANY,
	SIGNER_TLS, /* 5 alone */
	SIGNER_JWS  /* 2 alone, in the form and with the hash of RFC 7518: r || s, ES256, ES384, RS256 */
};

/* What the process that signs holds; `key` may be NULL, `mac` empty. */
struct signer_secrets {
	const struct key *key;
	struct span mac;
	enum signer_use use;
	bool (*sign)(const struct key *key, enum key_hash hash, const unsigned char *digest,
	             bool raw, struct builder *out); /* NULL: key_sign() */
};

/* Appends the answer to a request; false when it was none. */
bool signer_answer(const struct signer_secrets *secrets, struct span request, struct builder *answer);

/*
 * Answers requests on `fd` until its other end is closed: true; false when a
 * frame was malformed or a system call failed. Never waits for anything else.
 * Does no signing with a key it has not.
 */
bool signer_serve(const struct signer_secrets *secrets, int fd);

/* The side that asks: over `fd`, each call under `deadline`. */
enum signer_result {
	SIGNER_DONE,
	SIGNER_REFUSED, /* it said so, and may be asked for something else */
	SIGNER_GONE,    /* or has said what is no answer: the conversation is over */
	SIGNER_LATE     /* likewise */
};
struct signer {
	int fd;
	int64_t deadline;
	enum signer_result result; /* of the last call */
};

/* False when the other side refused, is gone or too slow; `out` is then not to be used. */
bool signer_public(struct signer *s, struct builder *spki);
bool signer_sign(struct signer *s, enum key_hash hash, const unsigned char *digest, bool raw,
                 struct builder *signature);
bool signer_tls(struct signer *s, enum key_hash hash, struct span message,
                struct builder *signature);
bool signer_mac(struct signer *s, enum key_hash hash, struct span data, struct builder *mac);


/* One request of any kind: sends it and appends at most `max` bytes of the answer behind its 0. */
bool signer_ask(struct signer *s, struct span request, size_t max, struct builder *answer);

#endif
