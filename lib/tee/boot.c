/* What a guest measured before its application ran. */
#include "tee/boot.h"

#include <string.h>

static const char *const names[] = {
	"app-id", "compose-hash", "instance-id", "key-provider", "os-image-hash", "rootfs-hash", "mr-kms", "storage-fs",
};

enum { NAMES = sizeof names / sizeof *names };

bool boot_identifies(struct span name)
{
	unsigned int i = 0;

	while (i < NAMES && !span_is(name, names[i]))
		i++;
	return i < NAMES;
}

/* Of version 1: NAME ":" something else is what an event of this name can be made to look like. */
static bool may_be(const struct event *e, const char *name)
{
	size_t len = strlen(name);

	return span_is(e->name, name) || (e->version != 2 && span_starts(e->name, name) && e->name.p[len] == ':');
}

enum boot_kind boot_event(struct boot *b, const struct event *e)
{
	bool rtmr3 = e->imr == QUOTE_RTMRS - 1;

	if (!e->runtime || !rtmr3) {
		b->over = b->over || rtmr3;
		return e->runtime ? BOOT_APPLICATION : BOOT_DIGEST_ONLY;
	}
	if (b->over)
		return BOOT_APPLICATION;
	b->ready = b->over = span_is(e->name, "system-ready");
	for (unsigned int i = 0; i < NAMES; i++) {
		if (!may_be(e, names[i]) || b->seen & 1U << i)
			continue;
		b->seen |= 1U << i;
		return span_is(e->name, names[i]) ? BOOT_IDENTITY : BOOT_OTHER;
	}
	return BOOT_OTHER;
}
