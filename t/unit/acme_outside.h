/*
 * acme_outside: the outside of an ACME client for tests: a table of requests
 * that are expected and of the answers they get.
 *
 *	static const struct outside_step steps[] = {
 *		{ "HEAD", "/nonce", .answer = "200\n\n" },
 *		{ "POST", "/acct/1", .payload = "", .answer = "200\n\n{\"status\":\"valid\"}" },
 *		{ 0 },
 *	};
 *
 *	outside_open(&o, &a, KEY_P256);       keys, clock, directory, account URL
 *	outside_script(&o, steps);
 *	check(account_show(&a, &account) == ACME_OK, "...");
 *	outside_end(&o, "...");               a check: all steps taken, no fault seen
 *
 * Every POST is judged as a strict server would: three members, a protected
 * header of exactly alg, nonce, url and one of kid and jwk; the url is the one
 * that was asked; the nonce is the last one given and was not used before; the
 * kid is the account's URL, the jwk the right key's; the signature is 64 (96)
 * raw bytes and verifies; the payload is the step's. What is wrong is a fault:
 * printed, and outside_end() fails.
 *
 * An answer in a step is one of
 *
 *	"201\nName: value\n\nbody"   a status, header fields, an empty line, the body.
 *	                              Added unless there: Content-Length, Date (the
 *	                              clock's), Replay-Nonce (a new one, but not to
 *	                              GET), Content-Type. A field "No-Nonce: 1" or
 *	                              "No-Date: 1" is left out and stops the adding.
 *	"HTTP/1.1 200 OK\r\n..."      bytes as they are
 *	"!text", "!!text"             no answer: `why`; the second is permanent
 *	NULL                          the program's: o->answer() makes one of these
 */
#ifndef UNIT_ACME_OUTSIDE_H
#define UNIT_ACME_OUTSIDE_H

#include <bearssl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "acme/acme.h"
#include "base/base64.h"
#include "base/json.h"
#include "tap.h"
#include "tls/key.h"

#define OUTSIDE_DIRECTORY_URL "https://ca.test/dir"
#define OUTSIDE_ACCOUNT_URL "https://ca.test/acct/1"
#define OUTSIDE_DIRECTORY \
	"200\n\n{\"newNonce\":\"https://ca.test/nonce\",\"newAccount\":\"https://ca.test/new-acct\"," \
	"\"newOrder\":\"https://ca.test/new-order\",\"revokeCert\":\"https://ca.test/revoke\"," \
	"\"keyChange\":\"https://ca.test/key-change\",\"renewalInfo\":\"https://ca.test/ari\"," \
	"\"meta\":{\"website\":\"https://ca.test/\",\"caaIdentities\":[\"ca.test\"]," \
	"\"profiles\":{\"classic\":\"https://ca.test/profiles#classic\",\"short\":\"six days\"}}}"

enum outside_who {
	OUTSIDE_KID, /* kid: the account's URL, signed with the account key */
	OUTSIDE_JWK, /* jwk: the account key */
	OUTSIDE_CERTIFICATE, /* jwk: the certificate's key */
	OUTSIDE_NEW_KEY      /* jwk: the account key to come */
};

struct outside_step {
	const char *method;
	const char *url;      /* whole when it begins with "http", else a part of it */
	enum outside_who who; /* of a POST */
	const char *payload;  /* of a POST: exactly this; behind a '~', a part of it; NULL: any */
	const char *answer;
	unsigned int times;   /* this step is taken so often; 0 is once */
};

struct outside;

struct outside {
	struct acme_outside functions; /* what the client is given */

	/* The script. */
	const struct outside_step *steps;
	unsigned int taken[256]; /* how often each step was */
	bool unordered;          /* the first step that fits and is left is taken, not the next */
	const char *(*answer)(struct outside *o, const struct acme_request *request); /* for NULL */
	struct span (*bytes)(struct outside *o, const struct acme_request *request); /* instead of
	                     steps: HTTP as it is, with any byte; empty: no answer */
	void *own;               /* the test's */

