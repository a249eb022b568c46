/*
 * evidence: what a TLS endpoint inside a TD publishes to show that its certificates' keys are there.
 *
 * An ingress of dstack's has a directory of files:
 *
 *   acme-account.json   the account at the CA, without its key
 *   cert-NAME.pem       each certificate with its chain
 *   sha256sum.txt       a line for each of these: SHA-256 in hexadecimal, two spaces, the name
 *   quote.json          the guest agent's answer {quote, event_log, ...}; the quote's report data is
 *                       SHA-256 of sha256sum.txt, then zeros
 *
 * Its gateway has one document, acme-info: {account_uri, account_quote, account_attestation,
 * quoted_hist_keys: [{public_key, quote, attestation}]}. public_key is a SubjectPublicKeyInfo in
 * hexadecimal; a quote is an answer like that of quote.json as a string, or hexadecimal, or empty
 * where there is an attestation. The report data is SHA-512 of "acme-account:" and the URI, and of
 * "zt-cert:" and the key.
 *
 * All of it is hostile until quotes are verified; spans point into what was given.
 */
#ifndef TEE_EVIDENCE_H
#define TEE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/builder.h"
#include "base/json.h"
#include "base/span.h"
#include "tee/quote.h"

#define EVIDENCE_ACCOUNT "acme-account.json"
#define EVIDENCE_SUMS "sha256sum.txt"
#define EVIDENCE_QUOTE "quote.json"

enum {
	EVIDENCE_HASH_LEN = 32,
	EVIDENCE_NAME_MAX = 264,      /* bytes of a file's name */
	EVIDENCE_FILES_MAX = 64,
	EVIDENCE_FILE_MAX = 1 << 18,  /* bytes of a file but quote.json */
	EVIDENCE_SUMS_MAX = EVIDENCE_FILES_MAX * (2 * EVIDENCE_HASH_LEN + 3 + EVIDENCE_NAME_MAX),
	EVIDENCE_ANSWER_MAX = 4 << 20, /* of quote.json, of acme-info */
	EVIDENCE_KEYS_MAX = 256       /* of acme-info */
};

/* --- the directory */

/* The name of the file of this name's certificate; false when it is no host's name or *.parent. */
bool evidence_cert_name(struct builder *out, struct span name);

/* Appends the line of a file. */
void evidence_sum_write(struct builder *out, struct span name, struct span contents);

struct evidence_sum {
	struct span name; /* EVIDENCE_ACCOUNT, or a certificate's */
	unsigned char digest[EVIDENCE_HASH_LEN];
};

/*
 * Reads sha256sum.txt: `*n` files, the account's once, at least one certificate, none twice.
 * False for anything else, other names above all.
 */
bool evidence_sums_read(struct span text, struct evidence_sum sums[EVIDENCE_FILES_MAX], size_t *n);

bool evidence_sum_is(const struct evidence_sum *sum, struct span contents);

/* What the quote is over. */
void evidence_report_data(struct span sums, unsigned char report_data[QUOTE_REPORT_DATA_LEN]);

/* --- a quote in an answer */

struct evidence_quote {
	struct span quote; /* raw */
	struct span log;   /* JSON; maybe empty */
};

/*
 * From an answer of the agent's, or hexadecimal alone; `room` gets what is decoded, and is large
 * enough with the length of the text and QUOTE_MAX.
 */
bool evidence_quote_read(struct evidence_quote *q, struct span text, struct json_token *tokens, size_t n,
                         struct builder *room);

/* --- acme-info */

struct evidence_acme {
	struct json doc;
	struct span account_uri;
	struct json_value keys; /* quoted_hist_keys */
	size_t n_keys;
};
bool evidence_acme_read(struct evidence_acme *a, struct span text, struct json_token *tokens, size_t n,
                        struct builder *room);

/*
 * What vouches for the account, or for the key of this number, which is left in `*spki`. `tokens` are
 * others than the document's.
 */
bool evidence_acme_account(struct evidence_quote *q, const struct evidence_acme *a,
                           struct json_token *tokens, size_t n, struct builder *room);
bool evidence_acme_key(struct evidence_quote *q, struct span *spki, const struct evidence_acme *a,
                       size_t number, struct json_token *tokens, size_t n, struct builder *room);

void evidence_acme_account_data(struct span uri, unsigned char report_data[QUOTE_REPORT_DATA_LEN]);
void evidence_acme_key_data(struct span spki, unsigned char report_data[QUOTE_REPORT_DATA_LEN]);

#endif
