/*
 * A CA that says anything about an order. Requests come to an end and ask only
 * what may be asked; one order is made at most; a hook is told nothing that was
 * not checked, and the end of everything it began; what comes out is a chain or a reason.
 */
#include "acme/order.h"
#include "acme/proof.h"

#include "../unit/acme_chain.h"
#include "../unit/acme_outside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REQUESTS_MAX = 20000, NOW = 1800000000, DAY = 86400, SETS = 4 };

static struct outside o;
static struct acme a;
static struct span answers;
static struct name_set sets[SETS];
static unsigned char csr_bytes[SETS][4096], chain_bytes[SETS][8192];
static struct span csrs[SETS], chains[SETS];
static unsigned int which, orders, accepted;
static int begun;

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void prepare(void)
{
	static const char *const lists[SETS][4] = {
		{ "a.test" }, { "a.test", "*.a.test" }, { "*.a.test", "192.0.2.7", "b.test" }, { "2001:db8::1" },
	};
	struct builder b;

	for (size_t i = 0; i < SETS; i++) {
		chain_names(&sets[i], lists[i]);
		builder_init(&b, csr_bytes[i], sizeof csr_bytes[i]);
		csrs[i] = chain_request(&b, chain_key(0), &sets[i]);
		builder_init(&b, chain_bytes[i], sizeof chain_bytes[i]);
		chain_add(&b, chain_key(0), &sets[i], "Root", NOW - DAY, NOW + DAY);
		chain_add(&b, chain_key(1), NULL, "Root", NOW - DAY, NOW + DAY);
		chains[i] = builder_span(&b);
	}
	must(outside_open(&o, &a, KEY_P256));
}

/* The first byte of an answer says which head ('0' the first), the rest is the body; "@" the right chain. */
static struct span spelled(struct span answer)
{
	static const char *const heads[] = {
		"200 X", "201 X\r\nLocation: https://ca.test/order/1", "400 X", "403 X",
		"200 X\r\nRetry-After: 3", "404 X", "409 X", "503 X\r\nRetry-After: 1",
		"200 X\r\nLink: </cert/b>;rel=alternate", "201 X\r\nLocation: order/2", "500 X",
		"200 X\r\nRetry-After: Fri, 15 Jan 2027 09:00:00 GMT",
	};
	static unsigned char http[65536];
	struct span body = span_from(answer, 1);
	struct builder b;

	if (answer.len == 0 || answer.p[0] == '!')
		return (struct span){ NULL, 0 };
	if (span_is(body, "@"))
		body = chains[which];
	builder_init(&b, http, sizeof http);
	builder_str(&b, "HTTP/1.1 ");
	builder_str(&b, heads[answer.p[0] % (sizeof heads / sizeof *heads)]);
	builder_str(&b, "\r\nReplay-Nonce: abc\r\nContent-Length: ");
	builder_number(&b, body.len);
	builder_str(&b, "\r\n\r\n");
	builder_add(&b, body);
	return builder_span(&b);
}

/* The next of the answers, each of which ends with the byte 0x01; the last one stays. */
static struct span next(struct outside *self, const struct acme_request *request)
{
	struct span rest = answers, one;
	struct span answer = { NULL, 0 };

	must(acme_may_ask(&a, request->url) && self->requests <= REQUESTS_MAX);
	if (answers.len > 0 && span_split(&rest, 0x01, &one)) {
		answers = rest.len > 0 ? rest : answers;
		answer = spelled(one);
	}
	if (span_is(request->url, "https://ca.test/new-order")) {
		orders++;
		if (answer.len > 10 && answer.p[9] == '2')
			accepted++;
	}
	return answer;
}

static bool asked_for(const char *identifier)
{
	for (size_t i = 0; i < sets[which].n; i++) {
		const char *name = sets[which].name[i].text;

		if (strcmp(name, identifier) == 0 ||
		    (strncmp(name, "*.", 2) == 0 && strcmp(name + 2, identifier) == 0))
			return true;
	}
	return false;
}

static enum acme_hook_answer hook(void *context, const char *verb, const char *method,
                                  const char *identifier, const char *token, const char *auth,
                                  const char *record)
{
	static unsigned int calls;
	bool begins = strcmp(verb, "begin") == 0;
	enum proof_method known;

	(void)context;
	must(begins || strcmp(verb, "done") == 0 || strcmp(verb, "failed") == 0);
	must(proof_find(span_str(method), &known) && asked_for(identifier));
	must(known == PROOF_DNS_PERSIST_01 ? !token[0] : token_ok(span_str(token)));
	must(strlen(record) <= 253 && (record[0] == '_') == (strncmp(method, "dns-", 4) == 0));
	must(auth[0]);
	for (const char *p = auth; *p; p++)
		must(*p >= ' ' && *p <= '~');
	if (!begins) {
		must(--begun >= 0);
		return calls++ % 5 ? ACME_HOOK_DONE : ACME_HOOK_FAILED;
	}
	if (calls++ % 3 == 1)
		return ACME_HOOK_DECLINED;
	begun++;
	return calls % 7 ? ACME_HOOK_DONE : ACME_HOOK_FAILED;
}

static void world(struct span input)
{
	outside_start(&o, KEY_P256);
	o.trusting = true;
	o.bytes = next;
	o.deadline_ms = 600000;
	o.functions.hook = hook;
	a.outside = &o.functions;
	memcpy(a.account_url, OUTSIDE_ACCOUNT_URL, sizeof OUTSIDE_ACCOUNT_URL);
	a.nonce[0] = 0;
	acme_forget(&a);
	answers = input;
	orders = accepted = 0;
	begun = 0;
}

/* The first two bytes say which names, and what is wished for; max_len=16384. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const methods[] = { "dns-persist-01", "dns-account-01", "http-01", "dns-01",
		                               "tls-alpn-01" };
	static unsigned char out[ORDER_CHAIN_MAX];
	static bool prepared;
	struct order_request request = { .methods = methods, .n_methods = 5 };
	enum acme_result result;
	struct builder chain;

	if (size < 2)
		return 0;
	if (!prepared)
		prepare();
	prepared = true;
	which = data[0] % SETS;
	request.names = &sets[which];
	request.csr = csrs[which];
	request.resume_url = data[1] & 1 ? "https://ca.test/order/1" : NULL;
	request.preferred_issuer = data[1] & 2 ? "Nobody" : NULL;
	request.replaces = data[1] & 4 ? "a.b" : NULL;
	request.profile = data[1] & 8 ? "short" : NULL;
	world(span_of(data + 2, size - 2));
	builder_init(&chain, out, sizeof out);
	result = order_run(&a, &request, &chain);
	must(begun == 0 && accepted <= 1 && o.faults == 0 && result != ACME_INTERNAL);
	must(result == ACME_OK ? chain.len > 0 && a.why.len == 0 : a.why.len > 0);
	for (size_t i = 0; i < a.why.len; i++)
		must((a.why.p[i] >= ' ' && a.why.p[i] <= '~') || a.why.p[i] == '\n');
	return 0;
}
