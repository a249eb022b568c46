/*
 * Accounts. Of the criteria of the ACME work: c and d (who signs, with what
 * payload), e (keyChange, also when its answer got lost), f (external accounts).
 */
#include "acme/account.h"

#include "acme_outside.h"

static struct outside o;
static struct acme a;
static struct account account;

#define NONCE { "HEAD", "https://ca.test/nonce", .answer = "200\n\n" }
#define NEW "https://ca.test/new-acct"
#define CHANGE "https://ca.test/key-change"
#define REVOKE "https://ca.test/revoke"
#define ACCOUNT "Location: https://ca.test/acct/1\n\n{\"status\":\"valid\"}"
#define URN "urn:ietf:params:acme:error:"
#define NO_ACCOUNT "400\n\n{\"type\":\"" URN "accountDoesNotExist\",\"detail\":\"none\"}"
#define FIND "{\"onlyReturnExisting\":true}"

static void start(const struct outside_step *steps)
{
	check(outside_open(&o, &a, KEY_P256), "a client");
	outside_script(&o, steps);
}

/* A client that does not know its account. */
static void start_unknown(const struct outside_step *steps)
{
	start(steps);
	a.account_url[0] = 0;
}

static bool why_has(const char *text)
{
	if (outside_seen(&a.why, text))
		return true;
	printf("# why: %.*s", (int)a.why.len, (const char *)a.why.p);
	return false;
}

static void made(void)
{
	static const char *const contacts[] = { "mailto:a@b.test", "tel:\"1\"" };
	static const struct outside_step steps[] = {
		NONCE,
		{ "POST", NEW, OUTSIDE_JWK,
		  "{\"termsOfServiceAgreed\":true,\"contact\":[\"mailto:a@b.test\",\"tel:\\\"1\\\"\"]}",
		  .answer = "201\nLocation: /acct/1\n\n{\"status\":\"valid\",\"contact\":[\"mailto:a@b.test\"],"
		            "\"termsOfServiceAgreed\":true,\"orders\":\"orders/1\"}" },
		{ "POST", NEW, OUTSIDE_JWK, "{\"contact\":[]}", .answer = "200\n" ACCOUNT },
		{ 0 },
	};
	bool existed = true;

	start_unknown(steps);
	check(account_new(&a, &(struct account_request){ contacts, 2, true, NULL, KEY_SHA256 },
	                  &account, &existed) == ACME_OK && !existed, "an account is made: 201");
	check(strcmp(a.account_url, OUTSIDE_ACCOUNT_URL) == 0 && strcmp(account.status, "valid") == 0 &&
	              account.n_contacts == 1 && strcmp(account.contact[0], "mailto:a@b.test") == 0 &&
	              account.terms_agreed && strcmp(account.orders, "https://ca.test/acct/orders/1") == 0,
	      "what it is");
	check(account_new(&a, &(struct account_request){ .n_contacts = 0 }, &account, &existed) == ACME_OK &&
	              existed && account.n_contacts == 0 && !account.terms_agreed && !account.orders[0],
	      "one that was there: 200");
	outside_end(&o, "c: by jwk");
}

static void not_made(void)
{
	static const struct {
		const char *answer;
		enum acme_result result;
		const char *why;
	} cases[] = {
		{ "201\n\n{\"status\":\"valid\"}", ACME_TEMP, "without its URL" },
		{ "201\nLocation: http://ca.test/acct/1\n\n{}", ACME_TEMP, "without its URL" },
		{ "200\nLocation: /acct/1\n\n{\"status\":\"deactivated\"}", ACME_PERM, "account is deactivated" },
		{ "200\nLocation: /acct/1\n\n{\"status\":\"\\u001b[1m\"}", ACME_PERM, "account is \\x1b[1m" },
		{ "403\n\n{\"type\":\"" URN "externalAccountRequired\",\"detail\":\"who?\"}", ACME_PERM,
		  "externalAccountRequired: who?" },
		{ "400\n\n{\"type\":\"" URN "invalidContact\"}", ACME_PERM, "invalidContact" },
		{ "500\n\n{\"type\":\"" URN "serverInternal\"}", ACME_TEMP, "serverInternal" },
		{ "!reset", ACME_TEMP, "reset" },
	};
	bool existed;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct outside_step steps[] = {
			NONCE, { "POST", NEW, OUTSIDE_JWK, "{\"contact\":[]}", .answer = cases[i].answer }, { 0 },
		};

		start_unknown(steps);
		check(account_new(&a, &(struct account_request){ .n_contacts = 0 }, &account, &existed) ==
		                      cases[i].result && why_has(cases[i].why),
		      "not made: %zu", i);
		outside_end(&o, "asked once");
	}
}

