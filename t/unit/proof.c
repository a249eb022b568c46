/*
 * What challenges want shown. Acceptance criteria s, u and v of ACME, as far as they are
 * the client's: what is published, under which name, and never anything unchecked.
 */
#include "acme/proof.h"

#include <stdio.h>

#include "tap.h"

/* RFC 8555, 8.3 and 8.4, with the thumbprint that goes with them. */
#define TOKEN "DGyRejmCefe7v4NfDGDKfA"
#define THUMBPRINT "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"
/* SHA-256 of "DGyRejmCefe7v4NfDGDKfA.LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ". */
#define DIGEST "NcGkBgDna-f_McMKiiyr783bDvpm0fAsC-i-nEyxkC8"
#define ACCOUNT "https://ca.test/acct/123"
#define DIRECTORY "https://ca.test/dir"

static struct proof proof;
static const char *account = ACCOUNT, *directory = DIRECTORY;

static enum proof_result make(enum proof_method method, const char *name, const char *challenge)
{
	static struct json_token tokens[64];
	static struct json doc;
	struct proof_question question = {
		.method = method,
		.identifier = span_str(name),
		.thumbprint = span_str(THUMBPRINT),
		.account_url = span_str(account),
		.directory_url = span_str(directory),
	};

	if (name[0] == '*') {
		question.wildcard = true;
		question.identifier = span_str(name + 2);
	}
	question.address = span_find(question.identifier, ':') < question.identifier.len ||
	                   (name[0] >= '0' && name[0] <= '9');
	if (!json_read(&doc, span_str(challenge), tokens, 64))
		return PROOF_UNFIT;
	question.challenge = json_root(&doc);
	return proof_make(&proof, &question);
}

static void shows(const char *token, const char *auth, const char *record, const char *about)
{
	check(strcmp(proof.token, token) == 0 && strcmp(proof.auth, auth) == 0 &&
	              strcmp(proof.record, record) == 0,
	      "%s: \"%s\" \"%s\" \"%s\"", about, proof.token, proof.auth, proof.record);
}

static void methods(void)
{
	enum proof_method method;

	for (size_t i = 0; i < PROOF_METHODS; i++)
		check(proof_find(span_str(proof_name((enum proof_method)i)), &method) && method == i,
		      "%s", proof_name((enum proof_method)i));
	check(!proof_find(span_str("http-02"), &method) && !proof_find(span_str(""), &method) &&
	              !proof_find(span_str("HTTP-01"), &method) &&
	              !proof_find(span_of("http-01\0", 8), &method) &&
	              !proof_find(span_str("tls-sni-01"), &method),
	      "no others");
}

static void tokens(void)
{
	static const char challenge[] = "{\"token\":\"" TOKEN "\",\"new\":{\"a\":[null]}}";

	check(make(PROOF_HTTP_01, "a.test", challenge) == PROOF_OK, "http-01");
	shows(TOKEN, TOKEN "." THUMBPRINT, "", "criterion s: token.thumbprint");
	check(make(PROOF_DNS_01, "a.test", challenge) == PROOF_OK, "dns-01");
	shows(TOKEN, DIGEST, "_acme-challenge.a.test", "criterion v: its digest in 43 characters");
	check(strlen(proof.auth) == 43, "43 they are");
	check(make(PROOF_DNS_01, "*.a.test", challenge) == PROOF_OK, "dns-01 for a wildcard");
	shows(TOKEN, DIGEST, "_acme-challenge.a.test", "the same name as without the star");
	check(make(PROOF_TLS_ALPN_01, "a.test", challenge) == PROOF_OK, "tls-alpn-01");
	shows(TOKEN, DIGEST, "", "criterion u: the digest");
	check(make(PROOF_HTTP_01, "192.0.2.1", challenge) == PROOF_OK &&
	              make(PROOF_TLS_ALPN_01, "2001:db8::1", challenge) == PROOF_OK,
	      "addresses are proven by http-01 and tls-alpn-01");
	check(make(PROOF_DNS_01, "192.0.2.1", challenge) == PROOF_UNFIT &&
	              make(PROOF_DNS_ACCOUNT_01, "2001:db8::1", challenge) == PROOF_UNFIT &&
	              make(PROOF_DNS_PERSIST_01, "192.0.2.1", challenge) == PROOF_UNFIT,
	      "and not in the DNS");
	check(make(PROOF_HTTP_01, "*.a.test", challenge) == PROOF_UNFIT &&
	              make(PROOF_TLS_ALPN_01, "*.a.test", challenge) == PROOF_UNFIT,
	      "wildcards are proven in the DNS alone");
}

