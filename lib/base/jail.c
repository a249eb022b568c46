/* Entering the jail: no_new_privs, Landlock, the filter. */
#include "base/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/jail_filter.h"

#if JAIL
#include <linux/landlock.h>

/* What a kernel's header may not know yet, by the version of the interface. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif
#ifndef LANDLOCK_ACCESS_NET_BIND_TCP
#define LANDLOCK_ACCESS_NET_BIND_TCP (1ULL << 0)
#define LANDLOCK_ACCESS_NET_CONNECT_TCP (1ULL << 1)
#endif
#ifndef LANDLOCK_SCOPE_SIGNAL
#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define LANDLOCK_SCOPE_SIGNAL (1ULL << 1)
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

/* The versions that brought what is asked of it. */
enum { ABI_TRUNCATE = 3, ABI_NET = 4, ABI_IOCTL = 5, ABI_SCOPE = 6 };

/* landlock_ruleset_attr and landlock_net_port_attr, whole in every header's year. */
struct ruleset {
	uint64_t fs, net, scoped;
};
struct port_rule {
	uint64_t access, port;
};
enum { RULE_PORT = 2 };

enum {
	READING = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
	WRITING = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE |
	          LANDLOCK_ACCESS_FS_REFER | LANDLOCK_ACCESS_FS_REMOVE_FILE |
	          LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
	          LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SYM |
	          LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO,
	/* The rights that mean something on what is no directory. */
	OF_FILES = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
	           LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE
};

/* Every right over files that this version knows. */
static uint64_t fs_rights(long abi)
{
	static const unsigned int known[] = { 0, 13, 14, 15, 15, 16 };

	return (UINT64_C(1) << known[abi < ABI_IOCTL ? abi : ABI_IOCTL]) - 1;
}

/* The version the promises need for all of them to hold; 0: none. */
static long abi_needed(const struct jail *jail)
{
	if (jail->unfiltered || jail->promises & JAIL_FORK)
		return ABI_SCOPE;
	if (jail->n_ports > 0)
		return ABI_NET;
	return jail->promises & (JAIL_READ | JAIL_WRITE | JAIL_EXEC) ? ABI_TRUNCATE : 0;
}

static bool allow_place(int rules, const struct jail_place *place, long abi)
{
	struct landlock_path_beneath_attr rule = { .parent_fd = place->dir };
	struct stat st;
	bool good;

	if (place->path)
		rule.parent_fd = openat(place->dir, place->path, O_PATH | O_CLOEXEC);
	good = rule.parent_fd >= 0 && fstat(rule.parent_fd, &st) == 0;
	if (good) {
		rule.allowed_access = (place->access & JAIL_READ ? READING : 0U) |
		                      (place->access & JAIL_WRITE ? WRITING : 0U) |
		                      (place->access & JAIL_EXEC ? LANDLOCK_ACCESS_FS_EXECUTE : 0U);
		rule.allowed_access &= fs_rights(abi) & (S_ISDIR(st.st_mode) ? ~0ULL : OF_FILES);
		good = rule.allowed_access == 0 ||
		       syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
	}
	if (place->path && rule.parent_fd >= 0) {
		int error = errno;

		close(rule.parent_fd);
		errno = error;
	}
	return good;
}

static bool allow_port(int rules, uint16_t port)
{
	struct port_rule rule = { LANDLOCK_ACCESS_NET_CONNECT_TCP, port };

	return syscall(SYS_landlock_add_rule, rules, RULE_PORT, &rule, 0) == 0;
}

/* Fills in the rules and puts the process under them. */
static bool restrict_self(int rules, const struct jail *jail, long abi)
{
	for (size_t i = 0; i < jail->n_places; i++)
		if (!allow_place(rules, &jail->places[i], abi))
			return false;
	for (size_t i = 0; i < jail->n_ports && abi >= ABI_NET; i++)
		if (!allow_port(rules, jail->ports[i]))
			return false;
	return syscall(SYS_landlock_restrict_self, rules, 0) == 0;
}

static enum jail_result landlock(const struct jail *jail)
{
	long needed = abi_needed(jail), abi;
	struct ruleset all = { .scoped = LANDLOCK_SCOPE_SIGNAL };
	size_t size = sizeof all;
	int rules;
	bool good;

	if (needed == 0)
		return JAIL_OK;
	abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1)
		return errno == ENOSYS || errno == EOPNOTSUPP ? JAIL_PARTIAL : JAIL_FAILED;
	all.fs = fs_rights(abi);
	if (jail->n_ports > 0)
		all.net = LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP;
	if (!(jail->promises & JAIL_UNIX))
		all.scoped |= LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET;
	if (abi < ABI_SCOPE)
		size = abi < ABI_NET ? sizeof all.fs : sizeof all.fs + sizeof all.net;
	rules = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
	if (rules < 0)
		return JAIL_FAILED;
	good = restrict_self(rules, jail, abi);
	close(rules);
	if (!good)
		return JAIL_FAILED;
	return abi < needed ? JAIL_PARTIAL : JAIL_OK;
}

enum jail_result jail_enter(const struct jail *jail)
{
	enum jail_result result;

#ifdef __GLIBC__
	/* Its gmtime_r() reads the time zone's file when it is first called. */
	tzset();
#endif
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return JAIL_FAILED;
	result = landlock(jail);
	if (result != JAIL_FAILED && !jail->unfiltered && !jail_filter_load(jail->promises))
		return JAIL_FAILED;
	return result;
}
#else
enum jail_result jail_enter(const struct jail *jail)
{
	(void)jail;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? JAIL_FAILED : JAIL_LEFT_OUT;
}
#endif

const char *jail_strerror(enum jail_result result)
{
	switch (result) {
	case JAIL_OK:
		return "all of the jail holds";
	case JAIL_PARTIAL:
		return "this kernel's Landlock is too old for a part of the jail";
	case JAIL_LEFT_OUT:
		return "built without the jail";
	case JAIL_FAILED:
		return strerror(errno);
	}
	return "unknown";
}
