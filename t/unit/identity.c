/* Users and groups by name and number, and giving up being root. */
#include "base/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

static struct identity who;

static void finding(void)
{
	static const struct {
		const char *text;
		enum identity_result result;
		unsigned int uid, gid;
		bool account;
	} cases[] = {
		{ "root", IDENTITY_OK, 0, 0, true },
		{ "0", IDENTITY_OK, 0, 0, true },
		{ "root:0", IDENTITY_OK, 0, 0, false },
		{ "root:4242", IDENTITY_OK, 0, 4242, false },
		{ "0:root", IDENTITY_OK, 0, 0, false },
		{ "424242:4243", IDENTITY_OK, 424242, 4243, false },
		{ "4294967294:4294967294", IDENTITY_OK, 4294967294, 4294967294, false },
		{ "424242", IDENTITY_NEEDS_GROUP, 0, 0, false },
		{ "4294967295:1", IDENTITY_NO_USER, 0, 0, false },
		{ "1:4294967295", IDENTITY_NO_GROUP, 0, 0, false },
		{ "no such user", IDENTITY_NO_USER, 0, 0, false },
		{ "root:no such group", IDENTITY_NO_GROUP, 0, 0, false },
		{ "root:", IDENTITY_NO_GROUP, 0, 0, false },
		{ "root:0:0", IDENTITY_NO_GROUP, 0, 0, false },
		{ "", IDENTITY_NO_USER, 0, 0, false },
		{ ":", IDENTITY_NO_USER, 0, 0, false },
		{ ":0", IDENTITY_NO_USER, 0, 0, false },
		{ "-1:0", IDENTITY_NO_USER, 0, 0, false },
		{ "0x0:0", IDENTITY_NO_USER, 0, 0, false },
		{ " 0:0", IDENTITY_NO_USER, 0, 0, false },
	};
	char name[IDENTITY_MAX + 1];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum identity_result r = identity_find(&who, cases[i].text);

		check(r == cases[i].result &&
		              (r != IDENTITY_OK ||
		               (who.uid == cases[i].uid && who.gid == cases[i].gid &&
		                (who.account && strcmp(who.account, "root") == 0) == cases[i].account)),
		      "\"%s\": %s", cases[i].text, identity_strerror(r));
	}
	memset(name, '0', sizeof name);
	name[IDENTITY_MAX - 1] = 0;
	check(identity_find(&who, name) == IDENTITY_OK, "the longest that fits");
	name[IDENTITY_MAX - 1] = '0';
	name[IDENTITY_MAX] = 0;
	check(identity_find(&who, name) == IDENTITY_NO_USER, "one that is too long");
}

/* In a process of its own: 0 when all of it is another one's, with no group but that. */
static int taken(void)
{
	gid_t groups[8];

	if (!identity_take(&who))
		return 1;
	if (getuid() != who.uid || getegid() != who.gid || setuid(0) == 0 || setgid(0) == 0)
		return 2;
	return getgroups(8, groups) == 1 && groups[0] == who.gid ? 0 : 3;
}

static int denied(void)
{
	return identity_take(&who) || errno != EPERM;
}

enum { UNABLE = 77 };

/* Root of a user namespace where groups cannot be changed, and with no group or one of outside. */
static bool enter_namespace(size_t n_groups)
{
	static const char *const files[][2] = {
		{ "/proc/self/setgroups", "deny" },
		{ "/proc/self/uid_map", "0 4242 1" },
		{ "/proc/self/gid_map", "0 4243 1" },
	};
	gid_t group = 4244;

	if (setgroups(n_groups, &group) || setgid(4243) || setuid(4242) ||
	    prctl(PR_SET_DUMPABLE, 1) || unshare(CLONE_NEWUSER))
		return false;
	for (int i = 0; i < 3; i++) {
		int fd = open(files[i][0], O_WRONLY);

		if (fd < 0 || write(fd, files[i][1], strlen(files[i][1])) < 0 || close(fd))
			return false;
	}
	who = (struct identity){ 0, 0, NULL };
	return true;
}

static int kept(void)
{
	return !enter_namespace(0) ? UNABLE : !identity_take(&who) || setgroups(1, &who.gid) == 0;
}

static int not_kept(void)
{
	return !enter_namespace(1) ? UNABLE : denied();
}

static int outcome(int (*what)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(what());
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(void)
{
	finding();
	fflush(stdout);
	who = (struct identity){ 4242, 4243, NULL };
	if (geteuid() != 0) {
		check(outcome(denied) == 0, "nobody but root can");
		return tap_end();
	}
	check(outcome(taken) == 0, "root becomes somebody, for good");
	if (outcome(kept) == UNABLE) {
		check(true, "# SKIP no user namespaces");
		return tap_end();
	}
	check(outcome(kept) == 0, "where groups cannot be changed, who has them may keep them");
	check(outcome(not_kept) == 0, "but nobody may keep another group");
	return tap_end();
}
