/* Signed requests: nonces, keys, patience, and what is told. */
#include "acme/acme.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "acme/exchange.h"
#include "acme/jose.h"
#include "acme/problem.h"

enum { POLL_FIRST_MS = 50, POLL_MAX_MS = 5000, RETRY_AFTER_MAX_S = 60 };

/* Formats a line; what is no printable ASCII (nothing should be) becomes '?'. */
__attribute__((format(printf, 3, 0)))
static void format_line(char *line, size_t size, const char *format, va_list args)
{
	int n = vsnprintf(line, size, format, args);

	if (n < 0)
		line[0] = 0;
	for (size_t i = 0; line[i]; i++)
		if ((unsigned char)line[i] < ' ' || (unsigned char)line[i] > '~')
			line[i] = '?';
}

enum acme_result acme_fail(struct acme *a, enum acme_result result, const char *format, ...)
{
	char line[ACME_LINE_MAX];
	va_list args;

	va_start(args, format);
	format_line(line, sizeof line, format, args);
	va_end(args);
	/* All of a line or nothing of it. */
	if (strlen(line) + 1 > a->why.cap - a->why.len)
		a->why.overflow = true;
	builder_str(&a->why, line);
	builder_byte(&a->why, '\n');
	return result;
}

void acme_forget(struct acme *a)
{
	builder_init(&a->why, a->why_bytes, sizeof a->why_bytes);
	a->leave_alone_s = 0;
}

void acme_heed(struct acme *a, int64_t retry_after_s)
{
	if (retry_after_s > a->leave_alone_s)
		a->leave_alone_s = retry_after_s;
}

void acme_say(struct acme *a, enum acme_note kind, const char *format, ...)
{
	char line[ACME_LINE_MAX];
	va_list args;

	if (!a->outside->note)
		return;
	va_start(args, format);
	format_line(line, sizeof line, format, args);
	va_end(args);
	a->outside->note(a->outside->context, kind, line);
}

static const char *key_name(enum acme_key which)
{
	switch (which) {
	case ACME_ACCOUNT_KEY:
		return "account key";
	case ACME_NEW_ACCOUNT_KEY:
		return "new account key";
	case ACME_CERTIFICATE_KEY:
		return "certificate's key";
	}
	return "key";
}

const struct public_key *acme_public_key(struct acme *a, enum acme_key which)
{
	struct acme_public *public = &a->keys[which];
	struct builder spki;

	if (public->known)
		return &public->key;
	builder_init(&spki, public->spki, sizeof public->spki);
	if (!a->outside->public_key(a->outside->context, which, &spki) || !builder_ok(&spki)) {
		(void)acme_fail(a, ACME_PERM, "there is no %s", key_name(which));
		return NULL;
	}
	if (!public_key_read(&public->key, builder_span(&spki))) {
		(void)acme_fail(a, ACME_PERM, "the %s is of no use for ACME", key_name(which));
		return NULL;
	}
	public->known = true;
	return &public->key;
}

bool acme_thumbprint(struct acme *a, char thumbprint[ACME_THUMBPRINT_LEN + 1])
{
	const struct public_key *public = acme_public_key(a, ACME_ACCOUNT_KEY);
	struct builder b;

	builder_init(&b, thumbprint, ACME_THUMBPRINT_LEN + 1);
	if (public)
		jose_thumbprint(&b, public);
	return builder_cstr(&b) && b.len == ACME_THUMBPRINT_LEN;
}

bool exchange_sign(void *key, struct span input, struct builder *signature)
{
	const struct exchange_key *with = key;
	const struct acme_outside *outside = with->a->outside;
	const enum key_hash hash = key_type_hash(with->type);
	unsigned char digest[64];

	key_hash(hash, input, digest);
	return outside->sign(outside->context, with->which, hash, digest, signature);
}

static enum acme_key identity_key(enum acme_identity identity)
{
	switch (identity) {
	case ACME_BY_ACCOUNT:
	case ACME_BY_KEY:
		return ACME_ACCOUNT_KEY;
	case ACME_BY_CERTIFICATE:
		return ACME_CERTIFICATE_KEY;
	case ACME_BY_NEW_KEY:
		return ACME_NEW_ACCOUNT_KEY;
	}
	return ACME_ACCOUNT_KEY;
}

