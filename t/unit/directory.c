/*
 * The directory. Criterion q of the ACME work: redirects, null and unknown
 * members, other hosts and ports, a URL without a path; n and o where they
 * apply; and that nothing is asked in the clear that began with https.
 */
#include "acme_outside.h"

static struct outside o;
static struct acme a;

#define GOOD "\"newNonce\":\"https://ca.test/n\",\"newAccount\":\"https://ca.test/a\"," \
	     "\"newOrder\":\"https://ca.test/o\""

static enum acme_result open_with(const char *url, const char *first, const char *answer)
{
	static struct outside_step steps[2];

	steps[0] = (struct outside_step){ "GET", first, .answer = answer };
	outside_start(&o, KEY_P256);
	outside_script(&o, steps);
	return acme_open(&a, &o.functions, span_str(url));
}

static bool why_has(const char *text)
{
	if (outside_seen(&a.why, text))
		return true;
	printf("# why: %.*s", (int)a.why.len, (const char *)a.why.p);
	return false;
}

static void whole(void)
{
	check(open_with(OUTSIDE_DIRECTORY_URL, OUTSIDE_DIRECTORY_URL, OUTSIDE_DIRECTORY) == ACME_OK,
	      "a directory");
	check(strcmp(a.directory.new_nonce, "https://ca.test/nonce") == 0 &&
	              strcmp(a.directory.new_account, "https://ca.test/new-acct") == 0 &&
	              strcmp(a.directory.new_order, "https://ca.test/new-order") == 0 &&
	              strcmp(a.directory.revoke_cert, "https://ca.test/revoke") == 0 &&
	              strcmp(a.directory.key_change, "https://ca.test/key-change") == 0 &&
	              strcmp(a.directory.renewal_info, "https://ca.test/ari") == 0 &&
	              strcmp(a.directory.website, "https://ca.test/") == 0,
	      "its URLs");
	check(!a.directory.terms_of_service[0] && !a.directory.external_account_required &&
	              span_is(a.directory.caa_identities, "[\"ca.test\"]") &&
	              span_is(a.directory.profiles, "{\"classic\":\"https://ca.test/profiles#classic\","
	                                            "\"short\":\"six days\"}"),
	      "its meta");
	check(a.requests == 1 && a.status == 200 && a.why.len == 0 && o.waits == 0, "one request");
	outside_end(&o, "a directory");
}

/* Odd ones that are directories all the same. */
static void odd(void)
{
	static const char *const bodies[] = {
		"200\n\n{" GOOD "}",
		"200\n\n \r\n\t{" GOOD "}\n",
		"200\nContent-Type: application/json; charset=utf-8\n\n{" GOOD "}",
		"200\nContent-Type: text/plain\n\n{" GOOD "}",
		"200\nNo-Date: 1\n\n{" GOOD "}",
		"200\n\n{" GOOD ",\"revokeCert\":null,\"keyChange\":null,\"meta\":null}",
		"200\n\n{" GOOD ",\"revokeCert\":7,\"keyChange\":[],\"renewalInfo\":{},\"meta\":[]}",
		"200\n\n{" GOOD ",\"revokeCert\":\"\",\"keyChange\":\"ftp://ca.test/\","
		"\"renewalInfo\":\"http://ca.test/ari\",\"meta\":\"x\"}",
		"200\n\n{" GOOD ",\"newAuthz\":null,\"Ab_-1\":\"https://community.test/t/x\",\"x\":[{}]}",
		"200\n\n{" GOOD ",\"meta\":{\"termsOfService\":null,\"website\":false,"
		"\"externalAccountRequired\":null,\"caaIdentities\":null,\"profiles\":null}}",
		"200\n\n{" GOOD ",\"meta\":{\"termsOfService\":[],\"externalAccountRequired\":\"true\","
		"\"caaIdentities\":{},\"profiles\":[]}}",
		"200\n\n{\"newNonce\":\"/n\",\"newAccount\":\"a\",\"newOrder\":\"//ca.test/o\"}",
		"200\n\n{\"newNonce\":\"https:\\/\\/ca.test\\/n\",\"newAccount\":\"https:\\u002f/ca.test/a\","
		"\"newOrder\":\"./o\"}",
	};

	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		check(open_with("https://ca.test/d", "https://ca.test/d", bodies[i]) == ACME_OK &&
		              strcmp(a.directory.new_nonce, "https://ca.test/n") == 0 &&
		              strcmp(a.directory.new_account, "https://ca.test/a") == 0 &&
		              strcmp(a.directory.new_order, "https://ca.test/o") == 0,
		      "q: odd directory %zu", i);
		check(!a.directory.revoke_cert[0] && !a.directory.key_change[0] &&
		              !a.directory.renewal_info[0] && !a.directory.terms_of_service[0] &&
		              !a.directory.external_account_required && a.directory.profiles.len == 0 &&
		              a.directory.caa_identities.len == 0,
		      "q: and what it has not, or not as it should be, is absent");
	}
	check(open_with("https://ca.test/d", "https://ca.test/d",
	                "200\n\n{\"newNonce\":\"https://n.test:14000/n\",\"newAccount\":\"https://[2001:db8::1]:8/a\","
	                "\"newOrder\":\"https://192.0.2.1/o?p=1\",\"meta\":{\"termsOfService\":"
	                "\"see us\\n\",\"externalAccountRequired\":true}}") == ACME_OK &&
	              strcmp(a.directory.new_nonce, "https://n.test:14000/n") == 0 &&
	              strcmp(a.directory.new_account, "https://[2001:db8::1]:8/a") == 0 &&
	              strcmp(a.directory.new_order, "https://192.0.2.1/o?p=1") == 0,
	      "q: URLs on other hosts and ports");
	check(strcmp(a.directory.terms_of_service, "see us\\x0a") == 0 &&
	              a.directory.external_account_required, "terms that are no URL are there, escaped");
}

