/* Collateral that is kept. */
#include "tee/collateral_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/hex.h"

#define DOCUMENT "collateral.json"
#define WAIT "wait"

enum { NAP_MS = 25, WAIT_MAX = 64, OPEN_DIRECTORY = O_RDONLY | O_DIRECTORY | O_CLOEXEC };

void collateral_cache_name(const struct pcs_wish *wish, char name[COLLATERAL_CACHE_NAME_MAX])
{
	struct builder b;

	builder_init(&b, name, COLLATERAL_CACHE_NAME_MAX);
	hex_encode(&b, span_of(wish->platform.fmspc, sizeof wish->platform.fmspc));
	builder_str(&b, wish->platform.processor ? "-processor" : "-platform");
	builder_str(&b, wish->platform.tdx ? "-tdx" : "-sgx");
	switch (wish->update) {
	case PCS_UNSAID:
	case PCS_STANDARD:
		break;
	case PCS_EARLY:
		builder_str(&b, "-early");
		break;
	case PCS_NUMBERED:
		builder_byte(&b, '-');
		builder_number(&b, wish->evaluation);
	}
	builder_cstr(&b);
}

/* Whoever makes it first: with this mode, whatever the umask. */
static bool make_directory(int dir, const char *path)
{
	mode_t before = umask(0);
	int made = mkdirat(dir, path, 0755);

	umask(before);
	return made == 0 || errno == EEXIST;
}

bool collateral_cache_open(struct collateral_cache *cache, const char *path, const struct pcs_wish *wish,
                           bool make)
{
	int all, error;

	cache->dir = -1;
	collateral_cache_name(wish, cache->name);
	if (make && !make_directory(AT_FDCWD, path))
		return false;
	all = open(path, OPEN_DIRECTORY);
	if (all < 0)
		return false;
	cache->dir = openat(all, cache->name, OPEN_DIRECTORY | O_NOFOLLOW);
	if (cache->dir < 0 && errno == ENOENT && make && make_directory(all, cache->name))
		cache->dir = openat(all, cache->name, OPEN_DIRECTORY | O_NOFOLLOW);
	error = errno;
	close(all);
	errno = error;
	return cache->dir >= 0;
}

bool collateral_cache_lock(const struct collateral_cache *cache, int64_t wait_until)
{
	while (flock(cache->dir, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		if (deadline_now() >= wait_until) {
			errno = EWOULDBLOCK;
			return false;
		}
		poll(NULL, 0, NAP_MS);
	}
	file_sweep(cache->dir);
	return true;
}

enum file_result collateral_cache_load(const struct collateral_cache *cache, void *buf, size_t *len)
{
	return file_read(cache->dir, DOCUMENT, buf, COLLATERAL_FILE_MAX, len);
}

enum file_result collateral_cache_save(const struct collateral_cache *cache, struct span document)
{
	return file_replace(cache->dir, DOCUMENT, 0644, document);
}

/* "NAME NUMBER" and a newline off the front. */
static bool take_line(struct span *text, const char *name, uint64_t *number)
{
	struct span line;

	if (text->len == 0 || !span_split(text, '\n', &line) || !span_starts(line, name))
		return false;
	line = span_from(line, strlen(name));
	return line.len > 1 && line.p[0] == ' ' && span_number(span_from(line, 1), INT64_MAX, number);
}

bool collateral_cache_wait_read(struct collateral_wait *wait, struct span text)
{
	uint64_t until;

	*wait = (struct collateral_wait){ 0 };
	if (text.len == 0 || text.p[text.len - 1] != '\n' || !take_line(&text, "failures", &wait->failures) ||
	    !take_line(&text, "until", &until) || text.len > 0) {
		wait->failures = 0;
		return false;
	}
	wait->until = (int64_t)until;
	return true;
}

void collateral_cache_wait(const struct collateral_cache *cache, int64_t now, struct collateral_wait *wait)
{
	unsigned char text[WAIT_MAX];
	size_t len;

	*wait = (struct collateral_wait){ 0 };
	if (file_read(cache->dir, WAIT, text, sizeof text, &len) != FILE_OK)
		return;
	collateral_cache_wait_read(wait, span_of(text, len));
	if (wait->until - COLLATERAL_CACHE_WAIT_MAX > now)
		*wait = (struct collateral_wait){ 0 };
}

void collateral_cache_wait_longer(struct collateral_wait *wait, int64_t now, int64_t retry_s)
{
	int64_t seconds = COLLATERAL_CACHE_FIRST_WAIT;

	for (uint64_t i = 0; i < wait->failures && seconds < COLLATERAL_CACHE_LONGEST_WAIT; i++)
		seconds *= 2;
	if (seconds > COLLATERAL_CACHE_LONGEST_WAIT)
		seconds = COLLATERAL_CACHE_LONGEST_WAIT;
	if (retry_s > COLLATERAL_CACHE_WAIT_MAX)
		retry_s = COLLATERAL_CACHE_WAIT_MAX;
	if (retry_s > seconds)
		seconds = retry_s;
	wait->failures += wait->failures < INT32_MAX;
	wait->until = now + seconds;
}

bool collateral_cache_remember(const struct collateral_cache *cache, const struct collateral_wait *wait)
{
	unsigned char text[WAIT_MAX];
	struct builder b;

	if (wait->failures == 0 && wait->until == 0)
		return unlinkat(cache->dir, WAIT, 0) == 0 || errno == ENOENT;
	builder_init(&b, text, sizeof text);
	builder_str(&b, "failures ");
	builder_number(&b, wait->failures);
	builder_str(&b, "\nuntil ");
	builder_number(&b, (uint64_t)wait->until);
	builder_byte(&b, '\n');
	return builder_ok(&b) && file_replace(cache->dir, WAIT, 0644, builder_span(&b)) == FILE_OK;
}
