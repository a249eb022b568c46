/* Users and groups by name and number, and giving up being root. */
#include "base/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
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
	if (geteuid() == 0)
		check(outcome(taken) == 0, "root becomes somebody, for good");
	else
		check(outcome(denied) == 0, "nobody but root can");
	return tap_end();
}
