/* A name and its certificate, in a store, without a CA. */
#include "acme/watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "acme/memory.h"
#include "acme_chain.h"
#include "base/deadline.h"
#include "base/file.h"
#include "tls/store.h"

enum { DAY = 86400 };
static const int64_t now = 1800000000;
static struct watch watch;
static int place;

/* Version 1 of a.test, for these names. */
static void put(const char *const *names)
{
	static unsigned char bytes[8192];
	static struct name_set set;
	struct builder pem;

	chain_names(&set, names);
	builder_init(&pem, bytes, sizeof bytes);
	chain_add(&pem, chain_key(0), &set, "ca", now - DAY, now + 89 * DAY);
	if (file_replace(place, ".a.test/1/cert.pem", 0644, builder_span(&pem)) != FILE_OK)
		check(false, "the test's own certificate");
}

static void put_state(const char *path, const char *line)
{
	char text[256];

	snprintf(text, sizeof text, "seed 0000000000000001\n%send\n", line);
	if (file_replace(place, path, 0644, span_str(text)) != FILE_OK)
		check(false, "the test's own state");
}

/* Begins with '+' when it is due. */
static const char *look(const char *name)
{
	static char said[DUE_WHY_MAX + 64];
	static unsigned char why_bytes[ACME_WHY_MAX];
	struct session_setting session = { .deadline = deadline_in(10000), .unix_now = now };
	struct builder why;

	builder_init(&why, why_bytes, sizeof why_bytes - 1);
	if (watch_look(&watch, ".", span_str(name), &session, &why) != ACME_OK)
		return builder_cstr(&why);
	snprintf(said, sizeof said, "%c%s", watch.due.now ? '+' : '-', watch.due.why);
	return said;
}

static bool says(const char *name, const char *words)
{
	const char *said = look(name);
	bool good = strncmp(said, words, strlen(words)) == 0;

	if (!good)
		printf("# %s: %s\n", name, said);
	return good;
}

static void further_names(void)
{
	put((const char *const[]){ "a.test", "b.test", "*.a.test", "192.0.2.1", NULL });
	check(says("a.test", "-by its lifetime") && says("B.test", "-by its lifetime") &&
	      says("*.a.test", "-by its lifetime") && says("192.0.2.1", "-by its lifetime"),
	      "every name of a certificate is one");
	check(says("www.a.test", "-by its lifetime") && says("x.www.a.test", "+it is for other names"),
	      "a wildcard is good for one label");
	put((const char *const[]){ "a.test", NULL });
	check(says("a.test", "-by its lifetime") && says("b.test", "+it is for other names") &&
	      says("*.a.test", "+it is for other names") && says("192.0.2.1", "+it is for other names"),
	      "links that a certificate was left with");
	put_state(".a.test/state", "failures 3\nretry-at 1800003600\nlast-error of a\n");
	check(says("b.test", "+it is for other names"), "its failures are not those of the other");
	put_state(".b.test/state", "failures 3\nretry-at 1800003600\nlast-error of b\n");
	check(says("b.test", "-3 failed in a row, the last with: of b") && watch.due.when == now + 3600,
	      "but those of its own orders");
	unlinkat(place, ".b.test/state", 0);
	unlinkat(place, ".a.test/state", 0);
}

/* As acme-revoke does it. */
static void revoked(void)
{
	struct store store;
	struct state state;
	bool noted;

	put((const char *const[]){ "a.test", "b.test", NULL });
	check(says("a.test", "-by its lifetime"), "a certificate of two names");
	noted = store_open(&store, ".", span_str("b.test")) == STORE_OK && store.own >= 0 &&
	        memory_read(&state, store.own);
	memory_revoked(&state, watch.leaf.der, now);
	check(noted && memory_write(&state, store.own), "is revoked by the second");
	store_close(&store);
	check(says("a.test", "+the renewal window is over") && says("b.test", "+the renewal window is over"),
	      "it is due by both");
	unlinkat(place, ".a.test/state", 0);
}

static void wrong_clock(void)
{
	put((const char *const[]){ "b.test", NULL });
	put_state(".a.test/state", "failures 1\nretry-at 4070908800\nlast-error x\n");
	check(says("a.test", "+it is for other names"), "a time that cannot be puts nothing off");
	put_state(".a.test/state", "failures 1\nretry-at 1800500000\nlast-error x\n");
	check(says("a.test", "-1 failed in a row") && watch.due.when == 1800500000, "one that can be does");
	unlinkat(place, ".a.test/state", 0);
}

int main(void)
{
	static const char *const others[] = { "b.test", "_.a.test", "192.0.2.1", "www.a.test", "x.www.a.test" };
	char root[] = "/tmp/postern-watch-XXXXXX";

	if (!mkdtemp(root) || chdir(root) < 0)
		return 1;
	place = open(".", O_RDONLY | O_DIRECTORY);
	mkdir(".a.test", 0755);
	mkdir(".a.test/1", 0755);
	mkdir(".b.test", 0755);
	check(symlinkat(".a.test/1", place, "a.test") == 0, "a certificate");
	for (size_t i = 0; i < 5; i++)
		check(symlinkat("a.test", place, others[i]) == 0, "its further name %s", others[i]);
	further_names();
	revoked();
	wrong_clock();
	for (size_t i = 0; i < 5; i++)
		unlink(others[i]);
	unlink("a.test");
	unlink(".a.test/1/cert.pem");
	rmdir(".a.test/1");
	rmdir(".a.test");
	rmdir(".b.test");
	check(rmdir(root) == 0, "nothing else was made");
	return tap_end();
}
