/* An order under way, on the disk. */
#include "acme/pending.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "acme/keeper.h"
#include "base/file.h"
#include "base/hex.h"

#define KEY "key.pem"
#define ASKED "asked"
#define ORDER "order"
#define TRIES "tries"
#define ORIGIN "origin"

enum { ORIGIN_MAX = 2 * URL_MAX + 64, ASKED_MAX = 2 * URL_MAX + 1024 + CERT_NAMES_MAX * 260 };

static void line(struct builder *out, const char *name, const char *value)
{
	builder_str(out, name);
	builder_byte(out, ' ');
	builder_str(out, value);
	builder_byte(out, '\n');
}

static void write_origin(struct builder *out, const struct pending_wish *wish)
{
	line(out, "directory", wish->directory);
	line(out, "account", wish->account);
}

static void write_key(struct builder *out, const struct pending_wish *wish)
{
	unsigned char digest[64];

	builder_str(out, "key ");
	if (wish->request.len > 0) {
		key_hash(KEY_SHA256, wish->request, digest);
		builder_str(out, "of request ");
		hex_encode(out, span_of(digest, key_hash_len(KEY_SHA256)));
	} else if (wish->reuse_from >= 0) {
		builder_str(out, "kept");
	} else {
		builder_str(out, key_kind_name(wish->kind.type, wish->kind.bits));
	}
	builder_byte(out, '\n');
}

static void write_asked(struct builder *out, const struct pending_wish *wish)
{
	write_origin(out, wish);
	if (wish->profile)
		line(out, "profile", wish->profile);
	write_key(out, wish);
	if (wish->must_staple)
		line(out, "must-staple", "yes");
	for (size_t i = 0; i < wish->names->n; i++)
		line(out, "name", wish->names->name[i].text);
}

static enum pending_result fail(struct builder *why, const char *what, const char *reason)
{
	builder_str(why, what);
	builder_str(why, ": ");
	builder_str(why, reason);
	return PENDING_TEMP;
}

static bool asked_is(int dir, struct span asked)
{
	static unsigned char text[ASKED_MAX];
	size_t len;

	return file_read(dir, ASKED, text, sizeof text, &len) == FILE_OK &&
	       span_eq(span_of(text, len), asked);
}

/* The directory, with what is asked for written in it and nothing of another order. */
static enum pending_result open_directory(struct pending *p, const struct pending_wish *wish,
                                          struct builder *why)
{
	static unsigned char bytes[ASKED_MAX];
	enum store_result result;
	enum file_result wrote;
	struct builder asked;

	builder_init(&asked, bytes, sizeof bytes);
	write_asked(&asked, wish);
	if (!builder_ok(&asked))
		return fail(why, ASKED, "too large");
	result = store_pending(p->store, &p->dir);
	if (result == STORE_OK && asked_is(p->dir, span_of(bytes, asked.len))) {
		file_sweep(p->dir);
		return PENDING_OK;
	}
	if (result == STORE_OK) {
		close(p->dir);
		p->dir = -1;
		result = store_drop_pending(p->store);
	}
	if (result == STORE_OK)
		result = store_pending(p->store, &p->dir);
	if (result != STORE_OK)
		return fail(why, "pending", store_strerror(result));
	wrote = file_create(p->dir, ASKED, 0644, builder_span(&asked));
	return wrote == FILE_OK ? PENDING_OK : fail(why, ASKED, file_strerror(wrote));
}

/* A file that is no number in bounds counts as none. */
static void read_tries(struct pending *p)
{
	unsigned char text[16];
	uint64_t number = 0;
	size_t len;

	if (file_read(p->dir, TRIES, text, sizeof text, &len) == FILE_OK &&
	    span_number(span_head(span_of(text, len), span_find(span_of(text, len), '\n')),
	                PENDING_TRIES_MAX, &number))
		p->tries = (unsigned int)number;
}

/* The number goes first: where it is, there is an order. */
static void forget_tries(struct pending *p)
{
	if (p->tries > 0)
		unlinkat(p->dir, TRIES, 0);
	p->tries = 0;
}