	/* The world. */
	int64_t now, now_ms;      /* the clock, moved on by waiting */
	int64_t deadline_ms;      /* waiting beyond it is refused; 0: none */
	struct key *account, *new_account, *certificate; /* NULL: there is none */
	struct span mac_key;      /* of an external account; empty: none */
	const char *account_url;  /* what a kid must be */
	const char *hook_methods; /* "http-01,dns-01": what the hook does, else it declines */
	const char *hook_fails;   /* an identifier with which "begin" fails, or NULL */
	bool hook_later;          /* "begin" is answered with "wait for it later" */
	const char *wait_fails;   /* an identifier with which "wait" fails, or NULL */
	bool keep_fails;
	bool trusting;            /* POSTs are not judged, signatures are made up: for fuzzing */

	/* What was seen. */
	int faults;
	unsigned int requests, waits, nonces;
	int64_t waited_ms, last_wait_ms, longest_wait_ms;
	char nonce[300];          /* that the next POST must have; empty: none is given out */
	struct builder payload;   /* of the last POST, decoded */
	struct builder header;    /* of the last POST: its protected header, decoded */
	struct builder urls;      /* "METHOD URL\n" of each request */
	struct builder hooks;     /* "verb method identifier token auth record\n" of each call */
	struct builder notes;     /* "kind line\n": 0 step, 1 detail, 2 warning */
	struct builder kept;      /* the last order URL kept */
	char accept[128];         /* of the last request */

	struct http_response head;
	struct json_token tokens[2048];
	struct json jws_json, header_json;
	unsigned char payload_bytes[65536], header_bytes[8192], url_bytes[65536];
	unsigned char hook_bytes[65536], note_bytes[262144], kept_bytes[2048];
	unsigned char http_bytes[600000];
};

