/* json-get: values out of a JSON document; and small documents for others. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/jail.h"
#include "base/json_path.h"
#include "json_make.h"

enum {
	TEXT_MAX = 4 << 20,  /* bytes of a document */
	VALUES_MAX = 65536,  /* values and member names in it */
	LIMIT_MS = 60000     /* for all but waiting for input */
};

struct options {
	bool exists, json, make;
	unsigned char end; /* of a value */
};

static unsigned char text[TEXT_MAX], storage[JSON_COMPACT_GROWTH * TEXT_MAX + 2];
static struct json_token tokens[VALUES_MAX];

static void enter_jail(void)
{
	if (jail_enter(&(struct jail){ .promises = JAIL_STDIO }) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
}

static void read_document(struct json *doc)
{
	size_t len;
	enum io_result r = io_read_end(0, text, sizeof text, &len, DEADLINE_NEVER);

	if (r == IO_TOO_LONG)
		prog_perm("standard input: longer than %d bytes", TEXT_MAX);
	if (r != IO_OK)
		prog_temp("standard input: %s", io_strerror(r));
	prog_alarm(LIMIT_MS);
	if (!json_read(doc, span_of(text, len), tokens, VALUES_MAX))
		prog_perm("standard input: not JSON, or too much of it");
}

/* Appends a value and its end. False for a string that has no text. */
static bool write_value(const struct options *o, struct builder *out, struct json_value v)
{
	struct span string;

	if (o->json || json_type(v) != JSON_STRING) {
		json_compact(out, v);
	} else {
		size_t before = out->len;

		/* One that has escapes is unpacked into `out`, any other is still to be copied there. */
		if (!json_text(v, out, &string) || span_find(string, 0) < string.len)
			return false;
		if (out->len == before)
			builder_add(out, string);
	}
	builder_byte(out, o->end);
	return true;
}

/* All of the paths or none: a line that is missing would make the next one a liar. */
static bool print_values(const struct options *o, const struct json *doc, char *const paths[])
{
	struct builder out;

	for (size_t i = 0; paths[i]; i++)
		if (json_type(json_path_find(json_root(doc), span_str(paths[i]))) == JSON_ABSENT)
			return false;
	for (int print = 0; print <= !o->exists; print++) {
		for (size_t i = 0; paths[i]; i++) {
			builder_init(&out, storage, sizeof storage);
			if (!o->exists &&
			    !write_value(o, &out, json_path_find(json_root(doc), span_str(paths[i]))))
				prog_perm("%s: a string with a NUL or half a surrogate pair (-j prints it)",
				          prog_text(span_str(paths[i])));
			if (print)
				prog_write(builder_span(&out));
		}
	}
	return true;
}

static void read_options(struct options *o, int argc, char **argv)
{
	int option;

	o->end = '\n';
	while ((option = getopt(argc, argv, "+0ehjn")) != -1) {
		switch (option) {
		case '0':
			o->end = 0;
			break;
		case 'e':
			o->exists = true;
			break;
		case 'h':
			prog_help();
		case 'j':
			o->json = true;
			break;
		case 'n':
			o->make = true;
			break;
		default:
			prog_usage();
		}
	}
	if (o->make ? o->exists || o->json || o->end == 0 : optind == argc)
		prog_usage();
	for (int i = optind; !o->make && i < argc; i++)
		if (!json_path_ok(span_str(argv[i])))
			prog_perm("not a path: %s", prog_text(span_str(argv[i])));
}

int main(int argc, char **argv)
{
	struct options o = { .exists = false };
	struct builder out;
	struct json doc;

	prog_init("json-get", "[-0ej] path ...\n       json-get -n [name=value | name:=json | name@=file] ...");
	read_options(&o, argc, argv);
	if (o.make) {
		struct json_make make = { .out = &out, .tokens = tokens, .n_tokens = VALUES_MAX,
			                  .cap = TEXT_MAX };

		builder_init(&out, storage, sizeof storage);
		json_make(&make, argv + optind, text);
		enter_jail();
		prog_write(builder_span(&out));
		return PROG_OK;
	}
	enter_jail();
	read_document(&doc);
	return print_values(&o, &doc, argv + optind) ? PROG_OK : PROG_NO;
}
