/*
 * SipHash-1-3: known answers.
 *
 * Key bytes 00 to 0f, message bytes 00, 01, 02 ... The answers were worked out
 * from the definition in the SipHash paper (Aumasson, Bernstein, 2012) by an
 * independent program with the numbers of rounds as parameters. That program
 * gives the paper's answer for SipHash-2-4 and 15 bytes, and for SipHash-1-3
 * with an all-zero key the same as CPython's hash() of bytes does under
 * PYTHONHASHSEED=0, for every length from 1 to 199.
 */
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

static const struct hash_key key = { { 0x0706050403020100, 0x0f0e0d0c0b0a0908 } };

static void known_answers(void)
{
	static const struct {
		size_t len;
		uint64_t hash;
	} table[] = {
		{ 0, 0xabac0158050fc4dc }, { 1, 0xc9f49bf37d57ca93 }, { 2, 0x82cb9b024dc7d44d },
		{ 3, 0x8bf80ab8e7ddf7fb }, { 4, 0xcf75576088d38328 }, { 5, 0xdef9d52f49533b67 },
		{ 6, 0xc50d2b50c59f22a7 }, { 7, 0xd3927d989bb11140 }, { 8, 0x369095118d299a8e },
		{ 9, 0x25a48eb36c063de4 }, { 10, 0x79de85ee92ff097f }, { 11, 0x70c118c1f94dc352 },
		{ 12, 0x78a384b157b4d9a2 }, { 13, 0x306f760c1229ffa7 }, { 14, 0x605aa111c0f95d34 },
		{ 15, 0xd320d86d2a519956 }, { 16, 0xcc4fdd1a7d908b66 }, { 63, 0x9d199062b7bbb3a8 },
		{ 64, 0xf17997ec4b4a6065 }, { 255, 0xf76214e3153c4a15 }, { 256, 0x75b3e64e167de370 },
		{ 257, 0x5d8ffca6213c73b8 },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		/* Exactly as long as the message, at every alignment. */
		bool good = true;

		for (size_t shift = 0; shift < 8; shift++) {
			size_t len = table[i].len;
			unsigned char *bytes = malloc(shift + len + 1);

			for (size_t k = 0; k < len; k++)
				bytes[shift + k] = (unsigned char)k;
			good = good && hash_bytes(&key, span_of(bytes + shift, len)) == table[i].hash;
			free(bytes);
		}
		check(good, "%zu bytes", table[i].len);
	}
	check(hash_bytes(&key, span_of(NULL, 0)) == table[0].hash, "nothing at no address");
}

static void random_keys(void)
{
	struct hash_key a, b;

	check(hash_key_make(&a) && hash_key_make(&b) && memcmp(&a, &b, sizeof a) != 0,
	      "two keys differ");
	check(hash_bytes(&a, span_str("app.example.test")) != hash_bytes(&b, span_str("app.example.test")),
	      "and so do the hashes under them");
}

int main(void)
{
	known_answers();
	random_keys();
	return tap_end();
}
