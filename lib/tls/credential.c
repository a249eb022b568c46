/* Chains and their keys, shared by counting. */
#include "tls/credential.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "base/file.h"
#include "tls/curve.h"
#include "tls/key_agent.h"
#include "tls/pem.h"

enum { DER_MAX = CREDENTIAL_FILE_MAX };

/* What is wiped. With an agent there is no key. */
struct credential_secret {
	struct credential_agent *agent;
	unsigned char name[KEY_AGENT_NAME_MAX];
	size_t name_len;
	struct signer signer; /* fd -1: not connected now */
	struct key key;
};

const char *credential_strerror(enum credential_result result)
{
	switch (result) {
	case CREDENTIAL_OK:
		return "success";
	case CREDENTIAL_NO_CHAIN:
		return "fullchain.pem cannot be read";
	case CREDENTIAL_BAD_CHAIN:
		return "malformed certificates, or too many";
	case CREDENTIAL_NO_KEY:
		return "key.pem cannot be read";
	case CREDENTIAL_BAD_KEY:
		return "not a private key that can be used (P-256, P-384, RSA from 2048 bits)";
	case CREDENTIAL_MISMATCH:
		return "the key is not that of the certificate";
	case CREDENTIAL_NO_AGENT:
		return "the key agent does not have its key for us";
	case CREDENTIAL_MEMORY:
		return "out of memory";
	}
	return "unknown";
}

/* The certificates of a PEM text one after the other in `der`, and how long each is. */
static bool read_chain(struct span pem, struct builder *der, size_t len[CERT_CHAIN_MAX], size_t *n)
{
	struct span rest = pem, label, bytes;
	struct cert cert;

	for (*n = 0;;) {
		size_t before = der->len;
		enum pem_result r = pem_next(&rest, &label, der, &bytes);

		if (r != PEM_BLOCK)
			return r == PEM_END && *n > 0;
		if (!span_is(label, "CERTIFICATE")) {
			explicit_bzero(der->p + before, der->len - before);
			der->len = before;
			continue;
		}
		if (*n == CERT_CHAIN_MAX || !cert_read(&cert, bytes))
			return false;
		len[(*n)++] = bytes.len;
	}
}

/* One with these certificates and nothing secret in it yet. */
static struct credential *allocate(struct span der, const size_t *len, size_t n)
{
	struct credential *c = calloc(1, sizeof *c + der.len);
	unsigned char *at;

	if (!c)
		return NULL;
	c->secret = calloc(1, sizeof *c->secret);
	if (!c->secret) {
		free(c);
		return NULL;
	}
	c->secret->signer.fd = -1;
	c->users = 1;
	c->n_chain = n;
	at = (unsigned char *)(c + 1);
	memcpy(at, der.p, der.len);
	for (size_t i = 0; i < n; i++) {
		c->chain[i] = (br_x509_certificate){ at, len[i] };
		at += len[i];
	}
	return c;
}

static struct span leaf_of(const struct credential *c)
{
	return span_of(c->chain[0].data, c->chain[0].data_len);
}

/* What its first certificate says. */
static bool read_leaf(struct credential *c, struct span *spki)
{
	struct public_key public;
	struct cert cert;

	if (!cert_read(&cert, leaf_of(c)) || !public_key_read(&public, cert.spki))
		return false;
	c->type = public.type;
	c->not_before = cert.not_before;
	c->not_after = cert.not_after;
	key_hash(KEY_SHA256, leaf_of(c), c->id);
	key_pin(cert.spki, c->pin);
	*spki = cert.spki;
	return true;
}

static enum credential_result make(struct credential **c, struct span chain_pem, struct span *spki)
{
	static unsigned char store[DER_MAX];
	size_t len[CERT_CHAIN_MAX], n;
	struct builder der;

	builder_init(&der, store, sizeof store);
	if (!read_chain(chain_pem, &der, len, &n))
		return CREDENTIAL_BAD_CHAIN;
	*c = allocate(builder_span(&der), len, n);
	if (!*c)
		return CREDENTIAL_MEMORY;
	if (read_leaf(*c, spki))
		return CREDENTIAL_OK;
	credential_drop(*c);
	return CREDENTIAL_BAD_CHAIN;
}

enum credential_result credential_make(struct credential **c, struct span chain_pem,
                                       const struct key *key)
{
	enum credential_result result;
	struct span spki;

	result = make(c, chain_pem, &spki);
	if (result != CREDENTIAL_OK)
		return result;
	if (!span_eq(spki, span_of(key->spki, key->spki_len))) {
		credential_drop(*c);
		return CREDENTIAL_MISMATCH;
	}
	key_copy(&(*c)->secret->key, key);
	return CREDENTIAL_OK;
}

enum credential_result credential_parse(struct credential **c, struct span pem)
{
	enum credential_result result = CREDENTIAL_BAD_KEY;
	struct key key;

	if (key_read(&key, pem) == KEY_OK)
		result = credential_make(c, pem, &key);
	key_wipe(&key);
	return result;
}

