/* Users, groups, and giving up being root. */
#include "base/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/span.h"

/* A numeric id. The largest means "leave it as it is" to the system. */
static bool number(const char *text, uint32_t *id)
{
	uint64_t value;
	bool good = span_number(span_str(text), UINT32_MAX - 1, &value);

	if (good)
		*id = (uint32_t)value;
	return good;
}

static enum identity_result find(struct identity *who, const char *name, const char *group)
{
	const struct passwd *user = getpwnam(name);
	const struct group *entry;

	*who = (struct identity){ 0 };
	if (!user && !number(name, &who->uid))
		return IDENTITY_NO_USER;
	if (!user)
		user = getpwuid(who->uid);
	if (!user && !group)
		return IDENTITY_NEEDS_GROUP;
	if (user)
		*who = (struct identity){ user->pw_uid, user->pw_gid, group ? NULL : user->pw_name };
	if (!group)
		return IDENTITY_OK;
	entry = getgrnam(group);
	if (!entry)
		return number(group, &who->gid) ? IDENTITY_OK : IDENTITY_NO_GROUP;
	who->gid = entry->gr_gid;
	return IDENTITY_OK;
}

enum identity_result identity_find(struct identity *who, const char *text)
{
	char name[IDENTITY_MAX];
	size_t len = strlen(text);
	char *group;

	if (len >= sizeof name)
		return IDENTITY_NO_USER;
	memcpy(name, text, len + 1);
	group = strchr(name, ':');
	if (group)
		*group++ = 0;
	return find(who, name, group);
}

const char *identity_strerror(enum identity_result result)
{
	switch (result) {
	case IDENTITY_OK:
		return "success";
	case IDENTITY_NO_USER:
		return "no such user";
	case IDENTITY_NO_GROUP:
		return "no such group";
	case IDENTITY_NEEDS_GROUP:
		return "this number has no account, so a group must be given";
	}
	return "unknown";
}

/* Root can be had again, by the ids or by a capability that stayed. */
static bool way_back(const struct identity *who)
{
	if (who->uid == 0)
		return false;
	return setuid(0) == 0 || seteuid(0) == 0 ||
	       (who->gid != 0 && (setgid(0) == 0 || setegid(0) == 0));
}

static bool in(const gid_t *list, int n, gid_t group)
{
	for (int i = 0; i < n; i++)
		if (list[i] == group)
			return true;
	return false;
}

/* The supplementary groups are `want` already; the group that is taken need not be among them. */
static bool has_groups(const gid_t *want, int n_want, gid_t gid)
{
	gid_t have[IDENTITY_GROUPS_MAX];
	int n_have = getgroups(IDENTITY_GROUPS_MAX, have);

	for (int i = 0; i < n_have; i++)
		if (!in(want, n_want, have[i]))
			return false;
	for (int i = 0; i < n_want; i++)
		if (want[i] != gid && !in(have, n_have, want[i]))
			return false;
	return n_have >= 0;
}

/*
 * In a user namespace that an ordinary user made nobody may change groups, not
 * even root to those it has: there it is enough to have them.
 */
static bool take_groups(const struct identity *who)
{
	gid_t want[IDENTITY_GROUPS_MAX] = { who->gid };
	int n = 1;

	if (who->account) {
		n = IDENTITY_GROUPS_MAX;
		if (getgrouplist(who->account, who->gid, want, &n) < 0) {
			errno = E2BIG;
			return false;
		}
	}
	return setgroups((size_t)n, want) == 0 || (errno == EPERM && has_groups(want, n, who->gid));
}

bool identity_take(const struct identity *who)
{
	uid_t uid[3];
	gid_t gid[3];

	if (!take_groups(who) || setresgid(who->gid, who->gid, who->gid) < 0 ||
	    setresuid(who->uid, who->uid, who->uid) < 0 ||
	    getresuid(&uid[0], &uid[1], &uid[2]) < 0 || getresgid(&gid[0], &gid[1], &gid[2]) < 0)
		return false;
	for (int i = 0; i < 3; i++)
		if (uid[i] != who->uid || gid[i] != who->gid || way_back(who)) {
			errno = EBUSY;
			return false;
		}
	return true;
}