static void bad_tokens(void)
{
	static const char *const table[] = {
		"{}", "[]", "null", "{\"token\":null}", "{\"token\":\"\"}", "{\"token\":5}",
		"{\"token\":[\"a\"]}", "{\"token\":\"a b\"}", "{\"token\":\"../../etc/passwd\"}",
		"{\"token\":\"a/b\"}", "{\"token\":\"a.b\"}", "{\"token\":\"a=\"}", "{\"token\":\"a+b\"}",
		"{\"token\":\"$(reboot)\"}", "{\"token\":\"`reboot`\"}", "{\"token\":\"a\\nb\"}",
		"{\"token\":\"a\\u0000b\"}", "{\"token\":\"\\u00e9\"}", "{\"token\":\"-\\u002f\"}",
	};
	char text[400];

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		check(make(PROOF_HTTP_01, "a.test", table[i]) == PROOF_TOKEN &&
		              make(PROOF_DNS_01, "a.test", table[i]) == PROOF_TOKEN && !proof.auth[0],
		      "no token: %s", table[i]);
	snprintf(text, sizeof text, "{\"token\":\"%0128d\"}", 7);
	check(make(PROOF_HTTP_01, "a.test", text) == PROOF_OK && strlen(proof.auth) == 128 + 44,
	      "128 digits");
	snprintf(text, sizeof text, "{\"token\":\"%0129d\"}", 7);
	check(make(PROOF_HTTP_01, "a.test", text) == PROOF_TOKEN, "and not 129");
	check(make(PROOF_HTTP_01, "a.test", "{\"token\":\"\\u0061b\"}") == PROOF_OK &&
	              strcmp(proof.token, "ab") == 0,
	      "an escaped digit is one");
}

static void account_label(void)
{
	static const char challenge[] = "{\"token\":\"" TOKEN "\"}";

	account = "https://example.com/acme/acct/ExampleAccount";
	check(make(PROOF_DNS_ACCOUNT_01, "example.org", challenge) == PROOF_OK, "dns-account-01");
	shows(TOKEN, DIGEST, "_ujmmovf2vn55tgye._acme-challenge.example.org", "the draft's example");
	check(make(PROOF_DNS_ACCOUNT_01, "*.example.org", challenge) == PROOF_OK, "for a wildcard");
	shows(TOKEN, DIGEST, "_ujmmovf2vn55tgye._acme-challenge.example.org", "the same");
	account = "http://localhost:4000/acme/acct/1";
	check(make(PROOF_DNS_ACCOUNT_01, "example.org", challenge) == PROOF_OK &&
	              strncmp(proof.record, "_vkbgbqfhr6yv2asd.", 18) == 0,
	      "another account, another label");
	account = ACCOUNT;
	check(make(PROOF_DNS_ACCOUNT_01, "example.org", "{}") == PROOF_TOKEN, "it has a token");
}

