/* acme-account: an account at an ACME CA, from its beginning to its end. */
#include "acme_home.h"

#include "acme/errand.h"
#include "acme_words.h"

static struct acme_options options;
static struct home home;

/* Sends the client; remembers the account's URL, which is returned; prints what it brought back. */
static struct span run(const char *what,
                       enum acme_result (*work)(struct acme *a, void *context, struct builder *result),
                       void *errand, const char *mac_key, bool forget)
{
	static unsigned char result_bytes[8192], why_bytes[ACME_WHY_MAX];
	struct session_setting setting = acme_session(&options);
	struct builder result, why;
	struct span url, text;
	enum acme_result outcome;
	enum home_result kept;

	acme_account_key(&options, &home, &setting);
	setting.account_url = home_account(&home, options.url);
	setting.mac_key = mac_key;
	builder_init(&result, result_bytes, sizeof result_bytes - 1);
	builder_init(&why, why_bytes, sizeof why_bytes);
	outcome = session_run(&setting, work, errand, &result, &why);
	if (outcome != ACME_OK)
		acme_end(outcome, what, "not done", &why);
	if (!errand_split(builder_span(&result), &url, &text))
		prog_temp("%s: the client's answer makes no sense", what);
	result_bytes[url.len] = 0;
	kept = home_set(&home, options.url, forget ? NULL : (const char *)result_bytes);
	if (kept != HOME_OK)
		prog_temp("%s/" HOME_ACCOUNTS ": %s", options.account, home_strerror(kept));
	prog_write(text);
	return url;
}

/* In the client. The options are nothing that lib/ knows of. */
static enum acme_result make(struct acme *a, void *errand, struct builder *result)
{
	const char *terms = a->directory.terms_of_service;

	if (terms[0] && !words.agreed)
		return acme_fail(a, ACME_PERM, "the terms of service must be agreed to, with -y: %s",
		                 terms);
	return errand_new(a, errand, result);
}

static const char *caa(void)
{
	return words.caa ? words.caa_methods : NULL;
}

static void account_create(void)
{
	struct errand_new errand = {
		.request = { .contacts = words.contacts, .n_contacts = words.n_contacts,
		             .terms_agreed = words.agreed, .external_hash = words.external_hash,
		             .external_id = words.external_key ? words.external_id : NULL },
		.caa = caa(),
	};

	acme_home(&options, &home, true, true);
	if (!home.agent_key[0])
		acme_make_key(&options, &home, HOME_KEY, words.kind);
	run("new account", make, &errand, words.external_key, false);
}

static void show(void)
{
	struct errand_show errand = { .caa = caa() };

	acme_home(&options, &home, true, false);
	run("account", errand_show, &errand, NULL, false);
}

static void update(void)
{
	struct errand_show errand = { .update = true, .contacts = words.contacts,
		                      .n_contacts = words.n_contacts };

	if (words.n_contacts == 0 && !words.no_contacts)
		prog_perm("update: no contact is given (-m)");
	acme_home(&options, &home, true, false);
	run("account", errand_show, &errand, NULL, false);
}

static void change_key(void)
{
	acme_home(&options, &home, true, false);
	if (!home_account(&home, options.url))
		prog_perm("%s: no account at %s: see acme-account new and show", options.account,
		          options.url);
	if (home.agent_key[0])
		prog_perm("%s: its key is in key-agent, which makes none", options.account);
	acme_change_key(&options, &home, words.kind);
}

static void deactivate(void)
{
	struct span url;

	if (!words.agreed)
		prog_perm("deactivate: an account does not come back from it: say -y");
	acme_home(&options, &home, true, false);
	url = run("deactivation", errand_deactivate, NULL, NULL, true);
	if (!options.quiet)
		prog_warn("%.*s: deactivated", (int)url.len, (const char *)url.p);
}

static const struct command {
	const char *name, *letters; /* and which of the options of its own it takes */
	void (*run)(void);
} commands[] = {
	{ "new", "CEMekmy", account_create },
	{ "show", "CM", show },
	{ "update", "m", update },
	{ "rollover", "k", change_key },
	{ "deactivate", "y", deactivate },
};

static const struct command *command_named(const char *name)
{
	for (size_t i = 0; name && i < sizeof commands / sizeof *commands; i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	prog_usage();
}

int main(int argc, char **argv)
{
	const struct command *command;

	prog_init("acme-account",
	          "new|show|update|rollover|deactivate [-Cqvy] [-A anchors] [-a account]\n"
	          "       [-D directory] [-E hash] [-e kid:keyfile] [-k type] [-M method,...]\n"
	          "       [-m contact] [-t seconds]");
	read_options(&options, argc, argv);
	command = command_named(argv[optind]);
	optind++;
	read_options(&options, argc, argv);
	if (optind != argc)
		prog_usage();
	check_words(command->name, command->letters);
	acme_environment(&options, ACME_TALK_MS);
	acme_directory(&options);
	prog_alarm(options.timeout_ms * 2 + 4 * SESSION_CLEAN_MS);
	command->run();
	return PROG_OK;
}
