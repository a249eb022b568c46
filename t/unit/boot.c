/* What a guest measured before its application ran, told from what may be the application's. */
#include "tee/boot.h"

#include "tap.h"

/* One letter a kind, in the order of the events. */
static const struct {
	const char *about, *names; /* "!": an event of RTMR3 that is no runtime event; "2": a runtime event of RTMR2; "0": the firmware's */
	const char *kinds;
	bool ready;
} table[] = {
	{ "a boot", "system-preparing app-id compose-hash boot-mr-done system-ready app-id", "oiiooa", true },
	{ "a name twice", "app-id app-id system-ready", "ioo", true },
	{ "no end", "app-id other", "io", false },
	{ "the end twice", "system-ready system-ready app-id", "oaa", true },
	{ "a hidden event", "app-id ! compose-hash system-ready", "idaa", false },
	{ "a hidden event after the end", "app-id system-ready ! late", "ioda", true },
	{ "other registers", "0 2 app-id 0 2 system-ready 2", "dai" "da" "oa", true },
	{ "an event in disguise", "app-id: app-id app-id:00:00 compose-hash", "oooi", false },
	{ "one that only looks like it", "app-idx: app-id", "oi", false },
	{ "all names", "app-id compose-hash instance-id key-provider os-image-hash rootfs-hash mr-kms storage-fs app-ids App-id", "iiiiiiiioo", false },
};

static char kind_of(struct boot *b, struct span name)
{
	static const char letters[] = { [BOOT_IDENTITY] = 'i', [BOOT_OTHER] = 'o', [BOOT_APPLICATION] = 'a',
		                        [BOOT_DIGEST_ONLY] = 'd' };
	struct event e = { .imr = 3, .type = EVENTLOG_RUNTIME, .version = 1, .runtime = true, .name = name };

	if (span_is(name, "!") || span_is(name, "0")) {
		e.imr = span_is(name, "!") ? 3 : 0;
		e.type = 4;
		e.runtime = false;
		/* What it says it is called does not matter. */
		e.name = span_str("system-ready");
	}
	if (span_is(name, "2")) {
		e.imr = 2;
		e.name = span_str("app-id");
	}
	return letters[boot_event(b, &e)];
}

static void version_2(void)
{
	struct boot b = { .seen = 0 };
	struct event e = { .imr = 3, .type = EVENTLOG_RUNTIME, .version = 2, .runtime = true,
		           .name = span_str("app-id:") };

	check(boot_event(&b, &e) == BOOT_OTHER, "of version 2 a name is a name");
	e.name = span_str("app-id");
	check(boot_event(&b, &e) == BOOT_IDENTITY, "and hides none");
	check(boot_identifies(e.name) && !boot_identifies(span_str("app-id:")) && !boot_identifies(span_str("")),
	      "which names identify");
}

int main(void)
{
	version_2();
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct boot b = { .seen = 0 };
		struct span rest = span_str(table[i].names), name;
		char kinds[32] = "";
		size_t n = 0;

		while (span_split(&rest, ' ', &name) && n < sizeof kinds - 1)
			kinds[n++] = kind_of(&b, name);
		check(span_is(span_of(kinds, n), table[i].kinds) && b.ready == table[i].ready, "%s: %s", table[i].about, kinds);
	}
	return tap_end();
}
