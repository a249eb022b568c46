/* evidence_keys: the keys that evidence vouches for, and for whom, for evidence-check. */
#ifndef BIN_EVIDENCE_KEYS_H
#define BIN_EVIDENCE_KEYS_H

#include "base/log.h"
#include "evidence_live.h"
#include "tls/pins.h"

enum { EVIDENCE_TOKENS = 65536 };

struct evidence_keys {
	size_t n;
	struct evidence_key {
		char name[EVIDENCE_NAME_MAX + 1]; /* whom the certificate is for; empty: a gateway's, for any */
		unsigned char pin[KEY_PIN_LEN];
	} key[EVIDENCE_KEYS_MAX];
	size_t n_sums;
	struct evidence_sum sums[EVIDENCE_FILES_MAX];
	struct json_token tokens[EVIDENCE_TOKENS], more[EVIDENCE_TOKENS];
	unsigned char text[EVIDENCE_ANSWER_MAX], room[2 * EVIDENCE_ANSWER_MAX], list[EVIDENCE_SUMS_MAX];
	unsigned char file[EVIDENCE_FILE_MAX], der[EVIDENCE_FILE_MAX];
};

/* A line of a word, a text of strangers', and words of ours. */
static void evidence_say(const char *word, struct span text, const char *behind)
{
	unsigned char line[2048];
	struct builder b;

	builder_init(&b, line, sizeof line);
	builder_str(&b, word);
	builder_byte(&b, ' ');
	log_field(&b, text, EVIDENCE_NAME_MAX);
	if (*behind)
		builder_byte(&b, ' ');
	builder_str(&b, behind);
	builder_byte(&b, '\n');
	prog_write(builder_span(&b));
}

static void evidence_keys_say(const struct evidence_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++) {
		unsigned char text[7 + 2 * KEY_PIN_LEN + 1];
		struct builder b;

		builder_init(&b, text, sizeof text);
		pins_print(&b, keys->key[i].pin);
		evidence_say("key", span_str(*keys->key[i].name ? keys->key[i].name : "-"), builder_cstr(&b));
	}
}

static void evidence_key_add(struct evidence_keys *keys, struct span name, struct span spki)
{
	struct evidence_key *key = &keys->key[keys->n++];
	struct builder b;

	builder_init(&b, key->name, sizeof key->name);
	builder_add(&b, name);
	if (!builder_cstr(&b))
		prog_bug("too long a name");
	key_pin(spki, key->pin);
}

/* The certificate of the name itself, else that of a wildcard; of a gateway all. */
static size_t evidence_keys_of(const struct evidence_keys *keys, struct span name,
                               unsigned char pins[EVIDENCE_KEYS_MAX][KEY_PIN_LEN])
{
	struct span parent = span_from(name, span_find(name, '.'));
	size_t n = 0;

	for (int wild = 0; wild < 2 && n == 0; wild++) {
		for (size_t i = 0; i < keys->n; i++) {
			struct span its = span_str(keys->key[i].name);
			bool same = wild ? span_starts(its, "*") && span_eq(span_from(its, 1), parent)
			                 : span_eq(its, name);

			if (its.len == 0 || same)
				memcpy(pins[n++], keys->key[i].pin, KEY_PIN_LEN);
		}
	}
	return n;
}

#endif