__attribute__((format(printf, 2, 3), unused))
static void outside_fault(struct outside *o, const char *format, ...)
{
	va_list args;

	o->faults++;
	printf("# fault in request %u: ", o->requests);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

/* A member's text, which has no escapes in what we make. */
static struct span outside_text(struct json_value v)
{
	struct span text = { NULL, 0 };
	struct builder none = { 0 };

	return json_text(v, &none, &text) ? text : (struct span){ NULL, 0 };
}

static bool outside_decode(struct builder *out, struct span text)
{
	out->len = 0;
	return base64_url_decode(out, text) && builder_ok(out);
}

static bool outside_coordinate(struct json_value v, struct span bytes)
{
	unsigned char storage[512];
	struct builder b;

	builder_init(&b, storage, sizeof storage);
	return base64_url_decode(&b, outside_text(v)) && span_eq(builder_span(&b), bytes);
}

/* The JWK is this key's public half and nothing more (RFC 7518, 6). */
__attribute__((unused))
static bool outside_jwk_is(struct json_value jwk, const struct key *key)
{
	struct public_key public;

	if (!key || !public_key_read(&public, span_of(key->spki, key->spki_len)))
		return false;
	if (public.type == KEY_RSA)
		return json_count(jwk) == 3 && json_is(json_member(jwk, "kty"), "RSA") &&
		       outside_coordinate(json_member(jwk, "n"), public.modulus) &&
		       outside_coordinate(json_member(jwk, "e"), public.exponent);
	return json_count(jwk) == 4 && json_is(json_member(jwk, "kty"), "EC") &&
	       json_is(json_member(jwk, "crv"), public.type == KEY_P256 ? "P-256" : "P-384") &&
	       outside_coordinate(json_member(jwk, "x"), span_of(public.point.p + 1, public.point.len / 2)) &&
	       outside_coordinate(json_member(jwk, "y"),
	                          span_from(public.point, 1 + public.point.len / 2));
}

static const char *outside_alg(const struct key *key)
{
	return key->type == KEY_P256 ? "ES256" : key->type == KEY_P384 ? "ES384" : "RS256";
}

/* `signature` (raw for curves) over `data` is this key's. */
__attribute__((unused))
static bool outside_signed(const struct key *key, struct span data, struct span signature)
{
	unsigned char digest[64];
	struct public_key public;
	enum key_hash hash = key_type_hash(key->type);
	br_ec_public_key ec;

	if (!public_key_read(&public, span_of(key->spki, key->spki_len)))
		return false;
	key_hash(hash, data, digest);
	if (public.type == KEY_RSA)
		return signature.len == public.bits / 8 &&
		       public_key_verify(&public, hash, digest, signature);
	ec.curve = public.type == KEY_P256 ? BR_EC_secp256r1 : BR_EC_secp384r1;
	ec.q = (unsigned char *)(uintptr_t)public.point.p;
	ec.qlen = public.point.len;
	return signature.len == public.bits / 4 &&
	       br_ecdsa_vrfy_raw_get_default()(br_ec_get_default(), digest, key_hash_len(hash), &ec,
	                                       signature.p, signature.len);
}

static const struct key *outside_key(const struct outside *o, enum outside_who who)
{
	switch (who) {
	case OUTSIDE_KID:
	case OUTSIDE_JWK:
		return o->account;
	case OUTSIDE_CERTIFICATE:
		return o->certificate;
	case OUTSIDE_NEW_KEY:
		return o->new_account;
	}
	return NULL;
}

/* `data` is "protected.payload" in `storage`, which has room for a whole request. */
static struct span outside_signing_input(struct builder *b, struct span header, struct span payload)
{
	builder_add(b, header);
	builder_byte(b, '.');
	builder_add(b, payload);
	return builder_span(b);
}

/*
 * Takes a flattened JWS (RFC 7515, 7.2.2) apart and verifies it with `key`;
 * its header is left in o->header and o->header_json, its payload in o->payload.
 */
__attribute__((unused))
static bool outside_jws(struct outside *o, struct span jws, const struct key *key)
{
	static unsigned char input[131072], signature[1024];
	struct json_value root;
	struct span header, payload;
	struct builder b, s;

	if (!json_read(&o->jws_json, jws, o->tokens, 16)) {
		outside_fault(o, "the JWS is no JSON");
		return false;
	}
	root = json_root(&o->jws_json);
	header = outside_text(json_member(root, "protected"));
	payload = outside_text(json_member(root, "payload"));
	builder_init(&b, input, sizeof input);
	builder_init(&s, signature, sizeof signature);
	if (json_count(root) != 3 || json_type(json_member(root, "payload")) != JSON_STRING ||
	    !outside_decode(&o->header, header) || !outside_decode(&o->payload, payload) ||
	    !base64_url_decode(&s, outside_text(json_member(root, "signature")))) {
		outside_fault(o, "the JWS is not three members of base64url");
		return false;
	}
	if (!json_read(&o->header_json, builder_span(&o->header), o->tokens + 16, 64)) {
		outside_fault(o, "the protected header is no JSON");
		return false;
	}
	if (key && !outside_signed(key, outside_signing_input(&b, header, payload), builder_span(&s))) {
		outside_fault(o, "the signature is wrong");
		return false;
	}
	return true;
}

/* The protected header of a request (RFC 8555, 6.2). */
static void outside_judge_header(struct outside *o, const struct outside_step *step,
                                 const struct acme_request *request)
{
	struct json_value header = json_root(&o->header_json);
	struct json_value jwk = json_member(header, "jwk"), kid = json_member(header, "kid");
	const struct key *key = outside_key(o, step->who);
	struct span nonce = outside_text(json_member(header, "nonce"));

	if (json_count(header) != 4)
		outside_fault(o, "the protected header has %zu members", json_count(header));
	if (!json_is(json_member(header, "alg"), outside_alg(key)))
		outside_fault(o, "alg is not %s", outside_alg(key));
	if (!span_eq(outside_text(json_member(header, "url")), request->url))
		outside_fault(o, "url is not the one that is asked");
	if (!o->nonce[0])
		outside_fault(o, "a POST without a nonce given out");
	else if (!span_is(nonce, o->nonce))
		outside_fault(o, "nonce is not the last one given, %s", o->nonce);
	if (step->who == OUTSIDE_KID &&
	    (!json_is(kid, o->account_url) || json_type(jwk) != JSON_ABSENT))
		outside_fault(o, "kid is not %s, or beside a jwk", o->account_url);
	if (step->who != OUTSIDE_KID &&
	    (!outside_jwk_is(jwk, key) || json_type(kid) != JSON_ABSENT))
		outside_fault(o, "jwk is not the key's, or beside a kid");
}

static void outside_judge_payload(struct outside *o, const char *wanted)
{
	struct span payload = builder_span(&o->payload);

	if (!wanted)
		return;
	if (wanted[0] != '~' && span_is(payload, wanted))
		return;
	if (wanted[0] == '~' && payload.len > 0 &&
	    memmem(payload.p, payload.len, wanted + 1, strlen(wanted + 1)))
		return;
	outside_fault(o, "payload is %.*s", (int)payload.len, (const char *)payload.p);
	printf("#         instead of %s\n", wanted);
}

static void outside_judge(struct outside *o, const struct outside_step *step,
                          const struct acme_request *request)
{
	const struct key *key = outside_key(o, step->who);

	if (strcmp(request->method, "POST") != 0) {
		if (request->body.len > 0)
			outside_fault(o, "a %s with a body", request->method);
		return;
	}
	if (!key)
		outside_fault(o, "a POST, and no key");
	else if (outside_jws(o, request->body, key))
		outside_judge_header(o, step, request);
	outside_judge_payload(o, step->payload);
	o->nonce[0] = 0;
}

static bool outside_fits(const struct outside_step *step, const struct acme_request *request)
{
	struct span url = request->url;

	if (strcmp(step->method, request->method) != 0)
		return false;
	if (strncmp(step->url, "http", 4) == 0)
		return span_is(url, step->url);
	return url.len > 0 && memmem(url.p, url.len, step->url, strlen(step->url)) != NULL;
}

static unsigned int outside_left(const struct outside *o, size_t i)
{
	unsigned int times = o->steps[i].times ? o->steps[i].times : 1;

	return times - o->taken[i];
}

/* The step this request is; NULL when it is not expected. */
static const struct outside_step *outside_next(struct outside *o, const struct acme_request *request)
{
	if (!o->steps)
		return NULL;
	for (size_t i = 0; o->steps[i].method; i++) {
		if (outside_left(o, i) == 0)
			continue;
		if (outside_fits(&o->steps[i], request)) {
			o->taken[i]++;
			return &o->steps[i];
		}
		if (!o->unordered)
			return NULL;
	}
	return NULL;
}

/* A field line of the short form is this one. */
static bool outside_has(struct span fields, const char *name)
{
	struct span rest = fields, line;

	while (fields.len > 0 && span_split(&rest, '\n', &line))
		if (span_is_nocase(span_head(line, span_find(line, ':')), name))
			return true;
	return false;
}

static void outside_add_fields(struct outside *o, struct builder *http, struct span fields,
                               struct span body, bool problem, const struct acme_request *request)
{
	struct span rest = fields, line;

	while (fields.len > 0 && span_split(&rest, '\n', &line)) {
		if (span_starts(line, "No-"))
			continue;
		builder_add(http, line);
		builder_str(http, "\r\n");
	}
	if (!outside_has(fields, "Date") && !outside_has(fields, "No-Date")) {
		builder_str(http, "Date: ");
		http_date(http, (time_t)o->now);
		builder_str(http, "\r\n");
	}
	if (!outside_has(fields, "Content-Length") && !outside_has(fields, "Transfer-Encoding")) {
		builder_str(http, "Content-Length: ");
		builder_number(http, body.len);
		builder_str(http, "\r\n");
	}
	if (!outside_has(fields, "Content-Type") && body.len > 0)
		builder_str(http, problem ? "Content-Type: application/problem+json\r\n" :
		                            "Content-Type: application/json\r\n");
	if (!outside_has(fields, "Replay-Nonce") && !outside_has(fields, "No-Nonce") &&
	    strcmp(request->method, "GET") != 0) {
		builder_str(http, "Replay-Nonce: nonce-");
		builder_number(http, ++o->nonces);
		builder_str(http, "\r\n");
	}
}

/* The short form of an answer as HTTP. */
static void outside_http(struct outside *o, struct builder *http, struct span text,
                         const struct acme_request *request)
{
	const unsigned char *end = text.len ? memmem(text.p, text.len, "\n\n", 2) : NULL;
	struct span head = end ? span_head(text, (size_t)(end - text.p)) : text;
	struct span body = end ? span_from(text, head.len + 2) : (struct span){ NULL, 0 };
	size_t line = span_find(head, '\n');
	struct span fields = span_from(head, line + 1);

	builder_str(http, "HTTP/1.1 ");
	builder_add(http, span_head(head, line));
	builder_str(http, " Whatever\r\n");
	outside_add_fields(o, http, fields, body, head.p[0] >= '4', request);
	builder_str(http, "\r\n");
	builder_add(http, body);
}

/* Parses `http` into o->head and `*body`, and keeps the nonce it gives. */
static bool outside_parse(struct outside *o, const struct acme_request *request, struct span http,
                          struct http_response *head, struct span *body)
{
	size_t scanned = 0, used = 0;
	struct span nonce;

	if (http_response_parse(http, strcmp(request->method, "HEAD") == 0, &scanned, &o->head,
	                        &used) != 200)
		return false;
	*head = o->head;
	*body = o->head.body == HTTP_BODY_NONE ? (struct span){ NULL, 0 } : span_from(http, used);
	if (http_response_field(&o->head, "Replay-Nonce", 0, &nonce))
		snprintf(o->nonce, sizeof o->nonce, "%.*s", (int)nonce.len, (const char *)nonce.p);
	return true;
}

static bool outside_exchange(void *context, const struct acme_request *request, bool repeatable,
                             struct http_response *head, struct span *body, struct builder *why,
                             bool *permanent)
{
	struct outside *o = context;
	const struct outside_step *step = outside_next(o, request);
	const char *answer = step ? step->answer : NULL;
	struct builder http;

	o->requests++;
	builder_str(&o->urls, request->method);
	builder_byte(&o->urls, ' ');
	builder_add(&o->urls, request->url);
	builder_byte(&o->urls, '\n');
	snprintf(o->accept, sizeof o->accept, "%s", request->accept ? request->accept : "");
	if (!step && !o->trusting) {
		outside_fault(o, "not expected: %s %.*s", request->method, (int)request->url.len,
		              (const char *)request->url.p);
		builder_str(why, "the test expects no such request");
		return false;
	}
	if (!o->trusting) {
		outside_judge(o, step, request);
		if (repeatable && strcmp(request->method, "POST") == 0 && o->payload.len > 0)
			outside_fault(o, "a POST that changes something is said to be repeatable");
	}
	if (o->bytes) {
		struct span raw = o->bytes(o, request);

		return raw.len > 0 && outside_parse(o, request, raw, head, body);
	}
	if (!answer && o->answer)
		answer = o->answer(o, request);
	if (!answer || answer[0] == '!') {
		*permanent = answer && answer[1] == '!';
		builder_str(why, answer ? answer + (*permanent ? 2 : 1) : "no answer");
		return false;
	}
	builder_init(&http, o->http_bytes, sizeof o->http_bytes);
	if (strncmp(answer, "HTTP/", 5) == 0)
		builder_str(&http, answer);
	else
		outside_http(o, &http, span_str(answer), request);
	if (builder_ok(&http) && outside_parse(o, request, builder_span(&http), head, body))
		return true;
	builder_str(why, "the answer is no HTTP");
	return false;
}

static const struct key *outside_which(const struct outside *o, enum acme_key which)
{
	switch (which) {
	case ACME_ACCOUNT_KEY:
		return o->account;
	case ACME_NEW_ACCOUNT_KEY:
		return o->new_account;
	case ACME_CERTIFICATE_KEY:
		return o->certificate;
	}
	return NULL;
}

static bool outside_public_key(void *context, enum acme_key which, struct builder *spki)
{
	const struct key *key = outside_which(context, which);

	if (key)
		builder_add(spki, span_of(key->spki, key->spki_len));
	return key != NULL;
}

static bool outside_sign(void *context, enum acme_key which, enum key_hash hash,
                         const unsigned char *digest, struct builder *signature)
{
	static const unsigned char made_up[64] = { 1, 2, 3 };
	const struct outside *o = context;
	const struct key *key = outside_which(o, which);

	if (key && o->trusting) {
		builder_add(signature, span_of(made_up, sizeof made_up));
		return true;
	}
	return key && key_sign(key, hash, digest, true, signature);
}

static bool outside_mac(void *context, enum key_hash hash, struct span data, struct builder *mac)
{
	static const br_hash_class *const hashes[] = { &br_sha256_vtable, &br_sha384_vtable,
		                                       &br_sha512_vtable };
	const struct outside *o = context;
	unsigned char out[64];
	br_hmac_key_context key;
	br_hmac_context hmac;

	if (o->mac_key.len == 0)
		return false;
	br_hmac_key_init(&key, hashes[hash], o->mac_key.p, o->mac_key.len);
	br_hmac_init(&hmac, &key, 0);
	br_hmac_update(&hmac, data.p, data.len);
	builder_add(mac, span_of(out, br_hmac_out(&hmac, out)));
	return builder_ok(mac);
}

static bool outside_wait(void *context, int64_t ms)
{
	struct outside *o = context;

	if (ms < 0)
		outside_fault(o, "a wait of %lld ms", (long long)ms);
	if (o->deadline_ms && o->now_ms + ms > o->deadline_ms)
		return false;
	o->waits++;
	o->waited_ms += ms;
	o->last_wait_ms = ms;
	if (ms > o->longest_wait_ms)
		o->longest_wait_ms = ms;
	o->now += (o->now_ms + ms) / 1000 - o->now_ms / 1000;
	o->now_ms += ms;
	return true;
}

static int64_t outside_unix_now(void *context)
{
	return ((struct outside *)context)->now;
}

static bool outside_random(void *context, void *to, size_t len)
{
	(void)context;
	return getrandom(to, len, 0) == (ssize_t)len;
}

static enum acme_hook_answer outside_hook(void *context, const char *verb, const char *method,
                                          const char *identifier, const char *token,
                                          const char *auth, const char *record)
{
	struct outside *o = context;
	const char *words[] = { verb, method, identifier, token, auth, record };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		builder_str(&o->hooks, i ? " " : "");
		builder_str(&o->hooks, words[i][0] ? words[i] : "-");
	}
	builder_byte(&o->hooks, '\n');
	if (!http_has_token(span_str(o->hook_methods), method))
		return ACME_HOOK_DECLINED;
	if (o->hook_fails && strcmp(verb, "begin") == 0 && strcmp(o->hook_fails, identifier) == 0)
		return ACME_HOOK_FAILED;
	if (o->wait_fails && strcmp(verb, "wait") == 0 && strcmp(o->wait_fails, identifier) == 0)
		return ACME_HOOK_FAILED;
	return o->hook_later && strcmp(verb, "begin") == 0 ? ACME_HOOK_LATER : ACME_HOOK_DONE;
}

