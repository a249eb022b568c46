/* The challenge hook: words checked, calls made and remembered. */
#include "acme/hook.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/child.h"
#include "base/deadline.h"
#include "base/file.h"
#include "base/io.h"
#include "base/log.h"
#include "base/reader.h"
#include "net/hostname.h"

#define BEGUN "begun"

enum {
	DIGEST_LEN = 43, /* SHA-256 in base64url */
	WORDS = 5,       /* of a call */
	BEGUN_MAX = 1 << 20
};

static const char *const verbs[] = { "begin", "wait", "done", "failed" };

const char *hook_verb_name(enum hook_verb verb)
{
	return verbs[verb];
}

bool hook_verb_parse(enum hook_verb *verb, const char *word)
{
	for (unsigned int i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		if (strcmp(word, verbs[i]) == 0) {
			*verb = (enum hook_verb)i;
			return true;
		}
	}
	return false;
}

static bool copy(char *to, size_t cap, struct span from)
{
	struct builder b;

	builder_init(&b, to, cap);
	builder_add(&b, from);
	return span_find(from, 0) == from.len && builder_cstr(&b);
}

/* A name or an address, as name_set_add() leaves it. */
static bool canonical(struct span identifier)
{
	static struct name_set set;

	set.n = 0;
	return name_set_add(&set, identifier) == NAME_OK && span_is(identifier, set.name[0].text);
}

/* One of the names ordered; an authorization for "*.name" is one for "name" (RFC 8555, 7.1.4). */
static bool identifier_ok(const struct name_set *names, struct span identifier)
{
	if (identifier.len == 0 || identifier.p[0] == '*')
		return false;
	if (!names)
		return canonical(identifier);
	for (size_t i = 0; i < names->n; i++) {
		const char *name = names->name[i].text;

		if (span_is(identifier, strncmp(name, "*.", 2) == 0 ? name + 2 : name))
			return true;
	}
	return false;
}

/* A key authorization or a digest of one: no more than base64url and the dot between. */
static bool digits_ok(struct span auth, struct span token)
{
	if (auth.len == token.len + 1 + TOKEN_THUMBPRINT_LEN &&
	    span_eq(span_head(auth, token.len), token) && auth.p[token.len] == '.')
		auth = span_from(auth, token.len + 1);
	return auth.len == DIGEST_LEN && token_thumbprint_ok(auth);
}

/* What dns-persist-01 publishes (an issuer and parameters): text that needs no escapes in a zone. */
static bool text_ok(struct span auth)
{
	if (auth.len == 0 || auth.p[0] == '-')
		return false;
	for (size_t i = 0; i < auth.len; i++)
		if (auth.p[i] < ' ' || auth.p[i] > '~' || auth.p[i] == '"' || auth.p[i] == '\\')
			return false;
	return true;
}

/* A name below, whose first label is one of the underscore names that challenges use. */
static bool record_ok(struct span record, struct span identifier)
{
	size_t front = record.len - identifier.len;

	return record.len > identifier.len + 1 && record.p[0] == '_' && dns_name_ok(record) &&
	       record.p[front - 1] == '.' && span_eq(span_from(record, front), identifier);
}

static bool words_ok(struct span method, struct span identifier, struct span token,
                     struct span auth, struct span record)
{
	bool in_dns = span_starts(method, "dns-");

	if (!order_method_known(method) || (in_dns && !hostname_ok(identifier)) ||
	    (in_dns ? !record_ok(record, identifier) : record.len > 0))
		return false;
	if (span_is(method, "dns-persist-01"))
		return token.len == 0 && text_ok(auth);
	return token_ok(token) && digits_ok(auth, token);
}

bool hook_call_make(struct hook_call *call, const struct name_set *names, struct span method,
                    struct span identifier, struct span token, struct span auth, struct span record)
{
	return identifier_ok(names, identifier) &&
	       words_ok(method, identifier, token, auth, record) &&
	       copy(call->method, sizeof call->method, method) &&
	       copy(call->identifier, sizeof call->identifier, identifier) &&
	       copy(call->token, sizeof call->token, token) &&
	       copy(call->auth, sizeof call->auth, auth) &&
	       copy(call->record, sizeof call->record, record);
}

static void add_word(struct builder *out, const char *word)
{
	builder_u16be(out, (uint16_t)strnlen(word, HOOK_CALL_MAX));
	builder_str(out, word);
}

void hook_write(struct builder *out, enum hook_verb verb, const char *method,
                const char *identifier, const char *token, const char *auth, const char *record)
{
	builder_byte(out, (unsigned char)verb);
	add_word(out, method);
	add_word(out, identifier);
	add_word(out, token);
	add_word(out, auth);
	add_word(out, record);
}

bool hook_read(struct hook_call *call, enum hook_verb *verb, const struct name_set *names,
               struct span bytes)
{
	struct span word[WORDS];
	struct reader r;
	uint8_t first;

	reader_init(&r, bytes);
	first = reader_u8(&r);
	for (size_t i = 0; i < sizeof word / sizeof *word; i++)
		word[i] = reader_bytes(&r, reader_u16be(&r));
	if (!reader_done(&r) || first > HOOK_FAILED)
		return false;
	*verb = (enum hook_verb)first;
	return hook_call_make(call, names, word[0], word[1], word[2], word[3], word[4]);
}

static bool same(const struct hook_call *a, const struct hook_call *b)
{
	return strcmp(a->method, b->method) == 0 && strcmp(a->identifier, b->identifier) == 0 &&
	       strcmp(a->token, b->token) == 0 && strcmp(a->auth, b->auth) == 0;
}

