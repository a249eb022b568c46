/* cert-show: what certificates say, and whether each was signed by the next. */
#include <unistd.h>

#include "cert_chain.h"
#include "cert_print.h"
#include "key_file.h"

enum { LIMIT_MS = 120000 };

static struct cert_chain chain;
static struct key key;

/* All of them, and whether each was signed by the one behind it. */
static bool show_all(bool json)
{
	static const char *const next[] = { "yes", "other-name", "other-key", "unknown" };
	bool in_order = true;

	for (size_t i = 0; i < chain.n; i++) {
		struct fields f = fields_begin(json, json ? i > 0 ? ",{" : "{\"certificates\":[{" : "");

		if (!json) {
			fields_name(&f, "certificate");
			builder_number(f.out, i + 1);
			builder_byte(f.out, '\n');
		}
		cert_print(&f, &chain.cert[i]);
		if (i + 1 < chain.n) {
			enum cert_verdict verdict = cert_print_verdict(&chain.cert[i], &chain.cert[i + 1]);

			fields_text(&f, "signed_by_next", span_str(next[verdict]));
			in_order = in_order && (verdict == SIGNED || verdict == UNKNOWN);
		}
		fields_end(&f, json ? i + 1 < chain.n ? "}" : "}]" : "");
	}
	return in_order;
}

static bool show_key(bool json)
{
	bool same = span_eq(span_of(key.spki, key.spki_len), chain.cert[0].spki);
	struct fields f = fields_begin(json, json ? "," : "");

	fields_truth(&f, "key_matches", same);
	fields_end(&f, "");
	key_wipe(&key);
	return same;
}

int main(int argc, char **argv)
{
	const char *key_path = NULL;
	bool json = false, good;
	struct span bytes;
	int option;

	prog_init("cert-show", "[-j] [-k key] [file]");
	while ((option = getopt(argc, argv, "+hjk:")) != -1) {
		switch (option) {
		case 'h':
			prog_help();
		case 'j':
			json = true;
			break;
		case 'k':
			key_path = optarg;
			break;
		default:
			prog_usage();
		}
	}
	if (argc - optind > 1)
		prog_usage();
	if (key_path)
		key_file_read(&key, key_path);
	bytes = cert_chain_file(optind < argc ? argv[optind] : "-");
	key_file_jail();
	prog_alarm(LIMIT_MS);
	cert_chain_read(&chain, bytes);
	good = show_all(json);
	if (key_path)
		good = show_key(json) && good;
	if (json)
		prog_write(span_str("}\n"));
	return good ? PROG_OK : PROG_NO;
}
