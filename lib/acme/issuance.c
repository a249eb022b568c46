/* A certificate for a name, from store to store. */
#include "acme/issuance.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "acme/memory.h"
#include "base/deadline.h"
#include "base/file.h"
#include "base/log.h"

enum {
	NOTE_MAX = 512,
	DEPLOY_MS = 60000 /* what a deploy hook has, however long the order took */
};

static void warn(const struct issuance *i, const char *text)
{
	const struct session_setting *s = &i->setting->session;

	if (s->note)
		s->note(s->note_context, ACME_WARNING, text);
}

static enum acme_result fail(struct builder *why, enum acme_result result, const char *what,
                             const char *reason)
{
	builder_str(why, what);
	builder_str(why, ": ");
	builder_str(why, reason);
	return result;
}

static int64_t unix_now(const struct issuance *i)
{
	int64_t given = i->setting->session.unix_now;

	return given ? given : (int64_t)time(NULL);
}

static enum acme_result class_of(enum store_result result)
{
	switch (result) {
	case STORE_OK:
		return ACME_OK;
	case STORE_BUSY:
		return ACME_TEMP;
	case STORE_NO_NAME:
	case STORE_DENIED:
	case STORE_DAMAGED:
		return ACME_PERM;
	case STORE_ERROR:
		break;
	}
	return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? ACME_PERM : ACME_TEMP;
}

/*
 * A certificate that is none is as good as none: a new one takes its place. When nobody could
 * look at it, it is not known what it is.
 */
static enum acme_result read_leaf(struct issuance *i, struct builder *why)
{
	static unsigned char pem[ORDER_CHAIN_MAX];
	enum inspect_result looked;
	enum file_result got;
	size_t len;

	got = file_read(i->current, "cert.pem", pem, sizeof pem, &len);
	if (got == FILE_ERROR)
		return fail(why, ACME_TEMP, "cert.pem", strerror(errno));
	looked = got != FILE_OK ? INSPECT_BAD :
	                          inspect_leaf(&i->leaf, span_of(pem, len), i->setting->names,
	                                       i->setting->session.deadline, why);
	if (looked == INSPECT_FAILED)
		return ACME_TEMP;
	why->len = 0;
	i->has_leaf = looked == INSPECT_OK;
	if (!i->has_leaf)
		warn(i, "cert.pem in the store cannot be read as a certificate");
	return ACME_OK;
}

/* The current version, if there is one. */
static enum acme_result look(struct issuance *i, struct builder *why)
{
	enum store_result result;

	if (i->current >= 0)
		close(i->current);
	i->current = -1;
	i->has_leaf = false;
	result = store_current(&i->store, &i->current, i->version);
	if (result == STORE_NO_NAME)
		return ACME_OK;
	if (result != STORE_OK)
		return fail(why, class_of(result), i->store.name, store_strerror(result));
	return read_leaf(i, why);
}

enum acme_result issuance_open(struct issuance *i, const struct issuance_setting *setting,
                               bool lock, struct builder *why)
{
	struct span name = span_str(setting->names->name[0].text);
	enum store_result result;

	i->setting = setting;
	i->current = -1;
	result = lock ? store_lock(&i->store, setting->store, name, deadline_now()) :
	                store_open(&i->store, setting->store, name);
	if (result != STORE_OK) {
		log_hostile(why, span_str(setting->store), NOTE_MAX);
		builder_str(why, ": ");
		return fail(why, class_of(result), setting->names->name[0].text,
		            store_strerror(result));
	}
	if (i->store.own >= 0 && !memory_read(&i->state, i->store.own))
		return fail(why, ACME_TEMP, "state", strerror(errno));
	memory_bound(&i->state, unix_now(i));
	return look(i, why);
}

void issuance_judge(struct issuance *i, struct due *due)
{
	struct due_facts facts = { .leaf = i->has_leaf ? &i->leaf : NULL, .state = &i->state };

	facts.other_names = i->has_leaf && !i->leaf.named;
	due_judge(due, &facts, unix_now(i));
}

bool issuance_undeployed(const struct issuance *i)
{
	return i->current >= 0 && i->store.own >= 0 &&
	       deploy_state(i->store.own, i->version) != DEPLOY_DONE;
}

static bool has_key(const struct issuance *i)
{
	struct stat st;

	return i->current >= 0 && fstatat(i->current, "key.pem", &st, 0) == 0;
}

static void make_wish(struct issuance *i)
{
	const struct issuance_setting *s = i->setting;

	i->wish = (struct pending_wish){
		.directory = s->session.directory, .account = s->session.account_url,
		.profile = s->profile, .names = s->names, .kind = s->kind, .request = s->request,
		.must_staple = s->must_staple,
		.reuse_from = s->reuse_key && has_key(i) ? i->current : -1,
	};
}

/*
 * In the client process. What comes back of an order that failed is a byte: whether the order of
 * an earlier run was of no use. What is replaced is of interest where renewal information is (RFC
 * 9773, 5).
 */
static enum acme_result run_order(struct acme *a, void *context, struct builder *chain)
{
	struct order_request *request = context;
	enum acme_result result;
	bool unusable = false;

	request->unusable = &unusable;
	if (!a->directory.renewal_info[0])
		request->replaces = NULL;
	result = order_run(a, request, chain);
	if (result == ACME_OK)
		return result;
	builder_init(chain, chain->p, chain->cap);
	builder_byte(chain, unusable);
	return result;
}

static enum acme_result run_describe(struct acme *a, void *context, struct builder *out)
{
	struct order_request *request = context;

