/* sim-pki: a test root and everything under it that Intel has, in a directory. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/jail.h"
#include "base/prog.h"
#include "tee/sim_pki.h"

enum { LIMIT_MS = 60000 };

static struct sim_pki pki;

struct target {
	int dir;
	bool replace;
};

static void set(const char *setting)
{
	enum sim_result r = sim_pki_set(&pki, span_str(setting));

	if (r != SIM_OK)
		prog_perm("-o: %s: %s", prog_text(span_str(setting)), sim_strerror(r));
}

static int64_t read_time(const char *text)
{
	struct sim_time t;

	if (!sim_time_parse(&t, span_str(text)))
		prog_perm("-T: neither seconds since 1970 nor 2026-01-01T00:00:00Z nor +1d: %s",
		          prog_text(span_str(text)));
	return t.relative ? (int64_t)time(NULL) + t.s : t.s;
}

/* The directory, made; one that is there only if it may be written over. */
static int open_directory(const char *path, bool replace)
{
	int fd;

	if (mkdir(path, 0777) < 0 && !(replace && errno == EEXIST))
		prog_perm("%s: %s", prog_text(span_str(path)),
		          errno == EEXIST ? "there is one already" : strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		prog_perm("%s: %s", prog_text(span_str(path)), strerror(errno));
	return fd;
}

static void enter_jail(int dir)
{
	struct jail_place place = { .dir = dir, .access = JAIL_WRITE };
	struct jail jail = { .promises = JAIL_WRITE, .places = &place, .n_places = 1 };

	if (jail_enter(&jail) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
}

static bool write_file(void *context, const char *name, mode_t mode, struct span bytes)
{
	const struct target *to = context;
	enum file_result r = to->replace ? file_replace(to->dir, name, mode, bytes) :
	                                   file_create(to->dir, name, mode, bytes);

	if (r != FILE_OK)
		prog_temp("%s: %s", name, file_strerror(r));
	return true;
}

/* What a machine of another kind, made here before, may have left and this one has not. */
static void forget(int dir)
{
	static const char *const names[] = { "platform", "eventlog.json", "app-compose.json" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (unlinkat(dir, names[i], 0) < 0 && errno != ENOENT)
			prog_temp("%s: %s", names[i], strerror(errno));
}

static void make(const char *path, bool replace)
{
	struct target to = { .replace = replace };
	enum sim_result r;

	to.dir = open_directory(path, replace);
	enter_jail(to.dir);
	prog_alarm(LIMIT_MS);
	if (replace)
		forget(to.dir);
	r = sim_pki_make(&pki, write_file, &to);
	if (r == SIM_UNREADABLE)
		prog_temp("no random bytes: %s", strerror(errno));
	if (r != SIM_OK)
		prog_perm("%s", sim_strerror(r));
}

int main(int argc, char **argv)
{
	const char *now = NULL;
	bool replace = false;
	int option;

	prog_init("sim-pki", "[-f] [-o name=value] ... [-S seed] [-T time] dir");
	sim_pki_init(&pki);
	while ((option = getopt(argc, argv, "+fho:S:T:")) != -1) {
		switch (option) {
		case 'f':
			replace = true;
			break;
		case 'h':
			prog_help();
		case 'o':
			set(optarg);
			break;
		case 'S':
			pki.seed = span_str(optarg);
			break;
		case 'T':
			now = optarg;
			break;
		default:
			prog_usage();
		}
	}
	if (argc - optind != 1 || (pki.seed.p && pki.seed.len == 0))
		prog_usage();
	/* What shall always be the same is not made today. */
	pki.now = now ? read_time(now) : pki.seed.p ? SIM_FIXED_TIME : (int64_t)time(NULL);
	make(argv[optind], replace);
	return PROG_OK;
}