static void terms(void)
{
	static const struct outside_step directory[] = {
		{ "GET", OUTSIDE_DIRECTORY_URL,
		  .answer = "200\n\n{\"newNonce\":\"/nonce\",\"newAccount\":\"/new-acct\",\"newOrder\":\"/o\","
		            "\"meta\":{\"termsOfService\":\"https://ca.test/terms.pdf\","
		            "\"externalAccountRequired\":true}}" },
		{ 0 },
	};
	struct account_request request = { .terms_agreed = false };
	bool existed;

	outside_start(&o, KEY_P256);
	outside_script(&o, directory);
	check(acme_open(&a, &o.functions, span_str(OUTSIDE_DIRECTORY_URL)) == ACME_OK, "a directory with terms");
	check(account_new(&a, &request, &account, &existed) == ACME_PERM &&
	              why_has("must be agreed to: https://ca.test/terms.pdf\n"), "terms are agreed to by somebody");
	request.terms_agreed = true;
	check(account_new(&a, &request, &account, &existed) == ACME_PERM && why_has("wants an external account"),
	      "an external account is asked for");
	request.external_id = "";
	check(account_new(&a, &request, &account, &existed) == ACME_PERM, "and is not empty");
	request.external_id = "kid-1";
	outside_script(&o, (const struct outside_step[]){ NONCE, { 0 } });
	check(account_new(&a, &request, &account, &existed) == ACME_PERM &&
	              why_has("external account's key could not be used"), "nor without a key");
	check(o.requests == 1, "nothing was sent");
}

/* The binding in the payload of the last request. */
static bool binding_is(const char *alg, enum key_hash hash, const char *kid)
{
	static unsigned char whole[65536], text[65536], expected_bytes[64], got_bytes[64];
	static struct json doc, jwk;
	static struct json_token tokens[64], jwk_tokens[16];
	struct builder copy, expected, got, input;
	struct json_value inner, header;

	builder_init(&copy, whole, sizeof whole);
	builder_add(&copy, builder_span(&o.payload));
	if (!json_read(&doc, builder_span(&copy), tokens, 64))
		return false;
	inner = json_member(json_root(&doc), "externalAccountBinding");
	builder_init(&input, text, sizeof text);
	builder_init(&expected, expected_bytes, sizeof expected_bytes);
	builder_init(&got, got_bytes, sizeof got_bytes);
	builder_add(&input, outside_text(json_member(inner, "protected")));
	builder_byte(&input, '.');
	builder_add(&input, outside_text(json_member(inner, "payload")));
	if (!outside_mac(&o, hash, builder_span(&input), &expected) ||
	    !base64_url_decode(&got, outside_text(json_member(inner, "signature"))) ||
	    !span_eq(builder_span(&got), builder_span(&expected)) ||
	    !outside_jws(&o, json_source(inner), NULL))
		return false;
	header = json_root(&o.header_json);
	return json_count(header) == 3 && json_is(json_member(header, "alg"), alg) &&
	       json_is(json_member(header, "kid"), kid) && json_is(json_member(header, "url"), NEW) &&
	       json_read(&jwk, builder_span(&o.payload), jwk_tokens, 16) &&
	       outside_jwk_is(json_root(&jwk), o.account);
}

