/* cert-self: a certificate that vouches for itself. */
#include <time.h>
#include <unistd.h>

#include "base/base64.h"
#include "key_file.h"
#include "name_list.h"
#include "tls/pem.h"
#include "tls/self_signed.h"

enum { LIMIT_MS = 60000, DAY_S = 86400, DAYS = 365, DAYS_MAX = 36500, BEFORE_S = 3600 };

static struct key key;
static struct name_set names;
static unsigned char digest[ACME_DIGEST_LEN];

/* What a challenge hook is handed: a SHA-256 in base64url. */
static const unsigned char *read_digest(const char *text)
{
	struct builder b;

	builder_init(&b, digest, sizeof digest);
	if (!base64_url_decode(&b, span_str(text)) || b.len != sizeof digest)
		prog_perm("-a: not a SHA-256 in base64url: %s", prog_text(span_str(text)));
	return digest;
}

static void check(const struct self_signed *what)
{
	if (what->common_name.len > SELF_SIGNED_COMMON_NAME_MAX)
		prog_perm("-n: longer than %d bytes", SELF_SIGNED_COMMON_NAME_MAX);
	if (names.n == 0 && !(what->is_ca && what->common_name.len > 0))
		prog_usage();
	if (what->acme_digest && (what->is_ca || names.n != 1))
		prog_usage();
}

static void print(const struct self_signed *what)
{
	static unsigned char der[SELF_SIGNED_MAX], text[2 * SELF_SIGNED_MAX];
	struct builder b, pem;

	builder_init(&b, der, sizeof der);
	if (!self_signed_write(&b, &key, what))
		prog_perm("the certificate does not fit %d bytes", SELF_SIGNED_MAX);
	builder_init(&pem, text, sizeof text);
	pem_write(&pem, "CERTIFICATE", builder_span(&b));
	prog_write(builder_span(&pem));
}

int main(int argc, char **argv)
{
	struct self_signed what = { .names = &names };
	const char *key_path = NULL;
	uint64_t days = DAYS;
	int option;

	prog_init("cert-self", "[-c] [-a digest] [-d days] [-n common-name] -k key name ...");
	while ((option = getopt(argc, argv, "+a:cd:hk:n:")) != -1) {
		switch (option) {
		case 'a':
			what.acme_digest = read_digest(optarg);
			break;
		case 'c':
			what.is_ca = true;
			break;
		case 'd':
			days = prog_number("-d", optarg, 1, DAYS_MAX);
			break;
		case 'h':
			prog_help();
		case 'k':
			key_path = optarg;
			break;
		case 'n':
			what.common_name = span_str(optarg);
			break;
		default:
			prog_usage();
		}
	}
	if (!key_path)
		prog_usage();
	name_list_read(&names, argv + optind);
	check(&what);
	key_file_read(&key, key_path);
	key_file_jail();
	prog_alarm(LIMIT_MS);
	what.not_before = time(NULL) - BEFORE_S;
	what.not_after = what.not_before + BEFORE_S + (int64_t)days * DAY_S - 1;
	print(&what);
	key_wipe(&key);
	return PROG_OK;
}
