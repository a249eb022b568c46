/*
 * Keccak and SHA-3. The digests are those of an independent implementation, that of
 * SHA-3 of Python's hashlib too.
 */
#include "tee/keccak.h"

#include "base/builder.h"
#include "base/hex.h"
#include "tap.h"

enum { LONGEST = 1000 };

static unsigned char text[LONGEST];

static const struct row {
	size_t digest, len; /* of bytes 0 1 2 ... 250 0 1 ... */
	const char *keccak, *sha3; /* the first 16 bytes */
} rows[] = {
	/* A block less one, a block, a block and one, several. */
	{ 32, 135, "cbdfd9dee5faad3818d6b06f95a219fd", "fded8fd9d6551c601eeb3b7c6bc5e5cf" },
	{ 32, 136, "7ce759f1ab7f9ce437719970c26b0a66", "cf3ccff92480a29160c2d38317c430e1" },
	{ 32, 137, "ac73d4fae68b8453f764007c1a20ce95", "ce9d7dc90913ee5d92745019479a5352" },
	{ 32, 1000, "af692982e84a5a9688359025660a7857", "48e66a01861d0eadaacdb7a6ae7db6b9" },
	{ 48, 103, "594b7f9a689485dba9802ed9f13e986b", "1f91ee551ad18f268876d1fc262f137f" },
	{ 48, 104, "7f6de44434fc3011507c34186e81e801", "5b8d0d5cf8b41be507be8fcbfcbdbac3" },
	{ 48, 105, "1480a097d5c3cc04b85bfba18666c3fd", "4a2f0a8f2f1f4cc4605cc2537e0be28c" },
	{ 48, 1000, "f2c25e476fb2c046931f4cd056efaa2c", "43e60a7ef818a0e367fcd4ede8f5fabb" },
	{ 64, 71, "fe0953f9afdffed7ff9764c2590ff0e6", "3ccc850d53a1287af7b4560b2ef0d43e" },
	{ 64, 72, "76fa23369085405345fe6a2831f33411", "5d63f2bbe971a983ac6847480106e4e1" },
	{ 64, 73, "e417b9573c871d948d48f62f6b16ea6c", "921d9b7b2b0f3066a1646dbb058c979c" },
	{ 64, 1000, "dec8169d40c30076041b00181c5fdfcc", "b8030d306ae990bc794bfb3a6100f678" },
};

/* The digest of the first `len` bytes, handed over in pieces of `piece`. */
static bool digest_is(enum keccak_kind kind, size_t digest, size_t len, size_t piece, const char *hex)
{
	unsigned char bytes[KECCAK_LEN_MAX], shown[2 * KECCAK_LEN_MAX];
	struct keccak k;
	struct builder b;

	keccak_init(&k, kind, digest);
	for (size_t at = 0; at < len; at += piece)
		keccak_add(&k, span_of(text + at, piece < len - at ? piece : len - at));
	keccak_end(&k, bytes);
	builder_init(&b, shown, sizeof shown);
	hex_encode(&b, span_of(bytes, digest));
	return span_starts(builder_span(&b), hex);
}

int main(void)
{
	static const size_t pieces[] = { 1, 7, 64, 136, LONGEST };
	unsigned char bytes[KECCAK256_LEN], shown[2 * KECCAK256_LEN];
	struct builder b;

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (unsigned char)(i % 251);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
			const struct row *r = &rows[i];

			check(digest_is(KECCAK, r->digest, r->len, pieces[k], r->keccak) &&
			      digest_is(SHA3, r->digest, r->len, pieces[k], r->sha3),
			      "%zu bytes, digest of %zu, in pieces of %zu", r->len, r->digest, pieces[k]);
		}
	check(digest_is(SHA3, 32, 0, 1, "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"),
	      "SHA3-256 of nothing");
	builder_init(&b, shown, sizeof shown);
	keccak256(span_of(NULL, 0), bytes);
	hex_encode(&b, span_of(bytes, sizeof bytes));
	check(span_is(builder_span(&b), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
	      "Keccak-256 of nothing, as Ethereum knows it");
	return tap_end();
}
