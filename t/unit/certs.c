/* tls/certs: certificates by server name, from a store that changes. */
#include "tls/certs.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "tap.h"
#include "tls/pem.h"
#include "tls/self_signed.h"

enum { DAY_S = 86400 };

static char root[] = "/tmp/certs.XXXXXX";
static struct certs certs = { .dir = -1 };
static int n_bad, n_fresh, n_expired;
static enum credential_result last_bad;
static struct key key;

static void bad(struct certs *c, const char *name, enum credential_result why, int error)
{
	(void)c;
	(void)name;
	(void)error;
	n_bad++;
	last_bad = why;
}

static void fresh(struct certs *c, const char *name, const struct credential *credential)
{
	(void)c;
	(void)name;
	(void)credential;
	n_fresh++;
}

static void expired(struct certs *c, const char *name, const struct credential *credential)
{
	(void)c;
	(void)name;
	(void)credential;
	n_expired++;
}

/* A certificate of `key` that is good for so many days from yesterday. */
static struct span certificate(const char *name, int days, struct builder *pem)
{
	static unsigned char der[SELF_SIGNED_MAX];
	static struct name_set names;
	struct self_signed what = { .names = &names, .not_before = time(NULL) - DAY_S };
	struct builder b;

	names.n = 0;
	name_set_add(&names, span_str(name));
	what.not_after = what.not_before + (int64_t)days * DAY_S - 60;
	builder_init(&b, der, sizeof der);
	if (!self_signed_write(&b, &key, &what))
		abort();
	pem_write(pem, "CERTIFICATE", builder_span(&b));
	return builder_span(pem);
}

static void write_file(const char *dir, const char *name, struct span bytes)
{
	char path[512];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if (file_replace(certs.dir, path, 0600, bytes) != FILE_OK)
		abort();
}

/* Points NAME at .NAME/VERSION, by a rename. */
static void switch_to(const char *name, const char *version)
{
	char target[512], link[512];

	snprintf(target, sizeof target, ".%s/%s", name, version);
	snprintf(link, sizeof link, ".%s/link", name);
	if (symlinkat(target, certs.dir, link) < 0 || renameat(certs.dir, link, certs.dir, name) < 0)
		abort();
}

static const char *make_directory(const char *name, const char *version)
{
	static char path[512];

	snprintf(path, sizeof path, ".%s", name);
	mkdirat(certs.dir, path, 0700);
	snprintf(path, sizeof path, ".%s/%s", name, version);
	if (mkdirat(certs.dir, path, 0700) < 0)
		abort();
	return path;
}

static void put(const char *name, const char *version, int days)
{
	static unsigned char text[SELF_SIGNED_MAX], secret[KEY_PEM_MAX];
	const char *dir = make_directory(name, version);
	struct builder pem, k;

	builder_init(&pem, text, sizeof text);
	builder_init(&k, secret, sizeof secret);
	key_write(&key, &k);
	write_file(dir, "fullchain.pem", certificate(name[0] == '_' ? name + 2 : name, days, &pem));
	write_file(dir, "key.pem", builder_span(&k));
	switch_to(name, version);
}

/* Whose certificate it is: its only name. */
static const char *found(const char *name, const char *address)
{
	static char text[300];
	struct credential *c;
	struct cert_name one;
	struct builder b;
	struct cert cert;
	struct span rest;
	bool wrong;

	switch (certs_find(&certs, span_str(name), span_str(address), &c)) {
	case CERTS_NONE:
		return "none";
	case CERTS_BROKEN:
		return "broken";
	case CERTS_FOUND:
		break;
	}
	if (!cert_read(&cert, span_of(c->chain[0].data, c->chain[0].data_len)))
		return "?";
	rest = cert.names;
	if (!cert_next_name(&rest, &one, &wrong))
		return "?";
	builder_init(&b, text, sizeof text);
	cert_name_print(&b, &one);
	credential_drop(c);
	return builder_cstr(&b);
}

static bool is(const char *name, const char *wanted)
{
	return strcmp(found(name, ""), wanted) == 0;
}

