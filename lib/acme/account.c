/* Accounts: what is said about them and what is asked. */
#include "acme/account.h"

#include <string.h>

#include "acme/exchange.h"
#include "acme/jose.h"
#include "base/base64.h"
#include "base/log.h"

/* Escaped text of a member in `to`; empty when it is no string or too long. */
static void read_text(struct acme *a, struct json_value v, char *to, size_t size)
{
	struct builder b;
	struct span text;

	builder_init(&b, to, size);
	if (json_text(v, &a->text, &text))
		log_hostile(&b, text, size);
	if (!builder_cstr(&b))
		to[0] = 0;
}

/* The account object (RFC 8555, 7.1.2). A server need not send all of it. */
static void read_account(struct acme *a, const struct acme_answer *answer, struct account *account)
{
	struct json_value contacts = json_member(answer->root, "contact"), v;

	memset(account, 0, sizeof *account);
	read_text(a, json_member(answer->root, "status"), account->status, sizeof account->status);
	(void)json_boolean(json_member(answer->root, "termsOfServiceAgreed"), &account->terms_agreed);
	(void)acme_member_url(a, span_str(a->account_url), answer->root, "orders", account->orders);
	if (json_type(contacts) != JSON_ARRAY)
		return;
	for (v = json_first(contacts);
	     json_type(v) != JSON_ABSENT && account->n_contacts < ACCOUNT_CONTACTS_MAX;
	     v = json_next(contacts, v)) {
		char *to = account->contact[account->n_contacts];

		read_text(a, v, to, sizeof *account->contact);
		account->n_contacts += to[0] != 0;
	}
}

static bool take_url(struct acme *a, const struct acme_answer *answer)
{
	if (!answer->location[0])
		return false;
	memcpy(a->account_url, answer->location, sizeof a->account_url);
	return true;
}

static void payload_init(struct acme *a, struct builder *payload)
{
	builder_init(payload, a->payload, sizeof a->payload);
}

static enum acme_result too_large(struct acme *a)
{
	return acme_fail(a, ACME_INTERNAL, "a request that is too large");
}

static void write_contacts(struct builder *out, const char *const *contacts, size_t n)
{
	builder_str(out, "\"contact\":[");
	for (size_t i = 0; i < n; i++) {
		builder_str(out, i > 0 ? "," : "");
		json_write_string(out, span_str(contacts[i]));
	}
	builder_byte(out, ']');
}

struct with_mac {
	struct acme *a;
	enum key_hash hash;
};

static bool sign_with_mac(void *context, struct span input, struct builder *mac)
{
	const struct with_mac *with = context;
	const struct acme_outside *outside = with->a->outside;

	return outside->mac(outside->context, with->hash, input, mac);
}

/* The external account binding (RFC 8555, 7.3.4): our key under the MAC of an account elsewhere. */
static bool write_binding(struct acme *a, struct builder *out, const struct account_request *request)
{
	const struct public_key *public = acme_public_key(a, ACME_ACCOUNT_KEY);
	const struct jose_header header = {
		.algorithm = jose_mac_algorithm(request->external_hash),
		.url = span_str(a->directory.new_account),
		.kid = span_str(request->external_id),
	};
	struct with_mac with = { a, request->external_hash };
	unsigned char jwk_bytes[JOSE_JWK_MAX];
	struct builder jwk, work;

	if (!public)
		return false;
	builder_init(&jwk, jwk_bytes, sizeof jwk_bytes);
	builder_init(&work, a->work, sizeof a->work);
	jose_jwk(&jwk, public);
	builder_str(out, "\"externalAccountBinding\":");
	if (builder_ok(&jwk) && jose_sign(out, &header, builder_span(&jwk),
	                                  &(struct jose_signer){ sign_with_mac, &with }, &work))
		return true;
	(void)acme_fail(a, ACME_PERM, "the external account's key could not be used");
	return false;
}

/* What can be known before anything is sent. */
static enum acme_result may_be_made(struct acme *a, const struct account_request *request)
{
	if (a->directory.terms_of_service[0] && !request->terms_agreed)
		return acme_fail(a, ACME_PERM, "the terms of service must be agreed to: %s",
		                 a->directory.terms_of_service);
	if (a->directory.external_account_required &&
	    (!request->external_id || !request->external_id[0]))
		return acme_fail(a, ACME_PERM, "the server wants an external account, and none is given");
	return ACME_OK;
}

enum acme_result account_new(struct acme *a, const struct account_request *request,
                             struct account *account, bool *existed)
{
	enum acme_result result = may_be_made(a, request);
	struct acme_answer answer;
	struct builder payload;