/* The JWS of a request in a->message (RFC 8555, 6.2). The nonce is used up by it. */
static enum acme_result sign_request(struct acme *a, enum acme_identity identity, struct span url,
                                     struct span payload, struct span *body)
{
	const enum acme_key which = identity_key(identity);
	const struct public_key *public = acme_public_key(a, which);
	unsigned char jwk_bytes[JOSE_JWK_MAX];
	struct builder jwk, message, work;
	struct jose_header header = { .nonce = span_str(a->nonce), .url = url };
	struct exchange_key with = { .a = a, .which = which };

	if (!public)
		return ACME_PERM;
	with.type = public->type;
	header.algorithm = jose_algorithm(public->type);
	builder_init(&jwk, jwk_bytes, sizeof jwk_bytes);
	if (identity == ACME_BY_ACCOUNT) {
		header.kid = span_str(a->account_url);
	} else {
		jose_jwk(&jwk, public);
		header.jwk = builder_span(&jwk);
	}
	if (!builder_ok(&jwk) || (header.kid.len == 0 && header.jwk.len == 0))
		return acme_fail(a, ACME_INTERNAL, "a request without an account");
	builder_init(&message, a->message, sizeof a->message);
	builder_init(&work, a->work, sizeof a->work);
	if (!jose_sign(&message, &header, payload,
	               &(struct jose_signer){ exchange_sign, &with }, &work))
		return builder_ok(&message) && builder_ok(&work) ?
		               acme_fail(a, ACME_TEMP, "the %s could not sign", key_name(which)) :
		               acme_fail(a, ACME_INTERNAL, "a request that is too large");
	*body = builder_span(&message);
	a->nonce[0] = 0;
	return ACME_OK;
}

/* One signed request with a nonce of its own; ACME_OK for an answer of any status. */
static enum acme_result post_once(struct acme *a, enum acme_identity identity,
                                  struct acme_request *request, struct span payload,
                                  struct acme_answer *answer)
{
	enum acme_result result;

	if (!acme_may_ask(a, request->url))
		return exchange_once(a, request, false, answer);
	result = exchange_nonce(a);
	if (result == ACME_OK)
		result = sign_request(a, identity, request->url, payload, &request->body);
	if (result == ACME_OK)
		return exchange_once(a, request, payload.len == 0, answer);
	return result;
}

/* Its nonce, and nothing else, was refused: told by the type, never by a text. */
static bool nonce_refused(const struct acme_answer *answer)
{
	struct problem p;

	if (answer->head->status < 400)
		return false;
	problem_read(&p, answer->root, answer->head->status);
	return strcmp(p.type, "badNonce") == 0;
}

enum acme_result acme_post(struct acme *a, enum acme_identity identity, struct span url,
                           struct span payload, const char *accept, struct acme_answer *answer)
{
	struct acme_request request = { .method = "POST", .url = url, .accept = accept };
	struct exchange_patience patience = { 0, 0 };
	const bool asks = payload.len == 0;
	const size_t mark = a->why.len;
	unsigned int refused = 0;

	for (;;) {
		enum acme_result result;

		request.body = (struct span){ NULL, 0 };
		result = post_once(a, identity, &request, payload, answer);
		/* With a body it was sent; what came before it has its own patience. */
		if (result != ACME_OK && request.body.len > 0 &&
		    exchange_again_lost(a, &patience, asks, result, mark))
			continue;
		if (result != ACME_OK)
			return result;
		if (answer->head->status / 100 == 2)
			return ACME_OK;
		if (nonce_refused(answer)) {
			if (refused++ < ACME_BAD_NONCE_MAX)
				continue;
		} else if (exchange_again_busy(a, &patience, asks, answer)) {
			continue;
		}
		return problem_of_answer(a, url, answer);
	}
}

enum acme_result acme_get(struct acme *a, struct span url, struct acme_answer *answer)
{
	enum acme_result result = exchange_ask(a, "GET", url, answer);

	if (result == ACME_OK && answer->head->status / 100 != 2)
		return problem_of_answer(a, url, answer);
	return result;
}

int64_t acme_poll_ms(unsigned int n, int64_t retry_after_s)
{
	int64_t ms = POLL_FIRST_MS;

	if (retry_after_s > 0)
		return (retry_after_s < RETRY_AFTER_MAX_S ? retry_after_s : RETRY_AFTER_MAX_S) * 1000;
	for (; n > 0 && ms < POLL_MAX_MS; n--)
		ms *= 2;
	return ms < POLL_MAX_MS ? ms : POLL_MAX_MS;
}
