/*
 * Sessions in shared memory, without a lock.
 *
 * An entry is a run of 64-bit words that are read and written one by one. Its checksum is of
 * all of them under a random key, so whatever a reader copies is an entry that one writer
 * wrote, or is not believed.
 */
#include "tls/sessions.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "base/deadline.h"
#include "base/hash.h"

enum {
	WAYS = 8, /* entries a session can be in */
	ID_LEN = 32,
	SECRET_LEN = 48,
	WORDS = 16,
	STRIPES = 1024 /* parts of the table that are swept, each when there is something in it */
};

/* A session, as it is outside of the shared memory: a secret. */
struct session {
	uint64_t expires; /* a moment; 0: none */
	unsigned char id[ID_LEN], context[SESSIONS_CONTEXT_LEN], secret[SECRET_LEN];
	uint16_t version, suite;
	uint32_t zero;
};
_Static_assert(sizeof(struct session) == WORDS * sizeof(uint64_t), "no holes");

struct entry {
	_Atomic uint64_t checksum, used; /* when it was last of use */
	_Atomic uint64_t word[WORDS];
};

struct sessions {
	size_t size, n_sets, n_ways;
	uint64_t lifetime_ms;
	struct hash_key key;
	_Atomic uint64_t resumed, missed, evicted;
	_Atomic uint64_t until[STRIPES]; /* when the last of its entries expires; 0: it was never written to, or
	                                    is wiped */
	struct entry entry[];
};

struct sessions *sessions_make(size_t n, unsigned int lifetime_s)
{
	size_t ways = n < WAYS ? n : WAYS, sets = ways > 0 ? (n + ways - 1) / ways : 0;
	size_t size = sizeof(struct sessions) + sets * ways * sizeof(struct entry);
	struct sessions *s;

	if (n == 0 || n > SESSIONS_MAX || lifetime_s == 0) {
		errno = EINVAL;
		return NULL;
	}
	s = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s == MAP_FAILED)
		return NULL;
	/* Both are more than can be had everywhere; what is in it is short-lived. */
	madvise(s, size, MADV_DONTDUMP);
	mlock2(s, size, MLOCK_ONFAULT);
	s->size = size;
	s->n_sets = sets;
	s->n_ways = ways;
	s->lifetime_ms = (uint64_t)lifetime_s * 1000;
	if (!hash_key_make(&s->key)) {
		munmap(s, size);
		return NULL;
	}
	return s;
}

static uint64_t now_ms(void)
{
	return (uint64_t)deadline_now();
}