static bool outside_keep_order(void *context, struct span order_url)
{
	struct outside *o = context;

	o->kept.len = 0;
	builder_add(&o->kept, order_url);
	return !o->keep_fails;
}

static void outside_note(void *context, enum acme_note kind, const char *line)
{
	struct outside *o = context;

	for (size_t i = 0; line[i]; i++)
		if ((unsigned char)line[i] < 0x20 || (unsigned char)line[i] > 0x7e)
			outside_fault(o, "byte %02x in a note", (unsigned char)line[i]);
	builder_number(&o->notes, (uint64_t)kind);
	builder_byte(&o->notes, ' ');
	builder_str(&o->notes, line);
	builder_byte(&o->notes, '\n');
}

/* `text` stands in what was collected. */
__attribute__((unused))
static bool outside_seen(const struct builder *b, const char *text)
{
	return b->len > 0 && memmem(b->p, b->len, text, strlen(text)) != NULL;
}

/* The script from its beginning; nothing else changes. */
__attribute__((unused))
static void outside_script(struct outside *o, const struct outside_step *steps)
{
	o->steps = steps;
	memset(o->taken, 0, sizeof o->taken);
}

/*
 * A new world: an account key of this type (made once a process), no other
 * keys, the clock at 1800000000 (Fri, 15 Jan 2027 08:00:00 GMT), nothing seen.
 */
