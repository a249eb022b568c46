/*
 * The kernel's report directory: a small kernel of our own, and what others and the host
 * do in it. (t/peer/tsm-fake is the same as a file system.)
 */
#include "tee/configfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/builder.h"
#include "base/deadline.h"
#include "tap.h"

enum { LONG = 1 << 30, CALLS = 64 };

/* A call of one kind from its n-th on, so often, ends in this errno. */
enum call { MAKE, REMOVE, WRITE, READ_OUT, READ_GENERATION, READ_PROVIDER, CALL_KINDS };
struct trouble {
	enum call call;
	int from, times, error;
};

static struct kernel {
	bool there;           /* an entry; one at a time is enough */
	char name[CONFIGFS_NAME_MAX];
	unsigned char in[64];
	size_t in_len;
	uint64_t generation;
	struct trouble trouble;
	int lost, moved, later; /* how often: a write is not taken over, somebody writes */
	bool wrong_size;
	const char *provider, *generation_text;
	size_t out_len;
	int calls[CALL_KINDS], entries, pauses;
	int64_t paused_ms, longest_ms;
} k;

static unsigned char report_data[64], quote[100];

static int trouble(enum call call)
{
	int n = k.calls[call]++;
	const struct trouble *t = &k.trouble;

	return t->error && t->call == call && n >= t->from && n < t->from + t->times ? t->error : 0;
}

static int make(void *context, const char *entry)
{
	int error = trouble(MAKE);

	(void)context;
	if (error)
		return error;
	check(!k.there && strlen(entry) < sizeof k.name, "one entry at a time");
	check(k.entries == 0 || strcmp(entry, k.name) != 0, "and never the same name again");
	memcpy(k.name, entry, strlen(entry) + 1);
	k.there = true;
	k.entries++;
	k.in_len = 0;
	k.generation = 0;
	return 0;
}

static int remove_it(void *context, const char *entry)
{
	int error = trouble(REMOVE);

	(void)context;
	check(k.there && strcmp(entry, k.name) == 0, "what is removed is ours");
	k.there = error != 0;
	return error;
}

static int write_it(void *context, const char *entry, const char *attribute, struct span bytes)
{
	int error = trouble(WRITE);

	(void)context;
	if (!k.there || strcmp(entry, k.name) != 0 || strcmp(attribute, "inblob") != 0)
		return ENOENT;
	if (error)
		return error;
	if (k.lost > 0) {
		k.lost--;
		return 0;
	}
	if (bytes.len > sizeof k.in)
		return EFBIG;
	memcpy(k.in, bytes.p, bytes.len);
	k.in_len = bytes.len;
	k.generation++;
	return 0;
}

static int give(struct span text, void *buf, size_t cap, size_t *len)
{
	if (text.len > cap)
		return EFBIG;
	memcpy(buf, text.p, text.len);
	*len = text.len;
	return 0;
}

static int read_out(void *buf, size_t cap, size_t *len)
{
	static unsigned char out[1000];
	int error = trouble(READ_OUT);

	if (error)
		return error;
	if (k.in_len != 64 || k.wrong_size)
		return EINVAL;
	if (k.moved > 0) {
		k.moved--;
		k.generation++;
		k.in[0] ^= 1;
	}
	memset(out, 0, sizeof out);
	memcpy(out, k.in, 64);
	if (k.later > 0) {
		k.later--;
		k.generation++;
	}
	return give(span_of(out, k.out_len), buf, cap, len);
}

static int read_it(void *context, const char *entry, const char *attribute, void *buf, size_t cap,
                   size_t *len)
{
	unsigned char text[32];
	struct builder b;
	int error;

	(void)context;
	if (!k.there || strcmp(entry, k.name) != 0)
		return ENOENT;
	if (strcmp(attribute, "outblob") == 0)
		return read_out(buf, cap, len);
	if (strcmp(attribute, "provider") == 0) {
		error = trouble(READ_PROVIDER);
		return error ? error : give(span_str(k.provider), buf, cap, len);
	}
	error = trouble(READ_GENERATION);
	builder_init(&b, text, sizeof text);
	builder_number(&b, k.generation);
	builder_byte(&b, '\n');
	return error ? error : give(k.generation_text ? span_str(k.generation_text) : builder_span(&b), buf, cap, len);
}

