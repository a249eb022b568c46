/* app-keys: makes the keys of an app for its guest agent. */
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/jail.h"
#include "base/prog.h"
#include "tee/agent_evidence.h"
#include "tee/agent_state.h"

enum { APP_ID_LEN = 20, TEXT_MAX = 16384, LIMIT_MS = 60000 };

static struct agent_evidence evidence;

/* What was measured; the one given has to be it. */
static struct span find_app_id(const char *given)
{
	static unsigned char room[APP_ID_LEN];
	struct span measured, wanted;
	struct builder b;

	if (!agent_evidence_log(&evidence))
		prog_perm("%s", evidence.why);
	measured = evidence.app_id;
	builder_init(&b, room, sizeof room);
	if (given && (!hex_decode(&b, span_str(given)) || b.len != APP_ID_LEN))
		prog_perm("-a: not %d bytes in hexadecimal: %s", APP_ID_LEN, prog_text(span_str(given)));
	wanted = given ? builder_span(&b) : measured;
	if (wanted.len == 0)
		prog_perm("eventlog.json says no app-id, and there is no -a");
	if (measured.len > 0 && !span_eq(measured, wanted))
		prog_perm("-a: eventlog.json says another app-id");
	return wanted;
}

static void write_file(const char *name, mode_t mode, struct span bytes)
{
	enum file_result r = file_create(evidence.dir, name, mode, bytes);

	if (r == FILE_EXISTS)
		prog_perm("%s: there is one already", name);
	if (r != FILE_OK)
		prog_temp("%s: %s", name, file_strerror(r));
}

static void make(struct span app_id)
{
	static unsigned char text[TEXT_MAX];
	unsigned char root[K256_PUBLIC_LEN], line[2 * K256_PUBLIC_LEN + 1];
	/* Of a simulated machine everything is for tests. */
	bool is_test = faccessat(evidence.dir, "platform", F_OK, 0) == 0;
	struct builder keys, hex;

	builder_init(&keys, text, sizeof text);
	builder_init(&hex, line, sizeof line);
	if (!agent_state_make(&keys, app_id, is_test ? "TEST app CA" : "app CA", time(NULL), root))
		prog_temp("keys: %s", strerror(errno));
	hex_encode(&hex, span_of(root, sizeof root));
	builder_byte(&hex, '\n');
	write_file("appkeys.json", 0600, builder_span(&keys));
	explicit_bzero(text, sizeof text);
	prog_write(builder_span(&hex));
}

int main(int argc, char **argv)
{
	const char *given = NULL;
	struct jail jail = { .promises = JAIL_READ | JAIL_WRITE };
	struct jail_place place;
	int letter;

	prog_init("app-keys", "[-a app-id] dir");
	while ((letter = getopt(argc, argv, "+a:h")) != -1) {
		switch (letter) {
		case 'a':
			given = optarg;
			break;
		case 'h':
			prog_help();
		default:
			prog_usage();
		}
	}
	if (argc - optind != 1)
		prog_usage();
	evidence.dir = open(argv[optind], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (evidence.dir < 0)
		prog_perm("%s: %s", prog_text(span_str(argv[optind])), strerror(errno));
	place = (struct jail_place){ .dir = evidence.dir, .access = JAIL_READ | JAIL_WRITE };
	jail.places = &place;
	jail.n_places = 1;
	if (jail_enter(&jail) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
	prog_alarm(LIMIT_MS);
	make(find_app_id(given));
	return PROG_OK;
}
