/* What a guest measured before its application ran. */
#include "tee/boot.h"

static const char *const names[] = {
	"app-id", "compose-hash", "instance-id", "key-provider", "os-image-hash", "rootfs-hash", "mr-kms", "storage-fs",
};

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
	for (unsigned int i = 0; i < sizeof names / sizeof *names; i++) {
		if (!span_is(e->name, names[i]) || b->seen & 1U << i)
			continue;
		b->seen |= 1U << i;
		return BOOT_IDENTITY;
	}
	return BOOT_OTHER;
}
