/* acme-order: a certificate for some names, from the order to the store and its deploy hook. */
#include "acme_home.h"
#include "acme_wish.h"
#include "base/utc.h"

static struct home home;
static struct issuance issuance;

static void open_account(void)
{
	acme_home(&options, &home, false, false);
	setting.session = acme_session(&options);
	acme_account_key(&options, &home, &setting.session);
	setting.session.account_url = home_account(&home, options.url);
	setting.session.hook = options.hook;
	if (!setting.session.account_url)
		prog_perm("%s: no account at %s: make one with acme-account new", options.account,
		          options.url);
}

static const char *moment(int64_t when)
{
	static unsigned char text[64];
	struct builder b;

	builder_init(&b, text, sizeof text - 1);
	utc_print(&b, when);
	return builder_ok(&b) ? builder_cstr(&b) : "never";
}

static void deploy(struct builder *why)
{
	if (issuance_deploy(&issuance, deploy_hook, why) != ACME_OK)
		acme_end(ACME_TEMP, names.name[0].text, "in the store, but not deployed", why);
}

/* The rest of a run with nothing to order. */
static int end_not_due(const struct due *due, struct builder *why)
{
	const char *name = names.name[0].text;

	if (deploy_hook && issuance_undeployed(&issuance)) {
		deploy(why);
		if (!options.quiet)
			prog_warn("%s: version %s is deployed", name, issuance.version);
		return PROG_OK;
	}
	if (issuance.state.failures > 0 && due->when == issuance.state.retry_at)
		prog_temp("%s: none before %s, unless forced (-f): %s", name, moment(due->when),
		          due->why);
	if (!options.quiet)
		prog_warn("%s: not due before %s: %s", name, moment(due->when), due->why);
	return PROG_NO;
}

static int describe(struct builder *why)
{
	static unsigned char bytes[ORDER_CHAIN_MAX];
	struct builder out;
	enum acme_result result;

	builder_init(&out, bytes, sizeof bytes);
	result = issuance_describe(&issuance, &out, why);
	if (result != ACME_OK)
		acme_end(result, names.name[0].text, "nothing to show", why);
	for (size_t i = 0; i < out.len; i++)
		if ((out.p[i] < ' ' && out.p[i] != '\n') || out.p[i] > '~')
			out.p[i] = '?';
	prog_write(builder_span(&out));
	return PROG_OK;
}

static int issue(struct builder *why)
{
	enum acme_result result = issuance_order(&issuance, why);
	const char *name = names.name[0].text;

	if (result != ACME_OK)
		acme_end(result, name, "no new certificate", why);
	close(home.dir);
	if (!options.quiet)
		prog_warn("%s: version %s is in the store", name, issuance.version);
	if (deploy_hook)
		deploy(why);
	return PROG_OK;
}

int main(int argc, char **argv)
{
	struct builder why;
	enum acme_result result;
	struct due due;
	int option;

	prog_init("acme-order",
	          "[-fnqRsv] [-A anchors] [-a account] [-c store] [-D directory]\n"
	          "       [-d deploy-hook] [-H hook] [-i issuer] [-k type] [-m method,...]\n"
	          "       [-p profile] [-r request] [-t seconds] [name ...]");
	while ((option = getopt(argc, argv, "+" ACME_LETTERS "Rd:fi:k:m:np:r:s")) != -1)
		if (!acme_option(&options, option, optarg))
			own_option(option, optarg);
	add_names(argv + optind);
	acme_environment(&options, ACME_ORDER_MS);
	check_options();
	acme_directory(&options);
	prog_alarm(2 * options.timeout_ms + 4 * SESSION_CLEAN_MS);
	open_account();
	builder_init(&why, why_bytes, sizeof why_bytes);
	result = issuance_open(&issuance, &setting, !dry_run, &why);
	if (result != ACME_OK)
		acme_end(result, prog_text(span_str(options.store)), "not opened", &why);
	if (dry_run)
		return describe(&why);
	issuance_judge(&issuance, &due);
	return due.now || force ? issue(&why) : end_not_due(&due, &why);
}
