/*
 * identity: which user and groups a process is, and giving up being root.
 *
 * Names are looked up as the C library does it (getpwnam); statically with
 * musl, that is /etc/passwd and /etc/group.
 */
#ifndef BASE_IDENTITY_H
#define BASE_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

struct identity {
	uid_t uid;
	gid_t gid;
	const char *account; /* whose supplementary groups come along, in static storage of the C
	                        library; NULL: none but `gid` */
};

enum identity_result {
	IDENTITY_OK,
	IDENTITY_NO_USER,
	IDENTITY_NO_GROUP,
	IDENTITY_NEEDS_GROUP /* a number without an account, and no group beside it */
};

/*
 * From `user` (with all of the account's groups) or `user:group` (with that
 * group alone), each a name or a number, a name first; shorter than IDENTITY_MAX.
 */
enum { IDENTITY_MAX = 256 };
enum identity_result identity_find(struct identity *who, const char *text);

/* What a result means, for a message. */
const char *identity_strerror(enum identity_result result);

/*
 * Becomes `who` for good: real, effective and saved ids, supplementary
 * groups (IDENTITY_GROUPS_MAX at most). False with errno when the system does
 * not allow it, and with EBUSY when a way back was found. The process may then
 * be half of both: it must end. Where the system lets nobody change groups, as
 * in a container without root, who has exactly those groups may keep them.
 */
enum { IDENTITY_GROUPS_MAX = 256 };
bool identity_take(const struct identity *who);

#endif
