/* acme-revoke: a certificate is taken back, by the account it is of or by its own key. */
#include "acme_home.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "acme/errand.h"
#include "acme/inspect.h"
#include "acme/memory.h"
#include "base/file.h"
#include "tls/store.h"

enum { FILE_MAX = ORDER_CHAIN_MAX };

static struct acme_options options;
static struct home home;
static struct store store = { .dir = -1, .own = -1, .lock = -1 };
static char shown[1200]; /* what the certificate is called in messages */

/* RFC 5280, 5.3.1; 7 is not used. */
static const char *const reasons[] = {
	"unspecified", "keyCompromise", "cACompromise", "affiliationChanged", "superseded",
	"cessationOfOperation", "certificateHold", NULL, "removeFromCRL", "privilegeWithdrawn",
	"aACompromise",
};
enum { REASONS = sizeof reasons / sizeof *reasons };

static int reason_of(const char *text)
{
	uint64_t number;

	if (span_number(span_str(text), REASONS - 1, &number) && reasons[number])
		return (int)number;
	for (int i = 0; i < REASONS; i++)
		if (reasons[i] && strcmp(text, reasons[i]) == 0)
			return i;
	prog_perm("-r: not a reason, 0 to 10 but 7, or its name: %s", prog_text(span_str(text)));
}

/* The certificate: of a file, or else of a name in the store. */
static struct span read_file(const char *what)
{
	static unsigned char text[FILE_MAX];
	enum file_result result;
	enum store_result opened;
	char version[STORE_VERSION_MAX];
	struct stat st;
	int dir = AT_FDCWD;
	size_t len;

	snprintf(shown, sizeof shown, "%s", prog_text(span_str(what)));
	if (!strchr(what, '/') && (stat(what, &st) < 0 || !S_ISREG(st.st_mode))) {
		acme_needed(options.store, "a file of that name, -c nor CERTDIR");
		acme_store(&options);
		opened = store_open(&store, options.store, span_str(what));
		if (opened == STORE_OK)
			opened = store_current(&store, &dir, version);
		if (opened != STORE_OK)
			prog_perm("%s: %s", shown, store_strerror(opened));
		snprintf(shown, sizeof shown, "%s/cert.pem", store.name);
	}
	result = file_read(dir, dir == AT_FDCWD ? what : "cert.pem", text, sizeof text, &len);
	if (result != FILE_OK)
		prog_perm("%s: %s", shown, file_strerror(result));
	return span_of(text, len);
}

/* So that acme-due says now. A store that cannot be written to hears of it from the CA. */
static void remember(struct span der)
{
	struct state state;

	if (store.own < 0 || !memory_read(&state, store.own))
		return;
	memory_revoked(&state, der, (int64_t)time(NULL));
	if (!memory_write(&state, store.own))
		prog_warn("warning: state: %s", strerror(errno));
}

/* In the client: that it was revoked already is in the second line of the result. */
static enum acme_result ask_for_it(struct acme *a, void *errand, struct builder *result)
{
	enum acme_result outcome = errand_revoke(a, errand, result);

	if (outcome == ACME_OK && strcmp(a->problem_type, "alreadyRevoked") == 0)
		builder_str(result, "already\n");
	return outcome;
}

/* Who signs: the certificate's key, or the account. True: it was revoked already. */
static bool take_back(const char *key, int reason, struct span der)
{
	static unsigned char result_bytes[2 * URL_MAX], why_bytes[ACME_WHY_MAX];
	struct session_setting setting;
	struct errand_revoke errand = { .certificate = der, .reason = reason };
	struct builder result, why;
	enum acme_result outcome;
	struct span url, text;

	if (!key)
		acme_home(&options, &home, false, false);
	setting = acme_session(&options);
	errand.by = key ? ACME_BY_CERTIFICATE : ACME_BY_ACCOUNT;
	setting.certificate_key = key;
	if (!key)
		acme_account_key(&options, &home, &setting);
	setting.account_url = key ? NULL : home_account(&home, options.url);
	builder_init(&result, result_bytes, sizeof result_bytes);
	builder_init(&why, why_bytes, sizeof why_bytes);
	outcome = session_run(&setting, ask_for_it, &errand, &result, &why);
	if (outcome != ACME_OK)
		acme_end(outcome, shown, "not revoked", &why);
	return errand_split(builder_span(&result), &url, &text) && text.len > 0;
}

int main(int argc, char **argv)
{
	static struct inspect_leaf leaf;
	static unsigned char why_bytes[1024];
	enum inspect_result looked;
	const char *key = NULL;
	int option, reason = -1;
	struct builder why;
	bool already;

	prog_init("acme-revoke", "[-qv] [-A anchors] [-a account] [-c store] [-D directory]\n"
	                         "       [-k key] [-r reason] [-t seconds] file|name");
	while ((option = getopt(argc, argv, "+" ACME_LETTERS "k:r:")) != -1) {
		if (acme_option(&options, option, optarg))
			continue;
		if (option == 'k')
			key = optarg;
		else
			reason = reason_of(optarg);
	}
	if (argc - optind != 1)
		prog_usage();
	acme_environment(&options, ACME_TALK_MS);
	acme_directory(&options);
	prog_alarm(options.timeout_ms * 2 + 4 * SESSION_CLEAN_MS);
	builder_init(&why, why_bytes, sizeof why_bytes - 1);
	looked = inspect_leaf(&leaf, read_file(argv[optind]), NULL, options.deadline, &why);
	if (looked != INSPECT_OK)
		acme_end(looked == INSPECT_BAD ? ACME_PERM : ACME_TEMP, shown, "not revoked", &why);
	already = take_back(key, reason, leaf.der);
	remember(leaf.der);
	if (!options.quiet)
		prog_warn("%s: %s", shown, already ? "it was revoked already" : "revoked");
	return PROG_OK;
}
