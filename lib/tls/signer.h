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
 *
 * What the process has no key for is answered with 1 and nothing else. A frame
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

enum { SIGNER_FRAME_MAX = 8192 };

/* What the process that signs holds; `key` may be NULL, `mac` empty. */
struct signer_secrets {
	const struct key *key;
	struct span mac;
};

/*
 * Answers requests on `fd` until its other end is closed: true; false when a
 * frame was malformed or a system call failed. Never waits for anything else.
 * Does no signing with a key it has not.
 */
bool signer_serve(const struct signer_secrets *secrets, int fd);

/* The side that asks: over `fd`, each call under `deadline`. */
struct signer {
	int fd;
	int64_t deadline;
};

/* False when the other side refused, is gone or too slow; `out` is then not to be used. */
bool signer_public(struct signer *s, struct builder *spki);
bool signer_sign(struct signer *s, enum key_hash hash, const unsigned char *digest, bool raw,
                 struct builder *signature);
bool signer_mac(struct signer *s, enum key_hash hash, struct span data, struct builder *mac);

#endif
