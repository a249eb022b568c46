/*
 * Signed requests. Of the criteria of the ACME work: c (kid or jwk, url), d
 * (POST-as-GET), g and h (nonces, nothing done twice), l (Retry-After), o (heads
 * of answers), bb (clocks).
 */
#include "acme_outside.h"

static struct outside o;
static struct acme a;
static struct acme_answer answer;

#define X "https://ca.test/x"
#define BAD_NONCE "400\n\n{\"type\":\"urn:ietf:params:acme:error:badNonce\"}"
#define NONCE { "HEAD", "https://ca.test/nonce", .answer = "200\n\n" }

static enum acme_result post(const char *payload)
{
	return acme_post(&a, ACME_BY_ACCOUNT, span_str(X), span_str(payload), NULL, &answer);
}

static enum acme_result run(const struct outside_step *steps, const char *payload)
{
	check(outside_open(&o, &a, KEY_P256), "a client");
	outside_script(&o, steps);
	return post(payload);
}

static bool why_has(const char *text)
{
	if (outside_seen(&a.why, text))
		return true;
	printf("# why: %.*s", (int)a.why.len, (const char *)a.why.p);
	return false;
}

static void identities(enum key_type type)
{
	static const struct outside_step steps[] = {
		NONCE,
		{ "POST", X, OUTSIDE_KID, "", .answer = "200\n\n{\"a\":1}" },
		{ "POST", X, OUTSIDE_KID, "{}", .answer = "200\n\n[2]" },
		{ "POST", X, OUTSIDE_JWK, "{\"b\":2}", .answer = "201\nLocation: /y\n\n" },
		{ "POST", X, OUTSIDE_CERTIFICATE, "{}", .answer = "200\n\nnull" },
		{ "POST", X, OUTSIDE_NEW_KEY, "{}", .answer = "204\n\n" },
		{ 0 },
	};
	static struct key certificate, new_account;
	char thumbprint[ACME_THUMBPRINT_LEN + 1];

	check(outside_open(&o, &a, type), "a client");
	check(key_make(&certificate, (struct key_kind){ KEY_P384, 384 }) &&
	              key_make(&new_account, (struct key_kind){ KEY_P256, 256 }), "two keys");
	o.certificate = &certificate;
	o.new_account = &new_account;
	outside_script(&o, steps);
	check(acme_post(&a, ACME_BY_ACCOUNT, span_str(X), span_str(""), "text/x", &answer) == ACME_OK &&
	              json_type(json_member(answer.root, "a")) == JSON_NUMBER && o.payload.len == 0,
	      "d: POST-as-GET has the empty payload");
	check(strcmp(o.accept, "text/x") == 0, "its Accept");
	check(post("{}") == ACME_OK && json_count(answer.root) == 1 && !o.accept[0],
	      "d: an empty object is one");
	check(acme_post(&a, ACME_BY_KEY, span_str(X), span_str("{\"b\":2}"), NULL, &answer) == ACME_OK &&
	              strcmp(answer.location, "https://ca.test/y") == 0 && answer.head->status == 201,
	      "c: by the account key itself");
	check(acme_post(&a, ACME_BY_CERTIFICATE, span_str(X), span_str("{}"), NULL, &answer) == ACME_OK &&
	              json_type(answer.root) == JSON_ABSENT && answer.body.len == 4,
	      "c: by the certificate's");
	check(acme_post(&a, ACME_BY_NEW_KEY, span_str(X), span_str("{}"), NULL, &answer) == ACME_OK &&
	              answer.body.len == 0 && !answer.location[0], "c: by the account key to come");
	check(a.why.len == 0 && a.requests == 7, "nothing went wrong");
	outside_end(&o, "c: kid or jwk, never both, and the url");
	check(acme_thumbprint(&a, thumbprint) && strlen(thumbprint) == 43, "the thumbprint");
}