/* What is none. */
static void none(void)
{
	static const struct {
		const char *answer, *why;
		enum acme_result result;
	} cases[] = {
		{ "200\n\n{}", "is no ACME directory: newNonce", ACME_PERM },
		{ "200\n\n[]", "it is no JSON object", ACME_PERM },
		{ "200\n\n", "it is no JSON object", ACME_PERM },
		{ "200\nContent-Type: text/html\n\n<html>welcome</html>", "it is no JSON object", ACME_PERM },
		{ "200\n\n{" GOOD, "it is no JSON object", ACME_PERM },
		{ "200\n\n{" GOOD ",\"newNonce\":\"https://ca.test/n\"}", "it is no JSON object", ACME_PERM },
		{ "200\n\n{" GOOD ",}", "it is no JSON object", ACME_PERM },
		{ "200\n\n{\"newNonce\":null,\"newAccount\":\"https://ca.test/a\",\"newOrder\":\"https://ca.test/o\"}",
		  "newNonce", ACME_PERM },
		{ "200\n\n{\"newNonce\":\"http://ca.test/n\",\"newAccount\":\"https://ca.test/a\","
		  "\"newOrder\":\"https://ca.test/o\"}", "no URL that may be asked", ACME_PERM },
		{ "200\n\n{\"newNonce\":\"https://u@ca.test/n\",\"newAccount\":\"https://ca.test/a\","
		  "\"newOrder\":\"https://ca.test/o\"}", "no URL that may be asked", ACME_PERM },
		{ "200\n\n{\"newNonce\":\"https://ca.test/n\\r\\nX: y\",\"newAccount\":\"https://ca.test/a\","
		  "\"newOrder\":\"https://ca.test/o\"}", "no URL that may be asked", ACME_PERM },
		{ "204\nContent-Length: 0\n\n", "HTTP status 204", ACME_PERM },
		{ "403\nContent-Type: text/html\n\n<h1>Go away</h1>",
		  "https://ca.test/d: HTTP status 403 and no problem document but text/html: Go away", ACME_PERM },
		{ "404\n\n{\"type\":\"urn:ietf:params:acme:error:malformed\",\"detail\":\"none here\"}",
		  "malformed: none here", ACME_PERM },
		{ "429\n\nslow", "HTTP status 429", ACME_TEMP },
		{ "!!the certificate is not trusted", "https://ca.test/d: the certificate is not trusted", ACME_PERM },
		{ "302\n\n", "a redirect to nowhere", ACME_PERM },
		{ "302\nLocation: http://ca.test/d\n\n", "a redirect to nowhere we may go", ACME_PERM },
		{ "302\nLocation: ftp://ca.test/d\n\n", "a redirect to nowhere we may go", ACME_PERM },
		{ "300\nLocation: https://ca.test/e\n\n", "HTTP status 300", ACME_PERM },
		{ "304\nLocation: https://ca.test/e\n\n", "HTTP status 304", ACME_PERM },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		check(open_with("https://ca.test/d", "https://ca.test/d", cases[i].answer) ==
		                      cases[i].result && why_has(cases[i].why),
		      "q: no directory %zu", i);
		outside_end(&o, "asked once");
	}
}

