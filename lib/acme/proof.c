/* Key authorizations and records. */
#include "acme/proof.h"

#include <string.h>

#include "base/ascii.h"
#include "base/base64.h"
#include "tls/key.h"

static const char *const names[PROOF_METHODS] = {
	[PROOF_HTTP_01] = "http-01",
	[PROOF_DNS_01] = "dns-01",
	[PROOF_TLS_ALPN_01] = "tls-alpn-01",
	[PROOF_DNS_ACCOUNT_01] = "dns-account-01",
	[PROOF_DNS_PERSIST_01] = "dns-persist-01",
};

const char *proof_name(enum proof_method method)
{
	return names[method];
}

bool proof_find(struct span name, enum proof_method *method)
{
	for (size_t i = 0; i < PROOF_METHODS; i++)
		if (span_is(name, names[i])) {
			*method = (enum proof_method)i;
			return true;
		}
	return false;
}

const char *proof_strerror(enum proof_result result)
{
	switch (result) {
	case PROOF_OK:
		return "success";
	case PROOF_UNFIT:
		return "not a method for this kind of name";
	case PROOF_TOKEN:
		return "the challenge has no usable token";
	case PROOF_ISSUER:
		return "the challenge has no usable issuer-domain-names";
	case PROOF_ACCOUNT:
		return "the account is not at the directory's host";
	}
	return "unknown";
}

/* RFC 4648, section 6, in lower case; whole groups of five bytes. */
static void base32(struct builder *out, const unsigned char *bytes, size_t len)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";

	for (size_t i = 0; i + 5 <= len; i += 5) {
		uint64_t group = 0;

		for (size_t k = 0; k < 5; k++)
			group = group << 8 | bytes[i + k];
		for (int shift = 35; shift >= 0; shift -= 5)
			builder_byte(out, (unsigned char)digits[group >> shift & 31]);
	}
}

static bool ended(struct builder *b)
{
	return builder_cstr(b) != NULL;
}

/* The token, checked before anything is made of it. */
static bool take_token(struct proof *proof, struct json_value challenge)
{
	unsigned char room[TOKEN_MAX];
	struct builder scratch;
	struct span token;

	builder_init(&scratch, room, sizeof room);
	if (!json_text(json_member(challenge, "token"), &scratch, &token) || !token_ok(token))
		return false;
	memcpy(proof->token, token.p, token.len);
	proof->token[token.len] = 0;
	return true;
}

/* RFC 8555, 8.1, and for the methods that want it its digest. */
static bool key_authorization(struct proof *proof, const struct proof_question *question)
{
	unsigned char text[TOKEN_MAX + 1 + TOKEN_THUMBPRINT_LEN], digest[64];
	struct builder b, auth;

	builder_init(&b, text, sizeof text);
	builder_str(&b, proof->token);
	builder_byte(&b, '.');
	builder_add(&b, question->thumbprint);
	builder_init(&auth, proof->auth, sizeof proof->auth);
	if (question->method == PROOF_HTTP_01) {
		builder_add(&auth, builder_span(&b));
	} else {
		key_hash(KEY_SHA256, builder_span(&b), digest);
		base64_url_encode(&auth, span_of(digest, key_hash_len(KEY_SHA256)));
	}
	return builder_ok(&b) && ended(&auth);
}

/*
 * The record's name; the account's label is made of the URL's first 80 digest
 * bits. False when it is longer than a name can be.
 */
static bool record_name(struct proof *proof, const struct proof_question *question)
{
	unsigned char digest[64];
	struct builder record;

	builder_init(&record, proof->record, sizeof proof->record);
	if (question->method == PROOF_DNS_ACCOUNT_01) {
		key_hash(KEY_SHA256, question->account_url, digest);
		builder_byte(&record, '_');
		base32(&record, digest, 10);
		builder_byte(&record, '.');
	}
	builder_str(&record, question->method == PROOF_DNS_PERSIST_01 ? "_validation-persist." :
	                                                                "_acme-challenge.");
	builder_add(&record, question->identifier);
	return record.len <= HOSTNAME_MAX && ended(&record);
}

/* A host name as the draft wants it: lower case, no final dot. */
static bool issuer_ok(struct span issuer)
{
	for (size_t i = 0; i < issuer.len; i++)
		if (ascii_lower(issuer.p[i]) != issuer.p[i])
			return false;
	return hostname_ok(issuer);
}

/* All of them must be good; the first is taken. */
static bool take_issuer(struct builder *out, struct json_value challenge)
{
	struct json_value list = json_member(challenge, "issuer-domain-names"), v;
	size_t n = json_count(list), taken = 0;

	if (json_type(list) != JSON_ARRAY || n == 0 || n > PROOF_ISSUERS_MAX)
		return false;
	for (v = json_first(list); json_type(v) != JSON_ABSENT; v = json_next(list, v)) {
		unsigned char room[HOSTNAME_MAX];
		struct builder scratch;
		struct span issuer;

		builder_init(&scratch, room, sizeof room);
		if (!json_text(v, &scratch, &issuer) || !issuer_ok(issuer))
			return false;
		if (taken++ == 0)
			builder_add(out, issuer);
	}
	return true;
}

static bool same_host(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

/* At the directory's host and port, and without the byte that ends a parameter (RFC 8659, 4.2). */
static bool account_ok(const struct proof_question *question)
{
	struct url account, directory;

	return url_parse(&account, question->account_url) &&
	       url_parse(&directory, question->directory_url) &&
	       account.https == directory.https && account.port == directory.port &&
	       same_host(account.host, directory.host) &&
	       span_find(question->account_url, ';') == question->account_url.len;
}

static enum proof_result persistent(struct proof *proof, const struct proof_question *question)
{
	struct builder auth;

	builder_init(&auth, proof->auth, sizeof proof->auth);
	if (!take_issuer(&auth, question->challenge))
		return PROOF_ISSUER;
	builder_str(&auth, "; accounturi=");
	builder_add(&auth, question->account_url);
	if (question->wildcard)
		builder_str(&auth, "; policy=wildcard");
	if (!account_ok(question) || !ended(&auth))
		return PROOF_ACCOUNT;
	return record_name(proof, question) ? PROOF_OK : PROOF_UNFIT;
}

/* RFC 8555, 8.3 and 8.4; RFC 8737, 3; RFC 8738, 7. */
static bool fits(const struct proof_question *question)
{
	switch (question->method) {
	case PROOF_HTTP_01:
	case PROOF_TLS_ALPN_01:
		return !question->wildcard;
	case PROOF_DNS_01:
	case PROOF_DNS_ACCOUNT_01:
	case PROOF_DNS_PERSIST_01:
		return !question->address;
	case PROOF_METHODS:
		break;
	}
	return false;
}

enum proof_result proof_make(struct proof *proof, const struct proof_question *question)
{
	enum proof_method method = question->method;

	proof->token[0] = proof->auth[0] = proof->record[0] = 0;
	if (!fits(question))
		return PROOF_UNFIT;
	if (method == PROOF_DNS_PERSIST_01)
		return persistent(proof, question);
	if (!take_token(proof, question->challenge) || !key_authorization(proof, question))
		return PROOF_TOKEN;
	if (method != PROOF_HTTP_01 && method != PROOF_TLS_ALPN_01 && !record_name(proof, question))
		return PROOF_UNFIT;
	return PROOF_OK;
}
