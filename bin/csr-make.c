/* csr-make: a certificate request for names, signed with their key. */
#include <unistd.h>

#include "key_file.h"
#include "name_list.h"
#include "tls/pem.h"
#include "tls/request.h"

enum { LIMIT_MS = 60000 };

static struct key key;
static struct name_set names;

static void print(bool der, bool must_staple)
{
	static unsigned char request[REQUEST_MAX], text[2 * REQUEST_MAX];
	struct builder b, pem;

	builder_init(&b, request, sizeof request);
	if (!request_write(&b, &key, &names, must_staple))
		prog_perm("the request does not fit %d bytes", REQUEST_MAX);
	builder_init(&pem, text, sizeof text);
	pem_write(&pem, "CERTIFICATE REQUEST", builder_span(&b));
	prog_write(builder_span(der ? &b : &pem));
}

int main(int argc, char **argv)
{
	bool der = false, must_staple = false;
	const char *key_path = NULL;
	int option;

	prog_init("csr-make", "[-ds] -k key name ...");
	while ((option = getopt(argc, argv, "+dhk:s")) != -1) {
		switch (option) {
		case 'd':
			der = true;
			break;
		case 'h':
			prog_help();
		case 'k':
			key_path = optarg;
			break;
		case 's':
			must_staple = true;
			break;
		default:
			prog_usage();
		}
	}
	if (!key_path || optind == argc)
		prog_usage();
	name_list_read(&names, argv + optind);
	key_file_read(&key, key_path);
	key_file_jail();
	prog_alarm(LIMIT_MS);
	print(der, must_staple);
	key_wipe(&key);
	return PROG_OK;
}
