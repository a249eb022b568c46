/* The methods that are about derived keys and signatures. */
#include "base/hex.h"
#include "tee/agent_json.h"
#include "tee/agent_key.h"
#include "tee/agent_parts.h"

/* What Sign signs with: a path and a purpose that are the interface's own. */
static const char sign_path[] = "vms", sign_purpose[] = "signing";

/* [signature, ..., the app key's, the root's] */
static void put_chain(struct agent *a, const char *name, struct span first, const struct agent_key *key)
{
	struct span chain[] = { first, span_of(key->signature, sizeof key->signature),
		                span_of(a->state->k256_signature, sizeof a->state->k256_signature) };
	bool any = false;

	agent_put(a->out, name);
	builder_byte(a->out, '[');
	for (size_t i = 0; i < sizeof chain / sizeof *chain; i++) {
		if (chain[i].len == 0)
			continue;
		builder_str(a->out, any ? ",\"" : "\"");
		hex_encode(a->out, chain[i]);
		builder_byte(a->out, '"');
		any = true;
	}
	builder_byte(a->out, ']');
}

static bool derive(struct agent *a, const char *key_name, const char *chain_name)
{
	enum agent_algorithm algorithm = AGENT_K256;
	struct span path, purpose, name;
	struct agent_key key;
	bool ok;

	if (!agent_text(a->arguments, "path", &path) || !agent_text(a->arguments, "purpose", &purpose) ||
	    !agent_text(a->arguments, "algorithm", &name))
		return agent_wrong(a);
	if (name.len > 0 && (!agent_algorithm_find(name, &algorithm) || algorithm == AGENT_K256_PREHASHED))
		return agent_fail(a, "Unsupported algorithm", NULL);
	ok = agent_key_make(&key, a->state, path, purpose, algorithm);
	if (ok) {
		builder_byte(a->out, '{');
		agent_put_hex(a->out, key_name, span_of(key.secret, sizeof key.secret));
		put_chain(a, chain_name, span_str(""), &key);
		builder_byte(a->out, '}');
	}
	explicit_bzero(&key, sizeof key);
	return ok || agent_fail(a, "no key can be derived for this path", NULL);
}

bool agent_get_key(struct agent *a)
{
	return derive(a, "key", "signature_chain");
}

bool agent_derive_k256_key(struct agent *a)
{
	return derive(a, "k256_key", "k256_signature_chain");
}

static bool refuse_length(struct agent *a, size_t len)
{
	struct builder b;

	builder_init(&b, a->why, sizeof a->why);
	builder_str(&b, "Pre-hashed signing requires a 32-byte digest, but received ");
	builder_number(&b, len);
	builder_str(&b, " bytes");
	(void)builder_cstr(&b);
	return false;
}

static bool read_algorithm(struct agent *a, enum agent_algorithm *algorithm)
{
	struct span name;

	if (!agent_text(a->arguments, "algorithm", &name))
		return agent_wrong(a);
	return agent_algorithm_find(name, algorithm) || agent_fail(a, "Unsupported algorithm", NULL);
}

bool agent_sign_data(struct agent *a)
{
	unsigned char signature[AGENT_SIGNATURE_LEN];
	enum agent_algorithm algorithm = AGENT_K256;
	struct agent_key key;
	struct span data;
	bool ok;

	if (!read_algorithm(a, &algorithm))
		return false;
	if (!agent_bytes(a->arguments, "data", &data))
		return agent_wrong(a);
	if (algorithm == AGENT_K256_PREHASHED && data.len != K256_DIGEST_LEN)
		return refuse_length(a, data.len);
	ok = agent_key_make(&key, a->state, span_str(sign_path), span_str(sign_purpose), algorithm) &&
	     agent_sign(&key, algorithm, data, signature);
	if (ok) {
		builder_byte(a->out, '{');
		agent_put_hex(a->out, "signature", span_of(signature, sizeof signature));
		put_chain(a, "signature_chain", span_of(signature, sizeof signature), &key);
		agent_put_hex(a->out, "public_key", span_of(key.public, key.public_len));
		builder_byte(a->out, '}');
	}
	explicit_bzero(&key, sizeof key);
	return ok || agent_fail(a, "no signature can be made", NULL);
}

bool agent_verify_data(struct agent *a)
{
	enum agent_algorithm algorithm = AGENT_K256;
	struct span data, signature, public;
	enum k256_answer answer;

	if (!read_algorithm(a, &algorithm))
		return false;
	if (!agent_bytes(a->arguments, "data", &data) ||
	    !agent_bytes(a->arguments, "signature", &signature) ||
	    !agent_bytes(a->arguments, "public_key", &public))
		return agent_wrong(a);
	answer = agent_verify(algorithm, public, data, signature);
	if (answer == K256_MALFORMED)
		return agent_fail(a, "invalid public key or signature", NULL);
	builder_str(a->out, answer == K256_VALID ? "{\"valid\":true}" : "{\"valid\":false}");
	return true;
}