__attribute__((unused))
static void outside_start(struct outside *o, enum key_type type)
{
	static struct key keys[3];
	static bool made[3];
	static const unsigned int bits[] = { 256, 384, 2048 };

	memset(o, 0, offsetof(struct outside, head));
	if (!made[type] && !key_make(&keys[type], (struct key_kind){ type, bits[type] })) {
		printf("Bail out! no key could be made\n");
		exit(1);
	}
	made[type] = true;
	o->functions = (struct acme_outside){
		.context = o, .exchange = outside_exchange, .public_key = outside_public_key,
		.sign = outside_sign, .mac = outside_mac, .wait = outside_wait,
		.unix_now = outside_unix_now, .random = outside_random, .hook = outside_hook,
		.keep_order = outside_keep_order, .note = outside_note,
	};
	o->now = 1800000000;
	o->account = &keys[type];
	o->account_url = OUTSIDE_ACCOUNT_URL;
	o->hook_methods = "http-01";
	builder_init(&o->payload, o->payload_bytes, sizeof o->payload_bytes);
	builder_init(&o->header, o->header_bytes, sizeof o->header_bytes);
	builder_init(&o->urls, o->url_bytes, sizeof o->url_bytes);
	builder_init(&o->hooks, o->hook_bytes, sizeof o->hook_bytes);
	builder_init(&o->notes, o->note_bytes, sizeof o->note_bytes);
	builder_init(&o->kept, o->kept_bytes, sizeof o->kept_bytes);
}

