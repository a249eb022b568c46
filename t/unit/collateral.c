/* Collateral as it is kept: written and read again, checked for a quote's platform, in its directory. */
#include "tee/collateral_cache.h"
#include "tee/collateral_check.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "tap.h"
#include "tdx_world.h"

enum { DAY = 86400 };

static struct tdx_world world, other;
static struct verify work;
static unsigned char text[8 * TDX_FILE_MAX], room[8 * TDX_FILE_MAX], changed[TDX_FILE_MAX];
static struct json_token tokens[COLLATERAL_TOKENS];
static struct collateral_dates dates;
static struct pcs_wish wish;

static struct verify_input input_of(const struct tdx_world *w, const struct collateral *c)
{
	return (struct verify_input){ .quote = w->quote, .collateral = c, .root = &world.root, .now = world.now };
}

/* The quote of the first world with this collateral. */
static const char *checked(const struct collateral *c)
{
	struct verify_input in = input_of(&world, c);

	return collateral_check(&work, &in, &wish, &dates);
}

static void written(void)
{
	struct collateral again;
	struct builder b, r;
	size_t len, cap;

	builder_init(&b, text, sizeof text);
	builder_init(&r, room, sizeof room);
	check(collateral_write(&b, &world.collateral, tokens, COLLATERAL_TOKENS) &&
	              collateral_read(&again, builder_span(&b), tokens, COLLATERAL_TOKENS, &r),
	      "%zu bytes are written and read again", b.len);
	check(!checked(&again), "and are what they were");
	len = b.len;
	builder_init(&b, changed, sizeof changed);
	check(collateral_write(&b, &again, tokens, COLLATERAL_TOKENS) &&
	              span_eq(builder_span(&b), span_of(text, len)),
	      "from that form as well");
	for (cap = 0; cap < len; cap += RUNNING_ON_VALGRIND ? 997 : 101) {
		builder_init(&b, changed, cap);
		if (collateral_write(&b, &world.collateral, tokens, COLLATERAL_TOKENS) || b.len > cap)
			break;
	}
	check(cap >= len, "no smaller room is enough");
	again = world.collateral;
	again.qe_identity = again.tcb_info;
	again.qe_identity.text.len--;
	builder_init(&b, text, sizeof text);
	check(!collateral_write(&b, &again, tokens, COLLATERAL_TOKENS) && b.len == 0, "half a document is none");
}

static void of_quote(void)
{
	struct verify_input in = input_of(&world, NULL);
	struct pcs_platform p;
	const char *wrong = collateral_check_quote(&work, &in, &p);

	check(!wrong && p.tdx && !p.processor && memcmp(p.fmspc, "\xb0\xc0\x6f\0\0\0", 6) == 0,
	      "what a quote needs");
	in.root = &trust_root_intel;
	wrong = collateral_check_quote(&work, &in, &p);
	check(wrong, "a root of its own: %s", wrong ? wrong : "");
	in = input_of(&world, NULL);
	in.now += 36500LL * DAY;
	wrong = collateral_check_quote(&work, &in, &p);
	check(wrong, "a hundred years later: %s", wrong ? wrong : "");
	in = input_of(&world, NULL);
	in.quote.len /= 2;
	wrong = collateral_check_quote(&work, &in, &p);
	check(wrong, "half a quote: %s", wrong ? wrong : "");
}

static void dated(void)
{
	static const char *const settings[] = { "tcb-info-from=-3d", "pck-crl-from=-5d", "qe-identity-until=+9d",
		                                "root-crl-from=-2d", "qe-identity-from=-4d", NULL };
	static const int64_t days[PCS_PARTS] = { 3, 4, 5, 2 };
	struct collateral_dates newer;
	bool good = true;

	check(!checked(&world.collateral), "a machine's collateral");
	newer = dates;
	tdx_world(&other, settings, 0, 0, NULL);
	check(!checked(&other.collateral), "the same machine's, another day");
	for (int i = 0; i < PCS_PARTS; i++)
		good = good && dates.issued[i] == TDX_NOW - days[i] * DAY;
	check(good && dates.from == TDX_NOW - 2 * DAY && dates.next_update == TDX_NOW + 9 * DAY, "its dates");
	check(collateral_older(&newer, &dates) == PCS_PARTS && collateral_older(&dates, &newer) == PCS_TCB_INFO &&
	              collateral_older(&dates, &dates) == PCS_PARTS,
	      "which one is older");
	for (int i = 0; i < PCS_PARTS; i++) {
		newer = dates;
		newer.issued[i]--;
		check(collateral_older(&newer, &dates) == (enum pcs_part)i, "%s alone is older", pcs_part_name((enum pcs_part)i));
	}
}