static void test_names(void)
{
	static const char *const odd[] = { ".", "..", "/", "a.test/", "../a.test", ".a.test", "_.w.test", "default", "a..test",
		                           "a.test..", "\xff", "*", "*.w.test", "127.0.0.1", "a.test\n" };
	char longest[300];

	put("a.test", "1", 30);
	put("_.w.test", "1", 30);
	put("default", "1", 30);
	check(is("a.test", "a.test") && is("A.TEST", "a.test") && is("a.test.", "a.test"), "a name's own");
	check(is("x.w.test", "w.test") && is("X.W.test", "w.test"), "the wildcard's");
	check(is("w.test", "default") && is("x.y.w.test", "default") && is("b.test", "default") && is("", "default"),
	      "the default, for others and for none");
	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = 0;
	check(is(longest, "default"), "a name that is too long is one of the others");
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		check(is(odd[i], "default"), "what is no name of a host is one of the others: %zu", i);
	certs.strict = true;
	check(is("a.test", "a.test") && is("x.w.test", "w.test") && is("b.test", "none") && is("", "none"), "strict");
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		check(is(odd[i], "none"), "strict, and no name of a host: %zu", i);
	put("127.0.0.1", "1", 30);
	check(strcmp(found("", "127.0.0.1"), "127.0.0.1") == 0, "the address a client without a name came to");
	check(strcmp(found("", "127.0.0.2"), "none") == 0 && strcmp(found("", "a.test"), "none") == 0,
	      "another one; a name is no address");
	check(strcmp(found("127.0.0.1", ""), "none") == 0, "an address is no server name");
	certs.strict = false;
	check(n_bad == 0 && n_fresh == 4, "each was read once");
}

static void test_switch(void)
{
	struct credential *before, *after;

	n_fresh = n_bad = 0;
	certs_find(&certs, span_str("a.test"), span_of(NULL, 0), &before);
	put("a.test", "2", 60);
	certs_find(&certs, span_str("a.test"), span_of(NULL, 0), &after);
	check(before != after && n_fresh == 1 && after->not_after > before->not_after, "a link that is switched counts");
	check(before->users == 1 && before->n_chain == 1 && before->chain[0].data_len > 0, "the one before lives on with who has it");
	credential_drop(before);
	credential_drop(after);

	put("a.test", "3", 30);
	write_file(".a.test/3", "fullchain.pem",
	           span_str("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"));
	switch_to("a.test", "3");
	check(is("a.test", "a.test") && is("a.test", "a.test") && n_bad == 1 && last_bad == CREDENTIAL_BAD_CHAIN,
	      "a malformed one leaves the one before, said once");
	make_directory("a.test", "4");
	switch_to("a.test", "4");
	check(is("a.test", "a.test") && is("a.test", "a.test") && n_bad == 2 && last_bad == CREDENTIAL_NO_CHAIN, "an empty one too");
	switch_to("a.test", "none");
	check(is("a.test", "a.test") && is("a.test", "a.test") && n_bad == 3, "and a link that leads nowhere");
	put("a.test", "5", 30);
	check(is("a.test", "a.test") && n_fresh == 2, "the next good one counts");
	unlinkat(certs.dir, "a.test", 0);
	check(is("a.test", "default"), "one that is gone is gone");
}

static void test_mismatch(void)
{
	unsigned char secret[KEY_PEM_MAX];
	struct builder k;
	struct key mine;

	key_copy(&mine, &key);
	n_bad = 0;
	put("b.test", "1", 30);
	key_make(&key, (struct key_kind){ KEY_P256, 256 });
	builder_init(&k, secret, sizeof secret);
	key_write(&key, &k);
	write_file(".b.test/1", "key.pem", builder_span(&k));
	check(is("b.test", "broken") && n_bad == 1 && last_bad == CREDENTIAL_MISMATCH, "another key, and none before: broken");
	check(is("b.test", "broken") && n_bad == 1, "said once");
	key_copy(&key, &mine);
	put("b.test", "2", 30);
	check(is("b.test", "b.test"), "until it is mended");
}

static void test_expired(void)
{
	n_expired = 0;
	put("old.test", "1", 1);
	check(is("old.test", "old.test") && n_expired == 1, "one that has expired is shown, and that is said");
	check(is("old.test", "old.test") && n_expired == 1, "once");
}

/* More names than there is room for; each is a link to the same. */
static void test_many(void)
{
	char name[64];
	int good = 0, n = tap_turns(CERTS_MAX + 100);

	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof name, "n%d.test", i);
		if (symlinkat("default", certs.dir, name) < 0)
			abort();
		good += is(name, "default");
	}
	check(good == n && certs.n <= CERTS_MAX, "the table is bounded");
	check(is("n0.test", "default") && is("old.test", "old.test"), "what was forgotten is read again");
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

int main(void)
{
	certs.bad = bad;
	certs.fresh = fresh;
	certs.expired = expired;
	if (!mkdtemp(root) || !key_make(&key, (struct key_kind){ KEY_P256, 256 }))
		abort();
	certs.dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check(certs_init(&certs) && !certs_any(&certs) && is("a.test", "none"), "an empty store");
	test_names();
	check(certs_any(&certs), "one that is not empty");
	test_switch();
	test_mismatch();
	test_expired();
	test_many();
	certs_free(&certs);
	close(certs.dir);
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return tap_end();
}