	if (result != ACME_OK)
		return result;
	payload_init(a, &payload);
	builder_str(&payload, request->terms_agreed ? "{\"termsOfServiceAgreed\":true," : "{");
	write_contacts(&payload, request->contacts, request->n_contacts);
	if (request->external_id && request->external_id[0]) {
		builder_byte(&payload, ',');
		if (!write_binding(a, &payload, request))
			return ACME_PERM;
	}
	builder_byte(&payload, '}');
	if (!builder_ok(&payload))
		return too_large(a);
	acme_say(a, ACME_STEP, "asking for an account");
	result = acme_post(a, ACME_BY_KEY, span_str(a->directory.new_account),
	                   builder_span(&payload), NULL, &answer);
	if (result != ACME_OK)
		return result;
	if (!take_url(a, &answer))
		return acme_fail(a, ACME_TEMP, "the server gave an account without its URL");
	*existed = answer.head->status != 201;
	read_account(a, &answer, account);
	if (account->status[0] && strcmp(account->status, "valid") != 0)
		return acme_fail(a, ACME_PERM, "the key's account is %s", account->status);
	return ACME_OK;
}

enum acme_result account_of_key(struct acme *a, enum acme_identity identity,
                                struct acme_answer *answer)
{
	enum acme_result result = acme_post(a, identity, span_str(a->directory.new_account),
	                                    span_str("{\"onlyReturnExisting\":true}"), NULL, answer);

	if (result != ACME_OK)
		return strcmp(a->problem_type, "accountDoesNotExist") == 0 ? ACME_NO : result;
	if (!answer->location[0])
		return acme_fail(a, ACME_TEMP, "the server gave an account without its URL");
	return ACME_OK;
}

enum acme_result account_find(struct acme *a, struct account *account)
{
	struct acme_answer answer;
	enum acme_result result = account_of_key(a, ACME_BY_KEY, &answer);

	if (result != ACME_OK)
		return result;
	(void)take_url(a, &answer);
	read_account(a, &answer, account);
	return ACME_OK;
}

/* a->account_url is set, if the key has an account. */
static enum acme_result know_url(struct acme *a)
{
	struct account account;

	return a->account_url[0] ? ACME_OK : account_find(a, &account);
}

/* Posts to the account's URL and reads what it then is. */
static enum acme_result post_account(struct acme *a, struct span payload, struct account *account)
{
	struct acme_answer answer;
	enum acme_result result = acme_post(a, ACME_BY_ACCOUNT, span_str(a->account_url), payload,
	                                    NULL, &answer);

	if (result == ACME_OK)
		read_account(a, &answer, account);
	return result;
}

enum acme_result account_show(struct acme *a, struct account *account)
{
	enum acme_result result = know_url(a);

	return result == ACME_OK ? post_account(a, span_str(""), account) : result;
}

enum acme_result account_update(struct acme *a, const char *const *contacts, size_t n,
                                struct account *account)
{
	enum acme_result result = know_url(a);
	struct builder payload;

	payload_init(a, &payload);
	builder_byte(&payload, '{');
	write_contacts(&payload, contacts, n);
	builder_byte(&payload, '}');
	if (result != ACME_OK)
		return result;
	return builder_ok(&payload) ? post_account(a, builder_span(&payload), account) : too_large(a);
}

enum acme_result account_deactivate(struct acme *a)
{
	struct account account;
	enum acme_result result = know_url(a);

	if (result == ACME_OK)
		result = post_account(a, span_str("{\"status\":\"deactivated\"}"), &account);
	if (result == ACME_OK && account.status[0] && strcmp(account.status, "deactivated") != 0)
		return acme_fail(a, ACME_TEMP, "the account is still %s", account.status);
	return result;
}

enum acme_result account_revoke(struct acme *a, enum acme_identity by, struct span certificate,
                                int reason)
{
	struct acme_answer answer;
	struct builder payload;
	enum acme_result result = by == ACME_BY_ACCOUNT ? know_url(a) : ACME_OK;
	const size_t mark = a->why.len;

	if (result != ACME_OK)
		return result;
	if (!a->directory.revoke_cert[0])
		return acme_fail(a, ACME_PERM, "the server offers no revocation");
	payload_init(a, &payload);
	builder_str(&payload, "{\"certificate\":\"");
	base64_url_encode(&payload, certificate);
	builder_byte(&payload, '"');
	if (reason >= 0) {
		builder_str(&payload, ",\"reason\":");
		builder_number(&payload, (uint64_t)reason);
	}
	builder_byte(&payload, '}');
	if (!builder_ok(&payload))
		return too_large(a);
	acme_say(a, ACME_STEP, "asking for the revocation");
	result = acme_post(a, by, span_str(a->directory.revoke_cert), builder_span(&payload), NULL,
	                   &answer);
	if (result == ACME_OK || strcmp(a->problem_type, "alreadyRevoked") != 0)
		return result;
	exchange_recovered(a, mark);
	return ACME_OK;
}
