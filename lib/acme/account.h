/*
 * account: making, finding and changing an ACME account (RFC 8555, 7.3).
 *
 * All of them set `a->account_url` once they know it, and ask for it where it is
 * needed and not known. Failures as acme_post() gives them; they use a->payload.
 */
#ifndef ACME_ACCOUNT_H
#define ACME_ACCOUNT_H

#include "acme/acme.h"

enum { ACCOUNT_CONTACTS_MAX = 10 };

struct account {
	char status[16]; /* valid, deactivated, revoked */
	size_t n_contacts;
	char contact[ACCOUNT_CONTACTS_MAX][256]; /* "mailto:...", escaped; longer ones are left out */
	bool terms_agreed;
	char orders[URL_MAX]; /* empty: the server tells none */
};

/* What newAccount may say. */
struct account_request {
	const char *const *contacts; /* URLs: "mailto:someone@example.org" */
	size_t n_contacts;
	bool terms_agreed;
	const char *external_id; /* key identifier of an external account binding, or NULL */
	enum key_hash external_hash;
};

/*
 * newAccount. ACME_PERM when the directory has terms of service and they are not
 * agreed to (`why` names them), or wants an external account and none is
 * given. `*existed` when the key had an account already.
 */
enum acme_result account_new(struct acme *a, const struct account_request *request,
                             struct account *account, bool *existed);

/* The account of our key, without making one. ACME_NO when there is none. */
enum acme_result account_find(struct acme *a, struct account *account);

/*
 * The same by the key of ACME_BY_KEY or ACME_BY_NEW_KEY (RFC 8555, 7.3.1): the
 * account's URL is the answer's location, the account its body; nothing is set.
 */
enum acme_result account_of_key(struct acme *a, enum acme_identity identity,
                                struct acme_answer *answer);

/* What the server knows about it (POST-as-GET of the account URL). */
enum acme_result account_show(struct acme *a, struct account *account);

/* Replaces all contacts; `n` may be 0. */
enum acme_result account_update(struct acme *a, const char *const *contacts, size_t n,
                                struct account *account);

/*
 * keyChange (7.3.5) from ACME_ACCOUNT_KEY to ACME_NEW_ACCOUNT_KEY. The new key
 * must be on the disk already, and the old one stay there until this is ACME_OK,
 * which it is also when the new key turns out to be the account's already: after an
 * answer that got lost now or in an earlier run.
 */
enum acme_result account_rollover(struct acme *a);

enum acme_result account_deactivate(struct acme *a);

/*
 * revokeCert (7.6) of a certificate in DER, by the account or by its own key.
 * `reason` is a CRLReason (RFC 5280, 5.3.1), negative: none. ACME_OK also when
 * it was revoked already.
 */
enum acme_result account_revoke(struct acme *a, enum acme_identity by, struct span certificate,
                                int reason);

#endif
