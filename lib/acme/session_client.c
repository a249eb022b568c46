/* The process that talks to the CA: the outside of an ACME client, made of sockets. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "acme/hook.h"
#include "acme/session_parts.h"
#include "base/cell.h"
#include "base/deadline.h"
#include "base/io.h"
#include "base/jail.h"
#include "base/log.h"
#include "tls/anchors.h"
#include "tls/fetch.h"
#include "tls/signer.h"

enum { FIELDS_MAX = 512 };

struct client {
	const struct session_client *start;
	const struct session_setting *setting;
	int fd; /* main */
	int64_t deadline;
	struct fetch *fetch;
};

/* Nothing but a change of what is asked for, or of whom is trusted, makes it better. */
static bool is_permanent(enum fetch_result result)
{
	switch (result) {
	case FETCH_BAD_URL:
	case FETCH_BAD_REQUEST:
	case FETCH_UNTRUSTED:
		return true;
	case FETCH_OK:
	case FETCH_NO_ADDRESS:
	case FETCH_CONNECT:
	case FETCH_TLS:
	case FETCH_CLOSED:
	case FETCH_PROTOCOL:
	case FETCH_TOO_LARGE:
	case FETCH_TIMEOUT:
	case FETCH_SYSTEM:
		break;
	}
	return false;
}

static bool exchange(void *context, const struct acme_request *request, bool repeatable,
                     struct http_response *head, struct span *body, struct builder *why,
                     bool *permanent)
{
	static unsigned char body_bytes[ACME_BODY_MAX];
	struct client *c = context;
	unsigned char field_bytes[FIELDS_MAX];
	struct builder fields, answer;
	struct fetch_request r = { .method = request->method, .url = request->url,
		                   .body = request->body, .repeatable = repeatable };
	enum fetch_result result;

	builder_init(&fields, field_bytes, sizeof field_bytes);
	builder_init(&answer, body_bytes, sizeof body_bytes);
	if (strcmp(request->method, "POST") == 0) {
		r.has_body = true;
		http_field_line(&fields, "Content-Type", span_str("application/jose+json"));
	}
	if (request->accept)
		http_field_line(&fields, "Accept", span_str(request->accept));
	r.fields = builder_span(&fields);
	result = fetch_exchange(c->fetch, &r, head, &answer, c->deadline);
	*body = builder_span(&answer);
	if (result == FETCH_OK)
		return true;
	*permanent = is_permanent(result);
	builder_str(why, fetch_why(c->fetch));
	return false;
}

static struct signer signer_of(const struct client *c, enum session_secret which)
{
	return (struct signer){ .fd = c->start->secret[which], .deadline = c->deadline };
}

static bool public_key(void *context, enum acme_key which, struct builder *spki)
{
	struct signer s = signer_of(context, (enum session_secret)which);

	return s.fd >= 0 && signer_public(&s, spki);
}

static bool sign(void *context, enum acme_key which, enum key_hash hash,
                 const unsigned char *digest, struct builder *signature)
{
	struct signer s = signer_of(context, (enum session_secret)which);

	return s.fd >= 0 && signer_sign(&s, hash, digest, true, signature);
}

static bool mac(void *context, enum key_hash hash, struct span data, struct builder *out)
{
	struct signer s = signer_of(context, SECRET_MAC);

	return s.fd >= 0 && signer_mac(&s, hash, data, out);
}

static bool wait_so_long(void *context, int64_t ms)
{
	const struct client *c = context;
	int64_t until = deadline_in(ms), now;
	struct timespec nap;

	if (until > c->deadline)
		return false;
	while ((now = deadline_now()) < until) {
		nap.tv_sec = (time_t)((until - now) / 1000);
		nap.tv_nsec = (long)((until - now) % 1000 * 1000000);
		nanosleep(&nap, NULL);
	}
	return true;
}

static int64_t unix_now(void *context)
{
	const struct client *c = context;

	return c->setting->unix_now ? c->setting->unix_now : (int64_t)time(NULL);
}

static bool random_bytes(void *context, void *to, size_t len)
{
	(void)context;
	while (len > 0) {
		ssize_t got = getrandom(to, len, 0);

		if (got < 0 && errno != EINTR)
			return false;
		if (got > 0) {
			to = (unsigned char *)to + got;
			len -= (size_t)got;
		}
	}
	return true;
}

/*
 * Asks main and takes its answer of one byte; -1 when main does not answer. What main
 * does has deadlines of its own there.
 */
static int ask(struct client *c, enum session_frame kind, struct span bytes)
{
	unsigned char answer;
	int64_t deadline = deadline_in(SESSION_CLEAN_MS);

	deadline = deadline > c->deadline ? deadline : c->deadline;
	if (cell_send(c->fd, (unsigned char)kind, bytes, deadline) != IO_OK ||
	    io_read_all(c->fd, &answer, 1, DEADLINE_NEVER) != IO_OK)
		return -1;
	return answer;
}

static enum acme_hook_answer hook(void *context, const char *verb, const char *method,
                                  const char *identifier, const char *token, const char *auth,
                                  const char *record)
{
	unsigned char frame[HOOK_CALL_MAX];
	struct client *c = context;
	enum hook_verb which;
	struct builder b;

	builder_init(&b, frame, sizeof frame);
	if (!hook_verb_parse(&which, verb))
		return ACME_HOOK_FAILED;
	hook_write(&b, which, method, identifier, token, auth, record);
	if (!builder_ok(&b))
		return ACME_HOOK_FAILED;
	switch (ask(c, SESSION_HOOK, builder_span(&b))) {
	case ACME_HOOK_DONE:
		return ACME_HOOK_DONE;
	case ACME_HOOK_LATER:
		return ACME_HOOK_LATER;
	case ACME_HOOK_DECLINED:
		return ACME_HOOK_DECLINED;
	default:
		return ACME_HOOK_FAILED;
	}
}

