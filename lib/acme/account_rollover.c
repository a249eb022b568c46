/*
 * keyChange (RFC 8555, 7.3.5). The one request whose lost answer would lock
 * somebody out: so whatever went wrong, the server is asked whose account the new key is.
 */
#include <string.h>

#include "acme/account.h"
#include "acme/exchange.h"
#include "acme/jose.h"

enum { INNER_PAYLOAD_MAX = JOSE_JWK_MAX + URL_MAX * 2 };

/* The inner JWS: by the new key, which it carries, without a nonce; about account and old key. */
static bool write_inner(struct acme *a, struct builder *out, const struct public_key *old_key,
                        const struct public_key *new_key)
{
	unsigned char payload_bytes[INNER_PAYLOAD_MAX], jwk_bytes[JOSE_JWK_MAX];
	struct builder payload, jwk, work;
	struct exchange_key with = { a, ACME_NEW_ACCOUNT_KEY, new_key->type };
	struct jose_header header = { .algorithm = jose_algorithm(new_key->type),
		                      .url = span_str(a->directory.key_change) };

	builder_init(&payload, payload_bytes, sizeof payload_bytes);
	builder_init(&jwk, jwk_bytes, sizeof jwk_bytes);
	builder_init(&work, a->work, sizeof a->work);
	jose_jwk(&jwk, new_key);
	header.jwk = builder_span(&jwk);
	builder_str(&payload, "{\"account\":");
	json_write_string(&payload, span_str(a->account_url));
	builder_str(&payload, ",\"oldKey\":");
	jose_jwk(&payload, old_key);
	builder_byte(&payload, '}');
	return builder_ok(&payload) && builder_ok(&jwk) &&
	       jose_sign(out, &header, builder_span(&payload),
	                 &(struct jose_signer){ exchange_sign, &with }, &work);
}

/* Sends keyChange: ACME_OK when the server says that it is done. */
static enum acme_result change(struct acme *a)
{
	const struct public_key *old_key = acme_public_key(a, ACME_ACCOUNT_KEY);
	const struct public_key *new_key = acme_public_key(a, ACME_NEW_ACCOUNT_KEY);
	struct acme_answer answer;
	struct builder payload;

	if (!old_key || !new_key)
		return ACME_PERM;
	builder_init(&payload, a->payload, sizeof a->payload);
	if (!write_inner(a, &payload, old_key, new_key))
		return builder_ok(&payload) ? acme_fail(a, ACME_TEMP, "the new account key could not sign") :
		                              acme_fail(a, ACME_INTERNAL, "a request that is too large");
	acme_say(a, ACME_STEP, "asking for the change of the account key");
	return acme_post(a, ACME_BY_ACCOUNT, span_str(a->directory.key_change),
	                 builder_span(&payload), NULL, &answer);
}

/*
 * `result` is how it failed. The old account's URL is the proof that it is the
 * same account; where it is not known, the old key has none any more.
 */
static enum acme_result settle(struct acme *a, enum acme_result result, size_t mark)
{
	struct acme_answer answer;
	enum acme_result found;
	size_t behind = a->why.len;
	char type[sizeof a->problem_type];

	if (result == ACME_INTERNAL || !acme_public_key(a, ACME_NEW_ACCOUNT_KEY))
		return result;
	memcpy(type, a->problem_type, sizeof type);
	found = account_of_key(a, ACME_BY_NEW_KEY, &answer);
	if (found == ACME_OK && a->account_url[0] && strcmp(a->account_url, answer.location) != 0)
		return acme_fail(a, ACME_PERM, "the new key belongs to another account");
	if (found == ACME_OK) {
		exchange_recovered(a, mark);
		memcpy(a->account_url, answer.location, sizeof a->account_url);
		acme_say(a, ACME_STEP, "the account has its new key already");
		return ACME_OK;
	}
	/* That it has none was to be expected: the first failure is the one to tell. */
	if (found == ACME_NO)
		exchange_recovered(a, behind);
	memcpy(a->problem_type, type, sizeof type);
	return result;
}

enum acme_result account_rollover(struct acme *a)
{
	const size_t mark = a->why.len;
	struct account account;
	enum acme_result result = ACME_OK;

	if (!a->directory.key_change[0])
		return acme_fail(a, ACME_PERM, "the server offers no change of the account key");
	if (!a->account_url[0])
		result = account_find(a, &account);
	if (result == ACME_OK)
		result = change(a);
	return result == ACME_OK ? ACME_OK : settle(a, result, mark);
}
