/*
 * A connection of key-agent: the same answers whether bytes come at once or in pieces; never a
 * signature with a key that was not opened, nor over what its key is not for. And its rules, read from the same
 * bytes: what they allow, they allow to the user or the group that they name.
 * max_len=2048
 */
#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "tls/key_agent_rules.h"
#include "tls/key_agent_stream.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

enum { OUT_MAX = 65536 };

static struct key key;
static struct signer_secrets secrets = { .key = &key };
static size_t n_open;

/* Not a signature, but as good: its digest. */
static bool sign(const struct key *with, enum key_hash hash, const unsigned char *digest, bool raw,
                 struct builder *out)
{
	if (with != &key || n_open == 0 || (secrets.use == SIGNER_TLS && raw) ||
	    (secrets.use == SIGNER_JWS && (!raw || hash != KEY_SHA256)))
		abort();
	builder_add(out, span_of(digest, key_hash_len(hash)));
	return builder_ok(out);
}

static bool enter(struct key_agent *a, const struct stream *s, void **held)
{
	(void)a;
	(void)s;
	*held = &key;
	return true;
}

static const struct signer_secrets *open_key(struct key_agent *a, const struct stream *s, void *held,
                                             struct span name)
{
	(void)a;
	(void)s;
	if (held != &key || n_open > 0)
		abort();
	if (name.len != 1)
		return NULL;
	secrets.use = name.p[0] == 't' ? SIGNER_TLS : name.p[0] == 'j' ? SIGNER_JWS : SIGNER_ANY;
	n_open++;
	return &secrets;
}

static void leave(struct key_agent *a, void *held, const struct signer_secrets *what)
{
	(void)a;
	if (held != &key || n_open != (what != NULL))
		abort();
	n_open = 0;
}

static enum stream_want run(struct span in, size_t grain, struct builder *out)
{
	static struct key_agent agent = { enter, open_key, leave };
	static unsigned char bytes[STREAM_OUT_MIN];
	static union {
		struct stream stream;
		unsigned char room[256];
	} storage;
	struct stream *s = &storage.stream;
	size_t seen = 0, used = 0;
	enum stream_want want;

	if (key_agent_kind.size > sizeof storage)
		abort();
	memset(&storage, 0, sizeof storage);
	key_agent_kind.start(s, &agent, 0);
	while (s->want == STREAM_READ) {
		bool end = seen == in.len;
		struct builder b;
		size_t n;

		seen = in.len - seen < grain ? in.len : seen + grain;
		do {
			builder_init(&b, bytes, sizeof bytes);
			n = key_agent_kind.step(s, span_of(in.p + used, seen - used), end, &b, 0);
			if (n > seen - used || !builder_ok(&b))
				abort();
			used += n;
			builder_add(out, builder_span(&b));
		} while (n > 0 && s->want == STREAM_READ);
	}
	want = s->want;
	key_agent_kind.gone(s);
	return want;
}

static void rules(struct span text)
{
	static struct key_agent_rules r;
	static struct key_agent_peer peer;
	size_t line;

	r.n = 0;
	key_agent_rules_read(&r, text, &line);
	if (r.n > KEY_AGENT_RULES_MAX || line > text.len + 1)
		abort();
	for (size_t i = 0; i < r.n; i++) {
		const struct key_agent_rule *one = &r.rule[i];

		peer.uid = one->is_group ? one->id + 1 : one->id;
		peer.n_groups = 1;
		peer.group[0] = one->id;
		if (one->len > KEY_AGENT_NAME_MAX ||
		    !key_agent_rules_allow(&r, &peer, span_of(one->key, one->len)))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	static unsigned char whole[OUT_MAX], pieces[OUT_MAX];
	struct span in = span_of(data, len);
	struct builder a, b;

	secrets.sign = sign;
	key.spki_len = 91;
	builder_init(&a, whole, sizeof whole);
	builder_init(&b, pieces, sizeof pieces);
	if (run(in, len + 1, &a) != run(in, 3, &b) || !span_eq(builder_span(&a), builder_span(&b)))
		abort();
	rules(in);
	return 0;
}
