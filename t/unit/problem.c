/*
 * Problem documents. Criterion n of the ACME work: type, detail, HTTP status,
 * URL and every subproblem are told; temporary and permanent are told apart;
 * what is no problem document (a proxy's HTML) too.
 */
#include "acme/problem.h"

#include "acme_outside.h"

static struct outside o;
static struct acme a;

/* Posts to /x and gets this answer; `why` is then all that is told. */
static enum acme_result post(const char *answer)
{
	struct outside_step steps[] = { { "POST", "https://ca.test/x", .answer = answer }, { 0 } };
	struct acme_answer got;

	outside_script(&o, steps);
	acme_forget(&a);
	o.deadline_ms = o.now_ms + 1;
	return acme_post(&a, ACME_BY_ACCOUNT, span_str("https://ca.test/x"), span_str("{}"), NULL, &got);
}

static bool why_is(const char *text)
{
	if (span_is(builder_span(&a.why), text))
		return true;
	printf("# why:\n%.*s", (int)a.why.len, (const char *)a.why.p);
	return false;
}

#define URN "urn:ietf:params:acme:error:"

static void classes(void)
{
	static const struct {
		const char *status, *type, *known;
		enum acme_result result;
	} cases[] = {
		{ "400", URN "malformed", "malformed", ACME_PERM },
		{ "403", URN "unauthorized", "unauthorized", ACME_PERM },
		{ "400", URN "rejectedIdentifier", "rejectedIdentifier", ACME_PERM },
		{ "403", URN "caa", "caa", ACME_PERM },
		{ "400", URN "badCSR", "badCSR", ACME_PERM },
		{ "403", URN "userActionRequired", "userActionRequired", ACME_PERM },
		{ "400", URN "invalidProfile", "invalidProfile", ACME_PERM },
		{ "409", URN "alreadyReplaced", "alreadyReplaced", ACME_PERM },
		{ "400", URN "connection", "connection", ACME_TEMP },
		{ "400", URN "dns", "dns", ACME_TEMP },
		{ "400", URN "tls", "tls", ACME_TEMP },
		{ "403", URN "orderNotReady", "orderNotReady", ACME_TEMP },
		{ "403", URN "rateLimited", "rateLimited", ACME_TEMP },
		{ "500", URN "serverInternal", "serverInternal", ACME_TEMP },
		{ "400", URN "serverInternal", "serverInternal", ACME_TEMP },
		{ "500", URN "malformed", "malformed", ACME_TEMP },
		{ "501", URN "rejectedIdentifier", "rejectedIdentifier", ACME_PERM },
		{ "501", URN "serverInternal", "serverInternal", ACME_TEMP },
		{ "429", URN "malformed", "malformed", ACME_TEMP },
		{ "400", "URN:IETF:params:acme:error:badCSR", "badCSR", ACME_PERM },
		{ "400", "about:blank", "", ACME_PERM },
		{ "502", "about:blank", "", ACME_TEMP },
		{ "400", "https://example.org/probs/odd", "https://example.org/probs/odd", ACME_PERM },
		{ "408", "https://example.org/probs/odd", "https://example.org/probs/odd", ACME_TEMP },
		{ "302", URN "malformed", "malformed", ACME_PERM },
		{ "400", URN "compound", "compound", ACME_PERM },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char answer[300];

		snprintf(answer, sizeof answer, "%s\n\n{\"type\":\"%s\",\"detail\":\"d\"}",
		         cases[i].status, cases[i].type);
		check(post(answer) == cases[i].result && strcmp(a.problem_type, cases[i].known) == 0,
		      "n: %s %s", cases[i].status, cases[i].type);
	}
}