static bool keep_order(void *context, struct span order_url)
{
	return ask(context, SESSION_KEEP, order_url) == 1;
}

static void note(void *context, enum acme_note kind, const char *line)
{
	const struct client *c = context;

	if (c->setting->note)
		c->setting->note(c->setting->note_context, kind, line);
}

/* The files: anchors, unless the directory itself says that it is plain HTTP. */
static enum acme_result read_anchors(const struct client *c, struct anchors *anchors,
                                     struct builder *why)
{
	const char *path = c->setting->anchors_path ? c->setting->anchors_path : ANCHORS_SYSTEM;
	enum anchors_result result;

	if (span_starts(span_str(c->setting->directory), "http:"))
		return ACME_OK;
	result = anchors_read(anchors, path);
	if (result == ANCHORS_OK)
		return ACME_OK;
	log_hostile(why, span_str(path), 512);
	builder_str(why, ": ");
	builder_str(why, result == ANCHORS_SYSTEM_ERROR ? strerror(errno) : anchors_strerror(result));
	return ACME_PERM;
}

/* Sockets, and the hosts file where there is one. */
static bool enter_jail(const char *hosts_path)
{
	struct jail_place hosts = { .path = hosts_path, .dir = AT_FDCWD, .access = JAIL_READ };
	struct jail jail = { .promises = JAIL_NET };

	if (hosts_path) {
		jail.promises |= JAIL_READ;
		jail.places = &hosts;
		jail.n_places = 1;
	}
	return jail_enter(&jail) != JAIL_FAILED;
}

static enum acme_result prepare(struct client *c, struct builder *why)
{
	static max_align_t room[FETCH_ROOM / sizeof(max_align_t)];
	static struct fetch_setting setting;
	static struct anchors anchors;
	enum acme_result result = read_anchors(c, &anchors, why);

	if (result != ACME_OK)
		return result;
	setting.anchors = anchors.n > 0 ? &anchors : NULL;
	setting.servers = c->setting->servers;
	if (c->setting->hosts_path && access(c->setting->hosts_path, R_OK) == 0)
		setting.hosts_path = c->setting->hosts_path;
	setting.unix_now = c->setting->unix_now;
	setting.user_agent = c->setting->user_agent;
	if (!enter_jail(setting.hosts_path)) {
		builder_str(why, "jail: ");
		builder_str(why, strerror(errno));
		return ACME_TEMP;
	}
	c->fetch = fetch_new(room, sizeof room, &setting);
	if (!c->fetch) {
		builder_str(why, "no HTTP client");
		return ACME_INTERNAL;
	}
	return ACME_OK;
}

/* From the directory to the result; what failed is in a->why. */
static enum acme_result run(struct client *c, struct acme *a, struct builder *result)
{
	static struct acme_outside outside = {
		.exchange = exchange, .public_key = public_key, .sign = sign, .mac = mac,
		.wait = wait_so_long, .unix_now = unix_now, .random = random_bytes, .hook = hook,
		.keep_order = keep_order, .note = note,
	};
	const struct session_setting *setting = c->setting;
	enum acme_result outcome;
	size_t len;

	outside.context = c;
	outcome = acme_open(a, &outside, span_str(setting->directory));
	if (outcome != ACME_OK)
		return outcome;
	len = setting->account_url ? strlen(setting->account_url) : 0;
	if (len >= sizeof a->account_url)
		return acme_fail(a, ACME_PERM, "the account's URL is too long");
	if (len > 0)
		memcpy(a->account_url, setting->account_url, len + 1);
	return c->start->work(a, c->start->context, result);
}

static void tell_later(const struct client *c, int64_t seconds)
{
	unsigned char bytes[4];
	struct builder b;

	if (seconds <= 0)
		return;
	builder_init(&b, bytes, sizeof bytes);
	builder_u32be(&b, seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX);
	(void)cell_send(c->fd, SESSION_LATER, builder_span(&b), deadline_in(SESSION_CLEAN_MS));
}

int session_client(void *context, int fd)
{
	static struct acme acme;
	static unsigned char result_bytes[SESSION_RESULT_MAX];
	static unsigned char why_bytes[ACME_WHY_MAX];
	const struct session_client *start = context;
	struct client c = { .start = start, .setting = start->setting, .fd = fd,
		            .deadline = start->setting->deadline };
	struct builder result, why, *explanation = &why;
	int keep[SECRETS + 1] = { fd };
	enum acme_result outcome;

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	memcpy(keep + 1, start->secret, sizeof start->secret);
	cell_keep(keep, SECRETS + 1);
	builder_init(&result, result_bytes,
	             start->result_cap < sizeof result_bytes ? start->result_cap : sizeof result_bytes);
	builder_init(&why, why_bytes, sizeof why_bytes);
	outcome = prepare(&c, &why);
	if (outcome == ACME_OK) {
		outcome = run(&c, &acme, &result);
		explanation = &acme.why;
		if (outcome != ACME_OK)
			tell_later(&c, acme.leave_alone_s);
		fetch_close(c.fetch);
	}
	if (!builder_ok(&result)) {
		builder_str(&why, "the result is too large");
		explanation = &why;
		outcome = ACME_INTERNAL;
	}
	return cell_report(fd, (unsigned char)outcome, &result, explanation,
	                   deadline_in(SESSION_CLEAN_MS)) != IO_OK;
}