static void read_order(struct pending *p)
{
	size_t len;

	p->order[0] = 0;
	p->tries = 0;
	if (file_read(p->dir, ORDER, p->order, sizeof p->order - 1, &len) != FILE_OK)
		len = 0;
	if (len > 0 && p->order[len - 1] == '\n')
		len--;
	for (size_t i = 0; i < len; i++)
		if (p->order[i] <= ' ' || p->order[i] > '~')
			len = 0;
	p->order[len] = 0;
	if (len > 0)
		read_tries(p);
	if (p->tries < PENDING_TRIES_MAX)
		return;
	forget_tries(p);
	unlinkat(p->dir, ORDER, 0);
	p->order[0] = 0;
}

static enum pending_result make_request(struct pending *p, const struct pending_wish *wish,
                                        int64_t deadline, struct builder *why)
{
	struct keeper keeper = { .dir = p->dir, .file = KEY, .kind = wish->kind,
		                 .from_dir = wish->reuse_from, .names = wish->names,
		                 .must_staple = wish->must_staple, .deadline = deadline };
	struct builder request;

	builder_init(&request, p->bytes, sizeof p->bytes);
	if (wish->request.len > 0) {
		builder_add(&request, wish->request);
		p->request = builder_span(&request);
		return builder_ok(&request) ? PENDING_OK : fail(why, "the request", "too large");
	}
	switch (keeper_run(&keeper, &request, why)) {
	case KEEPER_OK:
		p->request = builder_span(&request);
		return PENDING_OK;
	case KEEPER_PERM:
		return PENDING_PERM;
	case KEEPER_TEMP:
		break;
	}
	return PENDING_TEMP;
}

enum pending_result pending_open(struct pending *p, struct store *store,
                                 const struct pending_wish *wish, int64_t deadline,
                                 struct builder *why)
{
	enum pending_result result;

	p->store = store;
	p->wish = wish;
	p->dir = -1;
	result = open_directory(p, wish, why);
	if (result != PENDING_OK)
		return result;
	read_order(p);
	return make_request(p, wish, deadline, why);
}

bool pending_keep(void *pending, struct span order_url)
{
	unsigned char text[URL_MAX + 1];
	struct pending *p = pending;
	struct builder b;

	builder_init(&b, text, sizeof text);
	builder_add(&b, order_url);
	builder_byte(&b, '\n');
	forget_tries(p);
	return builder_ok(&b) && file_replace(p->dir, ORDER, 0644, builder_span(&b)) == FILE_OK;
}

void pending_failed(struct pending *p)
{
	unsigned char text[16];
	struct builder b;

	builder_init(&b, text, sizeof text);
	builder_number(&b, ++p->tries);
	builder_byte(&b, '\n');
	/* A number that cannot be written is one that the next run counts again. */
	(void)file_replace(p->dir, TRIES, 0644, builder_span(&b));
}

static bool write_file(int dir, const char *name, struct span bytes, struct builder *why)
{
	enum file_result wrote = file_replace(dir, name, 0644, bytes);

	if (wrote != FILE_OK)
		fail(why, name, file_strerror(wrote));
	return wrote == FILE_OK;
}

/* Before the switch: were it behind, a certificate could be taken for another CA's. */
static bool write_origin_file(const struct pending *p, struct builder *why)
{
	unsigned char bytes[ORIGIN_MAX];
	struct builder origin;

	builder_init(&origin, bytes, sizeof bytes);
	write_origin(&origin, p->wish);
	return write_file(p->store->own, ORIGIN, builder_span(&origin), why);
}

bool pending_install(struct pending *p, struct span fullchain, size_t leaf_len,
                     const struct name_set *others, struct builder *why)
{
	enum store_result result;

	if (!write_file(p->dir, "cert.pem", span_head(fullchain, leaf_len), why) ||
	    !write_file(p->dir, "chain.pem", span_from(fullchain, leaf_len), why) ||
	    !write_file(p->dir, "fullchain.pem", fullchain, why) || !write_origin_file(p, why))
		return false;
	result = store_switch(p->store, others);
	if (result != STORE_OK)
		fail(why, p->store->name, store_strerror(result));
	close(p->dir);
	p->dir = -1;
	return result == STORE_OK;
}

bool pending_same_origin(const struct store *store, const struct pending_wish *wish)
{
	unsigned char text[ORIGIN_MAX], bytes[ORIGIN_MAX];
	struct builder origin;
	size_t len;

	builder_init(&origin, bytes, sizeof bytes);
	write_origin(&origin, wish);
	return builder_ok(&origin) && store->own >= 0 &&
	       file_read(store->own, ORIGIN, text, sizeof text, &len) == FILE_OK &&
	       span_eq(span_of(text, len), builder_span(&origin));
}
