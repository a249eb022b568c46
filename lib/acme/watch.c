/* A name and its certificate, looked at from time to time. */
#include "acme/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "acme/deploy.h"
#include "acme/memory.h"
#include "base/file.h"
#include "base/log.h"
#include "base/reader.h"
#include "tls/store.h"

enum { ANSWER_LEN = 24, LINE_LEN = 1024 };

static enum acme_result fail(struct builder *why, enum acme_result result, const char *reason)
{
	builder_str(why, reason);
	return result;
}

static void put_time(struct builder *out, int64_t t)
{
	builder_u32be(out, (uint32_t)((uint64_t)t >> 32));
	builder_u32be(out, (uint32_t)t);
}

static int64_t get_time(struct reader *r)
{
	uint64_t high = reader_u32be(r);

	return (int64_t)(high << 32 | reader_u32be(r));
}

/* In the client: the window's start, its end, when to ask again; 8 bytes each. */
static enum acme_result ask(struct acme *a, void *der, struct builder *result)
{
	static struct renewal_window window;
	enum acme_result outcome;
	struct cert c;

	if (!cert_read(&c, *(const struct span *)der))
		return acme_fail(a, ACME_PERM, "the certificate cannot be read");
	outcome = renewal_ask(a, &c, &window);
	put_time(result, window.start);
	put_time(result, window.end);
	put_time(result, window.ask_again);
	if (outcome == ACME_OK && window.explanation[0])
		acme_say(a, ACME_STEP, "the CA explains its window at %s", window.explanation);
	return outcome;
}

static bool in_bounds(int64_t t, int64_t now)
{
	return t > now && t <= now + RENEWAL_RETRY_MAX_S;
}

/*
 * What the CA said. A window that it does not give any more is forgotten; when
 * it did not answer, what it said last stands.
 */
static void take(struct state *s, struct span answer, enum acme_result outcome, int64_t now)
{
	int64_t start, end, again;
	struct reader r;

	reader_init(&r, answer);
	start = get_time(&r);
	end = get_time(&r);
	again = get_time(&r);
	if (!reader_done(&r) || !in_bounds(again, now)) {
		s->ask_again = now + RENEWAL_RETRY_FAILED_S;
		return;
	}
	s->ask_again = again;
	if (outcome == ACME_OK && start > 0 && start < end) {
		s->window_start = start;
		s->window_end = end;
	} else if (outcome == ACME_NO) {
		s->window_start = s->window_end = 0;
	}
}

static void warn(const struct session_setting *session, const char *name, struct builder *why)
{
	struct span first = span_head(builder_span(why), span_find(builder_span(why), '\n'));
	char line[LINE_LEN];

	snprintf(line, sizeof line, "%s: the CA was not asked about renewal: %.*s", name,
	         (int)first.len, (const char *)first.p);
	if (session->note)
		session->note(session->note_context, ACME_WARNING, line);
}

static bool read_state(struct state *s, int own, int64_t now)
{
	if (!memory_read(s, own))
		return false;
	memory_bound(s, now);
	return true;
}

/* Asks, and remembers; orders may have failed in the meantime, so that is read anew. */
static void ask_about(struct watch *w, const struct store *store,
                      const struct session_setting *session, int64_t now)
{
	unsigned char bytes[ANSWER_LEN], why_bytes[ACME_WHY_MAX];
	struct builder answer, why;
	enum acme_result outcome;
	struct state fresh;

	builder_init(&answer, bytes, sizeof bytes);
	builder_init(&why, why_bytes, sizeof why_bytes);
	outcome = session_run(session, ask, &w->leaf.der, &answer, &why);
	if (outcome != ACME_OK && outcome != ACME_NO)
		warn(session, store->name, &why);
	take(&w->state, builder_span(&answer), outcome, now);
	if (store->own < 0)
		return;
	if (read_state(&fresh, store->own, now)) {
		w->state.failures = fresh.failures;
		w->state.retry_at = fresh.retry_at;
		memcpy(w->state.error, fresh.error, sizeof w->state.error);
	}
	if (!memory_write(&w->state, store->own) && session->note)
		session->note(session->note_context, ACME_WARNING,
		              "what the CA said could not be written to the file state");
}