static size_t find(const struct hooks *h, const struct hook_call *call)
{
	size_t i = 0;

	while (i < h->n && !same(&h->begun[i], call))
		i++;
	return i;
}

static bool remember(struct hooks *h, const struct hook_call *call)
{
	if (find(h, call) < h->n)
		return true;
	if (h->n == HOOK_BEGUN_MAX)
		return false;
	h->begun[h->n++] = *call;
	return true;
}

static void forget(struct hooks *h, const struct hook_call *call)
{
	size_t i = find(h, call);

	if (i < h->n)
		h->begun[i] = h->begun[--h->n];
}

/*
 * A line in the file: '+' or '-', and the words behind a tab each. Written at once and not
 * brought to the disk: what it must outlive is this process.
 */
static void note_down(const struct hooks *h, char sign, const struct hook_call *call)
{
	unsigned char bytes[HOOK_CALL_MAX];
	const char *const words[] = { call->method, call->identifier, call->token, call->auth,
		                      call->record };
	struct builder line;
	int fd;

	if (h->dir < 0)
		return;
	builder_init(&line, bytes, sizeof bytes);
	builder_byte(&line, (unsigned char)sign);
	for (size_t i = 0; i < WORDS; i++) {
		builder_byte(&line, '\t');
		builder_str(&line, words[i]);
	}
	builder_byte(&line, '\n');
	fd = openat(h->dir, BEGUN, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	io_write_all(fd, builder_span(&line), DEADLINE_NEVER);
	close(fd);
	if (h->n == 0)
		unlinkat(h->dir, BEGUN, 0);
}

static void read_line(struct hooks *h, struct span line)
{
	struct span sign, word[WORDS];
	struct hook_call call;
	size_t n = 0;

	if (!span_split(&line, '\t', &sign))
		return;
	while (n < WORDS && span_split(&line, '\t', &word[n]))
		n++;
	if (n < WORDS || line.len > 0 ||
	    !hook_call_make(&call, NULL, word[0], word[1], word[2], word[3], word[4]))
		return;
	if (span_is(sign, "+"))
		remember(h, &call);
	else
		forget(h, &call);
}

void hooks_open(struct hooks *h, const char *program, int dir)
{
	static unsigned char text[BEGUN_MAX];
	struct span rest, line;
	size_t len;

	h->program = program;
	h->dir = dir;
	h->n = 0;
	if (dir < 0 || file_read(dir, BEGUN, text, sizeof text, &len) != FILE_OK)
		return;
	rest = span_of(text, len);
	while (rest.len > 0 && span_split(&rest, '\n', &line))
		read_line(h, line);
}

static void explain(struct builder *why, const struct hooks *h, enum hook_verb verb,
                    const struct hook_call *call, const char *what)
{
	log_hostile(why, span_str(h->program), 256);
	builder_byte(why, ' ');
	builder_str(why, hook_verb_name(verb));
	builder_byte(why, ' ');
	builder_str(why, call->method);
	builder_byte(why, ' ');
	builder_str(why, call->identifier);
	builder_str(why, ": ");
	builder_str(why, what);
}

/* How it ended, as an answer; a failure is explained. */
static enum acme_hook_answer judge(const struct hooks *h, enum hook_verb verb,
                                   const struct hook_call *call, enum child_result ended,
                                   int status, struct builder *why)
{
	switch (ended) {
	case CHILD_EXITED:
		if (status == 0)
			return ACME_HOOK_DONE;
		if (status == 1 && verb == HOOK_BEGIN)
			return ACME_HOOK_DECLINED;
		if (status == HOOK_STATUS_LATER && verb == HOOK_BEGIN)
			return ACME_HOOK_LATER;
		if (status == 126 || status == 127) {
			explain(why, h, verb, call, status == 127 ? "not found" : "cannot be executed");
			break;
		}
		explain(why, h, verb, call, "exit status ");
		builder_number(why, (uint64_t)status);
		break;
	case CHILD_KILLED:
		explain(why, h, verb, call, "ended by signal ");
		builder_number(why, (uint64_t)status);
		break;
	case CHILD_TIMEOUT:
		explain(why, h, verb, call, "did not end in time");
		break;
	case CHILD_ERROR:
		explain(why, h, verb, call, strerror(errno));
		break;
	}
	return ACME_HOOK_FAILED;
}

enum acme_hook_answer hooks_run(struct hooks *h, enum hook_verb verb, const struct hook_call *call,
                                int64_t deadline, struct builder *why)
{
	const char *const argv[] = { h->program,       hook_verb_name(verb), call->method,
		                     call->identifier, call->token,          call->auth,
		                     NULL };
	char record[sizeof call->record + 16];
	const char *const env[] = { record, "CHAL_LATER=1", NULL };
	enum acme_hook_answer answer;
	enum child_result ended;
	int status = 0;

	snprintf(record, sizeof record, "CHAL_RECORD=%s", call->record);
	if (verb == HOOK_BEGIN && !remember(h, call)) {
		explain(why, h, verb, call, "too many challenges");
		return ACME_HOOK_FAILED;
	}
	if (verb == HOOK_BEGIN)
		note_down(h, '+', call);
	ended = child_run(argv, env, NULL, deadline, &status);
	answer = judge(h, verb, call, ended, status, why);
	if (verb == HOOK_DONE || verb == HOOK_FAILED || answer == ACME_HOOK_DECLINED) {
		forget(h, call);
		note_down(h, '-', call);
	}
	return answer;
}