static void external(void)
{
	static const char *const algs[] = { "HS256", "HS384", "HS512" };
	static const struct outside_step steps[] = {
		NONCE,
		{ "POST", NEW, OUTSIDE_JWK, "~,\"externalAccountBinding\":{\"protected\":", .answer = "201\n" ACCOUNT },
		{ 0 },
	};
	static const struct outside_step refused[] = {
		NONCE,
		{ "POST", NEW, OUTSIDE_JWK, "~\"externalAccountBinding\"",
		  .answer = "400\n\n{\"type\":\"" URN "badNonce\"}" },
		{ "POST", NEW, OUTSIDE_JWK, "~\"externalAccountBinding\"",
		  .answer = "403\n\n{\"type\":\"" URN "unauthorized\",\"detail\":\"unknown kid\"}" },
		{ 0 },
	};
	bool existed;

	for (int i = 0; i < 3; i++) {
		struct account_request request = { .terms_agreed = true, .external_id = "kid \"1\"",
			                           .external_hash = (enum key_hash)i };

		start_unknown(steps);
		o.mac_key = span_str("the key of the external account");
		check(account_new(&a, &request, &account, &existed) == ACME_OK, "f: with %s", algs[i]);
		check(binding_is(algs[i], (enum key_hash)i, "kid \"1\""),
		      "f: a binding of our JWK, no nonce, the same url");
		outside_end(&o, "f: an external account");
	}
	start_unknown(refused);
	o.mac_key = span_str("x");
	check(account_new(&a, &(struct account_request){ .external_id = "k" }, &account, &existed) == ACME_PERM &&
	              why_has("unauthorized: unknown kid") && !outside_seen(&a.why, "badNonce"),
	      "f: one that is refused");
	outside_end(&o, "f: refused");
}

static void found(void)
{
	static const struct outside_step there[] = {
		NONCE, { "POST", NEW, OUTSIDE_JWK, FIND, .answer = "200\n" ACCOUNT }, { 0 },
	};
	static const struct outside_step none[] = {
		NONCE, { "POST", NEW, OUTSIDE_JWK, FIND, .answer = NO_ACCOUNT }, { 0 },
	};
	static const struct outside_step odd[] = {
		NONCE, { "POST", NEW, OUTSIDE_JWK, FIND, .answer = "200\n\n{}" }, { 0 },
	};
	static const struct outside_step shown[] = {
		NONCE,
		{ "POST", NEW, OUTSIDE_JWK, FIND, .answer = "200\n" ACCOUNT },
		{ "POST", OUTSIDE_ACCOUNT_URL, OUTSIDE_KID, "", .answer = "200\n\n{\"status\":\"valid\",\"contact\":[\"tel:1\"]}" },
		{ "POST", OUTSIDE_ACCOUNT_URL, OUTSIDE_KID, "", .answer = "401\n\n{\"type\":\"" URN "unauthorized\"}" },
		{ 0 },
	};

	start_unknown(there);
	check(account_find(&a, &account) == ACME_OK && strcmp(a.account_url, OUTSIDE_ACCOUNT_URL) == 0 &&
	              strcmp(account.status, "valid") == 0, "an account is found");
	outside_end(&o, "found");
	start_unknown(none);
	check(account_find(&a, &account) == ACME_NO && !a.account_url[0], "there is none");
	outside_end(&o, "not found");
	start_unknown(none);
	check(account_show(&a, &account) == ACME_NO, "nor any to show");
	outside_end(&o, "not shown");
	start_unknown(odd);
	check(account_find(&a, &account) == ACME_TEMP && why_has("without its URL"), "one without a URL");
	outside_end(&o, "odd");
	start_unknown(shown);
	check(account_show(&a, &account) == ACME_OK && account.n_contacts == 1, "d: shown by POST-as-GET");
	check(account_show(&a, &account) == ACME_PERM && why_has("unauthorized"), "no longer");
	outside_end(&o, "d: its URL is asked for once");
}

