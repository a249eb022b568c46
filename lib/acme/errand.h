/*
 * errand: what the client process is sent to do about an account: functions for
 * session_run() and what they are told.
 *
 * What they write into their result is text: the account's URL on the first
 * line (empty when it does not matter), then lines that can be printed as they are.
 */
#ifndef ACME_ERRAND_H
#define ACME_ERRAND_H

#include "acme/account.h"
#include "acme/acme.h"
#include "base/builder.h"

/*
 * newAccount: `request`, with `caa` the lines are those of errand_show().
 */
struct errand_new {
	struct account_request request;
	const char *caa;
};
enum acme_result errand_new(struct acme *a, void *errand, struct builder *result);

/*
 * The account as "url URL", "status STATUS", a "contact URL" each; or, with
 * `caa`, the values of CAA records that allow this account alone (RFC 8657), two a CA:
 *
 *   0 issue "ca.example; accounturi=https://ca.example/acct/1; validationmethods=dns-01"
 *   0 issuewild "ca.example; accounturi=...; validationmethods=dns-01"
 *
 * Without methods there are no validationmethods. For wildcards only those in DNS count;
 * when none of them is among the methods, the second is `0 issuewild ";"`: nobody. Where
 * the directory names no CA for such records, the line is what belongs behind its name, with
 * a warning. An account whose URL is not at the directory's own server is refused: such a
 * record would allow somebody else. ACME_NO: the key has no account.
 */
struct errand_show {
	const char *caa; /* NULL: no records; else validation methods, "a,b", or "" */
	bool update; /* first replace all contacts by these */
	const char *const *contacts;
	size_t n_contacts;
};
enum acme_result errand_show(struct acme *a, void *errand, struct builder *result);

/* Whether the server offers keyChange and the key we have is the account's. */
enum acme_result errand_can_roll(struct acme *a, void *nothing, struct builder *result);

/* keyChange. When it failed and the old key is still the account's, the result's second line is "old". */
enum acme_result errand_rollover(struct acme *a, void *nothing, struct builder *result);

enum acme_result errand_deactivate(struct acme *a, void *nothing, struct builder *result);

/* revokeCert by the account's key, or the certificate's. */
struct errand_revoke {
	enum acme_identity by;
	struct span certificate; /* DER */
	int reason;              /* negative: none */
};
enum acme_result errand_revoke(struct acme *a, void *errand, struct builder *result);

/* The first line of a result, and the rest. False: there is no whole line, or not of printable ASCII. */
bool errand_split(struct span result, struct span *url, struct span *text);

#endif