static void truncated(void)
{
	static const char text[] = "200\n\n{" GOOD ",\"meta\":{\"profiles\":{\"a\":\"b\"},\"x\":\"\\u0041\"}}";
	size_t refused = 0;

	for (size_t n = 5; n < strlen(text); n++) {
		char cut[sizeof text];

		memcpy(cut, text, n);
		cut[n] = 0;
		refused += open_with("https://ca.test/d", "https://ca.test/d", cut) == ACME_PERM;
	}
	check(refused == strlen(text) - 5, "cut off at every byte it is none");
	check(open_with("https://ca.test/d", "https://ca.test/d", text) == ACME_OK, "whole it is one");
}

static void redirects(void)
{
	static const struct outside_step followed[] = {
		{ "GET", "https://ca.test/d", .answer = "301\nLocation: /e\n\n" },
		{ "GET", "https://ca.test/e", .answer = "302\nLocation: https://b.test:8443/f\n\n" },
		{ "GET", "https://b.test:8443/f", .answer = "303\nLocation: g\n\n" },
		{ "GET", "https://b.test:8443/g", .answer = "307\nLocation: g?h\n\n" },
		{ "GET", "https://b.test:8443/g?h", .answer = "308\nLocation: i\n\n" },
		{ "GET", "https://b.test:8443/i",
		  .answer = "200\n\n{\"newNonce\":\"n\",\"newAccount\":\"/a\",\"newOrder\":\"o\"}" },
		{ 0 },
	};
	static const struct outside_step loop[] = {
		{ "GET", "https://ca.test/d", .answer = "302\nLocation: /d\n\n",
		  .times = ACME_REDIRECTS_MAX + 1 }, { 0 },
	};
	static const struct outside_step up[] = {
		{ "GET", "http://ca.test/d", .answer = "302\nLocation: https://ca.test/d\n\n" },
		{ "GET", "https://ca.test/d", .answer = "302\nLocation: http://ca.test/d\n\n" }, { 0 },
	};

	outside_start(&o, KEY_P256);
	outside_script(&o, followed);
	check(acme_open(&a, &o.functions, span_str("https://ca.test/d")) == ACME_OK &&
	              strcmp(a.directory_url, "https://b.test:8443/i") == 0 &&
	              strcmp(a.directory.new_nonce, "https://b.test:8443/n") == 0 &&
	              strcmp(a.directory.new_account, "https://b.test:8443/a") == 0,
	      "q: redirects are followed, and URLs are relative to where they end");
	outside_end(&o, "q: five redirects");
	outside_start(&o, KEY_P256);
	outside_script(&o, loop);
	check(acme_open(&a, &o.functions, span_str("https://ca.test/d")) == ACME_PERM &&
	              why_has("more than 5 redirects"), "q: not for ever");
	outside_end(&o, "q: a loop");
	outside_start(&o, KEY_P256);
	outside_script(&o, up);
	check(acme_open(&a, &o.functions, span_str("http://ca.test/d")) == ACME_PERM &&
	              why_has("nowhere we may go"), "from http to https, and never back");
	outside_end(&o, "up and down");
}

