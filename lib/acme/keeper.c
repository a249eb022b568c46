/* A private key made and used for its one request, in a jail of its own. */
#include "acme/keeper.h"

#include <errno.h>
#include <string.h>

#include "base/cell.h"
#include "base/file.h"
#include "base/jail.h"
#include "tls/request.h"

enum { PLACES = 2 };

static enum keeper_result fail(struct builder *why, const char *file, const char *what,
                               enum keeper_result result)
{
	builder_str(why, file);
	builder_str(why, ": ");
	builder_str(why, what);
	return result;
}

static enum keeper_result fail_file(struct builder *why, const char *file, enum file_result result)
{
	return fail(why, file, file_strerror(result),
	            result == FILE_ERROR || result == FILE_EXISTS ? KEEPER_TEMP : KEEPER_PERM);
}

/* FILE_MISSING when there is none. */
static enum keeper_result read_key(int dir, const char *file, struct key *key, bool *missing,
                                   struct builder *why)
{
	static unsigned char text[KEY_PEM_MAX];
	enum key_result result;
	enum file_result got;
	size_t len;

	got = file_read(dir, file, text, sizeof text, &len);
	*missing = got == FILE_MISSING;
	if (got != FILE_OK)
		return fail_file(why, file, got);
	result = key_read(key, span_of(text, len));
	explicit_bzero(text, sizeof text);
	return result == KEY_OK ? KEEPER_OK : fail(why, file, key_strerror(result), KEEPER_PERM);
}

static enum keeper_result write_key(const struct keeper *k, const struct key *key,
                                    struct builder *why)
{
	static unsigned char text[KEY_PEM_MAX];
	enum file_result result;
	struct builder b;

	builder_init(&b, text, sizeof text);
	key_write(key, &b);
	result = builder_ok(&b) ? file_create(k->dir, k->file, 0600, builder_span(&b)) :
	                          FILE_TOO_LARGE;
	explicit_bzero(text, sizeof text);
	return result == FILE_OK ? KEEPER_OK : fail_file(why, k->file, result);
}

/* The key that is there, the one to be taken over, or a new one: in this order. */
static enum keeper_result get_key(const struct keeper *k, struct key *key, struct builder *why)
{
	enum keeper_result result;
	bool missing;

	result = read_key(k->dir, k->file, key, &missing, why);
	if (!missing)
		return result;
	why->len = 0;
	if (k->from_dir >= 0) {
		result = read_key(k->from_dir, k->file, key, &missing, why);
		if (result != KEEPER_OK)
			return result;
	} else if (!key_make(key, k->kind)) {
		return fail(why, "a new key", strerror(errno), KEEPER_TEMP);
	}
	return write_key(k, key, why);
}

static int keep(void *context, struct builder *request, struct builder *why)
{
	static struct key key;
	const struct keeper *k = context;
	enum keeper_result result = get_key(k, &key, why);

	if (result == KEEPER_OK && k->names && !request_write(request, &key, k->names, k->must_staple))
		result = fail(why, "the request", "too large", KEEPER_PERM);
	key_wipe(&key);
	return (int)result;
}

enum keeper_result keeper_run(const struct keeper *keeper, struct builder *request,
                              struct builder *why)
{
	struct keeper k = *keeper;
	struct jail_place places[PLACES] = { { .dir = k.dir, .access = JAIL_READ | JAIL_WRITE },
		                             { .dir = k.from_dir, .access = JAIL_READ } };
	struct jail jail = { .promises = JAIL_READ | JAIL_WRITE, .places = places,
		             .n_places = k.from_dir >= 0 ? 2 : 1 };
	int keep_open[] = { k.dir, k.from_dir };
	struct cell cell = { .jail = &jail, .keep = keep_open, .n_keep = 2,
		             .deadline = k.deadline };

	switch (cell_run(&cell, keep, &k, request, why)) {
	case KEEPER_OK:
		return KEEPER_OK;
	case KEEPER_PERM:
		return KEEPER_PERM;
	default:
		return KEEPER_TEMP;
	}
}