static void words(void)
{
	static const struct {
		const char *answer, *why;
	} cases[] = {
		{ "403\n\n{\"type\":\"" URN "unauthorized\",\"detail\":\"No.\",\"status\":403}",
		  "https://ca.test/x: HTTP status 403, unauthorized: No.\n" },
		{ "400\nContent-Type: application/problem+json; charset=utf-8\n\n"
		  "{\"type\":\"" URN "badCSR\",\"title\":\"Bad\"}",
		  "https://ca.test/x: HTTP status 400, badCSR: Bad\n" },
		{ "400\n\n{\"type\":null,\"detail\":null,\"subproblems\":null,\"instance\":null}",
		  "https://ca.test/x: HTTP status 400, a problem without a type\n" },
		{ "400\n\n{\"type\":1,\"detail\":[\"x\"],\"subproblems\":{\"a\":1},\"title\":{}}",
		  "https://ca.test/x: HTTP status 400, a problem without a type\n" },
		{ "400\n\n{\"type\":\"a\\u001b[31m\\nb\\\\\",\"detail\":\"x\\r\\n\\u0007y\\u00e9\"}",
		  "https://ca.test/x: HTTP status 400, a\\x1b[31m\\x0ab\\x5c: x\\x0d\\x0a\\x07y\\xc3\\xa9\n" },
		{ "403\n\n{\"type\":\"" URN "malformed\",\"detail\":\"Some of the identifiers\","
		  "\"subproblems\":[{\"type\":\"" URN "caa\",\"detail\":\"CAA forbids\","
		  "\"identifier\":{\"type\":\"dns\",\"value\":\"a.test\"}},"
		  "{\"type\":\"" URN "rejectedIdentifier\",\"detail\":\"never\\n\","
		  "\"identifier\":{\"type\":\"dns\",\"value\":\"b.test\\u0000\"}},"
		  "{\"identifier\":{\"type\":\"ip\",\"value\":\"::1\"}},7]}",
		  "https://ca.test/x: HTTP status 403, malformed: Some of the identifiers\n"
		  "a.test: caa: CAA forbids\n"
		  "no identifier: rejectedIdentifier: never\\x0a\n"
		  "::1: a problem without a type\n"
		  "no identifier: a problem without a type\n" },
		{ "403\nLink: <https://ca.test/terms/2>;rel=\"terms-of-service\"\n"
		  "Link: <https://ca.test/help>;rel=help\n\n"
		  "{\"type\":\"" URN "userActionRequired\",\"detail\":\"Terms have changed\","
		  "\"instance\":\"https://ca.test/agree?t=1\"}",
		  "https://ca.test/x: HTTP status 403, userActionRequired: Terms have changed\n"
		  "terms-of-service: https://ca.test/terms/2\n"
		  "help: https://ca.test/help\n"
		  "see https://ca.test/agree?t=1\n" },
		{ "429\nRetry-After: 7200\n\n{\"type\":\"" URN "rateLimited\",\"detail\":\"too many\"}",
		  "https://ca.test/x: HTTP status 429, rateLimited: too many\n"
		  "the server asks to be left alone for 7200 seconds\n" },
		{ "403\nContent-Type: text/html; charset=utf-8\n\n"
		  "<html><head><title>403 Forbidden</title></head>\n<body>\n<h1>Blocked</h1> by\tproxy</body>",
		  "https://ca.test/x: HTTP status 403 and no problem document but text/html: "
		  "403 Forbidden Blocked by proxy\n" },
		{ "403\nContent-Type: text/plain\n\n<b>no\x01",
		  "https://ca.test/x: HTTP status 403 and no problem document but text/plain: <b>no\\x01\n" },
		{ "404\nContent-Length: 0\n\n", "https://ca.test/x: HTTP status 404 and no problem document\n" },
		{ "400\n\n{\"type\":\"" URN "malformed\"",
		  "https://ca.test/x: HTTP status 400 and no problem document but "
		  "application/problem+json: {\"type\":\"urn:ietf:params:acme:error:malformed\"\n" },
		{ "400\n\n{\"type\":\"a\",\"type\":\"b\"}",
		  "https://ca.test/x: HTTP status 400 and no problem document but "
		  "application/problem+json: {\"type\":\"a\",\"type\":\"b\"}\n" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum acme_result result = post(cases[i].answer);

		check(result == (strncmp(cases[i].answer, "429", 3) ? ACME_PERM : ACME_TEMP) &&
		              why_is(cases[i].why),
		      "n: words %zu", i);
	}
}

static void compound(void)
{
	check(post("400\n\n{\"type\":\"" URN "compound\",\"subproblems\":[{\"type\":\"" URN "dns\"},"
	           "{\"type\":\"" URN "caa\"}]}") == ACME_PERM, "n: one of several is permanent");
	check(post("400\n\n{\"type\":\"" URN "compound\",\"subproblems\":[{\"type\":\"" URN "caa\"},"
	           "{\"type\":\"" URN "dns\"}]}") == ACME_PERM, "n: the first of them");
	check(post("400\n\n{\"subproblems\":[{\"type\":\"" URN "dns\"},{\"type\":\"" URN
	           "connection\"}]}") == ACME_TEMP, "n: all of them are temporary");
	check(post("400\n\n{\"type\":\"" URN "unauthorized\",\"subproblems\":[{\"type\":\"" URN
	           "dns\"}]}") == ACME_PERM, "n: a type of its own counts");
}

/* As many and as long as they come: cut, never more than there is room for. */
static void excess(void)
{
	static char answer[200000];
	struct builder b;
	size_t lines = 0;

	builder_init(&b, answer, sizeof answer);
	builder_str(&b, "400\n\n{\"type\":\"" URN "malformed\",\"subproblems\":[");
	for (int i = 0; i < 130; i++) {
		builder_str(&b, i ? ",{\"type\":\"" URN "caa\",\"detail\":\"forbidden\",\"identifier\":{\"value\":\"" :
		                    "{\"type\":\"" URN "caa\",\"identifier\":{\"value\":\"");
		builder_number(&b, (uint64_t)i);
		builder_str(&b, ".test\"}}");
	}
	builder_str(&b, "]}");
	check(builder_cstr(&b) && post(answer) == ACME_PERM && outside_seen(&a.why, "99.test: caa: forbidden\n") &&
	              !outside_seen(&a.why, "100.test") && outside_seen(&a.why, "and 30 more problems\n"),
	      "n: a hundred subproblems are told, the rest is counted");

	builder_init(&b, answer, sizeof answer);
	builder_str(&b, "400\n\n{\"type\":\"");
	for (int i = 0; i < 3000; i++)
		builder_str(&b, "\\u0001");
	builder_str(&b, "\",\"detail\":\"");
	for (int i = 0; i < 6000; i++)
		builder_str(&b, "\\u0001");
	builder_str(&b, "\"}");
	check(builder_cstr(&b) && post(answer) == ACME_PERM && a.why.len < ACME_LINE_MAX &&
	              strlen(a.problem_type) < PROBLEM_TYPE_MAX,
	      "n: long texts are cut");
	check(outside_seen(&a.why, "...\n"), "and it shows");

	builder_init(&b, answer, sizeof answer);
	builder_str(&b, "400\n\n{\"subproblems\":[");
	for (int i = 0; i < 100; i++) {
		builder_str(&b, i ? ",{\"detail\":\"" : "{\"detail\":\"");
		for (int j = 0; j < 200; j++)
			builder_str(&b, "\\u0001");
		builder_str(&b, "\"}");
	}
	builder_str(&b, "]}");
	check(builder_cstr(&b) && post(answer) == ACME_PERM && a.why.overflow && a.why.len <= ACME_WHY_MAX &&
	              a.why.len > ACME_WHY_MAX / 2 && a.why.p[a.why.len - 1] == '\n',
	      "more than `why` holds ends with a whole line");
	for (size_t i = 0; i < a.why.len; i++)
		lines += a.why.p[i] == '\n';
	check(lines > 20 && post("400\n\n{\"type\":\"x\"}") == ACME_PERM && !a.why.overflow &&
	              why_is("https://ca.test/x: HTTP status 400, x\n"),
	      "and the next begins anew");
}

/* Every prefix of a document that has all there is. */
static void truncated(void)
{
	static const char whole[] =
		"403\nContent-Type: application/problem+json\nLink: <https://ca.test/t>;rel=\"help\"\n\n"
		"{\"type\":\"" URN "compound\",\"detail\":\"\\u00e9x\",\"instance\":\"/i\",\"subproblems\":"
		"[{\"type\":\"" URN "dns\",\"identifier\":{\"type\":\"dns\",\"value\":\"a.test\"}}]}";
	const size_t body = (size_t)(strstr(whole, "\n\n") + 2 - whole);
	size_t good = 0;

	for (size_t n = body; n <= strlen(whole); n++) {
		char text[sizeof whole];

		memcpy(text, whole, n);
		text[n] = 0;
		good += post(text) == (n == strlen(whole) ? ACME_TEMP : ACME_PERM) && a.why.len > 0;
	}
	check(good == strlen(whole) - body + 1, "cut off at every byte it is another failure");
}

/* An "error" inside a challenge. */
static void embedded(void)
{
	static struct json doc;
	static struct json_token tokens[64];
	struct problem p;

	check(json_read(&doc, span_str("{\"error\":{\"type\":\"" URN "connection\",\"detail\":\"timeout\","
	                               "\"status\":400}}"), tokens, 64), "a challenge");
	acme_forget(&a);
	problem_read(&p, json_member(json_root(&doc), "error"), 0);
	problem_explain(&a, json_member(json_root(&doc), "error"), span_str("a.test\n"));
	check(p.result == ACME_TEMP && strcmp(p.type, "connection") == 0 &&
	              why_is("a.test\\x0a: connection: timeout\n"),
	      "n: the error of a challenge, with the name it is about");
	acme_forget(&a);
	problem_read(&p, json_member(json_root(&doc), "none"), 0);
	problem_explain(&a, json_member(json_root(&doc), "none"), span_str("a.test"));
	check(p.result == ACME_PERM && !p.type[0] && why_is("a.test: a problem without a type\n"),
	      "an error that is not there");
}

int main(void)
{
	check(outside_open(&o, &a, KEY_P256), "a client");
	snprintf(a.nonce, sizeof a.nonce, "first");
	snprintf(o.nonce, sizeof o.nonce, "first");
	classes();
	words();
	compound();
	excess();
	truncated();
	embedded();
	outside_script(&o, NULL);
	outside_end(&o, "all of these");
	return tap_end();
}