	if (!a->directory.renewal_info[0])
		request->replaces = NULL;
	return order_describe(a, request, out);
}

static struct order_request make_request(const struct issuance *i)
{
	const struct issuance_setting *s = i->setting;
	char name[STORE_NAME_MAX];
	/* Not where it is another's, of which this is a further name: that one has the origin, too. */
	bool renewal = i->has_leaf && i->leaf.named && i->leaf.id[0] &&
	               store_name(span_str(s->names->name[0].text), name) &&
	               strcmp(name, i->store.name) == 0;

	return (struct order_request){
		.names = s->names, .methods = s->methods, .n_methods = s->n_methods,
		.profile = s->profile, .preferred_issuer = s->issuer,
		.replaces = renewal && pending_same_origin(&i->store, &i->wish) ? i->leaf.id : NULL,
	};
}

static void further_names(const struct name_set *names, struct name_set *others)
{
	others->n = names->n - 1;
	for (size_t i = 1; i < names->n; i++)
		others->name[i - 1] = names->name[i];
}

/* What the CA gave, into the store. */
static enum acme_result install(struct issuance *i, struct span chain, struct builder *why)
{
	static unsigned char bytes[ORDER_CHAIN_MAX];
	static struct name_set others;
	struct inspect_doubts doubts;
	enum inspect_result looked;
	struct builder fullchain;
	size_t leaf_len;

	builder_init(&fullchain, bytes, sizeof bytes);
	looked = inspect_chain(chain, i->pending.request, i->setting->names, unix_now(i), &fullchain,
	                       &leaf_len, &doubts, deadline_in(SESSION_CLEAN_MS), why);
	if (looked == INSPECT_BAD)
		pending_failed(&i->pending);
	if (looked != INSPECT_OK)
		return ACME_TEMP;
	if (doubts.unchecked)
		warn(i, "a signature of the chain is of a kind that cannot be checked here");
	if (doubts.early)
		warn(i, "by the clock of this machine the certificate is not valid yet");
	further_names(i->setting->names, &others);
	if (!pending_install(&i->pending, builder_span(&fullchain), leaf_len, &others, why))
		return ACME_TEMP;
	if (i->store.kept[0]) {
		char line[NOTE_MAX];

		snprintf(line, sizeof line, "%s in the store is something else and was left alone",
		         i->store.kept);
		warn(i, line);
	}
	return look(i, why);
}

static enum acme_result order(struct issuance *i, struct builder *why)
{
	static unsigned char bytes[ORDER_CHAIN_MAX];
	struct order_request request = make_request(i);
	struct session_setting session = i->setting->session;
	struct builder chain;
	enum acme_result result;

	session.names = i->setting->names;
	session.begun_dir = i->store.own;
	session.keep_order = pending_keep;
	session.keep_context = &i->pending;
	request.csr = i->pending.request;
	request.resume_url = i->pending.order[0] ? i->pending.order : NULL;
	builder_init(&chain, bytes, sizeof bytes);
	result = session_run(&session, run_order, &request, &chain, why);
	if (result == ACME_OK)
		return install(i, builder_span(&chain), why);
	if (request.resume_url && chain.len == 1 && chain.p[0] == true)
		pending_failed(&i->pending);
	return result;
}

static enum acme_result pending_class(enum pending_result result)
{
	switch (result) {
	case PENDING_OK:
		return ACME_OK;
	case PENDING_PERM:
		return ACME_PERM;
	case PENDING_TEMP:
		break;
	}
	return ACME_TEMP;
}

/* The first line of an explanation is the one to be remembered. */
static void remember(struct issuance *i, enum acme_result result, struct span why,
                     int64_t retry_after_s)
{
	if (result == ACME_OK)
		memory_succeeded(&i->state);
	else
		memory_failed(&i->state, unix_now(i), span_head(why, span_find(why, '\n')),
		              retry_after_s);
	if (!memory_write(&i->state, i->store.own))
		warn(i, "what happened could not be written to the file state");
}

enum acme_result issuance_order(struct issuance *i, struct builder *why)
{
	enum acme_result result;

	make_wish(i);
	result = pending_class(pending_open(&i->pending, &i->store, &i->wish,
	                                    i->setting->session.deadline, why));
	if (result != ACME_OK)
		return result;
	result = order(i, why);
	if (result == ACME_OK || !session_interrupted())
		remember(i, result, builder_span(why), session_retry_after_s());
	return result;
}

enum acme_result issuance_deploy(struct issuance *i, const char *hook, struct builder *why)
{
	char root[PATH_MAX], path[PATH_MAX + STORE_NAME_MAX + STORE_VERSION_MAX + 8];
	int64_t deadline = i->setting->session.deadline, least = deadline_in(DEPLOY_MS);
	bool good;

	if (!realpath(i->setting->store, root))
		return fail(why, ACME_TEMP, i->setting->store, strerror(errno));
	snprintf(path, sizeof path, "%s/.%s/%s", root, i->store.name, i->version);
	good = deploy_run(hook, i->setting->names->name[0].text, path, i->store.own, i->version,
	                  deadline > least ? deadline : least, why);
	remember(i, good ? ACME_OK : ACME_TEMP, builder_span(why), 0);
	return good ? ACME_OK : ACME_TEMP;
}

enum acme_result issuance_describe(struct issuance *i, struct builder *out, struct builder *why)
{
	struct session_setting session = i->setting->session;
	struct order_request request;

	make_wish(i);
	request = make_request(i);
	session.hook = NULL;
	return session_run(&session, run_describe, &request, out, why);
}