static void persistent(void)
{
	static const char good[] =
		"{\"issuer-domain-names\":[\"authority.example\",\"ca.example.net\"],"
		"\"accounturi\":\"https://evil.test/acct/9\"}";
	static const char *const bad[] = {
		"{}", "{\"issuer-domain-names\":[]}", "{\"issuer-domain-names\":null}",
		"{\"issuer-domain-names\":\"ca.test\"}", "{\"issuer-domain-names\":{\"a\":\"ca.test\"}}",
		"{\"issuer-domain-names\":[\"ca.test\",7]}", "{\"issuer-domain-names\":[\"\"]}",
		"{\"issuer-domain-names\":[\"CA.test\"]}", "{\"issuer-domain-names\":[\"ca.test.\"]}",
		"{\"issuer-domain-names\":[\"ca test\"]}", "{\"issuer-domain-names\":[\"ca.test;x=y\"]}",
		"{\"issuer-domain-names\":[\"b\\u00fccher.test\"]}",
		"{\"issuer-domain-names\":[\"ca.test\",\"a_b.test\"]}",
		"{\"issuer-domain-names\":[\"192.0.2.1\"]}",
		"{\"issuer-domain-names\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\"]}",
	};
	static const struct {
		const char *account, *directory;
		enum proof_result result;
	} hosts[] = {
		{ "https://ca.test/acct/1", "https://CA.test:443/dir", PROOF_OK },
		{ "https://ca.test:444/acct/1", "https://ca.test/dir", PROOF_ACCOUNT },
		{ "http://ca.test/acct/1", "https://ca.test/dir", PROOF_ACCOUNT },
		{ "http://ca.test:443/acct/1", "https://ca.test/dir", PROOF_ACCOUNT },
		{ "https://ca.test.evil.test/acct/1", "https://ca.test/dir", PROOF_ACCOUNT },
		{ "https://other.test/acct/1", "https://ca.test/dir", PROOF_ACCOUNT },
		{ "https://ca.test/acct/1;policy=wildcard", "https://ca.test/dir", PROOF_ACCOUNT },
		{ "", "https://ca.test/dir", PROOF_ACCOUNT },
	};

	check(make(PROOF_DNS_PERSIST_01, "example.com", good) == PROOF_OK, "dns-persist-01");
	shows("", "authority.example; accounturi=" ACCOUNT, "_validation-persist.example.com",
	      "criterion v: our own account, whatever the challenge says");
	check(make(PROOF_DNS_PERSIST_01, "*.example.com", good) == PROOF_OK, "for a wildcard");
	shows("", "authority.example; accounturi=" ACCOUNT "; policy=wildcard",
	      "_validation-persist.example.com", "criterion v: with a policy");
	check(make(PROOF_DNS_PERSIST_01, "example.com",
	           "{\"issuer-domain-names\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\"]}") ==
	              PROOF_OK,
	      "ten issuers");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(make(PROOF_DNS_PERSIST_01, "example.com", bad[i]) == PROOF_ISSUER, "refused: %s",
		      bad[i]);
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		account = hosts[i].account;
		directory = hosts[i].directory;
		check(make(PROOF_DNS_PERSIST_01, "example.com", good) == hosts[i].result,
		      "account %s, directory %s", account, directory);
	}
	account = ACCOUNT;
	directory = DIRECTORY;
}

static void longest(void)
{
	static char name[HOSTNAME_MAX + 1], challenge[] = "{\"token\":\"" TOKEN "\"}";

	for (size_t i = 0; i < HOSTNAME_MAX - 16; i++)
		name[i] = i % 64 == 63 ? '.' : 'a';
	check(make(PROOF_DNS_01, name, challenge) == PROOF_OK && strlen(proof.record) == 253,
	      "a name of 237 bytes has a record");
	check(make(PROOF_DNS_ACCOUNT_01, name, challenge) == PROOF_UNFIT &&
	              make(PROOF_DNS_PERSIST_01, name, "{\"issuer-domain-names\":[\"ca.test\"]}") ==
	                      PROOF_UNFIT,
	      "but none that is longer");
	name[HOSTNAME_MAX - 16] = 'a';
	check(make(PROOF_DNS_01, name, challenge) == PROOF_UNFIT &&
	              make(PROOF_HTTP_01, name, challenge) == PROOF_OK,
	      "nor has one of 238, which HTTP can prove");
}

int main(void)
{
	methods();
	tokens();
	bad_tokens();
	account_label();
	persistent();
	longest();
	return tap_end();
}