/*
 * The same, and a client that knows the directory above and its account; the
 * request for the directory is not counted. False when that failed.
 */
__attribute__((unused))
static bool outside_open(struct outside *o, struct acme *a, enum key_type type)
{
	static const struct outside_step directory[] = {
		{ "GET", OUTSIDE_DIRECTORY_URL, .answer = OUTSIDE_DIRECTORY }, { 0 },
	};
	enum acme_result result;

	outside_start(o, type);
	outside_script(o, directory);
	result = acme_open(a, &o->functions, span_str(OUTSIDE_DIRECTORY_URL));
	snprintf(a->account_url, sizeof a->account_url, "%s", o->account_url);
	o->requests = 0;
	o->urls.len = o->notes.len = 0;
	outside_script(o, NULL);
	return result == ACME_OK;
}

/* A check that every step was taken as often as it should and nothing was wrong. */
__attribute__((unused))
static bool outside_end(struct outside *o, const char *about)
{
	size_t left = 0;

	for (size_t i = 0; o->steps && o->steps[i].method; i++)
		if (outside_left(o, i) > 0 && left++ == 0)
			printf("# not asked for: %s %s\n", o->steps[i].method, o->steps[i].url);
	return check(left == 0 && o->faults == 0, "%s: %u requests as expected", about, o->requests);
}

#endif
