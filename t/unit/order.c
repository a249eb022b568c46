/*
 * Orders against a server that is a table of answers: every odd way an order
 * may go. Acceptance criteria h to m, p, s to x, z and aa of ACME, as far as they are the
 * client's; each has its letter in the names of its tests.
 */
#include "acme/order.h"

#include "acme_chain.h"
#include "acme_outside.h"

#define NOW 1800000000
#define DAY 86400

static struct acme acme;
static struct outside outside;
static struct name_set names;
static struct order_request request;
static unsigned char csr_bytes[8192], chain_bytes[ORDER_CHAIN_MAX];
static struct builder chain;

/* What /cert/... answers: the leaf's key and the issuer above it by the last letter. */
static const char *certificate(struct outside *o, const struct acme_request *asked)
{
	static unsigned char answer[65536];
	static struct builder b;
	static const char *const fields[] = {
		"Link: </cert/b>;rel=\"alternate\", <https://ca.test/cert/c>; rel=alternate\n"
		"Link: <ftp://ca.test/cert/x>;rel=alternate\nLink: <https://ca.test/cert/d>;rel=alternate\n",
		"",
	};
	static const char *const asked_else[] = { "else.test", NULL };
	static struct name_set other;
	unsigned char last = asked->url.p[asked->url.len - 1];
	const char *issuer = last == 'b' ? "Middle Root" : last == 'c' ? "Best Root" : "Root One";

	(void)o;
	chain_names(&other, asked_else);
	builder_init(&b, answer, sizeof answer);
	builder_str(&b, "200\nContent-Type: application/pem-certificate-chain\n");
	builder_str(&b, fields[last != 'a']);
	for (int i = 0; last == 'z' && i < 20; i++)
		builder_str(&b, "Link: </cert/b>;rel=\"alternate\"\n");
	builder_str(&b, "\n");
	chain_add(&b, chain_key(last == 'k'), last == 'n' ? &other : &names, issuer, NOW - DAY,
	          last == 'e' ? NOW - 1 : NOW + DAY);
	chain_add(&b, chain_key(2), NULL, issuer, NOW - DAY, NOW + DAY);
	return builder_cstr(&b);
}

/* An order for these names, with the hook for http-01; the rest as the test sets it then. */
static void start(const char *const *list, const char *const *methods)
{
	struct builder b;

	outside_open(&outside, &acme, KEY_P256);
	outside.answer = certificate;
	chain_names(&names, list);
	builder_init(&b, csr_bytes, sizeof csr_bytes);
	request = (struct order_request){ .names = &names, .methods = methods };
	request.csr = chain_request(&b, chain_key(0), &names);
	while (methods[request.n_methods])
		request.n_methods++;
}

static enum acme_result run(const struct outside_step *steps)
{
	enum acme_result result;

	outside_script(&outside, steps);
	builder_init(&chain, chain_bytes, sizeof chain_bytes);
	result = order_run(&acme, &request, &chain);
	if (result == ACME_OK && (!builder_ok(&chain) || chain.len == 0 || acme.why.len != 0))
		check(false, "success gives a chain and nothing to complain of");
	if (result != ACME_OK && acme.why.len == 0)
		check(false, "failure has a reason");
	return result;
}

static bool why(const char *text)
{
	bool there = outside_seen(&acme.why, text);

	if (!there)
		printf("# why: %.*s\n", (int)acme.why.len, (const char *)acme.why.p);
	return there;
}

static bool hooks_are(const char *text)
{
	bool same = span_is(builder_span(&outside.hooks), text);

	if (!same)
		printf("# hooks: %.*s\n", (int)outside.hooks.len, (const char *)outside.hooks.p);
	return same;
}

static const char *const one_name[] = { "a.test", NULL };
static const char *const all_methods[] = { "http-01",        "dns-01", "tls-alpn-01",
	                                   "dns-account-01", "dns-persist-01", NULL };
static const char *const http_only[] = { "http-01", NULL };

#define ID_A "\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.test\"}],"
#define MANY(status, ids, authz, more) \
	"{\"status\":\"" status "\"," ids "\"authorizations\":[" authz "]," \
	"\"finalize\":\"https://ca.test/order/1/finalize\"" more "}"
#define ORDER(status, more) MANY(status, ID_A, "\"https://ca.test/authz/1\"", more)
#define CERT(letter) ",\"certificate\":\"https://ca.test/cert/" letter "\""
#define CREATED "201\nLocation: https://ca.test/order/1\n\n"
#define AUTHZ(status, name, n, more) \
	"200\n\n{\"status\":\"" status "\",\"identifier\":{\"type\":\"dns\",\"value\":\"" name "\"}" more \
	",\"challenges\":[{\"type\":\"http-01\",\"url\":\"https://ca.test/chall/" n "h\",\"status\":\"pending\"," \
	"\"token\":\"token-" n "\"},{\"type\":\"dns-01\",\"url\":\"https://ca.test/chall/" n "d\"," \
	"\"status\":\"pending\",\"token\":\"token-" n "\"}]}"
#define PROBLEM(status, type) \
	status "\n\n{\"type\":\"urn:ietf:params:acme:error:" type "\",\"detail\":\"said so\"}"

#define NONCE { "HEAD", "/nonce", .answer = "200\n\n" }
#define NEW_ORDER(answer_) { "POST", "https://ca.test/new-order", .answer = answer_ }
#define GET_(url_, answer_) { "POST", "https://ca.test" url_, .payload = "", .answer = answer_ }
#define TRIGGER(n, answer_) { "POST", "https://ca.test/chall/" n, .payload = "{}", .answer = answer_ }
#define FINALIZE(answer_) \
	{ "POST", "https://ca.test/order/1/finalize", .payload = "~{\"csr\":\"MI", .answer = answer_ }
#define POLL(answer_) GET_("/order/1", "200\n\n" answer_)
#define DOWNLOAD(letter) { "POST", "https://ca.test/cert/" letter, .payload = "" }
#define PENDING_TO_READY \
	NONCE, NEW_ORDER(CREATED ORDER("pending", "")), GET_("/authz/1", AUTHZ("pending", "a.test", "1", "")), \
	TRIGGER("1h", "200\n\n{}"), POLL(ORDER("ready", ""))

static void plain(void)
{
	static const struct outside_step steps[] = {
		NONCE,
		{ "POST", "https://ca.test/new-order",
		  .payload = "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.test\"}]}",
		  .answer = CREATED ORDER("pending", "") },
		GET_("/authz/1", AUTHZ("pending", "a.test", "1", "")),
		TRIGGER("1h", "200\n\n{\"type\":\"http-01\",\"status\":\"processing\"}"),
		POLL(ORDER("ready", "")),
		FINALIZE("200\n\n" ORDER("processing", "")),
		POLL(ORDER("valid", CERT("a"))),
		DOWNLOAD("a"),
		{ 0 },
	};
	struct span rest, label, der;
	static unsigned char bytes[65536];
	char expected[512], thumbprint[ACME_THUMBPRINT_LEN + 1];
	struct builder b;

	start(one_name, all_methods);
	check(run(steps) == ACME_OK, "criterion k: an order from pending to valid");
	outside_end(&outside, "one name");
	check(outside.requests == 8, "criterion p: nine requests, the directory's counted");
	check(strcmp(outside.accept, "application/pem-certificate-chain") == 0,
	      "criterion p: the chain is asked for as what it is");
	check(outside.last_wait_ms == 50 && outside.waits == 2, "criterion k: it is looked at soon");
	check(span_is(builder_span(&outside.kept), "https://ca.test/order/1"), "its URL is kept");
	check(acme_thumbprint(&acme, thumbprint), "a thumbprint");
	snprintf(expected, sizeof expected,
	         "begin http-01 a.test token-1 token-1.%s -\ndone http-01 a.test token-1 token-1.%s -\n",
	         thumbprint, thumbprint);
	check(hooks_are(expected), "criterion s: the hook is told the key authorization, and the end");
	rest = builder_span(&chain);
	builder_init(&b, bytes, sizeof bytes);
	check(pem_next(&rest, &label, &b, &der) == PEM_BLOCK && pem_next(&rest, &label, &b, &der) == PEM_BLOCK &&
	              pem_next(&rest, &label, &b, &der) == PEM_END,
	      "a chain of two");
}

