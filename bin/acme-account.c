/* acme-account: an account at an ACME CA, from its beginning to its end. */
#include "acme_options.h"

#include <errno.h>

#include "acme/errand.h"
#include "acme/keeper.h"
#include "acme_words.h"

static struct acme_options options;
static struct home home;

/* Makes the key's file unless it is there. */
static void make_key(const char *file)
{
	struct keeper keeper = { .dir = home.dir, .file = file, .kind = words.kind, .from_dir = -1,
		                 .deadline = options.deadline };
	unsigned char why_bytes[1024];
	struct builder none = { 0 }, why;
	enum keeper_result result;

	builder_init(&why, why_bytes, sizeof why_bytes - 1);
	result = keeper_run(&keeper, &none, &why);
	if (result != KEEPER_OK)
		acme_end(result == KEEPER_TEMP ? ACME_TEMP : ACME_PERM, options.account, &why);
}

/* Sends the client; remembers the account's URL; prints what it brought back. */
static void run(const char *what,
                enum acme_result (*work)(struct acme *a, void *context, struct builder *result),
                void *errand, const char *mac_key, bool forget)
{
	static unsigned char result_bytes[8192], why_bytes[ACME_WHY_MAX];
	struct session_setting setting = acme_session(&options);
	struct builder result, why;
	struct span url, text;
	enum acme_result outcome;
	enum home_result kept;

	setting.account_key = home.key;
	setting.account_url = home_account(&home, options.url);
	setting.mac_key = mac_key;
	builder_init(&result, result_bytes, sizeof result_bytes - 1);
	builder_init(&why, why_bytes, sizeof why_bytes);
	outcome = session_run(&setting, work, errand, &result, &why);
	if (outcome != ACME_OK)
		acme_end(outcome, what, &why);
	if (!errand_split(builder_span(&result), &url, &text))
		prog_temp("%s: the client's answer makes no sense", what);
	result_bytes[url.len] = 0;
	kept = home_set(&home, options.url, forget ? NULL : (const char *)result_bytes);
	if (kept != HOME_OK)
		prog_temp("%s/" HOME_ACCOUNTS ": %s", options.account, home_strerror(kept));
	prog_write(text);
}

static void account_create(void)
{
	struct errand_new errand = {
		.request = { .contacts = words.contacts, .n_contacts = words.n_contacts,
		             .terms_agreed = words.agreed, .external_hash = words.external_hash,
		             .external_id = words.external_key ? words.external_id : NULL },
		.caa = words.caa,
	};

	acme_home(&options, &home, true, true);
	make_key(HOME_KEY);
	run("new account", errand_new, &errand, words.external_key, false);
}

static void show(void)
{
	struct errand_show errand = { .caa = words.caa };

	acme_home(&options, &home, true, false);
	run("account", errand_show, &errand, NULL, false);
}

static void update(void)
{
	struct errand_show errand = { .update = true, .contacts = words.contacts,
		                      .n_contacts = words.n_contacts };

	if (words.n_contacts == 0)
		prog_perm("update: no contact is given (-m)");
	acme_home(&options, &home, true, false);
	run("account", errand_show, &errand, NULL, false);
}

/* The new key is on the disk before a CA hears of it. */
static void change_key(void)
{
	static unsigned char why_bytes[2 * ACME_WHY_MAX];
	struct session_setting setting = acme_session(&options);
	enum acme_result result = ACME_OK;
	struct builder why;

	acme_home(&options, &home, true, false);
	if (!home_account(&home, options.url))
		prog_perm("%s: no account at %s: see acme-account new and show", options.account,
		          options.url);
	builder_init(&why, why_bytes, sizeof why_bytes);
	/* Where there is one CA alone, what it refuses is undone. */
	if (home.n > 1)
		result = rollover_check(&home, &setting, &why);
	if (result == ACME_OK) {
		make_key(HOME_NEW_KEY);
		result = rollover_finish(&home, &setting, &why);
	}
	if (result != ACME_OK)
		acme_end(result == ACME_NO ? ACME_TEMP : result, "change of the account's key", &why);
}

static void deactivate(void)
{
	if (!words.agreed)
		prog_perm("deactivate: an account does not come back from it: say -y");
	acme_home(&options, &home, true, false);
	run("deactivation", errand_deactivate, NULL, NULL, true);
}

static const struct command {
	const char *name, *letters; /* and which of the options of its own it takes */
	void (*run)(void);
} commands[] = {
	{ "new", "CEekmy", account_create },
	{ "show", "C", show },
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

/* Options stand before the command or behind it. */
static void read_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "+" ACME_LETTERS "CE:e:k:m:y")) != -1)
		if (!acme_option(&options, option, optarg))
			own_option(option, optarg);
}

int main(int argc, char **argv)
{
	const struct command *command;

	prog_init("acme-account",
	          "new|show|update|rollover|deactivate [-Cqvy] [-A anchors] [-a account]\n"
	          "       [-D directory] [-E hash] [-e kid:keyfile] [-k type] [-m contact] [-t seconds]");
	words.kind = (struct key_kind){ KEY_P256, 256 };
	read_options(argc, argv);
	command = command_named(argv[optind]);
	optind++;
	read_options(argc, argv);
	if (optind != argc)
		prog_usage();
	for (int i = 0; i < 128; i++)
		if (words.given[i] && !strchr(command->letters, i))
			prog_perm("%s: option -%c is not for this", command->name, i);
	acme_environment(&options, ACME_TALK_MS);
	acme_directory(&options);
	prog_alarm(options.timeout_ms * 2 + 4 * SESSION_CLEAN_MS);
	command->run();
	return PROG_OK;
}