/* Account objects of all kinds: what is not as it should be is absent. */
static void objects(void)
{
	static const struct {
		const char *body;
		size_t n_contacts;
		const char *status, *first, *orders;
		bool terms;
	} cases[] = {
		{ "{}", 0, "", "", "", false },
		{ "", 0, "", "", "", false },
		{ "null", 0, "", "", "", false },
		{ "{\"status\":null,\"contact\":null,\"orders\":null,\"termsOfServiceAgreed\":null}", 0, "", "", "", false },
		{ "{\"status\":1,\"contact\":\"mailto:a@b\",\"orders\":[],\"termsOfServiceAgreed\":\"true\"}", 0, "", "", "", false },
		{ "{\"contact\":{\"a\":\"b\"},\"orders\":\"http://ca.test/o\"}", 0, "", "", "", false },
		{ "{\"contact\":[1,null,\"mailto:\\u00e9\\n\",[\"x\"]]}", 1, "", "mailto:\\xc3\\xa9\\x0a", "", false },
		{ "{\"contact\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\",\"l\"]}", 10, "", "a", "", false },
		{ "{\"status\":\"a status that is too long\",\"key\":{\"kty\":\"EC\"},\"initialIp\":\"::1\"}", 0, "", "", "", false },
		{ "{\"status\":\"revoked\",\"orders\":\"//b.test/o\",\"termsOfServiceAgreed\":true}", 0, "revoked", "",
		  "https://b.test/o", true },
		{ "{\"status\":\"valid\",\"status\":\"revoked\"}", 0, "", "", "", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[400];
		const struct outside_step steps[] = {
			NONCE, { "POST", OUTSIDE_ACCOUNT_URL, OUTSIDE_KID, "", .answer = text }, { 0 },
		};

		snprintf(text, sizeof text, "200\n\n%s", cases[i].body);
		start(steps);
		check(account_show(&a, &account) == ACME_OK && account.n_contacts == cases[i].n_contacts &&
		              strcmp(account.status, cases[i].status) == 0 &&
		              strcmp(account.contact[0], cases[i].first) == 0 &&
		              strcmp(account.orders, cases[i].orders) == 0 &&
		              account.terms_agreed == cases[i].terms,
		      "account object %zu", i);
	}
}

static void changed(void)
{
	static const char *const contacts[] = { "mailto:new@b.test" };
	static const struct outside_step steps[] = {
		NONCE,
		{ "POST", OUTSIDE_ACCOUNT_URL, OUTSIDE_KID, "{\"contact\":[\"mailto:new@b.test\"]}",
		  .answer = "200\n\n{\"status\":\"valid\",\"contact\":[\"mailto:new@b.test\"]}" },
		{ "POST", OUTSIDE_ACCOUNT_URL, OUTSIDE_KID, "{\"contact\":[]}", .answer = "200\n\n{\"status\":\"valid\"}" },
		{ "POST", OUTSIDE_ACCOUNT_URL, OUTSIDE_KID, "{\"status\":\"deactivated\"}",
		  .answer = "200\n\n{\"status\":\"valid\"}" },
		{ "POST", OUTSIDE_ACCOUNT_URL, OUTSIDE_KID, "{\"status\":\"deactivated\"}",
		  .answer = "200\n\n{\"status\":\"deactivated\"}" },
		{ "POST", OUTSIDE_ACCOUNT_URL, OUTSIDE_KID, "{\"status\":\"deactivated\"}", .answer = "200\n\n" },
		{ 0 },
	};

	start(steps);
	check(account_update(&a, contacts, 1, &account) == ACME_OK && account.n_contacts == 1, "other contacts");
	check(account_update(&a, NULL, 0, &account) == ACME_OK && account.n_contacts == 0, "none at all");
	check(account_deactivate(&a) == ACME_TEMP && why_has("still valid"), "one that stays");
	check(account_deactivate(&a) == ACME_OK && account_deactivate(&a) == ACME_OK, "one that goes");
	outside_end(&o, "changes");
}

static void too_much(void)
{
	static char contact[70000];
	static const char *const contacts[] = { contact };
	static const struct outside_step none[] = { { 0 } };
	bool existed;

	memset(contact, 'x', sizeof contact - 1);
	start(none);
	check(account_update(&a, contacts, 1, &account) == ACME_INTERNAL && why_has("too large"), "contacts beyond all");
	check(account_new(&a, &(struct account_request){ contacts, 1, true, NULL, KEY_SHA256 }, &account,
	                  &existed) == ACME_INTERNAL, "also for a new account");
	check(account_revoke(&a, ACME_BY_ACCOUNT, span_of(contact, sizeof contact), 0) == ACME_INTERNAL,
	      "a certificate beyond all");
	outside_end(&o, "nothing was sent");
}

static void revoked(void)
{
	static struct key certificate;
	static const struct outside_step steps[] = {
		NONCE,
		{ "POST", REVOKE, OUTSIDE_KID, "{\"certificate\":\"-_8A\",\"reason\":4}", .answer = "200\n\n" },
		{ "POST", REVOKE, OUTSIDE_KID, "{\"certificate\":\"-_8A\"}", .answer = "200\n\n" },
		{ "POST", REVOKE, OUTSIDE_CERTIFICATE, "{\"certificate\":\"-_8A\",\"reason\":0}", .answer = "200\n\n" },
		{ "POST", REVOKE, OUTSIDE_KID, "{\"certificate\":\"-_8A\"}",
		  .answer = "400\n\n{\"type\":\"" URN "alreadyRevoked\",\"detail\":\"was\"}" },
		{ "POST", REVOKE, OUTSIDE_KID, "{\"certificate\":\"-_8A\",\"reason\":99}",
		  .answer = "400\n\n{\"type\":\"" URN "badRevocationReason\",\"detail\":\"no\"}" },
		{ 0 },
	};
	const struct span der = span_of("\xfb\xff\x00", 3);

	start(steps);
	check(key_make(&certificate, (struct key_kind){ KEY_P256, 256 }), "a certificate's key");
	o.certificate = &certificate;
	check(account_revoke(&a, ACME_BY_ACCOUNT, der, 4) == ACME_OK, "revoked, with a reason");
	check(account_revoke(&a, ACME_BY_ACCOUNT, der, -1) == ACME_OK, "without one");
	check(account_revoke(&a, ACME_BY_CERTIFICATE, der, 0) == ACME_OK, "c: by the certificate's key");
	check(account_revoke(&a, ACME_BY_ACCOUNT, der, -1) == ACME_OK && a.why.len == 0, "already");
	check(account_revoke(&a, ACME_BY_ACCOUNT, der, 99) == ACME_PERM && why_has("badRevocationReason: no"),
	      "a reason that is none");
	outside_end(&o, "revocation");
	a.directory.revoke_cert[0] = 0;
	check(account_revoke(&a, ACME_BY_ACCOUNT, der, 0) == ACME_PERM && why_has("offers no revocation"),
	      "a server without it");
}

static struct key new_key;

/* The keyChange in the payload of the last request: criterion e. */
static bool change_is_right(void)
{
	static unsigned char copy_bytes[65536];
	static struct json doc;
	static struct json_token tokens[64];
	struct builder copy;
	struct json_value header;

	builder_init(&copy, copy_bytes, sizeof copy_bytes);
	builder_add(&copy, builder_span(&o.payload));
	if (!outside_jws(&o, builder_span(&copy), &new_key))
		return false;
	header = json_root(&o.header_json);
	return json_count(header) == 3 && json_is(json_member(header, "alg"), outside_alg(&new_key)) &&
	       json_is(json_member(header, "url"), CHANGE) &&
	       outside_jwk_is(json_member(header, "jwk"), &new_key) &&
	       json_read(&doc, builder_span(&o.payload), tokens, 64) &&
	       json_count(json_root(&doc)) == 2 &&
	       json_is(json_member(json_root(&doc), "account"), OUTSIDE_ACCOUNT_URL) &&
	       outside_jwk_is(json_member(json_root(&doc), "oldKey"), o.account);
}

static void rolled(enum key_type from, struct key_kind to)
{
	static const struct outside_step steps[] = {
		NONCE,
		{ "POST", CHANGE, OUTSIDE_KID, "~\"protected\"", .answer = "400\n\n{\"type\":\"" URN "badNonce\"}" },
		{ "POST", CHANGE, OUTSIDE_KID, "~\"protected\"", .answer = "200\n\n{\"status\":\"valid\"}" },
		{ 0 },
	};

	check(outside_open(&o, &a, from) && key_make(&new_key, to), "two keys");
	outside_script(&o, steps);
	o.new_account = &new_key;
	check(account_rollover(&a) == ACME_OK && a.why.len == 0, "e: the key is changed");
	check(change_is_right(), "e: inner by the new key, with jwk, without nonce, of the same url");
	outside_end(&o, "e: outer by the account");
}

/* However the change ends, the server is asked whose the new key is. */
static void rollover_lost(void)
{
	static const struct {
		const char *change, *ask;
		bool unknown; /* the account's URL is not known from before */
		enum acme_result result;
		const char *why;
	} cases[] = {
		{ "!reset", "200\n" ACCOUNT, false, ACME_OK, NULL },
		{ "401\n\n{\"type\":\"" URN "unauthorized\"}", "200\n" ACCOUNT, false, ACME_OK, NULL },
		{ "400\n\n{\"type\":\"" URN "malformed\"}", "200\n" ACCOUNT, false, ACME_OK, NULL },
		{ "409\nLocation: /acct/1\n\n{\"type\":\"" URN "conflict\"}", "200\n" ACCOUNT, false, ACME_OK, NULL },
		{ "500\n\n", "200\n" ACCOUNT, false, ACME_OK, NULL },
		{ "!reset", NO_ACCOUNT, false, ACME_TEMP, "reset" },
		{ "401\n\n{\"type\":\"" URN "unauthorized\",\"detail\":\"no\"}", NO_ACCOUNT, false, ACME_PERM, "unauthorized: no" },
		{ "409\n\n{\"type\":\"" URN "conflict\"}", "200\nLocation: /acct/2\n\n{}", false, ACME_PERM,
		  "belongs to another account" },
		{ "!reset", "!refused", false, ACME_TEMP, "refused" },
		{ "!reset", "403\n\n{\"type\":\"" URN "unauthorized\"}", false, ACME_TEMP, "reset" },
		{ NULL, "200\n" ACCOUNT, true, ACME_OK, NULL },
		{ NULL, NO_ACCOUNT, true, ACME_NO, "accountDoesNotExist" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct outside_step known[] = {
			NONCE,
			{ "POST", CHANGE, OUTSIDE_KID, NULL, .answer = cases[i].change },
			{ "HEAD", "/nonce", .answer = "200\n\n" },
			{ "POST", NEW, OUTSIDE_NEW_KEY, FIND, .answer = cases[i].ask },
			{ 0 },
		};
		const struct outside_step without_head[] = { known[0], known[1], known[3], { 0 } };
		const struct outside_step unknown[] = {
			NONCE,
			{ "POST", NEW, OUTSIDE_JWK, FIND, .answer = NO_ACCOUNT },
			{ "POST", NEW, OUTSIDE_NEW_KEY, FIND, .answer = cases[i].ask },
			{ 0 },
		};

		start(cases[i].unknown ? unknown : cases[i].change[0] == '!' ? known : without_head);
		o.new_account = &new_key;
		if (cases[i].unknown)
			a.account_url[0] = 0;
		check(account_rollover(&a) == cases[i].result, "e: the answer was lost or another: %zu", i);
		check(cases[i].why ? why_has(cases[i].why) : a.why.len == 0, "e: and why");
		check(cases[i].unknown || !outside_seen(&a.why, "accountDoesNotExist"),
		      "e: that the new key has no account is no news");
		check(cases[i].result != ACME_OK || strcmp(a.account_url, OUTSIDE_ACCOUNT_URL) == 0,
		      "e: the account is known then");
		outside_end(&o, "e: asked by the new key");
	}
}

static void rollover_not(void)
{
	static const struct outside_step none[] = { { 0 } };

	start(none);
	check(account_rollover(&a) == ACME_PERM && why_has("there is no new account key"), "e: no new key");
	a.directory.key_change[0] = 0;
	check(account_rollover(&a) == ACME_PERM && why_has("offers no change"), "e: no keyChange");
	outside_end(&o, "nothing was sent");
}

int main(void)
{
	made();
	not_made();
	terms();
	external();
	found();
	objects();
	changed();
	too_much();
	revoked();
	rolled(KEY_P256, (struct key_kind){ KEY_P384, 384 });
	rolled(KEY_RSA, (struct key_kind){ KEY_P256, 256 });
	rollover_lost();
	rollover_not();
	return tap_end();
}