static void urls(void)
{
	static const struct {
		const char *text, *url;
	} cases[] = {
		{ "production", "https://acme-v02.api.letsencrypt.org/directory" },
		{ "staging", "https://acme-staging-v02.api.letsencrypt.org/directory" },
		{ "https://ca.test", "https://ca.test/" },
		{ "https://ca.test:14000", "https://ca.test:14000/" },
		{ "https://[::1]:14000", "https://[::1]:14000/" },
		{ "https://ca.test/", "https://ca.test/" },
		{ "http://ca.test/dir?x=1", "http://ca.test/dir?x=1" },
		{ "https://ca.test/dir#here", "https://ca.test/dir" },
		{ "https://ca.test#here", "https://ca.test/" },
		{ "", NULL }, { "Production", NULL }, { "ca.test", NULL }, { "ftp://ca.test/", NULL },
		{ "https://", NULL }, { "https:///dir", NULL }, { "https://u:p@ca.test/", NULL },
		{ "https://ca.test/a b", NULL }, { "https://ca.test/\n", NULL }, { "file:///etc", NULL },
		{ "https://ca.test:0/", NULL }, { "https://ca.test:65536/", NULL },
	};
	char long_url[URL_MAX + 2];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned char storage[256];
		struct builder b;

		builder_init(&b, storage, sizeof storage);
		if (cases[i].url)
			check(acme_directory_url(&b, span_str(cases[i].text)) &&
			              span_is(builder_span(&b), cases[i].url), "q: %s", cases[i].text);
		else
			check(!acme_directory_url(&b, span_str(cases[i].text)) &&
			              open_with(cases[i].text, "x", "200\n\n") == ACME_PERM &&
			              o.requests == 0, "no directory's URL: %zu", i);
	}
	check(open_with("https://ca.test", "https://ca.test/", "200\n\n{" GOOD "}") == ACME_OK,
	      "q: a directory without path is asked for as \"/\"");
	memset(long_url, 'a', sizeof long_url);
	memcpy(long_url, "https://", 8);
	for (size_t n = URL_MAX - 1; n <= URL_MAX + 1; n++) {
		long_url[n] = 0;
		check(open_with(long_url, "x", "200\n\n") == ACME_PERM && o.requests == 0,
		      "a host of nearly %zu bytes", n);
		long_url[n] = 'a';
	}
	check(open_with("http://ca.test/d", "http://ca.test/d",
	                "200\n\n{\"newNonce\":\"http://ca.test/n\",\"newAccount\":\"https://ca.test/a\","
	                "\"newOrder\":\"/o\"}") == ACME_OK &&
	              strcmp(a.directory.new_order, "http://ca.test/o") == 0,
	      "http where the directory's URL is http");
	check(acme_may_ask(&a, span_str("http://x.test/")) && acme_may_ask(&a, span_str("https://x.test/")) &&
	              !acme_may_ask(&a, span_str("x")), "which are then both to be asked");
}

/* More meta than is kept, and a document of more tokens than there are. */
static void excess(void)
{
	static char answer[400000];
	struct builder b;

	builder_init(&b, answer, sizeof answer);
	builder_str(&b, "200\n\n{" GOOD ",\"meta\":{\"caaIdentities\":[\"ca.test\"],\"profiles\":{\"a\":\"");
	for (int i = 0; i < 20000; i++)
		builder_byte(&b, 'x');
	builder_str(&b, "\"}}}");
	check(builder_cstr(&b) && open_with("https://ca.test/d", "https://ca.test/d", answer) == ACME_OK &&
	              a.directory.profiles.len == 0 &&
	              span_is(a.directory.caa_identities, "[\"ca.test\"]"),
	      "profiles beyond what is kept are absent");
	builder_init(&b, answer, sizeof answer);
	builder_str(&b, "200\n\n{" GOOD ",\"x\":[0");
	for (int i = 0; i < ACME_TOKENS_MAX; i++)
		builder_str(&b, ",0");
	builder_str(&b, "]}");
	check(builder_cstr(&b) && open_with("https://ca.test/d", "https://ca.test/d", answer) == ACME_PERM,
	      "too many values");
	builder_init(&b, answer, sizeof answer);
	builder_str(&b, "200\n\n{" GOOD "}");
	for (int i = 0; i < ACME_BODY_MAX; i++)
		builder_byte(&b, ' ');
	check(builder_cstr(&b) && open_with("https://ca.test/d", "https://ca.test/d", answer) == ACME_TEMP &&
	              why_has("an answer of more than 262144 bytes"), "too many bytes");
	outside_end(&o, "too many bytes are asked for once");
}

int main(void)
{
	whole();
	odd();
	none();
	truncated();
	redirects();
	urls();
	excess();
	return tap_end();
}
