/*
 * The guest agent. There is one interface with /GetQuote, and an older one whose methods are
 * below /prpc/Tappd. An agent answers a method that it does not know as it answers any failure,
 * so each is tried, the newer first unless the socket has the older agent's name. /Attest has no
 * older form.
 */
#include "tee/source_agent.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/json.h"
#include "base/log.h"
#include "tee/attestation.h"
#include "tee/source_parts.h"

enum { TOKENS = 256, ERROR_SHOWN = 160, REQUEST_MAX = 512, METHODS = 3 };

/* The methods, and what goes with the report data into their requests. */
static const struct method {
	const char *path, *more;
} newer[METHODS] = {
	{ "/GetQuote", "" },
	{ "/prpc/Tappd.RawQuote", "" },
	{ "/prpc/Tappd.TdxQuote", ",\"hash_algorithm\":\"raw\",\"prefix\":\"\"" },
}, older[METHODS] = {
	{ "/prpc/Tappd.RawQuote", "" },
	{ "/prpc/Tappd.TdxQuote", ",\"hash_algorithm\":\"raw\",\"prefix\":\"\"" },
	{ "/GetQuote", "" },
}, attest = { "/Attest", "" };

static bool is_absent(struct json_value v)
{
	return json_type(v) == JSON_ABSENT || json_type(v) == JSON_NULL;
}

/* A string that may be missing. */
static bool read_text(struct json_value v, struct builder *scratch, struct span *text)
{
	return is_absent(v) || json_text(v, scratch, text);
}

/* Lower case, whole bytes: as it is handed on. */
static bool is_hex(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = text.p[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return false;
	}
	return text.len % 2 == 0;
}

static bool read_quote(struct json_value v, struct builder *scratch, struct source_answer *answer)
{
	struct builder quote;
	struct span text;

	builder_init(&quote, answer->quote_room, sizeof answer->quote_room);
	if (!json_text(v, scratch, &text) ||
	    !hex_decode(&quote, span_from(text, span_starts(text, "0x") ? 2 : 0)))
		return false;
	answer->quote = builder_span(&quote);
	return answer->quote.len > 0;
}

bool source_agent_read(struct span body, struct source_answer *answer, const char **wrong)
{
	struct json_token tokens[TOKENS];
	struct builder scratch;
	struct json_value root;
	struct json doc;

	answer->event_log = answer->vm_config = answer->attestation = span_of(NULL, 0);
	builder_init(&scratch, answer->text, sizeof answer->text);
	*wrong = NULL;
	if (!json_read(&doc, body, tokens, TOKENS))
		return false;
	root = json_root(&doc);
	if (json_type(root) != JSON_OBJECT)
		return false;
	if (!read_quote(json_member(root, "quote"), &scratch, answer))
		*wrong = "quote";
	else if (!read_text(json_member(root, "event_log"), &scratch, &answer->event_log))
		*wrong = "event_log";
	else if (!read_text(json_member(root, "vm_config"), &scratch, &answer->vm_config))
		*wrong = "vm_config";
	else if (!read_text(json_member(root, "attestation"), &scratch, &answer->attestation) ||
	         !is_hex(answer->attestation))
		*wrong = "attestation";
	return !*wrong;
}

bool source_agent_read_attestation(struct span body, struct source_answer *answer,
                                   struct span *report_data, const char **wrong)
{
	struct json_token tokens[TOKENS];
	struct attestation attestation;
	struct builder scratch;
	struct json_value root;
	struct json doc;
	size_t start;

	builder_init(&scratch, answer->text, sizeof answer->text);
	*wrong = NULL;
	if (!json_read(&doc, body, tokens, TOKENS))
		return false;
	root = json_root(&doc);
	if (json_type(root) != JSON_OBJECT)
		return false;
	*wrong = "attestation";
	if (!json_text(json_member(root, "attestation"), &scratch, &answer->attestation) ||
	    !is_hex(answer->attestation))
		return false;
	start = scratch.len;
	if (!hex_decode(&scratch, answer->attestation) ||
	    attestation_read(&attestation, span_from(builder_span(&scratch), start), &scratch) != ATTESTATION_OK)
		return false;
	answer->quote = attestation.quote;
	*report_data = attestation.report_data;
	return true;
}

struct span source_agent_error(struct span body, struct builder *scratch)
{
	struct json_token tokens[TOKENS];
	struct span text = span_of(NULL, 0);
	struct json doc;

	if (json_read(&doc, body, tokens, TOKENS))
		json_text(json_member(json_root(&doc), "error"), scratch, &text);
	return text;
}

enum source_result source_agent_open(struct source *s)
{
	struct stat st;

	if (!s->is_local)
		return SOURCE_OK;
	if (stat(s->local.u.local.sun_path, &st) < 0) {
		source_say(s, NULL, strerror(errno));
		return source_errno(errno);
	}
	if (S_ISSOCK(st.st_mode))
		return SOURCE_OK;
	source_say(s, NULL, "not a socket");
	return SOURCE_ABSENT;
}

/* Of an answer that is no success: "/GetQuote: 400: what it says", behind what was said before. */
static void say_refusal(struct source *s, struct builder *why, const char *path, int status,
                        struct source_answer *answer, struct span body)
{
	struct builder scratch;

	builder_init(&scratch, answer->text, sizeof answer->text);
	body = source_agent_error(body, &scratch);
	builder_str(why, why->len > 0 ? "; " : "");
	builder_str(why, path);
	builder_str(why, ": ");
	builder_number(why, (uint64_t)status);
	builder_str(why, body.len > 0 ? ": " : "");
	log_hostile(why, body, ERROR_SHOWN);
	if (builder_cstr(why))
		memcpy(s->why, why->p, why->len + 1);
}

