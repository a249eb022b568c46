/* store_parts: what store.c and store_switch.c share. */
#ifndef TLS_STORE_PARTS_H
#define TLS_STORE_PARTS_H

#include "tls/store.h"

/* Room for where a link of the store leads: .NAME/VERSION */
enum { STORE_LINK_MAX = STORE_NAME_MAX + STORE_VERSION_MAX };

/* The result for what errno says of a system call. */
enum store_result store_failed(void);

/* What is in $CERTDIR under a name. */
enum store_place {
	STORE_FREE,
	STORE_OWN,     /* a link to a version of its own: where it leads is in `target` */
	STORE_OF_NAME, /* a link to another name: that is in `target` */
	STORE_FOREIGN,
	STORE_UNKNOWN  /* errno */
};
enum store_place store_look(int dir, const char *name, char target[STORE_LINK_MAX]);

/* The number of a version from its directory's name; false when it is none. */
bool store_version(const char *name, uint64_t *version);

/*
 * Removes a directory of `own` with its files; one that is not there is
 * removed. False (errno): no directory, or others are in it, too.
 */
bool store_remove(int own, const char *name);

/* Ends what was begun before: the switch, the removal of a pending order, of old versions. */
enum store_result store_recover(struct store *s);

#endif