static void methods_chosen(void)
{
	static const struct outside_step dns[] = {
		NONCE, NEW_ORDER(CREATED ORDER("pending", "")),
		GET_("/authz/1", AUTHZ("pending", "a.test", "1", "")),
		TRIGGER("1d", "200\n\n{}"),
		POLL(ORDER("ready", "")), FINALIZE("200\n\n" ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step none[] = {
		NONCE, NEW_ORDER(CREATED ORDER("pending", "")),
		GET_("/authz/1", AUTHZ("pending", "a.test", "1", "")), { 0 },
	};
	static const struct outside_step persist[] = {
		NONCE, NEW_ORDER(CREATED ORDER("pending", "")),
		GET_("/authz/1",
		     "200\n\n{\"status\":\"pending\",\"new\":{\"x\":[1]},\"identifier\":{\"type\":\"dns\",\"value\":\"a.test\"},"
		     "\"challenges\":[{\"type\":\"onion-csr-01\",\"nonce\":\"x\"},"
		     "{\"type\":\"dns-persist-01\",\"url\":\"/chall/1p\",\"status\":\"pending\","
		     "\"issuer-domain-names\":[\"ca.test\"]},null,7,{}]}"),
		TRIGGER("1p", "200\n\n{}"),
		POLL(ORDER("ready", "")), FINALIZE("200\n\n" ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step account[] = {
		NONCE, NEW_ORDER(CREATED ORDER("pending", "")),
		GET_("/authz/1",
		     "200\n\n{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\",\"value\":\"a.test\"},\"challenges\":["
		     "{\"type\":\"dns-persist-01\",\"url\":\"/chall/1p\",\"status\":\"pending\"},"
		     "{\"type\":\"dns-account-01\",\"url\":\"/chall/1a\",\"status\":\"pending\",\"token\":\"t\"}]}"),
		TRIGGER("1a", "200\n\n{}"),
		POLL(ORDER("ready", "")), FINALIZE("200\n\n" ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step alpn[] = {
		NONCE, NEW_ORDER(CREATED ORDER("pending", "")),
		GET_("/authz/1",
		     "200\n\n{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\",\"value\":\"a.test\"},\"challenges\":["
		     "{\"type\":\"http-01\",\"url\":\"/chall/1h\",\"status\":\"pending\",\"token\":\"../../etc/cron.d/x\"},"
		     "{\"type\":\"tls-alpn-01\",\"url\":\"/chall/1t\",\"token\":\"t\"}]}"),
		TRIGGER("1t", "200\n\n{}"),
		POLL(ORDER("ready", "")), FINALIZE("200\n\n" ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};

	start(one_name, all_methods);
	outside.hook_methods = "dns-01";
	check(run(dns) == ACME_OK && outside_end(&outside, "dns-01"), "the hook's choice: dns-01");
	check(outside_seen(&outside.hooks, "begin http-01 a.test token-1 ") &&
	              outside_seen(&outside.hooks, "begin dns-01 a.test token-1 ") &&
	              outside_seen(&outside.hooks, " _acme-challenge.a.test\ndone dns-01 a.test ") &&
	              !outside_seen(&outside.hooks, "done http-01"),
	      "criterion v: with the record's name; who declined is told no end");
	start(one_name, all_methods);
	outside.hook_methods = "none";
	check(run(none) == ACME_PERM && why("a.test: no challenge that the hook takes; the server offers: http-01, dns-01"),
	      "a hook that takes none");
	outside_end(&outside, "no method");
	check(!outside_seen(&outside.hooks, "failed"), "is told no end");
	start(one_name, all_methods);
	outside.functions.hook = NULL;
	check(run(none) == ACME_PERM, "and no hook at all");
	start(one_name, all_methods);
	outside.hook_fails = "a.test";
	check(run(none) == ACME_TEMP && why("the hook failed"), "a hook that fails");
	check(outside_seen(&outside.hooks, "failed http-01 a.test token-1"), "is told the end");
	start(one_name, all_methods);
	outside.hook_methods = "dns-persist-01";
	check(run(persist) == ACME_OK && outside_end(&outside, "dns-persist-01"),
	      "criterion v: a challenge without a token, unknown types and members");
	check(outside_seen(&outside.hooks,
	                   "begin dns-persist-01 a.test - ca.test; accounturi=" OUTSIDE_ACCOUNT_URL
	                   " _validation-persist.a.test\n"),
	      "criterion v: the persistent record");
	start(one_name, all_methods);
	outside.hook_methods = "dns-persist-01,dns-account-01,http-01";
	check(run(account) == ACME_OK && outside_end(&outside, "dns-account-01"),
	      "a challenge that is malformed gives way to another");
	check(outside_seen(&outside.hooks, "begin dns-account-01 a.test t ") &&
	              outside_seen(&outside.hooks, "._acme-challenge.a.test\n") &&
	              !outside_seen(&outside.hooks, "dns-persist-01"),
	      "with the account's label");
	start(one_name, all_methods);
	outside.hook_methods = "http-01,tls-alpn-01";
	check(run(alpn) == ACME_OK && outside_end(&outside, "tls-alpn-01") &&
	              !outside_seen(&outside.hooks, "cron"),
	      "criterion u: no token that is a path reaches the hook");
}

static void matched(void)
{
	static const char *const three[] = { "a.test", "*.a.test", "192.0.2.7", "b.test", NULL };
	static const char ids[] =
		"\"identifiers\":[{\"type\":\"dns\",\"value\":\"B.test\"},{\"type\":\"ip\",\"value\":\"192.0.2.7\"},"
		"{\"type\":\"dns\",\"value\":\"*.A.test\"},{\"type\":\"dns\",\"value\":\"a.TEST\"}],";
	static char created[4096], ready[4096];
	static const struct outside_step steps[] = {
		NONCE,
		{ "POST", "/new-order",
		  .payload = "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.test\"},{\"type\":\"dns\",\"value\":\"*.a.test\"},"
		             "{\"type\":\"ip\",\"value\":\"192.0.2.7\"},{\"type\":\"dns\",\"value\":\"b.test\"}]}",
		  .answer = created },
		GET_("/authz/4", AUTHZ("pending", "A.Test", "4", ",\"wildcard\":true")),
		GET_("/authz/3", "200\n\n{\"status\":\"pending\",\"identifier\":{\"type\":\"ip\",\"value\":\"192.0.2.7\"},"
		     "\"challenges\":[{\"type\":\"http-01\",\"url\":\"/chall/3h\",\"token\":\"token-3\"}]}"),
		GET_("/authz/2", AUTHZ("pending", "a.TEST", "2", ",\"wildcard\":false")),
		GET_("/authz/1", AUTHZ("valid", "b.test", "1", "")),
		TRIGGER("4d", "200\n\n{}"), TRIGGER("3h", "200\n\n{}"), TRIGGER("2h", "200\n\n{}"),
		POLL("{\"status\":\"pending\"}"),
		GET_("/order/1", ready),
		FINALIZE("200\n\n{\"status\":\"processing\"}"),
		POLL("{\"status\":\"valid\"" CERT("a") "}"), DOWNLOAD("a"), { 0 },
	};

	snprintf(created, sizeof created,
	         "201\nLocation: /order/1\n\n{\"status\":\"pending\",%s\"authorizations\":[\"/authz/4\","
	         "\"https://ca.test/authz/3\",\"/authz/2\",\"/authz/1\"],\"finalize\":\"/order/1/finalize\"}", ids);
	snprintf(ready, sizeof ready, "200\n\n{\"status\":\"ready\",%s\"finalize\":null}", ids);
	start(three, all_methods);
	outside.hook_methods = "http-01,dns-01";
	check(run(steps) == ACME_OK, "criteria i, m: shuffled authorizations, in capitals, URLs relative");
	outside_end(&outside, "four names");
	check(outside_seen(&outside.hooks, "begin dns-01 a.test token-4 ") &&
	              outside_seen(&outside.hooks, "begin http-01 192.0.2.7 token-3 ") &&
	              outside_seen(&outside.hooks, "begin http-01 a.test token-2 ") &&
	              !outside_seen(&outside.hooks, "b.test"),
	      "criteria i, j, y: each by what it says of itself; what is valid is left alone");
	check(outside_seen(&outside.hooks, "done dns-01 a.test token-4") &&
	              outside_seen(&outside.hooks, "done http-01 192.0.2.7 token-3") &&
	              outside_seen(&outside.hooks, "done http-01 a.test token-2"),
	      "criterion t: each is told its end");
}

/* The hook was called with these words and no others, in this order. */
static bool hooks_in_order_(const char *const *words, size_t n)
{
	struct span rest = builder_span(&outside.hooks), line;

	for (size_t i = 0; i < n; i++)
		if (rest.len == 0 || !span_split(&rest, '\n', &line) || !span_starts(line, words[i]))
			return false;
	return rest.len == 0;
}
#define hooks_in_order(...) \
	hooks_in_order_((const char *const[]){ __VA_ARGS__ }, \
	                sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* All hooks begin before the first challenge is triggered, and end after the last. */
static void published_first(void)
{
	static const char *const two[] = { "a.test", "b.test", NULL };
#define IDS_AB "\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.test\"},{\"type\":\"dns\",\"value\":\"b.test\"}],"
#define AB "\"https://ca.test/authz/1\",\"https://ca.test/authz/2\""
	static const struct outside_step fails[] = {
		NONCE, NEW_ORDER(CREATED MANY("pending", IDS_AB, AB, "")),
		GET_("/authz/1", AUTHZ("pending", "a.test", "1", "")),
		GET_("/authz/2", AUTHZ("pending", "b.test", "2", "")), { 0 },
	};
	static const struct outside_step refused[] = {
		NONCE, NEW_ORDER(CREATED MANY("pending", IDS_AB, AB, "")),
		GET_("/authz/1", AUTHZ("pending", "a.test", "1", "")),
		GET_("/authz/2", AUTHZ("pending", "b.test", "2", "")),
		TRIGGER("1h", "200\n\n{}"), TRIGGER("2h", PROBLEM("403", "unauthorized")),
		GET_("/authz/2", AUTHZ("pending", "b.test", "2", "")), { 0 },
	};
#define LOST \
	TRIGGER("1h", "!connection reset"), NONCE, GET_("/authz/1", AUTHZ("pending", "a.test", "1", ""))
	static const struct outside_step never[] = {
		NONCE, NEW_ORDER(CREATED ORDER("pending", "")), GET_("/authz/1", AUTHZ("pending", "a.test", "1", "")),
		LOST, LOST, LOST, { 0 },
	};
	static const struct outside_step lost[] = {
		NONCE, NEW_ORDER(CREATED MANY("pending", IDS_AB, AB, "")),
		GET_("/authz/1", AUTHZ("pending", "a.test", "1", "")),
		GET_("/authz/2", AUTHZ("pending", "b.test", "2", "")),
		TRIGGER("1h", "!connection reset"), NONCE, GET_("/authz/1", AUTHZ("valid", "a.test", "1", "")),
		TRIGGER("2h", "!connection reset"), NONCE, GET_("/authz/2", AUTHZ("pending", "b.test", "2", "")),
		TRIGGER("2h", PROBLEM("400", "malformed")),
		GET_("/authz/2", "200\n\n{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\",\"value\":\"b.test\"},"
		     "\"challenges\":[{\"type\":\"http-01\",\"status\":\"processing\",\"url\":\"/chall/2h\",\"token\":\"x\"}]}"),
		POLL("{\"status\":\"ready\"}"), FINALIZE("200\n\n" ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};

	start(one_name, http_only);
	check(run(never) == ACME_TEMP && outside_end(&outside, "triggers never answered") && why("connection reset"),
	      "and not for ever");
	start(two, http_only);
	outside.hook_fails = "b.test";
	check(run(fails) == ACME_TEMP && outside_end(&outside, "a second hook that fails"),
	      "criterion m: nothing is triggered before all is published");
	check(outside_seen(&outside.hooks, "failed http-01 a.test") &&
	              outside_seen(&outside.hooks, "failed http-01 b.test"),
	      "criterion t: and what was published is taken away");
	start(two, http_only);
	outside.hook_later = true;
	outside.wait_fails = "b.test";
	check(run(fails) == ACME_TEMP && outside_end(&outside, "waited in vain") &&
	      why("b.test: the hook waited in vain for http-01"), "nor before all is seen");
	check(hooks_in_order("begin http-01 a.test", "begin http-01 b.test", "wait http-01 a.test", "wait http-01 b.test",
	                     "failed http-01 a.test", "failed http-01 b.test"),
	      "what several names publish travels at the same time");
	start(two, http_only);
	check(run(refused) == ACME_PERM && outside_end(&outside, "a trigger refused") && why("said so"),
	      "a challenge that may not be triggered");
	check(outside_seen(&outside.hooks, "failed http-01 a.test") &&
	              outside_seen(&outside.hooks, "failed http-01 b.test"),
	      "criterion t: both are told the end");
	start(two, http_only);
	check(run(lost) == ACME_OK && outside_end(&outside, "triggers lost"),
	      "criterion h: a trigger whose answer was lost is looked after, not repeated blindly");
}

static void already(void)
{
	static const struct outside_step authz_valid[] = {
		NONCE, NEW_ORDER(CREATED ORDER("pending", "")),
		GET_("/authz/1", "200\n\n{\"status\":\"valid\",\"identifier\":{\"type\":\"dns\",\"value\":\"a.test\"},"
		     "\"challenges\":[{\"type\":\"dns-01\",\"status\":\"valid\"}]}"),
		POLL(ORDER("ready", "")), FINALIZE("200\n\n" ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step ready[] = {
		NONCE, NEW_ORDER(CREATED ORDER("ready", "")), FINALIZE("200\n\n" ORDER("valid", CERT("a"))),
		DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step no_authz[] = {
		NONCE, NEW_ORDER(CREATED MANY("pending", ID_A, "", "")), POLL(MANY("ready", ID_A, "", "")),
		FINALIZE("200\n\n" ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step processing[] = {
		NONCE, NEW_ORDER("200\nLocation: https://ca.test/order/1\n\n" ORDER("processing", "")),
		POLL(ORDER("processing", "")), POLL(ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step valid[] = {
		NONCE, NEW_ORDER("200\nLocation: https://ca.test/order/1\n\n" ORDER("valid", CERT("a"))),
		DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step other_key[] = {
		NONCE, NEW_ORDER("200\nLocation: https://ca.test/order/1\n\n" ORDER("valid", CERT("k"))),
		DOWNLOAD("k"), { 0 },
	};
	static const struct outside_step jumps[] = {
		NONCE, NEW_ORDER(CREATED ORDER("pending", "")), GET_("/authz/1", AUTHZ("pending", "a.test", "1", "")),
		TRIGGER("1h", "200\n\n{}"), POLL(ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step in_process[] = {
		NONCE, NEW_ORDER(CREATED ORDER("pending", "")),
		GET_("/authz/1", "200\n\n{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\",\"value\":\"a.test\"},"
		     "\"challenges\":[{\"type\":\"http-01\",\"status\":\"pending\",\"url\":\"/chall/1h\",\"token\":\"h\"},"
		     "{\"type\":\"dns-01\",\"status\":\"processing\",\"url\":\"/chall/1d\",\"token\":\"d\"}]}"),
		POLL(ORDER("ready", "")), FINALIZE("200\n\n" ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};

	start(one_name, http_only);
	check(run(authz_valid) == ACME_OK && outside_end(&outside, "a valid authorization") && hooks_are(""),
	      "criterion j: an authorization that is valid needs no hook");
	start(one_name, http_only);
	check(run(ready) == ACME_OK && outside_end(&outside, "ready at once") && hooks_are(""),
	      "criterion j: an order that is ready at once");
	start(one_name, http_only);
	check(run(no_authz) == ACME_OK && outside_end(&outside, "no authorizations"),
	      "criterion j: an order without authorizations");
	start(one_name, http_only);
	check(run(processing) == ACME_OK && outside_end(&outside, "processing at once"),
	      "criterion j: an order that is processing at once");
	start(one_name, http_only);
	check(run(valid) == ACME_OK && outside_end(&outside, "valid at once"),
	      "criterion j: an order that is valid at once, its certificate for our key");
	start(one_name, http_only);
	check(run(other_key) == ACME_TEMP && outside_end(&outside, "another key") && chain.len == 0 &&
	              why("it is for another key"),
	      "criterion x: but not for another key");
	start(one_name, http_only);
	check(run(jumps) == ACME_OK && outside_end(&outside, "pending to valid"),
	      "criterion k: an order that skips states");
	start(one_name, all_methods);
	outside.hook_methods = "http-01,dns-01";
	check(run(in_process) == ACME_OK && outside_end(&outside, "a challenge in process") &&
	              outside_seen(&outside.hooks, "begin dns-01 a.test d "),
	      "criterion k: a challenge that is processing is published and not triggered");
}

static void finalizing(void)
{
	static const struct outside_step not_ready[] = {
		PENDING_TO_READY, FINALIZE(PROBLEM("403", "orderNotReady")), POLL(ORDER("pending", "")),
		POLL(ORDER("ready", "")), FINALIZE("200\n\n" ORDER("processing", "")),
		POLL(ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step never_ready[] = {
		PENDING_TO_READY,
		FINALIZE(PROBLEM("403", "orderNotReady")), POLL(ORDER("ready", "")),
		FINALIZE(PROBLEM("403", "orderNotReady")), POLL(ORDER("ready", "")),
		FINALIZE(PROBLEM("403", "orderNotReady")), POLL(ORDER("ready", "")),
		FINALIZE(PROBLEM("403", "orderNotReady")), POLL(ORDER("ready", "")),
		FINALIZE(PROBLEM("403", "orderNotReady")), POLL(ORDER("ready", "")), { 0 },
	};
	static const struct outside_step lost[] = {
		PENDING_TO_READY, FINALIZE("!connection reset"), NONCE, POLL(ORDER("processing", "")),
		POLL(ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step lost_before[] = {
		PENDING_TO_READY, FINALIZE("!connection reset"), NONCE, POLL(ORDER("ready", "")),
		FINALIZE(PROBLEM("500", "serverInternal")), POLL(ORDER("ready", "")),
		FINALIZE("200\n\n" ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step slow_ready[] = {
		PENDING_TO_READY, FINALIZE("200\n\n" ORDER("ready", "")), POLL(ORDER("ready", "")),
		POLL(ORDER("ready", "")), POLL(ORDER("processing", "")), POLL(ORDER("valid", CERT("a"))),
		DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step empty[] = {
		PENDING_TO_READY, FINALIZE("200\n\n"), POLL(ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step bad_csr[] = {
		PENDING_TO_READY, FINALIZE(PROBLEM("400", "badCSR")), { 0 },
	};
	static const struct outside_step nonce[] = {
		NONCE, NEW_ORDER(PROBLEM("400", "badNonce")), NEW_ORDER(CREATED ORDER("ready", "")),
		FINALIZE(PROBLEM("400", "badNonce")), FINALIZE("200\n\n" ORDER("valid", CERT("a"))),
		DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step caa[] = {
		PENDING_TO_READY, FINALIZE("200\n\n" ORDER("processing", "")),
		POLL(ORDER("invalid", ",\"error\":{\"type\":\"urn:ietf:params:acme:error:caa\",\"detail\":\"no\\u001b[1m\","
		     "\"subproblems\":[{\"type\":\"urn:ietf:params:acme:error:caa\",\"detail\":\"forbidden\","
		     "\"identifier\":{\"type\":\"dns\",\"value\":\"a.test\"}}]}")), { 0 },
	};

	start(one_name, http_only);
	check(run(not_ready) == ACME_OK && outside_end(&outside, "not ready"),
	      "criterion k: orderNotReady: polled until it is");
	start(one_name, http_only);
	check(run(never_ready) == ACME_TEMP && outside_end(&outside, "never ready") && why("still ready"),
	      "criterion k: but not for ever");
	start(one_name, http_only);
	check(run(lost) == ACME_OK && outside_end(&outside, "an answer lost"),
	      "criterion h: a lost answer to finalize does not finalize twice");
	start(one_name, http_only);
	check(run(lost_before) == ACME_OK && outside_end(&outside, "a request lost"),
	      "criterion h: but a lost request does, and a server's failure");
	start(one_name, http_only);
	check(run(slow_ready) == ACME_OK && outside_end(&outside, "ready for a while"),
	      "criterion k: an order that took the CSR and says ready is given time");
	start(one_name, http_only);
	check(run(empty) == ACME_OK && outside_end(&outside, "an empty answer"),
	      "an answer to finalize without an order");
	start(one_name, http_only);
	check(run(bad_csr) == ACME_PERM && outside_end(&outside, "badCSR") &&
	              outside_seen(&outside.hooks, "done http-01"),
	      "criterion y: badCSR is not tried again");
	start(one_name, http_only);
	check(run(nonce) == ACME_OK && outside_end(&outside, "bad nonces"),
	      "criterion h: badNonce on newOrder and finalize makes no second order");
	start(one_name, http_only);
	check(run(caa) == ACME_PERM && outside_end(&outside, "caa") && why("order: caa: no\\x1b[1m") &&
	              why("a.test: caa: forbidden"),
	      "criterion n: an order that fails at the end says why, escaped, with each subproblem");
}

static void failing(void)
{
	static const char *const three[] = { "a.test", "b.test", "c.test", NULL };
#define IDS_ABC \
	"\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.test\"},{\"type\":\"dns\",\"value\":\"b.test\"}," \
	"{\"type\":\"dns\",\"value\":\"c.test\"}],"
#define ABC AB ",\"https://ca.test/authz/3\""
#define FAILED(name, type, more) \
	"200\n\n{\"status\":\"invalid\",\"identifier\":{\"type\":\"dns\",\"value\":\"" name "\"},\"challenges\":[" \
	"{\"type\":\"http-01\",\"url\":\"x\",\"status\":\"invalid\",\"token\":\"t\",\"error\":{\"type\":" \
	"\"urn:ietf:params:acme:error:" type "\",\"detail\":\"because of " name "\"" more "}}]}"
#define BEGUN \
	NONCE, NEW_ORDER(CREATED MANY("pending", IDS_ABC, ABC, "")), \
	GET_("/authz/1", AUTHZ("pending", "a.test", "1", "")), GET_("/authz/2", AUTHZ("pending", "b.test", "2", "")), \
	GET_("/authz/3", AUTHZ("pending", "c.test", "3", "")), TRIGGER("1h", "200\n\n{}"), \
	TRIGGER("2h", "200\n\n{}"), TRIGGER("3h", "200\n\n{}")
	static const struct outside_step two_fail[] = {
		BEGUN, POLL(MANY("invalid", IDS_ABC, ABC, ",\"error\":{\"type\":\"urn:ietf:params:acme:error:unauthorized\","
		                 "\"detail\":\"because of a.test\"}")),
		GET_("/authz/1", FAILED("a.test", "unauthorized", ",\"subproblems\":[{\"type\":"
		     "\"urn:ietf:params:acme:error:dns\",\"detail\":\"first\"},{\"type\":"
		     "\"urn:ietf:params:acme:error:tls\",\"detail\":\"second\"}]")),
		GET_("/authz/2", AUTHZ("valid", "b.test", "2", "")),
		GET_("/authz/3", FAILED("c.test", "connection", "")), { 0 },
	};
	static const struct outside_step temporary[] = {
		BEGUN, POLL(MANY("invalid", IDS_ABC, ABC, "")),
		GET_("/authz/1", FAILED("a.test", "connection", "")),
		GET_("/authz/2", AUTHZ("valid", "b.test", "2", "")),
		GET_("/authz/3", FAILED("c.test", "dns", "")), { 0 },
	};
	static const struct outside_step lagging[] = {
		BEGUN, POLL("{\"status\":\"pending\"}"), POLL("{\"status\":\"pending\"}"), POLL("{\"status\":\"pending\"}"),
		POLL("{\"status\":\"pending\"}"), GET_("/authz/1", AUTHZ("valid", "a.test", "1", "")),
		GET_("/authz/2", FAILED("b.test", "unauthorized", "")),
		GET_("/authz/3", AUTHZ("pending", "c.test", "3", "")), { 0 },
	};
	static const struct outside_step updated[] = {
		BEGUN, POLL("{\"status\":\"pending\"}"), POLL("{\"status\":\"pending\"}"), POLL("{\"status\":\"pending\"}"),
		POLL("{\"status\":\"pending\"}"), GET_("/authz/1", AUTHZ("valid", "a.test", "1", "")),
		GET_("/authz/2", AUTHZ("valid", "b.test", "2", "")), GET_("/authz/3", AUTHZ("valid", "c.test", "3", "")),
		POLL("{\"status\":\"ready\"}"), FINALIZE("200\n\n" ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step at_once[] = {
		NONCE, NEW_ORDER(CREATED MANY("pending", IDS_ABC, ABC, "")),
		GET_("/authz/1", AUTHZ("pending", "a.test", "1", "")), GET_("/authz/2", FAILED("b.test", "unauthorized", "")),
		GET_("/authz/3", "200\n\n{\"status\":\"deactivated\",\"identifier\":{\"type\":\"dns\",\"value\":\"c.test\"}}"),
		{ 0 },
	};
	static const struct outside_step silent[] = {
		NONCE, NEW_ORDER(CREATED ORDER("invalid", "")), GET_("/authz/1", AUTHZ("valid", "a.test", "1", "")), { 0 },
	};

	start(three, http_only);
	check(run(two_fail) == ACME_PERM && outside_end(&outside, "two of three fail"),
	      "criterion m: names fail together");
	check(why("a.test http-01: unauthorized: because of a.test") && why("dns: first") && why("tls: second") &&
	              why("c.test http-01: connection: because of c.test"),
	      "criteria m, n: with every authorization's error and subproblem");
	check(!outside_seen(&acme.why, "order:") && span_starts(builder_span(&acme.why), "a.test http-01: "),
	      "and the order's, which is one of them, is not told again");
	check(outside_seen(&outside.hooks, "failed http-01 a.test") &&
	              outside_seen(&outside.hooks, "done http-01 b.test") &&
	              outside_seen(&outside.hooks, "failed http-01 c.test"),
	      "criterion t: each hook is told how it ended");
	start(three, http_only);
	check(run(temporary) == ACME_TEMP && outside_end(&outside, "for now"),
	      "criterion n: failures of the network alone are temporary");
	start(three, http_only);
	check(run(lagging) == ACME_PERM && outside_end(&outside, "an order that lags") &&
	              why("b.test http-01: unauthorized"),
	      "criterion k: a failed authorization is found while its order says pending");
	start(three, http_only);
	check(run(updated) == ACME_OK && outside_end(&outside, "authorizations updated when asked for"),
	      "criterion k: an order whose authorizations change only when they are asked for");
	start(three, http_only);
	check(run(at_once) == ACME_PERM && outside_end(&outside, "failed at once") &&
	              why("because of b.test") && why("c.test: the authorization has failed") &&
	              outside_seen(&outside.hooks, "failed http-01 a.test"),
	      "criterion m: all that failed before are told, too");
	start(one_name, http_only);
	check(run(silent) == ACME_TEMP && outside_end(&outside, "no reason") && why("no reason"),
	      "an order that is invalid and says nothing");
}

static void polling(void)
{
	static const struct outside_step patient[] = {
		NONCE, NEW_ORDER(CREATED ORDER("pending", "")), GET_("/authz/1", AUTHZ("pending", "a.test", "1", "")),
		TRIGGER("1h", "200\nRetry-After: 2\n\n{}"),
		GET_("/order/1", "200\nRetry-After: 7\n\n" ORDER("processing", "")),
		GET_("/order/1", "200\nRetry-After: Fri, 15 Jan 2027 08:00:29 GMT\n\n" ORDER("processing", "")),
		GET_("/order/1", "200\nRetry-After: 999999999\n\n" ORDER("processing", "")),
		GET_("/order/1", "200\nRetry-After: nonsense\n\n" ORDER("processing", "")),
		POLL(ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step pending[] = {
		NONCE, NEW_ORDER(CREATED ORDER("pending", "")),
		{ "POST", "/authz/1", .payload = "", .answer = AUTHZ("pending", "a.test", "1", ""), .times = 99 },
		TRIGGER("1h", "200\n\n{}"),
		{ "POST", "/order/1", .payload = "", .answer = "200\n\n" ORDER("pending", ""), .times = 999 }, { 0 },
	};

	start(one_name, http_only);
	check(run(patient) == ACME_OK && outside_end(&outside, "Retry-After"),
	      "criterion l: Retry-After in both forms");
	/* 2 s, 7 s, 20 s (until :29), at most 60 s, and then our own pace again. */
	check(outside.waited_ms >= 89000 && outside.waited_ms < 90000 && outside.longest_wait_ms == 60000,
	      "criterion l: honoured within bounds: %lld ms", (long long)outside.waited_ms);
	start(one_name, http_only);
	outside.deadline_ms = 60000;
	outside.unordered = true;
	check(run(pending) == ACME_TEMP && why("still pending when the time was up") && outside.faults == 0,
	      "criterion l: a deadline ends it");
	check(outside.waits < 25 && outside.requests < 40 && outside.longest_wait_ms <= 5000,
	      "criterion l: politely: %u waits, %u requests in a minute", outside.waits, outside.requests);
	check(outside_seen(&outside.hooks, "failed http-01 a.test"), "criterion t: and the hook is told");
}

static void malformed(void)
{
	static const struct {
		const char *about, *order;
		enum acme_result result;
	} orders[] = {
		{ "without a Location", "201\n\n" ORDER("ready", ""), ACME_TEMP },
		{ "with a Location that is none", "201\nLocation: ftp://ca.test/\n\n" ORDER("ready", ""), ACME_TEMP },
		{ "with a Location without TLS", "201\nLocation: http://ca.test/order/1\n\n" ORDER("ready", ""), ACME_TEMP },
		{ "that is no JSON", CREATED "<html>", ACME_TEMP },
		{ "that is empty", CREATED "{}", ACME_TEMP },
		{ "without a status", CREATED "{" ID_A "\"authorizations\":[]}", ACME_TEMP },
		{ "of an unknown status", CREATED ORDER("lost", ""), ACME_TEMP },
		{ "for another name", CREATED MANY("ready", "\"identifiers\":[{\"type\":\"dns\",\"value\":\"b.test\"}],", "", ""), ACME_PERM },
		{ "for one name more", CREATED MANY("ready", IDS_AB, "", ""), ACME_PERM },
		{ "for a name that is none", CREATED MANY("ready", "\"identifiers\":[{\"type\":\"dns\",\"value\":\"a..test\"}],", "", ""), ACME_PERM },
		{ "whose authorization is a number", CREATED MANY("pending", ID_A, "7", ""), ACME_PERM },
		{ "whose authorization is no URL to ask", CREATED MANY("pending", ID_A, "\"file:///etc/passwd\"", ""), ACME_PERM },
		{ "that is ready and has no finalize", CREATED "{\"status\":\"ready\"," ID_A "\"finalize\":null}", ACME_TEMP },
		{ "with a finalize without TLS", CREATED "{\"status\":\"ready\"," ID_A "\"finalize\":\"http://ca.test/f\"}", ACME_TEMP },
		{ "that is valid and has no certificate", CREATED ORDER("valid", ""), ACME_TEMP },
		{ "with a certificate at no URL", CREATED ORDER("valid", ",\"certificate\":[\"https://ca.test/cert/a\"]"), ACME_TEMP },
		{ "that is refused for its name", PROBLEM("400", "rejectedIdentifier"), ACME_PERM },
		{ "that is refused for its profile", PROBLEM("400", "invalidProfile"), ACME_PERM },
		{ "that got no answer", "!timed out", ACME_TEMP },
	};
#define CHALLENGES \
	",\"challenges\":[{\"type\":\"http-01\",\"token\":\"t\",\"url\":\"/c/1\"},{\"type\":\"dns-01\",\"token\":\"t\",\"url\":\"/c/2\"}]}"
#define OF(type, value) "200\n\n{\"status\":\"pending\",\"identifier\":{\"type\":\"" type "\",\"value\":\"" value "\"}"
#define STRANGER "a name not asked for"
#define NO_METHOD "no challenge that the hook takes"
	static const struct {
		const char *about, *authz, *why;
		enum acme_result result;
	} authzs[] = {
		{ "that is no JSON", "200\n\nx", "not an authorization", ACME_TEMP },
		{ "of an unknown status", AUTHZ("strange", "a.test", "1", ""), "not an authorization", ACME_TEMP },
		{ "without an identifier", "200\n\n{\"status\":\"pending\"" CHALLENGES, STRANGER, ACME_PERM },
		{ "for another name", OF("dns", "evil.test") CHALLENGES, STRANGER, ACME_PERM },
		{ "for a name below", OF("dns", "x.a.test") CHALLENGES, STRANGER, ACME_PERM },
		{ "for another kind of name", OF("ip", "a.test") CHALLENGES, STRANGER, ACME_PERM },
		{ "for a kind unknown", OF("email", "a.test") CHALLENGES, STRANGER, ACME_PERM },
		{ "for an address nobody asked for", OF("ip", "192.0.2.1") CHALLENGES, STRANGER, ACME_PERM },
		{ "for a wildcard nobody asked for", OF("dns", "a.test") ",\"wildcard\":true" CHALLENGES, STRANGER, ACME_PERM },
		{ "for a wildcard spelled out", OF("dns", "*.a.test") CHALLENGES, STRANGER, ACME_PERM },
		{ "for a name with a control byte", OF("dns", "a.test\\u0000") CHALLENGES, STRANGER, ACME_PERM },
		{ "without challenges", OF("dns", "a.test") "}", NO_METHOD, ACME_PERM },
		{ "whose challenges are an object", OF("dns", "a.test") ",\"challenges\":{\"type\":\"http-01\"}}", NO_METHOD, ACME_PERM },
		{ "whose challenge has no URL",
		  OF("dns", "a.test") ",\"challenges\":[{\"type\":\"http-01\",\"token\":\"t\"}]}", NO_METHOD, ACME_PERM },
		{ "whose challenge has a URL without TLS",
		  OF("dns", "a.test") ",\"challenges\":[{\"type\":\"http-01\",\"token\":\"t\",\"url\":\"http://ca.test/\"}]}",
		  NO_METHOD, ACME_PERM },
		{ "whose challenges are over",
		  OF("dns", "a.test") ",\"challenges\":[{\"type\":\"http-01\",\"token\":\"t\",\"url\":\"/c\",\"status\":\"invalid\"}]}",
		  NO_METHOD, ACME_PERM },
	};
	struct outside_step steps[] = { NONCE, NEW_ORDER(NULL), { 0 }, { 0 } };

	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
		enum acme_result result;

		start(one_name, http_only);
		steps[1].answer = orders[i].order;
		result = run(steps);
		check(result == orders[i].result, "an order %s",
		      orders[i].about);
		if (outside.faults || !hooks_are(""))
			check(false, "nothing more is asked for an order %s", orders[i].about);
	}
	steps[1].answer = CREATED ORDER("pending", "");
	for (size_t i = 0; i < sizeof authzs / sizeof *authzs; i++) {
		start(one_name, all_methods);
		outside.hook_methods = "http-01,dns-01";
		steps[2] = (struct outside_step)GET_("/authz/1", NULL);
		steps[2].answer = authzs[i].authz;
		check(run(steps) == authzs[i].result && why(authzs[i].why), "criterion i: an authorization %s",
		      authzs[i].about);
		if (outside.faults || !hooks_are(""))
			check(false, "nothing is published for an authorization %s", authzs[i].about);
	}
}

static void many(void)
{
	static char answer[16384];
	struct builder b;
	const struct outside_step steps[] = { NONCE, NEW_ORDER(answer), { 0 } };

	start(one_name, http_only);
	builder_init(&b, answer, sizeof answer);
	builder_str(&b, CREATED "{\"status\":\"pending\"," ID_A "\"authorizations\":[");
	for (size_t i = 0; i < 101; i++)
		builder_str(&b, i ? ",\"https://ca.test/authz/1\"" : "\"https://ca.test/authz/1\"");
	builder_str(&b, "]}");
	check(builder_cstr(&b) && run(steps) == ACME_PERM && why("more than 100 authorizations"),
	      "more authorizations than an order can have");
}

static void forgotten_flag(void)
{
	static const char *const wildcard[] = { "*.a.test", NULL };
	static const struct outside_step steps[] = {
		NONCE, NEW_ORDER(CREATED MANY("pending", "\"identifiers\":[{\"type\":\"dns\",\"value\":\"*.a.test\"}],",
		                              "\"https://ca.test/authz/1\"", "")),
		GET_("/authz/1", AUTHZ("pending", "a.test", "1", "")), TRIGGER("1d", "200\n\n{}"),
		POLL("{\"status\":\"ready\"}"), FINALIZE("200\n\n" ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};

	start(wildcard, all_methods);
	outside.hook_methods = "http-01,dns-01";
	check(run(steps) == ACME_OK && outside_end(&outside, "a wildcard") &&
	              !outside_seen(&outside.hooks, "http-01"),
	      "criterion i: a wildcard alone, its flag forgotten, is proven in the DNS");
}

static void profiles(void)
{
	static const struct outside_step steps[] = {
		NONCE,
		{ "POST", "/new-order",
		  .payload = "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.test\"}],\"profile\":\"short\"}",
		  .answer = CREATED ORDER("ready", ",\"profile\":\"short\"") },
		FINALIZE("200\n\n" ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};

	start(one_name, http_only);
	request.profile = "short";
	check(run(steps) == ACME_OK && outside_end(&outside, "a profile"), "criterion aa: a profile is asked for");
	start(one_name, http_only);
	request.profile = "long";
	check(run(NULL) == ACME_PERM && outside.requests == 0 && why("classic, short"),
	      "criterion aa: one that the directory has not is not, and those it has are named");
	start(one_name, http_only);
	acme.directory.profiles.len = 0;
	request.profile = "short";
	check(run(NULL) == ACME_PERM && outside.requests == 0 && why("offers no profiles"),
	      "criterion aa: nor where there are none");
}

static void replacing(void)
{
#define REPLACES "~\"replaces\":\"aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE\"}"
#define BARE "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.test\"}]}"
	static const struct outside_step once[] = {
		NONCE, { "POST", "/new-order", .payload = REPLACES, .answer = CREATED ORDER("ready", "") },
		FINALIZE("200\n\n" ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step again[] = {
		NONCE, { "POST", "/new-order", .payload = REPLACES, .answer = PROBLEM("409", "alreadyReplaced") },
		{ "POST", "/new-order", .payload = BARE, .answer = CREATED ORDER("ready", "") },
		FINALIZE("200\n\n" ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step unknown[] = {
		NONCE, { "POST", "/new-order", .payload = REPLACES, .answer = PROBLEM("404", "malformed") },
		{ "POST", "/new-order", .payload = BARE, .answer = PROBLEM("409", "alreadyReplaced") }, { 0 },
	};
	static const struct outside_step refused[] = {
		NONCE, { "POST", "/new-order", .payload = REPLACES, .answer = PROBLEM("400", "rejectedIdentifier") }, { 0 },
	};

	start(one_name, http_only);
	request.replaces = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE";
	check(run(once) == ACME_OK && outside_end(&outside, "replaces"), "criterion z: what is replaced is said");
	start(one_name, http_only);
	request.replaces = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE";
	check(run(again) == ACME_OK && outside_end(&outside, "alreadyReplaced"),
	      "criterion z: alreadyReplaced: again without");
	start(one_name, http_only);
	request.replaces = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE";
	check(run(unknown) == ACME_PERM && outside_end(&outside, "twice"), "criterion z: once");
	start(one_name, http_only);
	request.replaces = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE";
	check(run(refused) == ACME_PERM && outside_end(&outside, "refused for else"),
	      "criterion z: and not for what has nothing to do with it");
}

static void resumed(void)
{
	static const struct outside_step pending[] = {
		NONCE, POLL(ORDER("pending", "")), GET_("/authz/1", AUTHZ("pending", "a.test", "1", "")),
		TRIGGER("1h", "200\n\n{}"), POLL(ORDER("ready", "")), FINALIZE("200\n\n" ORDER("valid", CERT("a"))),
		DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step ready[] = {
		NONCE, POLL(ORDER("ready", "")), FINALIZE("200\n\n" ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step processing[] = {
		NONCE, POLL(ORDER("processing", "")), POLL(ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 },
	};
	static const struct outside_step valid[] = { NONCE, POLL(ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 } };
#define ANEW NEW_ORDER("201\nLocation: https://ca.test/order/2\n\n" ORDER("ready", "")), \
	FINALIZE("200\n\n" ORDER("valid", CERT("a"))), DOWNLOAD("a"), { 0 }
	static const struct outside_step gone[] = { NONCE, GET_("/order/1", PROBLEM("404", "malformed")), ANEW };
	static const struct outside_step invalid[] = { NONCE, POLL(ORDER("invalid", "")), ANEW };
	static const struct outside_step other_names[] = { NONCE, POLL(MANY("ready", IDS_AB, "", "")), ANEW };
	static const struct outside_step no_names[] = { NONCE, POLL("{\"status\":\"ready\"}"), ANEW };
	static const struct outside_step other_key[] = { NONCE, POLL(ORDER("valid", CERT("k"))), DOWNLOAD("k"), ANEW };
	static const struct outside_step expired[] = { NONCE, POLL(ORDER("valid", CERT("e"))), DOWNLOAD("e"), ANEW };
	static const struct outside_step no_cert[] = {
		NONCE, POLL(ORDER("valid", CERT("z"))), GET_("/cert/z", PROBLEM("404", "malformed")), ANEW,
	};
	static const struct outside_step failed_before[] = {
		NONCE, POLL(ORDER("pending", "")), GET_("/authz/1", FAILED("a.test", "unauthorized", "")), ANEW,
	};
	static const struct outside_step fails_now[] = {
		NONCE, POLL(ORDER("pending", "")), GET_("/authz/1", AUTHZ("pending", "a.test", "1", "")),
		TRIGGER("1h", "200\n\n{}"), POLL(ORDER("invalid", "")),
		GET_("/authz/1", FAILED("a.test", "unauthorized", "")), { 0 },
	};
	static const struct outside_step hook_fails[] = {
		NONCE, POLL(ORDER("pending", "")), GET_("/authz/1", AUTHZ("pending", "a.test", "1", "")), { 0 },
	};
	static const struct outside_step busy[] = {
		NONCE, { "POST", "/order/1", .payload = "", .answer = PROBLEM("503", "serverInternal"), .times = 99 }, { 0 },
	};
	static const struct outside_step no_download[] = {
		NONCE, POLL(ORDER("valid", CERT("z"))),
		{ "POST", "/cert/z", .payload = "", .answer = PROBLEM("500", "serverInternal"), .times = 99 }, { 0 },
	};
	bool unusable = false;
	static const struct {
		const char *about;
		const struct outside_step *steps;
		enum acme_result result;
		bool anew;
	} table[] = {
		{ "that is pending", pending, ACME_OK, false },
		{ "that is ready", ready, ACME_OK, false },
		{ "that is processing", processing, ACME_OK, false },
		{ "that is valid", valid, ACME_OK, false },
		{ "that is gone", gone, ACME_OK, true },
		{ "that is invalid", invalid, ACME_OK, true },
		{ "for other names", other_names, ACME_OK, true },
		{ "that does not say for which", no_names, ACME_OK, true },
		{ "for another key", other_key, ACME_OK, true },
		{ "whose certificate is over", expired, ACME_OK, true },
		{ "whose certificate is gone", no_cert, ACME_OK, true },
		{ "whose authorization had failed", failed_before, ACME_OK, true },
		{ "that fails now", fails_now, ACME_PERM, false },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		start(one_name, http_only);
		request.resume_url = "https://ca.test/order/1";
		request.unusable = &unusable;
		check(run(table[i].steps) == table[i].result && !unusable &&
		              span_is(builder_span(&outside.kept), table[i].anew ? "https://ca.test/order/2" : ""),
		      "criteria h, j: an order of an earlier run %s", table[i].about);
		outside_end(&outside, table[i].about);
	}
	start(one_name, http_only);
	request.resume_url = "https://ca.test/order/1";
	request.unusable = &unusable;
	outside.deadline_ms = 30000;
	check(run(busy) == ACME_TEMP && !outside_seen(&outside.urls, "new-order") && unusable,
	      "criterion h: one that cannot be asked about does not give way to a new one, and is counted");
	start(one_name, http_only);
	request.resume_url = "https://ca.test/order/1";
	unusable = false;
	request.unusable = &unusable;
	check(run(no_download) == ACME_TEMP && !outside_seen(&outside.urls, "new-order") && unusable,
	      "and so is one whose certificate cannot be had");
	start(one_name, http_only);
	request.resume_url = "https://ca.test/order/1";
	outside.hook_fails = "a.test";
	check(run(hook_fails) == ACME_TEMP && outside_end(&outside, "a hook that fails"),
	      "nor does one whose hook fails");
	start(one_name, http_only);
	request.resume_url = "http://ca.test/order/1";
	{
		static const struct outside_step steps[] = { NONCE, ANEW };

		check(run(steps) == ACME_OK && outside_end(&outside, "no TLS"),
		      "and one at a URL that may not be asked is none");
	}
}

static void chosen_chain(void)
{
#define TO_VALID NONCE, NEW_ORDER(CREATED ORDER("ready", "")), FINALIZE("200\n\n" ORDER("valid", CERT("a")))
	static const struct outside_step plain_steps[] = { TO_VALID, DOWNLOAD("a"), { 0 } };
	static const struct outside_step best[] = { TO_VALID, DOWNLOAD("a"), DOWNLOAD("b"), DOWNLOAD("c"), { 0 } };
	static const struct outside_step all[] = {
		TO_VALID, DOWNLOAD("a"), DOWNLOAD("b"), DOWNLOAD("c"), DOWNLOAD("d"), { 0 },
	};
	static const struct outside_step lost[] = {
		TO_VALID, DOWNLOAD("a"), GET_("/cert/b", PROBLEM("404", "malformed")), GET_("/cert/c", "200\n\nno PEM"),
		DOWNLOAD("d"), { 0 },
	};
	static const struct {
		const char *wish, *root;
		const struct outside_step *steps;
	} table[] = {
		{ NULL, "Root One", plain_steps },
		{ "Root One", "Root One", plain_steps },
		{ "Best Root", "Best Root", best },
		{ "Middle", "Middle Root", all },
		{ "Nobody", "Root One", all },
		{ "Best Root", "Root One", lost },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		static unsigned char der[65536];
		struct span rest, label, bytes;
		struct cert top;
		struct builder b, name;
		unsigned char text[256];

		start(one_name, http_only);
		request.preferred_issuer = table[i].wish;
		check(run(table[i].steps) == ACME_OK && outside_end(&outside, "a chain"), "criterion x: a chain by %s",
		      table[i].wish ? table[i].wish : "nobody");
		rest = builder_span(&chain);
		builder_init(&b, der, sizeof der);
		builder_init(&name, text, sizeof text);
		if (pem_next(&rest, &label, &b, &bytes) != PEM_BLOCK || pem_next(&rest, &label, &b, &bytes) != PEM_BLOCK ||
		    !cert_read(&top, bytes))
			check(false, "a chain of two");
		else
			cert_print_name(&name, top.subject);
		check(outside_seen(&name, table[i].root), "criterion x: is the one of %s", table[i].root);
		check(outside_seen(&outside.notes, "no chain is from the issuer wished for") == (i == 4 || i == 5),
		      "and when it is not, that is said");
	}
}

/* There is a certificate: whoever offers ever more chains is not asked for ever. */
static void endless_chains(void)
{
	static const struct outside_step steps[] = {
		NONCE, NEW_ORDER(CREATED ORDER("ready", "")), FINALIZE("200\n\n" ORDER("valid", CERT("z"))),
		DOWNLOAD("z"), { "POST", "/cert/b", .payload = "", .times = 8 }, { 0 },
	};

	start(one_name, http_only);
	request.preferred_issuer = "Nobody";
	check(run(steps) == ACME_OK && outside_end(&outside, "many alternates"), "eight alternates of twenty");
}

static void bad_chains(void)
{
	static const struct {
		const char *letter, *why;
	} table[] = {
		{ "k", "it is for another key" },
		{ "n", "its names are not those asked for" },
		{ "e", "it has expired" },
	};
	static const char *const answers[] = {
		"200\n\n", "200\n\n<html>", "200\n\n{\"status\":\"valid\"}",
		"200\n\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
	};
	struct outside_step steps[] = { NONCE, NEW_ORDER(CREATED ORDER("ready", "")), FINALIZE(NULL), DOWNLOAD(""), { 0 } };
	char text[1024];

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		start(one_name, http_only);
		snprintf(text, sizeof text, "200\n\n{\"status\":\"valid\",\"certificate\":\"https://ca.test/cert/%s\"}",
		         table[i].letter);
		steps[2].answer = text;
		steps[3].url = "/cert/";
		check(run(steps) == ACME_TEMP && why(table[i].why) && chain.len == 0, "criterion x: not installed: %s",
		      table[i].why);
	}
	steps[2].answer = "200\n\n" ORDER("valid", CERT("a"));
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		start(one_name, http_only);
		steps[3].answer = answers[i];
		check(run(steps) == ACME_TEMP && why("no PEM chain") && chain.len == 0, "criterion x: no chain: %zu", i);
	}
}

static void refused_early(void)
{
	static const char *const unknown[] = { "http-01", "telepathy-01", NULL };
	static const char *const other[] = { "b.test", NULL };
	static struct name_set wrong;
	struct builder b;

	start(one_name, unknown);
	check(run(NULL) == ACME_PERM && outside.requests == 0, "a method nobody knows");
	start(one_name, http_only);
	request.csr.len--;
	check(run(NULL) == ACME_PERM && outside.requests == 0 && why("malformed"), "a request cut off");
	start(one_name, http_only);
	chain_names(&wrong, other);
	builder_init(&b, csr_bytes, sizeof csr_bytes);
	request.csr = chain_request(&b, chain_key(0), &wrong);
	check(run(NULL) == ACME_PERM && outside.requests == 0 && why("for other names"),
	      "criterion y: a request for other names");
	start(one_name, http_only);
	builder_init(&b, csr_bytes, sizeof csr_bytes);
	request.csr = chain_request(&b, outside.account, &names);
	check(run(NULL) == ACME_PERM && outside.requests == 0 && why("has the account's key"),
	      "criterion y: a request with the account's key");
	start(one_name, http_only);
	names.n = 0;
	check(run(NULL) == ACME_INTERNAL && outside.requests == 0, "no names");
	{
		static const struct outside_step steps[] = { NONCE, NEW_ORDER(CREATED ORDER("ready", "")), { 0 } };

		start(one_name, http_only);
		outside.keep_fails = true;
		check(run(steps) == ACME_TEMP && outside_end(&outside, "not kept") && why("could not be kept"),
		      "criterion h: an order whose URL cannot be kept is not gone on with");
	}
	check(order_method_known(span_str("dns-persist-01")) && !order_method_known(span_str("dns-02")),
	      "methods known");
}

static void described(void)
{
	static const char *const list[] = { "a.test", "*.b.test", "2001:DB8:0::1", NULL };
	static const char *const methods[] = { "dns-01", "http-01", NULL };
	static const char expected[] =
		"directory https://ca.test/dir\naccount https://ca.test/acct/1\ncontinues https://ca.test/order/9\n"
		"name dns a.test\nname dns *.b.test\nname ip 2001:db8::1\nmethod dns-01\nmethod http-01\n"
		"profile short\nreplaces a.b\npreferred-issuer Root X\n"
		"offers-profile classic https://ca.test/profiles#classic\noffers-profile short six days\n";
	static const char hostile[] = "{\"a b\\u001b\":\"x\\ny\",\"c\":7,\"d\":\"\"}";
	unsigned char text[2048];
	struct builder b;

	start(list, methods);
	request.profile = "short";
	request.replaces = "a.b";
	request.preferred_issuer = "Root X";
	request.resume_url = "https://ca.test/order/9";
	builder_init(&b, text, sizeof text);
	check(order_describe(&acme, &request, &b) == ACME_OK && span_is(builder_span(&b), expected) &&
	              outside.requests == 0,
	      "criterion aa: what would be ordered, and the profiles there are");
	start(one_name, http_only);
	acme.directory.profiles = span_str(hostile);
	builder_init(&b, text, sizeof text);
	check(order_describe(&acme, &request, &b) == ACME_OK &&
	              outside_seen(&b, "\noffers-profile a\\x20b\\x1b x\\x0ay\noffers-profile c\noffers-profile d\n"),
	      "hostile ones are escaped");
	request.profile = "nothing";
	builder_init(&b, text, sizeof text);
	check(order_describe(&acme, &request, &b) == ACME_PERM && outside_seen(&b, "offers-profile c\n"),
	      "criterion aa: one there is not is refused, after those there are");
	request.profile = NULL;
	builder_init(&b, text, 30);
	check(order_describe(&acme, &request, &b) == ACME_INTERNAL, "no room");
}

int main(void)
{
	plain();
	methods_chosen();
	matched();
	published_first();
	already();
	finalizing();
	failing();
	polling();
	malformed();
	many();
	forgotten_flag();
	profiles();
	replacing();
	resumed();
	chosen_chain();
	endless_chains();
	bad_chains();
	refused_early();
	described();
	return tap_end();
}
