/* The keys of a new app. */
#include "tee/agent_state.h"

#include <errno.h>
#include <sys/random.h>

#include "base/hex.h"
#include "tee/agent_json.h"
#include "tee/agent_key.h"
#include "tls/pem.h"
#include "tls/self_signed.h"

enum { SECRET_LEN = 32, YEARS = 20 };
static const int64_t year_s = 365 * 86400 + 86400 / 4, day_s = 86400;

/* "name": "32 random bytes". */
static bool random_member(struct builder *out, const char *name)
{
	unsigned char bytes[SECRET_LEN];
	bool ok = getrandom(bytes, sizeof bytes, 0) == (ssize_t)sizeof bytes;

	agent_put_hex(out, name, span_of(bytes, sizeof bytes));
	explicit_bzero(bytes, sizeof bytes);
	return ok;
}

/* The app's key, and the root's signature over it. */
static bool k256_members(struct builder *out, struct span app_id, unsigned char root[K256_PUBLIC_LEN])
{
	unsigned char app[K256_SECRET_LEN], secret[K256_SECRET_LEN], public[K256_PUBLIC_LEN];
	unsigned char digest[K256_DIGEST_LEN], signature[K256_RECOVERABLE_LEN];
	bool ok = k256_make(app) && k256_make(secret) && k256_public(app, public) &&
	          k256_public(secret, root);

	if (ok) {
		agent_issued_digest(app_id, public, digest);
		ok = k256_sign(secret, digest, signature);
		agent_put_hex(out, "k256_key", span_of(app, sizeof app));
		agent_put_hex(out, "k256_signature", span_of(signature, sizeof signature));
	}
	explicit_bzero(app, sizeof app);
	explicit_bzero(secret, sizeof secret);
	return ok;
}

/* A CA of the app's own: its certificate and key, as PEM in JSON. */
static bool ca_members(struct builder *out, const char *name, int64_t now)
{
	static unsigned char der[SELF_SIGNED_MAX], pem[2 * SELF_SIGNED_MAX];
	static const struct key_kind kind = { KEY_P256, 256 };
	struct self_signed what = { .common_name = span_str(name), .not_before = now - day_s,
	                            .not_after = now + YEARS * year_s, .is_ca = true };
	struct builder cert, text;
	struct key key;
	bool ok;

	builder_init(&cert, der, sizeof der);
	builder_init(&text, pem, sizeof pem);
	if (!key_make(&key, kind))
		return false;
	ok = self_signed_write(&cert, &key, &what);
	pem_write(&text, "CERTIFICATE", builder_span(&cert));
	agent_put_text(out, "ca_cert", builder_span(&text));
	agent_put(out, "key_provider");
	builder_str(out, "{\"None\":{");
	text.len = 0;
	key_write(&key, &text);
	agent_put_text(out, "key", builder_span(&text));
	builder_str(out, "}}");
	ok = ok && builder_ok(&text);
	explicit_bzero(pem, sizeof pem);
	key_wipe(&key);
	return ok;
}

bool agent_state_make(struct builder *out, struct span app_id, const char *name, int64_t now,
                      unsigned char root[K256_PUBLIC_LEN])
{
	bool ok;

	builder_byte(out, '{');
	ok = random_member(out, "disk_crypt_key") && random_member(out, "env_crypt_key") &&
	     k256_members(out, app_id, root);
	agent_put_text(out, "gateway_app_id", span_str("any"));
	ok = ok && ca_members(out, name, now);
	builder_str(out, "}\n");
	if (ok && !builder_ok(out)) {
		errno = EFBIG;
		ok = false;
	}
	return ok;
}
