/*
 * boot: what a dstack guest measured of itself before its application ran.
 *
 * The guest extends RTMR3 by runtime events (tee/eventlog.h): who the application is, what it
 * was started from, where its keys come from, and last "system-ready". From then on the
 * application may add events of any name, also of those names: they identify nothing.
 *
 * Nor does anything that comes after an event of RTMR3 that is no runtime event: whoever wrote the
 * log could show "system-ready" as such a one, its digest is all that is proven of it. Of a name
 * that is there twice the first identifies.
 *
 * A digest of version 1 is over name ":" payload, so a payload with a ":" in it may be shown as one
 * whose name is longer. "app-id:..." therefore stands for an "app-id" that is not told: none after it
 * identifies.
 */
#ifndef TEE_BOOT_H
#define TEE_BOOT_H

#include <stdbool.h>

#include "tee/eventlog.h"

enum boot_kind {
	BOOT_IDENTITY,    /* the first event of a name that identifies */
	BOOT_OTHER,       /* another event of the guest's */
	BOOT_APPLICATION, /* a runtime event that may be the application's */
	BOOT_DIGEST_ONLY  /* name and payload prove nothing */
};

/* An event of this name identifies, if it is the right one. */
bool boot_identifies(struct span name);

/* How far one has come. */
struct boot {
	unsigned int seen; /* names, as bits */
	bool ready;        /* "system-ready" was there */
	bool over;         /* nothing identifies any more */
};

/*
 * What an event is, told in the order of the log to a struct boot that is zero in the beginning.
 * True only of a log whose replay gave the RTMR3 of a quote.
 */
enum boot_kind boot_event(struct boot *b, const struct event *e);

#endif
