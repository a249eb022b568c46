/* The report directory: what is done there, and when it is believed. */
#include "tee/configfs.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/builder.h"
#include "base/deadline.h"
#include "base/hex.h"

enum { RANDOM_LEN = 8, NAME_TRIES = 8, TEXT_MAX = 64 };

/* One use of the directory. */
struct use {
	const struct configfs_files *files;
	struct configfs_why *why;
	char entry[CONFIGFS_NAME_MAX];
	unsigned char *quote;
	size_t cap, *len;
};

/* How an attempt ended. */
enum attempt {
	DONE,
	AGAIN,   /* in the same entry */
	ANOTHER, /* somebody else is in this entry */
	STOP,    /* errno */
	NONSENSE
};

static bool may_pass(int error)
{
	return error == EBUSY || error == EINTR || error == ETIMEDOUT || error == EIO || error == EAGAIN;
}

static enum attempt failed(struct use *u, const char *attribute, int error)
{
	*u->why = (struct configfs_why){ attribute, error };
	return may_pass(error) ? AGAIN : STOP;
}

/* A short text attribute without its newline. */
static enum attempt read_text(struct use *u, const char *attribute, char *buf, struct span *text)
{
	size_t len;
	int error = u->files->read(u->files->context, u->entry, attribute, buf, TEXT_MAX, &len);

	if (error)
		return failed(u, attribute, error);
	len -= len > 0 && buf[len - 1] == '\n';
	*text = span_of(buf, len);
	return DONE;
}

static enum attempt read_generation(struct use *u, uint64_t *generation)
{
	char buf[TEXT_MAX];
	struct span text = { 0 };
	enum attempt r = read_text(u, "generation", buf, &text);

	if (r != DONE)
		return r;
	if (span_number(text, UINT64_MAX, generation))
		return DONE;
	*u->why = (struct configfs_why){ "generation", 0 };
	return NONSENSE;
}

/* The generation is `expected` now. */
static enum attempt expect_generation(struct use *u, uint64_t expected)
{
	uint64_t generation;
	enum attempt r = read_generation(u, &generation);

	if (r != DONE || generation == expected)
		return r;
	*u->why = (struct configfs_why){ "generation", 0 };
	return ANOTHER;
}

static enum attempt try(struct use *u, struct span report_data)
{
	const struct configfs_files *f = u->files;
	uint64_t generation = 0;
	enum attempt r = read_generation(u, &generation);
	int error;

	if (r != DONE)
		return r;
	error = f->write(f->context, u->entry, "inblob", report_data);
	if (error)
		return failed(u, "inblob", error);
	r = expect_generation(u, generation + 1);
	if (r != DONE)
		return r;
	error = f->read(f->context, u->entry, "outblob", u->quote, u->cap, u->len);
	if (error)
		return failed(u, "outblob", error);
	r = expect_generation(u, generation + 1);
	if (r != DONE || *u->len > 0)
		return r;
	*u->why = (struct configfs_why){ "outblob", 0 };
	return NONSENSE;
}

/* A name that says whose it is, and that nobody can foresee. */
static bool make_name(struct use *u)
{
	unsigned char random[RANDOM_LEN];
	struct builder b;

	if (getrandom(random, sizeof random, 0) != sizeof random)
		return false;
	builder_init(&b, u->entry, sizeof u->entry);
	builder_str(&b, "postern-");
	builder_number(&b, (uint64_t)getpid());
	builder_byte(&b, '-');
	hex_encode(&b, span_of(random, sizeof random));
	return builder_cstr(&b) != NULL;
}

static bool make_entry(struct use *u)
{
	int error = EEXIST;

	for (int i = 0; i < NAME_TRIES && error == EEXIST; i++)
		error = make_name(u) ? u->files->make(u->files->context, u->entry) : errno;
	*u->why = (struct configfs_why){ NULL, error };
	return error == 0;
}

static enum configfs_result result_of(enum attempt a, const struct configfs_why *why)
{
	if (a == DONE)
		return CONFIGFS_OK;
	if (a == NONSENSE)
		return CONFIGFS_NONSENSE;
	return a == STOP || why->error ? CONFIGFS_ERROR : CONFIGFS_MOVED;
}

/*
 * Until it is done or in vain. A pause that would end behind the deadline is not
 * begun.
 */
static enum attempt try_until(struct use *u, struct span report_data, int64_t deadline)
{
	int64_t pause = CONFIGFS_PAUSE_MIN_MS;

	for (;;) {
		enum attempt a = try(u, report_data);

		if ((a != AGAIN && a != ANOTHER) || deadline_now() + pause >= deadline)
			return a;
		if (a == ANOTHER) {
			u->files->remove(u->files->context, u->entry);
			if (!make_entry(u)) {
				u->entry[0] = 0;
				return STOP;
			}
		}
		u->files->pause(u->files->context, pause);
		pause = pause * 2 < CONFIGFS_PAUSE_MAX_MS ? pause * 2 : CONFIGFS_PAUSE_MAX_MS;
	}
}

enum configfs_result configfs_quote(const struct configfs_files *files, struct span report_data,
                                    void *quote, size_t cap, size_t *len,
                                    struct configfs_why *why, int64_t deadline)
{
	struct use u = { .files = files, .why = why, .quote = quote, .cap = cap, .len = len };
	enum configfs_result result;
	char buf[TEXT_MAX];
	struct span provider;
	enum attempt a;

	*len = 0;
	if (!make_entry(&u))
		return CONFIGFS_ERROR;
	a = read_text(&u, "provider", buf, &provider);
	if (a != DONE) {
		result = CONFIGFS_ERROR;
	} else if (!span_is(provider, "tdx_guest")) {
		result = CONFIGFS_PROVIDER;
	} else {
		a = try_until(&u, report_data, deadline);
		result = result_of(a, why);
	}
	if (u.entry[0])
		files->remove(files->context, u.entry);
	return result;
}