struct credential *credential_of(struct span der, const struct key *key)
{
	struct credential *c = allocate(der, &der.len, 1);
	struct span spki;

	if (!c || !read_leaf(c, &spki)) {
		credential_drop(c);
		return NULL;
	}
	key_copy(&c->secret->key, key);
	return c;
}

/* --- keys that an agent has */

/* Who was waited for in vain is left alone for a while, for all others waited, too. */
static void agent_was_late(struct credential_secret *s, bool late)
{
	if (late)
		s->agent->again = deadline_in(CREDENTIAL_AGAIN_MS);
}

static bool connect_agent(struct credential_secret *s)
{
	enum key_agent_result result;

	if (deadline_now() < s->agent->again)
		return false;
	if (s->signer.fd >= 0)
		return true;
	result = key_agent_open(&s->signer, s->agent->path, span_of(s->name, s->name_len),
	                        deadline_in(CREDENTIAL_SIGN_MS));
	agent_was_late(s, result == KEY_AGENT_TIMEOUT);
	return result == KEY_AGENT_OK;
}

/* By the key's pin: it is that very key or none. */
static enum credential_result make_with_agent(struct credential **c, struct span chain_pem,
                                              struct credential_agent *agent)
{
	enum credential_result result;
	struct credential_secret *s;
	struct builder name;
	struct span spki;

	result = make(c, chain_pem, &spki);
	if (result != CREDENTIAL_OK)
		return result;
	s = (*c)->secret;
	s->agent = agent;
	builder_init(&name, s->name, sizeof s->name);
	key_agent_pin(&name, spki);
	s->name_len = name.len;
	if (connect_agent(s))
		return CREDENTIAL_OK;
	credential_drop(*c);
	return CREDENTIAL_NO_AGENT;
}

/* --- files */

static bool read_file(int dir, const char *name, void *buf, size_t cap, struct span *text)
{
	enum file_result r;
	size_t len = 0;

	r = file_read(dir, name, buf, cap, &len);
	if (r == FILE_MISSING)
		errno = ENOENT;
	else if (r == FILE_TOO_LARGE)
		errno = EFBIG;
	else if (r == FILE_WRONG_KIND)
		errno = EINVAL;
	*text = span_of(buf, len);
	return r == FILE_OK;
}

enum credential_result credential_read(struct credential **c, int dir,
                                       struct credential_agent *agent)
{
	static unsigned char chain[CREDENTIAL_FILE_MAX];
	unsigned char text[KEY_PEM_MAX];
	enum credential_result result;
	struct span chain_pem, key_pem;
	struct key key;

	if (!read_file(dir, "fullchain.pem", chain, sizeof chain, &chain_pem))
		return CREDENTIAL_NO_CHAIN;
	if (agent)
		return make_with_agent(c, chain_pem, agent);
	if (!read_file(dir, "key.pem", text, sizeof text, &key_pem))
		return CREDENTIAL_NO_KEY;
	result = key_read(&key, key_pem) == KEY_OK ? credential_make(c, chain_pem, &key)
	                                           : CREDENTIAL_BAD_KEY;
	explicit_bzero(text, sizeof text);
	key_wipe(&key);
	return result;
}

/* --- use */

struct credential *credential_hold(struct credential *c)
{
	if (c)
		c->users++;
	return c;
}

void credential_drop(struct credential *c)
{
	if (!c || --c->users > 0)
		return;
	if (c->secret->agent)
		key_agent_close(&c->secret->signer);
	explicit_bzero(c->secret, sizeof *c->secret);
	free(c->secret);
	free(c);
}

/* An agent that was started anew is found again. */
static bool sign_with_agent(struct credential_secret *s, enum key_hash hash, struct span message,
                            struct builder *signature)
{
	size_t before = signature->len;

	for (int tries = 0; tries < 2; tries++) {
		if (!connect_agent(s))
			return false;
		s->signer.deadline = deadline_in(CREDENTIAL_SIGN_MS);
		if (signer_tls(&s->signer, hash, message, signature))
			return true;
		signature->len = before;
		signature->overflow = false;
		if (s->signer.result == SIGNER_REFUSED)
			return false;
		agent_was_late(s, s->signer.result == SIGNER_LATE);
		key_agent_close(&s->signer);
	}
	return false;
}

bool credential_sign(struct credential *c, enum key_hash hash, struct span message,
                     struct builder *signature)
{
	unsigned char bytes[KEY_SIGNATURE_MAX], digest[KEY_HASH_MAX];
	const struct key *key = &c->secret->key;
	size_t len;

	if (c->secret->agent)
		return sign_with_agent(c->secret, hash, message, signature);
	key_hash(hash, message, digest);
	if (key->type == KEY_RSA)
		return key_sign(key, hash, digest, false, signature);
	len = curve_sign_asn1(&curve_ec, key_hash_class(hash), digest, &key->u.ec.key, bytes);
	if (len == 0)
		return false;
	builder_add(signature, span_of(bytes, len));
	return builder_ok(signature);
}