static void nonces(void)
{
	static const struct outside_step errors[] = {
		NONCE,
		{ "POST", X, .answer = "403\n\n{\"type\":\"urn:ietf:params:acme:error:unauthorized\"}" },
		{ "POST", X, .answer = "200\nNo-Nonce: 1\n\n" },
		NONCE,
		{ "POST", X, .answer = "200\nReplay-Nonce: not=base64url\n\n" },
		NONCE,
		{ "POST", X, .answer = "200\nReplay-Nonce:\n\n" },
		{ "HEAD", "https://ca.test/nonce", .answer = "204\n\n" },
		{ "POST", X, .answer = "HTTP/1.1 200\r\nREPLAY-nonce:\t AAA_- \r\nContent-Length: 0\r\n\r\n" },
		{ "POST", X, .answer = "404\nContent-Type: text/html\n\n<p>no" },
		{ "GET", "https://ca.test/ari", .answer = "200\n\n{}" },
		{ "POST", X, .answer = "200\n\n" },
		{ 0 },
	};
	int good = 0;

	good += run(errors, "{}") == ACME_PERM;
	for (int i = 0; i < 5; i++)
		good += post("{}") == (i == 4 ? ACME_PERM : ACME_OK);
	good += acme_get(&a, span_str("https://ca.test/ari"), &answer) == ACME_OK;
	good += post("{}") == ACME_OK;
	check(good == 8, "g: the nonce of any answer is used, and asked for where there is none");
	outside_end(&o, "g: each nonce once");
}

static void bad_nonces(void)
{
	static const struct outside_step many[] = {
		NONCE,
		{ "POST", X, .payload = "{\"n\":1}", .answer = BAD_NONCE, .times = 49 },
		{ "POST", X, .payload = "{\"n\":1}", .answer = "201\n\n{}" },
		{ 0 },
	};
	static const struct outside_step ever[] = {
		NONCE,
		{ "POST", X, .answer = BAD_NONCE, .times = ACME_BAD_NONCE_MAX + 1 },
		{ 0 },
	};
	static const struct outside_step texts[] = {
		NONCE,
		{ "POST", X, .answer = "400\n\n{\"type\":\"urn:ietf:params:acme:error:badNonce\",\"detail\":\"soupe\"}" },
		{ "POST", X, .answer = "403\n\n{\"type\":\"urn:ietf:params:acme:error:badNonce\",\"detail\":null}" },
		{ "POST", X, .answer = "401\nContent-Type: application/problem+json; charset=utf-8\n\n"
		               "{\"detail\":\"x\",\"type\":\"urn:ietf:params:acme:error:bad\\u004eonce\"}" },
		{ "POST", X, .answer = "400\nNo-Nonce: 1\n\n{\"type\":\"urn:ietf:params:acme:error:badNonce\"}" },
		NONCE,
		{ "POST", X, .answer = "400\nContent-Type: text/plain\n\n"
		               "{\"type\":\"urn:ietf:params:acme:error:badNonce\"}" },
		{ "POST", X, .answer = "400\n\n{\"type\":\"urn:ietf:params:acme:error:malformed\","
		               "\"detail\":\"JWS has an invalid anti-replay nonce: badNonce\"}" },
		{ 0 },
	};
	static const struct outside_step order[] = {
		NONCE,
		{ "POST", "https://ca.test/new-order", .payload = "{\"identifiers\":[]}", .answer = BAD_NONCE, .times = 3 },
		{ "POST", "https://ca.test/new-order", .payload = "{\"identifiers\":[]}", .answer = "201\n\n{}" },
		{ 0 },
	};

	check(run(many, "{\"n\":1}") == ACME_OK && a.why.len == 0 && o.waits == 0,
	      "g: badNonce 49 times is nothing to speak of");
	outside_end(&o, "g: each time with the nonce of that answer, signed anew");
	check(run(ever, "{}") == ACME_TEMP && why_has("badNonce"), "g: but it ends");
	outside_end(&o, "g: after as many as are allowed");
	check(run(texts, "{}") == ACME_PERM && strcmp(a.problem_type, "malformed") == 0,
	      "g: told by its type and not by a text");
	outside_end(&o, "g: all kinds of it");
	check(outside_open(&o, &a, KEY_P256), "a client");
	outside_script(&o, order);
	check(acme_post(&a, ACME_BY_ACCOUNT, span_str(a.directory.new_order),
	                span_str("{\"identifiers\":[]}"), NULL, &answer) == ACME_OK,
	      "h: an order whose nonce was refused is signed anew");
	outside_end(&o, "h: and made once");
}