/* INSPECT_BAD: there is none that is of use. */
static enum inspect_result read_leaf(struct watch *w, int dir, struct span name,
                                     const struct session_setting *session, struct builder *why)
{
	static unsigned char pem[ORDER_CHAIN_MAX];
	static struct name_set names;
	enum inspect_result looked;
	enum file_result got;
	size_t len;

	names.n = 0;
	name_set_add(&names, name);
	got = file_read(dir, "cert.pem", pem, sizeof pem, &len);
	if (got == FILE_ERROR)
		builder_str(why, strerror(errno));
	if (got != FILE_OK)
		return got == FILE_ERROR ? INSPECT_FAILED : INSPECT_BAD;
	looked = inspect_leaf(&w->leaf, span_of(pem, len), &names, session->deadline, why);
	if (looked == INSPECT_BAD)
		why->len = 0;
	return looked;
}

/* There is a CA to ask, and a certificate that it can be asked about. */
static bool asks(const struct watch *w, const struct session_setting *session)
{
	return session->directory && session->directory[0] && w->leaf.id[0];
}

/* The certificate is there: what is said and remembered about it. */
static void look_closer(struct watch *w, const struct store *store, struct due_facts *facts,
                        const char *version, const struct session_setting *session, int64_t now)
{
	facts->leaf = &w->leaf;
	facts->undeployed = store->own >= 0 && deploy_state(store->own, version) == DEPLOY_MISSING;
	state_about(&w->state, w->leaf.der);
	if (asks(w, session) && w->state.ask_again <= now)
		ask_about(w, store, session, now);
}

/*
 * The certificate does not have that name (any more): there is nothing to ask about. A further
 * name needs one of its own now; what became of orders of that is in a state of its own.
 */
static void look_elsewhere(struct watch *w, const struct store *store, struct due_facts *facts,
                           struct span name, int64_t now)
{
	char own_name[STORE_NAME_MAX + 1] = ".";
	int own;

	facts->leaf = &w->leaf;
	facts->other_names = true;
	if (!store_name(name, own_name + 1) || strcmp(own_name + 1, store->name) == 0)
		return;
	w->state = (struct state){ 0 };
	own = openat(store->dir, own_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (own < 0)
		return;
	(void)read_state(&w->state, own, now);
	close(own);
}

static enum acme_result look(struct watch *w, const struct store *store, struct span name,
                             const struct session_setting *session, struct builder *why)
{
	struct due_facts facts = { .state = &w->state };
	int64_t now = session->unix_now ? session->unix_now : (int64_t)time(NULL);
	enum inspect_result looked = INSPECT_BAD;
	char version[STORE_VERSION_MAX];
	enum store_result current;
	int dir = -1;

	w->state = (struct state){ 0 };
	if (store->own >= 0 && !read_state(&w->state, store->own, now))
		return fail(why, ACME_TEMP, strerror(errno));
	current = store_current(store, &dir, version);
	if (current != STORE_OK && current != STORE_NO_NAME)
		return fail(why, current == STORE_ERROR ? ACME_TEMP : ACME_PERM, store_strerror(current));
	if (current == STORE_OK) {
		looked = read_leaf(w, dir, name, session, why);
		close(dir);
	}
	if (looked == INSPECT_FAILED)
		return ACME_TEMP;
	facts.unreadable = current == STORE_OK && looked == INSPECT_BAD;
	if (looked == INSPECT_OK && w->leaf.covers)
		look_closer(w, store, &facts, version, session, now);
	else if (looked == INSPECT_OK)
		look_elsewhere(w, store, &facts, name, now);
	due_judge(&w->due, &facts, now);
	w->look_again = w->due.when;
	if (facts.leaf && !facts.other_names && asks(w, session) && w->state.ask_again > now && w->state.ask_again < w->look_again)
		w->look_again = w->state.ask_again;
	return ACME_OK;
}

enum acme_result watch_look(struct watch *w, const char *path, struct span name,
                            const struct session_setting *session, struct builder *why)
{
	enum store_result result;
	enum acme_result outcome;
	struct store store;

	result = store_open(&store, path, name);
	if (result != STORE_OK)
		return fail(why, result == STORE_ERROR && errno != ENOENT && errno != ENOTDIR ? ACME_TEMP : ACME_PERM,
		            store_strerror(result));
	outcome = look(w, &store, name, session, why);
	store_close(&store);
	return outcome;
}