static void refused(const char *about, const char *const settings[], const char *expected)
{
	const char *wrong;

	tdx_world(&other, settings, 0, 0, NULL);
	wrong = checked(&other.collateral);
	check(expected ? wrong && strcmp(wrong, expected) == 0 : !wrong, "%s: %s", about, wrong ? wrong : "-");
}

#define ARE(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void judged(void)
{
	refused("another FMSPC", ARE("tcb-fmspc=010203040506"), "TCB info is of another FMSPC");
	refused("another PCE", ARE("tcb-pceid=0100"), "TCB info is of another PCE");
	refused("of SGX", ARE("tcb-id=SGX"), "TCB info is of the other kind of TEE");
	refused("an SGX enclave's", ARE("qe-id=QE"), "QE identity is of the other kind of TEE");
	refused("the other CA", ARE("ca=processor"), "the PCK revocation list is of another CA");
	refused("a signer that is revoked", ARE("revoke=signer"), "the signer of TCB info");
	refused("signed by the PCK", ARE("fault=tcb-by-pck"),
	        "not as many certificates as there must be");
	refused("no CRLNumber", ARE("fault=no-crl-number"),
	        "TCB info, QE identity or a revocation list is malformed");
	refused("the machine is revoked, which is for the verdict", ARE("revoke=pck"), NULL);
	refused("and so is its CA", ARE("revoke=platform-ca"), NULL);
	refused("expired, which is for the dates", ARE("pck-crl-from=-9d", "pck-crl-until=-1d", "root-crl-from=-8d",
	                                               "tcb-info-from=-8d", "qe-identity-from=-8d"),
	        NULL);
	check(dates.next_update == TDX_NOW - DAY, "when it had");
	refused("never valid together", ARE("pck-crl-from=-9d", "pck-crl-until=-8d"),
	        "the PCK revocation list is not yet valid, or no longer");
	refused("from tomorrow", ARE("tcb-info-from=+1d"), NULL);
	check(dates.from == TDX_NOW + DAY, "it is from tomorrow");
	wish.update = PCS_NUMBERED;
	wish.evaluation = 20;
	check(!checked(&world.collateral), "the evaluation number that was wanted");
	wish.evaluation = 19;
	check(checked(&world.collateral), "another one");
	wish.update = PCS_UNSAID;
}

/* Any bit of it, and it is not stored. What only differs in blanks around PEM may be. */
static void flipped(void)
{
	struct collateral c = world.collateral;
	struct verify_input in = input_of(&world, &c);

	for (int part = 1; part < TDX_PARTS; part++) {
		struct span *at = tdx_part(&in, &c, part), before = *at;
		size_t good = 0, turns = 0;

		for (size_t i = 5; i < before.len; i += RUNNING_ON_VALGRIND ? TDX_FILE_MAX : 61, turns++) {
			memcpy(changed, before.p, before.len);
			changed[i] ^= (unsigned char)(1 << i % 7);
			*at = span_of(changed, before.len);
			good += checked(&c) == NULL;
		}
		*at = before;
		check(good == 0 || (before.p[0] == '-' && good * 50 < turns), "part %d: %zu of %zu bits", part, good, turns);
	}
	check(!checked(&c), "untouched");
}

static void named(void)
{
	static const struct {
		struct pcs_wish wish;
		const char *name;
	} t[] = {
		{ { .platform = { .tdx = true } }, "000000000000-platform-tdx" },
		{ { .platform = { .processor = true, .fmspc = { 0xff, 1, 2, 3, 4, 5 } } }, "ff0102030405-processor-sgx" },
		{ { .update = PCS_STANDARD }, "000000000000-platform-sgx" },
		{ { .update = PCS_EARLY }, "000000000000-platform-sgx-early" },
		{ { .platform = { .processor = true }, .update = PCS_NUMBERED, .evaluation = UINT32_MAX },
		  "000000000000-processor-sgx-4294967295" },
	};
	char name[COLLATERAL_CACHE_NAME_MAX];

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		collateral_cache_name(&t[i].wish, name);
		check(strcmp(name, t[i].name) == 0, "name %s", name);
	}
}

