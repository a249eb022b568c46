/* acme_wish: what acme-order is told by options and names of its own, and what of it can be
   checked before anybody else hears of it. */
#ifndef BIN_ACME_WISH_H
#define BIN_ACME_WISH_H

#include <errno.h>
#include <fcntl.h>

#include "acme/issuance.h"
#include "acme_options.h"
#include "base/file.h"

static struct acme_options options;
static struct name_set names;
static struct issuance_setting setting = { .kind = { KEY_P256, 256 } };
static const char *deploy_hook, *request_file;
static bool force, dry_run;
static unsigned char why_bytes[2 * ACME_WHY_MAX];

/* All that are known, in the order of what they ask of a machine. */
static const char *const all_methods[] = { "http-01", "tls-alpn-01", "dns-01", "dns-account-01",
	                                   "dns-persist-01" };

static void set_methods(const char *text)
{
	static char words[ORDER_METHODS_MAX][ORDER_METHOD_NAME_MAX];
	static const char *list[ORDER_METHODS_MAX];
	struct span rest = span_str(text), word;
	size_t n = 0;

	while (span_split(&rest, ',', &word)) {
		if (n == ORDER_METHODS_MAX || !order_method_known(word))
			prog_perm("-m: not a list of challenge types: %s", prog_text(span_str(text)));
		snprintf(words[n], sizeof words[n], "%.*s", (int)word.len, (const char *)word.p);
		list[n] = words[n];
		n++;
	}
	setting.methods = list;
	setting.n_methods = n;
}

static void own_option(int option, const char *value)
{
	switch (option) {
	case 'R':
		setting.reuse_key = true;
		break;
	case 'd':
		deploy_hook = value;
		break;
	case 'f':
		force = true;
		break;
	case 'i':
		setting.issuer = value;
		break;
	case 'k':
		if (!key_kind_parse(span_str(value), &setting.kind))
			prog_perm("-k: not p256, p384, rsa2048, rsa3072 or rsa4096: %s",
			          prog_text(span_str(value)));
		break;
	case 'm':
		set_methods(value);
		break;
	case 'n':
		dry_run = true;
		break;
	case 'p':
		setting.profile = value;
		break;
	case 'r':
		request_file = value;
		break;
	case 's':
		setting.must_staple = true;
		break;
	}
}

static void add_names(char **texts)
{
	for (; *texts; texts++) {
		enum name_result result = name_set_add(&names, span_str(*texts));

		if (result != NAME_OK)
			prog_perm("%s: %s", prog_text(span_str(*texts)), name_strerror(result));
	}
}

static bool has_name(const struct name_set *set, const char *text)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->name[i].text, text) == 0)
			return true;
	return false;
}

/* A request made elsewhere says the names; who names them too says the same. */
static void read_request(void)
{
	static unsigned char file[2 * REQUEST_MAX], der_bytes[REQUEST_MAX];
	static struct name_set said;
	enum inspect_result looked;
	enum file_result result;
	struct builder der, why;
	size_t len;

	builder_init(&der, der_bytes, sizeof der_bytes);
	builder_init(&why, why_bytes, sizeof why_bytes - 1);
	result = file_read(AT_FDCWD, request_file, file, sizeof file, &len);
	if (result != FILE_OK)
		prog_perm("-r: %s: %s", prog_text(span_str(request_file)), file_strerror(result));
	looked = inspect_request(span_of(file, len), &said, &der, options.deadline, &why);
	if (looked != INSPECT_OK)
		acme_end(looked == INSPECT_BAD ? ACME_PERM : ACME_TEMP, request_file,
		         "not used", &why);
	for (size_t i = 0; names.n > 0 && i < said.n; i++)
		if (!has_name(&names, said.name[i].text) || names.n != said.n)
			prog_perm("-r: %s: is not for exactly these names",
			          prog_text(span_str(request_file)));
	if (names.n == 0)
		names = said;
	setting.request = builder_span(&der);
}

/* What is a path is looked at before the CA is: a hook that is missing is no CA's business. */
static void check_hook(const char *what, const char *path)
{
	if (path && strchr(path, '/') && access(path, X_OK) < 0)
		prog_perm("%s: %s: %s", what, prog_text(span_str(path)), strerror(errno));
}

static void check_options(void)
{
	if (names.n == 0 && !request_file)
		prog_usage();
	if (request_file && setting.must_staple)
		prog_perm("-s: whether it is wanted, a request (-r) says itself");
	if (request_file)
		read_request();
	if (!dry_run)
		acme_needed(options.hook, "-H nor ACME_HOOK");
	acme_store(&options);
	setting.store = options.store;
	check_hook("-H or ACME_HOOK", options.hook);
	check_hook("-d", deploy_hook);
	if (!setting.methods) {
		setting.methods = all_methods;
		setting.n_methods = sizeof all_methods / sizeof *all_methods;
	}
	setting.names = &names;
}

#endif
