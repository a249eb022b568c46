/* An order on the disk, from run to run. */
#include "acme/pending.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/file.h"
#include "tap.h"

static const char url[] = "https://ca.test/order/1";
static struct pending pending;
static struct name_set names;
static struct store store;
static struct pending_wish wish = { .directory = "https://ca.test/dir", .account = "https://ca.test/acct/1",
	                            .names = &names, .reuse_from = -1 };

/* What the next run finds; true when that is the order, after so many tries. */
static bool finds(const char *order, unsigned int tries)
{
	unsigned char why_bytes[256];
	struct builder why;

	if (pending.dir > 0)
		close(pending.dir);
	builder_init(&why, why_bytes, sizeof why_bytes);
	return pending_open(&pending, &store, &wish, deadline_in(5000), &why) == PENDING_OK &&
	       strcmp(pending.order, order) == 0 && pending.tries == tries;
}

static void useless(void)
{
	check(finds("", 0) && pending_keep(&pending, span_str(url)), "an order is made");
	for (unsigned int i = 0; i < PENDING_TRIES_MAX; i++) {
		check(finds(url, i), "run %u goes on with it", i + 1);
		pending_failed(&pending);
	}
	check(finds("", 0) && finds("", 0), "and then no more");
	check(pending_keep(&pending, span_str(url)) && finds(url, 0), "a new one is as good as the first was");
	pending_failed(&pending);
	check(finds(url, 1) && pending_keep(&pending, span_str(url)) && pending.tries == 0 && finds(url, 0),
	      "one in its place, too");
	pending_failed(&pending);
	wish.profile = "short";
	check(finds("", 0), "something else is asked for");
}

static void damaged(void)
{
	static const char *const texts[] = { "", "x\n", "-1\n", "99999\n", "4\n", "1 1\n" };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (!pending_keep(&pending, span_str(url)) ||
		    file_replace(pending.dir, "tries", 0644, span_str(texts[i])) != FILE_OK || !finds(url, 0))
			check(false, "a number damaged in way %zu", i);
	}
	check(file_replace(pending.dir, "tries", 0644, span_str("3")) == FILE_OK && finds("", 0), "without a newline");
}

int main(void)
{
	char place[] = "/tmp/postern-pending-XXXXXX";
	const char *files[] = { "asked", "order", "tries" };

	wish.request = span_str("a request");
	name_set_add(&names, span_str("a.test"));
	if (!mkdtemp(place) || store_lock(&store, place, span_str("a.test"), 0) != STORE_OK)
		return 1;
	useless();
	damaged();
	for (size_t i = 0; i < 3; i++)
		unlinkat(pending.dir, files[i], 0);
	close(pending.dir);
	check(store_drop_pending(&store) == STORE_OK && unlinkat(store.own, "lock", 0) == 0, "the end");
	check(unlinkat(store.dir, ".a.test", AT_REMOVEDIR) == 0 && rmdir(place) == 0, "nothing else was made");
	store_close(&store);
	return tap_end();
}
