/* key-make: a new private key in a file, or what an existing one is pinned by. */
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/hex.h"
#include "key_file.h"

enum { LIMIT_MS = 300000 };

static struct key key;

/* The file is made in its directory and brought to the disk there. */
static void enter_jail(const char *path)
{
	char copy[PATH_MAX];
	struct jail_place place = { .dir = AT_FDCWD, .access = JAIL_READ | JAIL_WRITE };
	struct jail jail = { .promises = JAIL_READ | JAIL_WRITE, .places = &place, .n_places = 1 };

	if ((size_t)snprintf(copy, sizeof copy, "%s", path) >= sizeof copy)
		prog_perm("%s: %s", prog_text(span_str(path)), strerror(ENAMETOOLONG));
	place.path = dirname(copy);
	if (access(place.path, W_OK | X_OK) < 0)
		prog_perm("%s: %s", prog_text(span_str(place.path)), strerror(errno));
	if (jail_enter(&jail) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
}

static void make(const char *path, const char *type)
{
	static unsigned char text[KEY_PEM_MAX];
	enum file_result result;
	struct key_kind kind;
	struct builder b;

	if (!key_kind_parse(span_str(type), &kind))
		prog_perm("-t: neither p256, p384, rsa2048, rsa3072 nor rsa4096: %s", prog_text(span_str(type)));
	enter_jail(path);
	/* Said before a long calculation; that nothing is overwritten is sure in any case. */
	if (access(path, F_OK) == 0)
		prog_perm("%s: %s", prog_text(span_str(path)), file_strerror(FILE_EXISTS));
	if (!key_make(&key, kind))
		prog_temp("cannot make a key: %s", strerror(errno));
	builder_init(&b, text, sizeof text);
	key_write(&key, &b);
	if (!builder_ok(&b))
		prog_bug("the key does not fit");
	result = file_create(AT_FDCWD, path, 0600, builder_span(&b));
	explicit_bzero(text, sizeof text);
	if (result == FILE_EXISTS)
		prog_perm("%s: %s", prog_text(span_str(path)), file_strerror(result));
	if (result != FILE_OK)
		prog_temp("%s: %s", prog_text(span_str(path)), file_strerror(result));
}

static void print_pin(const char *path)
{
	unsigned char pin[KEY_PIN_LEN], line[128];
	struct builder b;

	key_file_read(&key, path);
	key_file_jail();
	key_pin(span_of(key.spki, key.spki_len), pin);
	builder_init(&b, line, sizeof line);
	builder_str(&b, "SHA256:");
	hex_encode(&b, span_of(pin, sizeof pin));
	builder_byte(&b, '\n');
	prog_write(builder_span(&b));
}

int main(int argc, char **argv)
{
	const char *type = NULL;
	bool pin = false;
	int option;

	prog_init("key-make", "[-t type] file\n       key-make -p file");
	while ((option = getopt(argc, argv, "+hpt:")) != -1) {
		switch (option) {
		case 'h':
			prog_help();
		case 'p':
			pin = true;
			break;
		case 't':
			type = optarg;
			break;
		default:
			prog_usage();
		}
	}
	if (argc - optind != 1 || (pin && type))
		prog_usage();
	prog_alarm(LIMIT_MS);
	if (pin)
		print_pin(argv[optind]);
	else
		make(argv[optind], type ? type : "p256");
	key_wipe(&key);
	return PROG_OK;
}