static enum source_result of_fetch(enum fetch_result r)
{
	switch (r) {
	case FETCH_OK:
		return SOURCE_OK;
	case FETCH_TIMEOUT:
		return SOURCE_TIMEOUT;
	case FETCH_PROTOCOL:
	case FETCH_TOO_LARGE:
		return SOURCE_NONSENSE;
	case FETCH_BAD_URL:
	case FETCH_BAD_REQUEST:
	case FETCH_NO_ADDRESS:
	case FETCH_CONNECT:
	case FETCH_UNTRUSTED:
	case FETCH_TLS:
	case FETCH_CLOSED:
	case FETCH_SYSTEM:
		break;
	}
	return SOURCE_SYSTEM;
}

/* One method; `*status` is that of the answer. */
static enum source_result ask(struct source *s, struct fetch *fetch, const struct method *method,
                              struct span report_data, struct builder *body, int *status,
                              int64_t deadline)
{
	static struct http_response head;
	unsigned char request_room[REQUEST_MAX], url_room[URL_MAX + REQUEST_MAX];
	struct builder json, url, fields;
	unsigned char fields_room[64];
	struct fetch_request request = { .method = "POST", .has_body = true, .repeatable = true };
	enum fetch_result r;

	builder_init(&json, request_room, sizeof request_room);
	builder_str(&json, "{\"report_data\":\"");
	hex_encode(&json, report_data);
	builder_str(&json, "\"");
	builder_str(&json, method->more);
	builder_str(&json, "}");
	builder_init(&url, url_room, sizeof url_room);
	builder_str(&url, s->url);
	builder_str(&url, method->path);
	builder_init(&fields, fields_room, sizeof fields_room);
	http_field_line(&fields, "Content-Type", span_str("application/json"));
	request.url = builder_span(&url);
	request.fields = builder_span(&fields);
	request.body = builder_span(&json);
	r = fetch_exchange(fetch, &request, &head, body, deadline);
	*status = head.status;
	if (r != FETCH_OK)
		source_say(s, method->path, fetch_why(fetch));
	return of_fetch(r);
}

/* What is wrong with an answer of 200: a member, or when it is NULL the whole. */
static enum source_result malformed(struct source *s, const char *path, const char *wrong)
{
	unsigned char room[128];
	struct builder b;

	builder_init(&b, room, sizeof room);
	builder_str(&b, wrong ? "a malformed " : "not a JSON object");
	builder_str(&b, wrong ? wrong : "");
	source_say(s, path, builder_cstr(&b));
	return SOURCE_NONSENSE;
}

/* The socket is named as the older agent's is. */
static bool is_older(const struct source *s)
{
	struct span path = span_str(s->local.u.local.sun_path);
	struct span name = span_str("tappd.sock");

	return s->is_local && path.len > name.len &&
	       span_eq(span_from(path, path.len - name.len), name);
}

enum source_result source_agent_quote(struct source *s, struct span report_data,
                                      struct source_answer *answer, int64_t deadline)
{
	const struct method *methods = is_older(s) ? older : newer;
	unsigned char why_room[SOURCE_WHY_MAX];
	enum source_result r = SOURCE_REFUSED;
	struct fetch *fetch;
	struct builder why, body;
	const char *wrong;
	int status;

	if (s->is_local)
		s->fetch.via = &s->local;
	builder_init(&why, why_room, sizeof why_room);
	fetch = fetch_new(answer->fetch_room, sizeof answer->fetch_room, &s->fetch);
	for (int i = 0; i < METHODS && r == SOURCE_REFUSED; i++) {
		builder_init(&body, answer->body, sizeof answer->body);
		r = ask(s, fetch, &methods[i], report_data, &body, &status, deadline);
		if (r == SOURCE_OK && status == 200) {
			if (!source_agent_read(builder_span(&body), answer, &wrong))
				r = malformed(s, methods[i].path, wrong);
			break;
		}
		if (r == SOURCE_OK) {
			say_refusal(s, &why, methods[i].path, status, answer, builder_span(&body));
			r = SOURCE_REFUSED;
		}
		if (status >= 500)
			break;
	}
	fetch_close(fetch);
	return r;
}

enum source_result source_agent_attest(struct source *s, struct span report_data,
                                       struct source_answer *answer, int64_t deadline)
{
	unsigned char why_room[SOURCE_WHY_MAX];
	struct builder why, body;
	enum source_result r;
	struct span claimed;
	struct fetch *fetch;
	const char *wrong;
	int status;

	if (s->is_local)
		s->fetch.via = &s->local;
	builder_init(&why, why_room, sizeof why_room);
	builder_init(&body, answer->body, sizeof answer->body);
	fetch = fetch_new(answer->fetch_room, sizeof answer->fetch_room, &s->fetch);
	r = ask(s, fetch, &attest, report_data, &body, &status, deadline);
	fetch_close(fetch);
	if (r != SOURCE_OK)
		return r;
	if (status != 200) {
		say_refusal(s, &why, attest.path, status, answer, builder_span(&body));
		return SOURCE_REFUSED;
	}
	if (!source_agent_read_attestation(builder_span(&body), answer, &claimed, &wrong))
		return malformed(s, attest.path, wrong);
	return span_eq(claimed, report_data) ? SOURCE_OK : SOURCE_OTHER;
}