static void waited(void)
{
	static const char *const bad[] = { "", "\n", "failures 1", "failures 1\n", "failures 1\nuntil 5", "failures\nuntil 5\n",
		                           "failures 1\nuntil \n", "failures 1\nuntil -5\n", "until 5\nfailures 1\n",
		                           "failures 1\nuntil 5\n\n", "failures 1\nuntil 99999999999999999999\n" };
	static const int64_t after[] = { 15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600 };
	struct collateral_wait w;
	bool good = true;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!collateral_cache_wait_read(&w, span_str(bad[i])) && w.failures == 0 && w.until == 0, "no wait %zu", i);
	check(collateral_cache_wait_read(&w, span_str("failures 7\nuntil 1780315200\n")) && w.failures == 7 &&
	              w.until == 1780315200,
	      "a wait");
	w = (struct collateral_wait){ 0 };
	for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
		collateral_cache_wait_longer(&w, 1000, -1);
		good = good && w.until == 1000 + after[i] && w.failures == i + 1;
	}
	check(good, "longer each time, to an hour");
	w = (struct collateral_wait){ 0 };
	collateral_cache_wait_longer(&w, 1000, 7200);
	check(w.until == 8200, "as long as the server wants");
	collateral_cache_wait_longer(&w, 1000, INT64_MAX);
	check(w.until == 1000 + COLLATERAL_CACHE_WAIT_MAX, "but a week at most");
}

static void kept(void)
{
	struct collateral_cache a, b;
	struct collateral_wait w = { 3, TDX_NOW + 60 }, r;
	char path[] = "/tmp/collateral.XXXXXX", dir[128];
	struct stat st;
	size_t len;

	if (!mkdtemp(path))
		abort();
	snprintf(dir, sizeof dir, "%s/cache", path);
	check(!collateral_cache_open(&a, dir, &wish, false) && errno == ENOENT && access(dir, F_OK) < 0,
	      "nothing is made without being told");
	check(collateral_cache_open(&a, dir, &wish, true) && collateral_cache_open(&b, dir, &wish, false), "opened");
	check(collateral_cache_load(&a, text, &len) == FILE_MISSING, "empty");
	check(collateral_cache_lock(&a, deadline_now()) && !collateral_cache_lock(&b, deadline_in(60)) &&
	              errno == EWOULDBLOCK,
	      "locked by one");
	check(collateral_cache_save(&a, span_str("old")) == FILE_OK &&
	              collateral_cache_save(&a, span_str("newer")) == FILE_OK &&
	              collateral_cache_load(&b, text, &len) == FILE_OK && span_is(span_of(text, len), "newer") &&
	              fstatat(a.dir, "collateral.json", &st, 0) == 0 && (st.st_mode & 0777) == 0644,
	      "saved and loaded");
	check(collateral_cache_remember(&a, &w), "remembered");
	collateral_cache_wait(&b, TDX_NOW, &r);
	check(r.failures == 3 && r.until == w.until, "the same wait");
	collateral_cache_wait(&b, TDX_NOW - COLLATERAL_CACHE_WAIT_MAX, &r);
	check(r.failures == 0 && r.until == 0, "none of a wrong clock");
	check(collateral_cache_remember(&a, &r) && collateral_cache_remember(&a, &r), "forgotten, twice");
	collateral_cache_wait(&b, TDX_NOW, &r);
	check(r.until == 0 && faccessat(a.dir, "wait", F_OK, 0) < 0, "without a trace");
	close(a.dir);
	check(collateral_cache_lock(&b, deadline_now()), "the lock is free");
	unlinkat(b.dir, "collateral.json", 0);
	snprintf(dir, sizeof dir, "%s/cache/%s", path, b.name);
	close(b.dir);
	check(rmdir(dir) == 0, "nothing else is left");
	snprintf(dir, sizeof dir, "%s/cache", path);
	rmdir(dir);
	rmdir(path);
}

int main(void)
{
	tdx_world(&world, NULL, 0, 0, NULL);
	written();
	of_quote();
	dated();
	/* Each has another machine: that takes its time, and is nothing that valgrind has not seen. */
	if (!RUNNING_ON_VALGRIND)
		judged();
	flipped();
	named();
	waited();
	kept();
	return tap_end();
}