static uint64_t get(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static void set(_Atomic uint64_t *word, uint64_t value)
{
	atomic_store_explicit(word, value, memory_order_relaxed);
}

static uint64_t checksum(const struct sessions *s, const struct session *session)
{
	return hash_bytes(&s->key, span_of(session, sizeof *session));
}

/* False when it is nothing that was written whole. */
static bool entry_read(const struct sessions *s, const struct entry *e, struct session *session)
{
	uint64_t word[WORDS], expected = get(&e->checksum);

	for (size_t i = 0; i < WORDS; i++)
		word[i] = get(&e->word[i]);
	memcpy(session, word, sizeof *session);
	explicit_bzero(word, sizeof word);
	return session->expires > 0 && checksum(s, session) == expected;
}

static void entry_write(const struct sessions *s, struct entry *e, const struct session *session)
{
	uint64_t word[WORDS];

	memcpy(word, session, sizeof word);
	for (size_t i = 0; i < WORDS; i++)
		set(&e->word[i], word[i]);
	set(&e->used, now_ms());
	set(&e->checksum, checksum(s, session));
	explicit_bzero(word, sizeof word);
}

/* Over what another worker is just writing, too: that one is then not found. */
static void entry_wipe(struct entry *e)
{
	set(&e->checksum, 0);
	for (size_t i = 0; i < WORDS; i++)
		set(&e->word[i], 0);
	set(&e->used, 0);
}

/* The first word is the moment at which it expires. */
static uint64_t entry_expires(const struct entry *e)
{
	return get(&e->word[0]);
}

/* The entries a session with this id can be in. Ids that are kept are random. */
static struct entry *set_of(struct sessions *s, const unsigned char id[ID_LEN])
{
	uint64_t at;

	memcpy(&at, id, sizeof at);
	return &s->entry[at % s->n_sets * s->n_ways];
}

static void sweep(struct entry *e, size_t n, uint64_t now)
{
	for (size_t i = 0; i < n; i++)
		if (entry_expires(&e[i]) != 0 && entry_expires(&e[i]) <= now)
			entry_wipe(&e[i]);
}

/* Entries of a stripe, which are side by side. */
static size_t stripe_len(const struct sessions *s)
{
	return (s->n_sets + STRIPES - 1) / STRIPES * s->n_ways;
}

/* What is written meanwhile is written before `until` is, and so is swept, or seen by the exchange. */
void sessions_sweep(struct sessions *s)
{
	size_t n = s->n_sets * s->n_ways, len = stripe_len(s);
	uint64_t now = now_ms();

	for (size_t at = 0; at < n; at += len) {
		_Atomic uint64_t *end = &s->until[at / len];
		uint64_t until = atomic_load(end);

		if (until == 0)
			continue;
		sweep(&s->entry[at], n - at < len ? n - at : len, now);
		if (until <= now)
			atomic_compare_exchange_strong(end, &until, 0);
	}
}

void sessions_free(struct sessions *s)
{
	size_t n = s ? s->n_sets * s->n_ways : 0;

	if (!s)
		return;
	/* Those who still share it find nothing; what it is made of, they go on needing. */
	for (size_t at = 0, len = stripe_len(s); at < n; at += len)
		if (atomic_load(&s->until[at / len]) != 0)
			explicit_bzero(&s->entry[at], (n - at < len ? n - at : len) * sizeof *s->entry);
	munmap(s, s->size);
}

static bool entry_whole(const struct sessions *s, const struct entry *e)
{
	struct session session;
	bool whole = entry_expires(e) > 0 && entry_read(s, e, &session);

	explicit_bzero(&session, sizeof session);
	return whole;
}

/* An entry that is free or broken, or else the one that was of no use for longest. */
static struct entry *choose(struct sessions *s, struct entry *entries, uint64_t now)
{
	struct entry *oldest = entries;

	for (size_t i = 0; i < s->n_ways; i++) {
		if (get(&entries[i].used) > now || !entry_whole(s, &entries[i]))
			return &entries[i];
		if (get(&entries[i].used) < get(&oldest->used))
			oldest = &entries[i];
	}
	atomic_fetch_add_explicit(&s->evicted, 1, memory_order_relaxed);
	return oldest;
}

static struct session_cache *cache_of(const br_ssl_session_cache_class **vtable)
{
	return (struct session_cache *)(void *)vtable;
}

static void save(const br_ssl_session_cache_class **vtable, br_ssl_server_context *server,
                 const br_ssl_session_parameters *params)
{
	struct session_cache *c = cache_of(vtable);
	struct session session = { .version = params->version, .suite = params->cipher_suite };
	struct sessions *s = c->in;
	uint64_t now = now_ms();
	struct entry *entries, *e;

	/* The handshake was a full one, whatever it began as. */
	c->found = false;
	if (params->session_id_len != ID_LEN || !c->bind(c->with, server, false, session.context))
		return;
	session.expires = now + s->lifetime_ms;
	memcpy(session.id, params->session_id, ID_LEN);
	memcpy(session.secret, params->master_secret, SECRET_LEN);
	entries = set_of(s, session.id);
	sweep(entries, s->n_ways, now);
	e = choose(s, entries, now);
	entry_write(s, e, &session);
	atomic_store(&s->until[(size_t)(e - s->entry) / stripe_len(s)], session.expires);
	explicit_bzero(&session, sizeof session);
}

static bool find(struct session_cache *c, const unsigned char id[ID_LEN],
                 const unsigned char context[SESSIONS_CONTEXT_LEN], struct session *session)
{
	struct entry *entries = set_of(c->in, id);
	uint64_t now = now_ms();

	sweep(entries, c->in->n_ways, now);
	for (size_t i = 0; i < c->in->n_ways; i++) {
		if (!entry_read(c->in, &entries[i], session) || session->expires <= now ||
		    memcmp(session->id, id, ID_LEN) != 0)
			continue;
		if (memcmp(session->context, context, SESSIONS_CONTEXT_LEN) != 0)
			return false;
		set(&entries[i].used, now);
		return true;
	}
	return false;
}

static int load(const br_ssl_session_cache_class **vtable, br_ssl_server_context *server,
                br_ssl_session_parameters *params)
{
	struct session_cache *c = cache_of(vtable);
	struct session session;

	/* The hello of a renegotiation is one that nobody has read. */
	if (c->asked)
		return 0;
	c->asked = true;
	if (!c->bind(c->with, server, true, c->context))
		return 0;
	c->found = find(c, params->session_id, c->context, &session);
	if (c->found) {
		params->version = session.version;
		params->cipher_suite = session.suite;
		memcpy(params->master_secret, session.secret, SECRET_LEN);
	} else {
		atomic_fetch_add_explicit(&c->in->missed, 1, memory_order_relaxed);
	}
	explicit_bzero(&session, sizeof session);
	return c->found;
}

void session_cache_init(struct session_cache *c, struct sessions *in,
                        bool (*bind)(void *with, br_ssl_server_context *server, bool resuming,
                                     unsigned char context[SESSIONS_CONTEXT_LEN]),
                        void *with)
{
	static const br_ssl_session_cache_class class = { sizeof(struct session_cache), save, load };

	*c = (struct session_cache){ .vtable = &class, .in = in, .bind = bind, .with = with };
}

bool session_cache_confirm(struct session_cache *c, br_ssl_server_context *server,
                           bool *resumed)
{
	unsigned char context[SESSIONS_CONTEXT_LEN];

	if (resumed)
		*resumed = c->found;
	if (!c->found)
		return true;
	if (!c->bind(c->with, server, false, context) ||
	    memcmp(context, c->context, sizeof context) != 0)
		return false;
	atomic_fetch_add_explicit(&c->in->resumed, 1, memory_order_relaxed);
	return true;
}

static void hash_part(br_sha256_context *hash, struct span part, bool fold)
{
	unsigned char len[2] = { (unsigned char)(part.len >> 8), (unsigned char)part.len };

	br_sha256_update(hash, len, sizeof len);
	for (size_t i = 0; i < part.len; i++) {
		unsigned char c = part.p[i];

		if (fold && c >= 'A' && c <= 'Z')
			c |= 0x20;
		br_sha256_update(hash, &c, 1);
	}
}

void session_cache_context(unsigned char context[SESSIONS_CONTEXT_LEN], struct span name,
                           struct span protocol, struct span certificate)
{
	br_sha256_context hash;

	br_sha256_init(&hash);
	hash_part(&hash, name, true);
	hash_part(&hash, protocol, false);
	hash_part(&hash, certificate, false);
	br_sha256_out(&hash, context);
}

bool session_cache_protocol(const struct hello *h, const char *const *names, size_t n,
                            struct span *protocol)
{
	*protocol = span_of(NULL, 0);
	if (n == 0 || h->alpn.len == 0)
		return true;
	for (size_t i = 0; i < n; i++) {
		if (!hello_alpn(h, names[i]))
			continue;
		*protocol = span_str(names[i]);
		return true;
	}
	return false;
}

void sessions_counts(const struct sessions *s, struct sessions_counts *counts)
{
	uint64_t now = now_ms();

	*counts = (struct sessions_counts){ .resumed = get(&s->resumed), .missed = get(&s->missed),
		                            .evicted = get(&s->evicted) };
	for (size_t i = 0; i < s->n_sets * s->n_ways; i++)
		counts->kept += entry_expires(&s->entry[i]) > now && entry_whole(s, &s->entry[i]);
}