/* A pause is not waited for. */
static void pause_for(void *context, int64_t ms)
{
	(void)context;
	k.pauses++;
	k.paused_ms += ms;
	k.longest_ms = ms > k.longest_ms ? ms : k.longest_ms;
}

static const struct configfs_files files = { NULL, make, remove_it, write_it, read_it, pause_for };

static void fresh(void)
{
	memset(&k, 0, sizeof k);
	k.provider = "tdx_guest\n";
	k.out_len = sizeof quote;
}

static struct configfs_why why;

static enum configfs_result ask_until(int64_t ms)
{
	enum configfs_result r;
	size_t len;

	memset(quote, 0, sizeof quote);
	r = configfs_quote(&files, span_of(report_data, sizeof report_data), quote, sizeof quote, &len, &why,
	                   deadline_in(ms));
	if (r == CONFIGFS_OK && (len != k.out_len || memcmp(quote, report_data, 64) != 0))
		return CONFIGFS_NONSENSE;
	return r;
}

static enum configfs_result ask(void)
{
	return ask_until(LONG);
}

static void passing_troubles(void)
{
	static const int errors[] = { EBUSY, EINTR, ETIMEDOUT, EIO, EAGAIN };
	static const enum call calls[] = { WRITE, READ_OUT, READ_GENERATION };

	for (size_t e = 0; e < sizeof errors / sizeof *errors; e++)
		for (size_t c = 0; c < 3; c++)
			for (int from = 0; from < 2; from++) {
				fresh();
				k.trouble = (struct trouble){ calls[c], calls[c] == READ_GENERATION ? from : 0, 3, errors[e] };
				check(ask() == CONFIGFS_OK && !k.there && k.pauses == 3 && k.entries == 1,
				      "passes: call %d, %s", (int)calls[c], strerror(errors[e]));
			}
	fresh();
	k.trouble = (struct trouble){ READ_OUT, 0, 40, EBUSY };
	check(ask() == CONFIGFS_OK && k.longest_ms == CONFIGFS_PAUSE_MAX_MS && k.paused_ms > 30000,
	      "pauses grow, and no further than that");
}

static void lasting_troubles(void)
{
	static const int errors[] = { EINVAL, EFBIG, ENXIO, EACCES, ENOENT, ETXTBSY };
	static const enum call calls[] = { WRITE, READ_OUT, READ_GENERATION, READ_PROVIDER };

	for (size_t e = 0; e < sizeof errors / sizeof *errors; e++)
		for (size_t c = 0; c < 4; c++) {
			fresh();
			k.trouble = (struct trouble){ calls[c], 0, 1, errors[e] };
			check(ask() == CONFIGFS_ERROR && why.error == errors[e] && !k.there && k.pauses == 0,
			      "lasts: call %d, %s", (int)calls[c], strerror(errors[e]));
		}
	fresh();
	k.trouble = (struct trouble){ MAKE, 0, 1, ENXIO };
	check(ask() == CONFIGFS_ERROR && why.error == ENXIO && !why.attribute && k.calls[REMOVE] == 0,
	      "no entry, nothing to remove");
	fresh();
	k.trouble = (struct trouble){ MAKE, 0, 3, EEXIST };
	check(ask() == CONFIGFS_OK && k.calls[MAKE] == 4, "names that are taken");
	fresh();
	k.trouble = (struct trouble){ MAKE, 0, LONG, EEXIST };
	check(ask() == CONFIGFS_ERROR && k.calls[MAKE] < CALLS, "all of them");
	fresh();
	k.wrong_size = true;
	check(ask() == CONFIGFS_ERROR && why.error == EINVAL && strcmp(why.attribute, "outblob") == 0,
	      "an inblob of a wrong size is known when outblob is read");
	fresh();
	k.out_len = sizeof quote + 1;
	check(ask() == CONFIGFS_ERROR && why.error == EFBIG, "a quote that is too large");
	fresh();
	k.out_len = 0;
	check(ask() == CONFIGFS_NONSENSE && strcmp(why.attribute, "outblob") == 0, "an empty quote");
}