static void no_nonces(void)
{
	static const struct {
		const char *head;
		enum acme_result result;
		const char *why;
	} cases[] = {
		{ "200\nNo-Nonce: 1\n\n", ACME_TEMP, "gave no usable nonce" },
		{ "200\nReplay-Nonce: \"x\"\n\n", ACME_TEMP, "gave no usable nonce" },
		{ "405\nNo-Nonce: 1\n\n", ACME_PERM, "HTTP status 405" },
		{ "500\nNo-Nonce: 1\nRetry-After: 7200\n\n", ACME_TEMP, "7200 seconds" },
		{ "!!no trust", ACME_PERM, "https://ca.test/nonce: no trust" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct outside_step steps[] = {
			{ "HEAD", "https://ca.test/nonce", .answer = cases[i].head }, { 0 },
		};

		check(run(steps, "{}") == cases[i].result && why_has(cases[i].why) && a.requests == 2,
		      "g: no nonce to be had: %zu", i);
		outside_end(&o, "g: then nothing is sent");
	}
}

static void long_nonces(void)
{
	static char text[ACME_NONCE_MAX + 100];
	static struct outside_step steps[] = {
		{ "HEAD", "/nonce", .answer = NULL }, { "POST", X, .answer = "200\n\n" }, { 0 },
	};

	for (int more = 0; more < 2; more++) {
		snprintf(text, sizeof text, "200\nReplay-Nonce: %0*d\n\n", ACME_NONCE_MAX + more, 7);
		steps[0].answer = text;
		check(run(steps, "{}") == (more ? ACME_TEMP : ACME_OK), "a nonce of %d bytes",
		      ACME_NONCE_MAX + more);
	}
}

/* What asks for patience, how long is waited, and how it ends. */
static void patience(void)
{
	static const struct {
		const char *payload, *busy;
		unsigned int times; /* of the busy answer */
		int64_t waited_ms;
		enum acme_result result;
	} cases[] = {
		{ "{}", "503\nRetry-After: 7\n\n", 1, 7000, ACME_OK },
		{ "{}", "503\nRetry-After: Fri, 15 Jan 2027 08:00:09 GMT\n\n", 1, 9000, ACME_OK },
		{ "{}", "503\nDate: Fri, 15 Jan 2027 07:59:50 GMT\nRetry-After: Friday, 15-Jan-27 08:00:00 GMT\n\n", 1, 10000, ACME_OK },
		{ "{}", "503\nRetry-After: Fri, 15 Jan 2027 07:00:00 GMT\n\n", 1, 1000, ACME_OK },
		{ "{}", "503\nRetry-After: 0\n\n", 2, 3000, ACME_OK },
		{ "{}", "503\nRetry-After: soon\n\n", 3, 7000, ACME_OK },
		{ "{}", "503\nRetry-After: -5\n\n", 1, 1000, ACME_OK },
		{ "{}", "503\nRetry-After: 1.5\n\n", 1, 1000, ACME_OK },
		{ "{}", "503\n\n", 10, 1000 + 2000 + 4000 + 8000 + 16000 + 5 * 30000, ACME_OK },
		{ "{}", "503\n\n", 11, 181000, ACME_TEMP },
		{ "{}", "503\nRetry-After: 3600\n\n", 1, 3600000, ACME_OK },
		{ "{}", "503\nRetry-After: 3601\n\n", 1, 0, ACME_TEMP },
		{ "{}", "503\nRetry-After: 99999999999999999999\n\n", 1, 1000, ACME_OK },
		{ "{}", "503\nRetry-After: 9223372036854775807\n\n", 1, 0, ACME_TEMP },
		{ "{}", "503\nRetry-After: Fri, 31 Dec 9999 23:59:59 GMT\n\n", 1, 0, ACME_TEMP },
		{ "{}", "429\nRetry-After: 7\n\n", 1, 7000, ACME_OK },
		{ "{}", "429\nRetry-After: Fri, 15 Jan 2027 08:00:09 GMT\n\n", 1, 9000, ACME_OK },
		{ "{}", "429\n\n", 1, 0, ACME_TEMP },
		{ "{}", "403\nRetry-After: 7\n\n{\"type\":\"urn:ietf:params:acme:error:rateLimited\"}", 1, 7000, ACME_OK },
		{ "{}", "403\n\n{\"type\":\"urn:ietf:params:acme:error:rateLimited\"}", 1, 0, ACME_TEMP },
		{ "{}", "403\nRetry-After: 7\n\n{\"type\":\"urn:ietf:params:acme:error:unauthorized\"}", 1, 0, ACME_PERM },
		{ "{}", "500\n\n", 1, 0, ACME_TEMP },
		{ "{}", "502\nContent-Type: text/html\n\n<p>x", 1, 0, ACME_TEMP },
		{ "{}", "504\nRetry-After: 1\n\n", 1, 0, ACME_TEMP },
		{ "", "500\n\n", 3, 7000, ACME_OK },
		{ "", "502\n\n", 4, 7000, ACME_TEMP },
		{ "", "504\nRetry-After: 5\n\n", 1, 5000, ACME_OK },
		{ "", "503\n\n", 1, 1000, ACME_OK },
		{ "", "501\n\n", 1, 0, ACME_PERM },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct outside_step steps[] = {
			NONCE,
			{ "POST", X, .answer = cases[i].busy, .times = cases[i].times },
			{ cases[i].result == ACME_OK ? "POST" : NULL, X, .answer = "200\n\n{}" },
			{ 0 },
		};

		check(run(steps, cases[i].payload) == cases[i].result && o.waited_ms == cases[i].waited_ms,
		      "l: patience %zu: waited %lld", i, (long long)o.waited_ms);
		check((a.why.len == 0) == (cases[i].result == ACME_OK), "l: and a reason only if it failed");
		outside_end(&o, "l: as often as that");
	}
}

static void deadlines(void)
{
	static const struct outside_step busy[] = {
		NONCE, { "POST", X, .answer = "503\nRetry-After: 7\n\n", .times = 2 }, { 0 },
	};
	static const struct outside_step lost[] = {
		NONCE, { "POST", X, .answer = "!reset by peer" }, { 0 },
	};
	static const struct outside_step get[] = {
		{ "GET", X, .answer = "503\nRetry-After: 7\n\n" },
		{ "GET", X, .answer = "!reset by peer" },
		{ "GET", X, .answer = "200\n\n{\"a\":null}" }, { 0 },
	};

	check(outside_open(&o, &a, KEY_P256), "a client");
	outside_script(&o, busy);
	o.deadline_ms = 10000;
	check(post("{}") == ACME_TEMP && why_has("HTTP status 503") && why_has("7 seconds") &&
	              o.waited_ms == 7000, "l: no longer than the deadline of the whole");
	outside_end(&o, "l: a deadline while busy");
	check(outside_open(&o, &a, KEY_P256), "a client");
	outside_script(&o, lost);
	o.deadline_ms = 500;
	check(post("") == ACME_TEMP && why_has(X ": reset by peer") && o.waits == 0,
	      "l: nor after a loss");
	outside_end(&o, "l: a deadline after a loss");
	check(outside_open(&o, &a, KEY_P256), "a client");
	outside_script(&o, get);
	check(acme_get(&a, span_str(X), &answer) == ACME_OK && o.waited_ms == 8000 && a.why.len == 0 &&
	              json_type(json_member(answer.root, "a")) == JSON_NULL,
	      "l: an unsigned GET is as patient");
	outside_end(&o, "l: a GET");
}

/* What was lost is asked for again, what was to be done is not done again. */
static void losses(void)
{
	static const struct outside_step asked[] = {
		NONCE,
		{ "POST", X, .payload = "", .answer = "!reset" },
		NONCE,
		{ "POST", X, .payload = "", .answer = "!reset" },
		{ "HEAD", "/nonce", .answer = "!refused", .times = 2 },
		NONCE,
		{ "POST", X, .payload = "", .answer = "200\n\n{}" },
		{ 0 },
	};
	static const struct outside_step gone[] = {
		NONCE, { "POST", X, .answer = "!a" }, NONCE, { "POST", X, .answer = "!b" },
		NONCE, { "POST", X, .answer = "!c" }, NONCE, { "POST", X, .answer = "!d" }, { 0 },
	};
	static const struct outside_step done[] = {
		NONCE, { "POST", X, .payload = "{\"finalize\":1}", .answer = "!reset" }, { 0 },
	};
	static const struct outside_step untrusted[] = {
		NONCE, { "POST", X, .payload = "", .answer = "!!another certificate" }, { 0 },
	};

	check(run(asked, "") == ACME_OK && a.why.len == 0 && o.waited_ms == 1000 + 2000 + 1000 + 2000,
	      "h: what only asks is sent again");
	outside_end(&o, "h: with nonces that were not used");
	check(run(gone, "") == ACME_TEMP && why_has(X ": d\n") && !outside_seen(&a.why, ": c") &&
	              o.waited_ms == 7000, "h: three times, and the last loss is told");
	outside_end(&o, "h: then no more");
	check(run(done, "{\"finalize\":1}") == ACME_TEMP && why_has("reset") && o.waits == 0,
	      "h: what changes something is not");
	outside_end(&o, "h: it is sent once");
	check(run(untrusted, "") == ACME_PERM && why_has("another certificate") && o.waits == 0,
	      "a server that is another is not asked again");
	outside_end(&o, "untrusted");
}

static void heads(void)
{
	static const struct {
		const char *answer, *location;
		int64_t retry_after;
	} cases[] = {
		{ "201\nlocation: https://b.test:9/o/1?x\n\n{}", "https://b.test:9/o/1?x", -1 },
		{ "201\nLOCATION: o/1\nretry-AFTER: 3\n\n{}", "https://ca.test/o/1", 3 },
		{ "201\nLocation: ../../o\n\n{}", "https://ca.test/o", -1 },
		{ "201\nLocation: http://ca.test/o\n\n{}", "", -1 },
		{ "201\nLocation: ftp://ca.test/o\n\n{}", "", -1 },
		{ "201\nLocation: https://a b/\n\n{}", "", -1 },
		{ "201\nLocation:\n\n{}", NULL, -1 },
		{ "HTTP/1.0 200 OK\r\nDate: x\r\nRetry-After: 4\r\n\r\n{}", "", 4 },
		{ "HTTP/1.1 200 \r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{}", "", -1 },
		{ "200\nRetry-After: Fri, 15 Jan 2027 08:01:00 GMT\n\n{}", "", 60 },
		{ "200\nRetry-After: Fri Jan 15 08:01:00 2027\n\n{}", "", 60 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct outside_step steps[] = { NONCE, { "POST", X, .answer = cases[i].answer }, { 0 } };

		check(run(steps, "{}") == ACME_OK && json_type(answer.root) == JSON_OBJECT &&
		              answer.retry_after_s == cases[i].retry_after &&
		              (!cases[i].location || strcmp(answer.location, cases[i].location) == 0),
		      "o: head %zu", i);
	}
}

static void bodies(void)
{
	static const struct {
		const char *body;
		enum json_type type;
	} cases[] = {
		{ "{}", JSON_OBJECT }, { " \n[1]", JSON_ARRAY }, { "{\"a\":1", JSON_ABSENT },
		{ "{\"a\":1}}", JSON_ABSENT }, { "{\"a\":1,\"a\":1}", JSON_ABSENT }, { "{\"a\":\x01}", JSON_ABSENT },
		{ "-----BEGIN CERTIFICATE-----\n", JSON_ABSENT }, { "\xef\xbb\xbf{}", JSON_ABSENT },
		{ "<html>", JSON_ABSENT }, { "", JSON_ABSENT }, { "   ", JSON_ABSENT }, { "{\"a\":\"\xff\"}", JSON_ABSENT },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[200];
		const struct outside_step steps[] = { NONCE, { "POST", X, .answer = text }, { 0 } };

		snprintf(text, sizeof text, "200\n\n%s", cases[i].body);
		check(run(steps, "{}") == ACME_OK && json_type(answer.root) == cases[i].type &&
		              span_is(answer.body, cases[i].body), "body %zu", i);
	}
}

static void clocks(void)
{
	static const struct {
		const char *field;
		int64_t skew;
		const char *warning;
	} cases[] = {
		{ "Date: Fri, 15 Jan 2027 08:00:00 GMT", 0, NULL },
		{ "Date: Fri, 15 Jan 2027 08:05:00 GMT", 300, NULL },
		{ "Date: Fri, 15 Jan 2027 08:05:01 GMT", 301, "2 the clock here is 301 seconds behind" },
		{ "Date: Fri, 15 Jan 2027 07:55:00 GMT", -300, NULL },
		{ "Date: Fri, 15 Jan 2027 07:54:59 GMT", -301, "2 the clock here is 301 seconds ahead of" },
		{ "date: Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 - 1800000000, "seconds behind" },
		{ "Date: Thu, 01 Jan 1970 00:00:00 GMT", -1800000000, "1800000000 seconds ahead" },
		{ "Date: yesterday", 0, NULL },
		{ "Date: Tue, 19 Jan 2038 03:14:08 GMT", 2147483648 - 1800000000, "seconds behind" },
		{ "No-Date: 1", 0, NULL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[200];
		const struct outside_step steps[] = { NONCE, { "POST", X, .answer = text, .times = 2 }, { 0 } };
		size_t warnings = 0;

		snprintf(text, sizeof text, "200\n%s\n\n{}", cases[i].field);
		check(run(steps, "{}") == ACME_OK && post("{}") == ACME_OK && a.clock_skew_s == cases[i].skew,
		      "bb: a clock %lld seconds off", (long long)cases[i].skew);
		for (size_t at = 0; at < o.notes.len; at++)
			warnings += o.notes.p[at] == '2' && (at == 0 || o.notes.p[at - 1] == '\n');
		check(warnings == (cases[i].warning ? 1 : 0) &&
		              (!cases[i].warning || outside_seen(&o.notes, cases[i].warning)),
		      "bb: is warned of once, or not at all");
	}
	o.now = INT64_MIN;
	a.skew_warned = false;
	o.notes.len = 0;
	outside_script(&o, (const struct outside_step[]){ { "POST", X,
	               .answer = "200\nDate: Fri, 15 Jan 2027 08:00:00 GMT\n\n" }, { 0 } });
	check(post("{}") == ACME_OK && !outside_seen(&o.notes, "clock"), "bb: times beyond all overflow nothing");
}

/* Nothing is sent that must not be. */
static void refused(void)
{
	static const char *const urls[] = { "", "x", "/x", "http://ca.test/x", "HTTP://ca.test/x",
		                            "ftp://ca.test/x", "https://ca.test/\x1b[m", "https://a@ca.test/" };
	static char large[65536];
	static const struct outside_step head[] = { NONCE, { 0 } };
	struct key *account;

	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		check(outside_open(&o, &a, KEY_P256), "a client");
		check(acme_post(&a, ACME_BY_ACCOUNT, span_str(urls[i]), span_str(""), NULL, &answer) == ACME_PERM &&
		              acme_get(&a, span_str(urls[i]), &answer) == ACME_PERM &&
		              why_has("not a URL that may be asked"), "a URL that is not asked: %zu", i);
		outside_end(&o, "and nothing was");
	}
	check(outside_open(&o, &a, KEY_P256), "a client");
	outside_script(&o, head);
	a.account_url[0] = 0;
	check(post("{}") == ACME_INTERNAL && why_has("without an account"), "no account, no request");
	snprintf(a.account_url, sizeof a.account_url, OUTSIDE_ACCOUNT_URL);
	memset(large, ' ', sizeof large - 1);
	check(post(large) == ACME_INTERNAL && why_has("too large"), "a payload too large");
	account = o.account;
	o.account = NULL;
	check(post("{}") == ACME_TEMP && why_has("account key could not sign"), "a key that went away");
	a.keys[ACME_ACCOUNT_KEY].known = false;
	check(post("{}") == ACME_PERM && why_has("there is no account key"), "no key");
	check(acme_post(&a, ACME_BY_CERTIFICATE, span_str(X), span_str("{}"), NULL, &answer) == ACME_PERM &&
	              why_has("there is no certificate's key"), "nor a certificate's");
	outside_end(&o, "only a nonce was asked for");
	o.account = account;
	outside_script(&o, (const struct outside_step[]){ { "POST", X, .answer = "200\n\n" }, { 0 } });
	check(post("{}") == ACME_OK, "the nonce of before was not spoiled");
}

static void told(void)
{
	char text[ACME_LINE_MAX * 2];
	enum acme_result result;

	check(outside_open(&o, &a, KEY_P256), "a client");
	result = acme_fail(&a, ACME_NO, "%s: %d", "a\n\x1b\xc3\xa9", 7);
	check(result == ACME_NO && span_is(builder_span(&a.why), "a????: 7\n"), "a fact is one line");
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = 0;
	acme_forget(&a);
	for (int i = 0; i < 20; i++)
		(void)acme_fail(&a, ACME_NO, "%s", text);
	check(a.why.overflow && a.why.len <= ACME_WHY_MAX && a.why.len > ACME_WHY_MAX - ACME_LINE_MAX &&
	              a.why.p[a.why.len - 1] == '\n', "facts beyond all are dropped whole");
	acme_forget(&a);
	check(a.why.len == 0 && builder_ok(&a.why), "and forgotten");
	acme_say(&a, ACME_STEP, "%s", "one\ntwo");
	check(outside_seen(&o.notes, "0 one?two\n"), "a note is one line");
	o.functions.note = NULL;
	acme_say(&a, ACME_STEP, "x");
}

static void polls(void)
{
	static const struct {
		unsigned int n;
		int64_t said, ms;
	} cases[] = {
		{ 0, -1, 50 }, { 1, -1, 100 }, { 6, -1, 3200 }, { 7, -1, 5000 }, { 4000000000U, -1, 5000 },
		{ 0, 0, 50 }, { 3, 0, 400 }, { 0, 1, 1000 }, { 9, 1, 1000 }, { 0, 60, 60000 },
		{ 0, 61, 60000 }, { 0, INT64_MAX, 60000 }, { 0, INT64_MIN, 50 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check(acme_poll_ms(cases[i].n, cases[i].said) == cases[i].ms, "l: poll %zu", i);
}

int main(void)
{
	identities(KEY_P256);
	identities(KEY_P384);
	identities(KEY_RSA);
	nonces();
	bad_nonces();
	no_nonces();
	long_nonces();
	patience();
	deadlines();
	losses();
	heads();
	bodies();
	clocks();
	refused();
	told();
	polls();
	return tap_end();
}