static void moving_generations(void)
{
	fresh();
	k.moved = 2;
	check(ask() == CONFIGFS_OK && k.entries == 3 && !k.there, "somebody writes before the quote is made");
	fresh();
	k.later = 2;
	check(ask() == CONFIGFS_OK && k.entries == 3 && !k.there, "after it was made");
	fresh();
	k.lost = 2;
	check(ask() == CONFIGFS_OK && k.entries == 3 && !k.there, "a write that close(2) lost");
	fresh();
	k.moved = LONG;
	check(ask_until(5) == CONFIGFS_MOVED && !k.there && why.error == 0, "until the deadline");
	fresh();
	k.lost = 1;
	k.trouble = (struct trouble){ MAKE, 1, 1, ENOSPC };
	check(ask() == CONFIGFS_ERROR && why.error == ENOSPC && k.calls[REMOVE] == 1, "no second entry");
}

static void texts(void)
{
	static const char *const generations[] = { "", "\n", "x\n", "-1\n", "1 2\n", "18446744073709551616\n",
		                                   "0\n\n" };
	static const char *const providers[] = { "", "\n", "sev_guest\n", "tdx_guest \n", "tdx_guest\n\n", "tdx" };

	for (size_t i = 0; i < sizeof generations / sizeof *generations; i++) {
		fresh();
		k.generation_text = generations[i];
		check(ask() == CONFIGFS_NONSENSE && !k.there, "no generation: %zu", i);
	}
	for (size_t i = 0; i < sizeof providers / sizeof *providers; i++) {
		fresh();
		k.provider = providers[i];
		check(ask() == CONFIGFS_PROVIDER && !k.there && k.calls[WRITE] == 0, "another provider: %zu", i);
	}
	fresh();
	k.generation_text = "1\n";
	check(ask_until(5) == CONFIGFS_MOVED && !k.there, "a generation that never moves");
}

static void deadlines(void)
{
	static const int errors[] = { EBUSY, ETIMEDOUT };

	for (size_t i = 0; i < 2; i++) {
		fresh();
		k.trouble = (struct trouble){ READ_OUT, 0, LONG, errors[i] };
		check(ask_until(5) == CONFIGFS_ERROR && why.error == errors[i] && !k.there,
		      "until the deadline: %s", strerror(errors[i]));
		fresh();
		k.trouble = (struct trouble){ READ_OUT, 0, LONG, errors[i] };
		check(ask_until(0) == CONFIGFS_ERROR && k.calls[READ_OUT] == 1, "once, behind the deadline");
	}
}

/* The real directory, as far as one of ordinary files goes: no attribute appears in it. */
static void real_directory(void)
{
	char path[] = "/tmp/configfs-XXXXXX";
	struct configfs_files real;
	unsigned char buf[16];
	size_t len;
	int dir, fd;

	if (!mkdtemp(path))
		return;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	real = configfs_directory(&dir);
	check(configfs_quote(&real, span_of(report_data, 64), quote, sizeof quote, &len, &why, deadline_in(1000)) ==
	      CONFIGFS_ERROR && why.error == ENOENT && strcmp(why.attribute, "provider") == 0, "no attributes");
	check(rmdir(path) == 0, "nothing is left");
	mkdir(path, 0700);
	close(dir);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check(real.make(real.context, "entry") == 0 && real.make(real.context, "entry") == EEXIST, "made once");
	fd = openat(dir, "entry/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	close(fd);
	check(real.write(real.context, "entry", "file", span_str("sixteen letters.")) == 0, "written");
	check(real.read(real.context, "entry", "file", buf, 16, &len) == 0 && len == 16, "read, of just that size");
	check(real.read(real.context, "entry", "file", buf, 15, &len) == EFBIG, "one byte too many");
	check(real.remove(real.context, "entry") == ENOTEMPTY, "not removed");
	unlinkat(dir, "entry/file", 0);
	check(real.remove(real.context, "entry") == 0 && real.remove(real.context, "entry") == ENOENT, "removed");
	check(real.make(real.context, "last") == 0, "another");
	configfs_abandon();
	check(rmdir(path) == 0, "abandoned is removed");
	close(dir);
}

int main(void)
{
	for (size_t i = 0; i < sizeof report_data; i++)
		report_data[i] = (unsigned char)(i + 1);
	fresh();
	check(ask() == CONFIGFS_OK && !k.there && k.pauses == 0 && strncmp(k.name, "postern-", 8) == 0, "a quote");
	passing_troubles();
	lasting_troubles();
	moving_generations();
	texts();
	deadlines();
	real_directory();
	return tap_end();
}
