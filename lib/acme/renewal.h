/*
 * renewal: when a certificate is to be renewed: ACME Renewal Information (RFC
 * 9773), and without it a fraction of its lifetime.
 *
 * Everything here but renewal_ask() is arithmetic on times; nothing has a clock.
 * Whatever a server says about times, the outcome is a time: what cannot be meant
 * (a window that ends before it begins, or begins when the certificate is over) is
 * passed over.
 *
 * `seed` is 8 bytes that were random once and are kept (acme/state.h): moments are
 * spread over many machines, and stay where they are on each of them.
 */
#ifndef ACME_RENEWAL_H
#define ACME_RENEWAL_H

#include "acme/acme.h"
#include "tls/cert.h"

enum {
	RENEWAL_ID_MAX = 128,            /* bytes of an identifier, and a NUL */
	RENEWAL_RETRY_MIN_S = 60,        /* bounds on what a server may ask for (RFC 9773, 4.3.2) */
	RENEWAL_RETRY_MAX_S = 86400,
	RENEWAL_RETRY_DEFAULT_S = 21600, /* when it asks for nothing */
	RENEWAL_RETRY_FAILED_S = 3600,   /* when there was no answer */
	RENEWAL_BACKOFF_MIN_S = 60,
	RENEWAL_BACKOFF_MAX_S = 86400
};

/* Appends the unique identifier (RFC 9773, 4.1). False when the certificate has no key
   identifier of its issuer, or one so long that the whole is not below RENEWAL_ID_MAX. */
bool renewal_id(struct builder *out, const struct cert *c);

struct renewal_window {
	int64_t start, end;       /* seconds since 1970; both 0: the server said none */
	int64_t ask_again;        /* when to ask again */
	char explanation[URL_MAX]; /* explanationURL, or empty */
};

/*
 * Asks the directory's renewalInfo. ACME_NO when it has none, when the
 * certificate has no identifier, or the answer is unusable; ACME_TEMP when
 * there was no answer. The window is then empty, and `ask_again` says when to try again.
 */
enum acme_result renewal_ask(struct acme *a, const struct cert *c, struct renewal_window *window);

/* The same from the answer's body: false when there is no window in it. `ask_again` is left alone. */
bool renewal_read(struct renewal_window *window, struct json_value answer);

/*
 * The moment in a window, from `start` to `end`: always at the same fraction of
 * it, so that asking again does not roll the dice again, and a window that was
 * moved moves it along. A window that lies in the past gives a moment in the past: now.
 */
int64_t renewal_moment(const struct renewal_window *window, uint64_t seed);

/* Without a window: when a third of the lifetime is left, half of it for ten days or less;
   moved earlier by up to a fiftieth of the lifetime by `seed`. */
int64_t renewal_by_lifetime(int64_t not_before, int64_t not_after, uint64_t seed);

/*
 * The two together: by `window` (may be NULL or empty) if its moment comes while the
 * certificate is valid or before, else by the lifetime. `*by_window` says which.
 */
int64_t renewal_due(const struct renewal_window *window, int64_t not_before, int64_t not_after,
                    uint64_t seed, bool *by_window);

/* How long to leave an order alone after `failures` in a row: 1 min doubled to 24 h, ±25 % by
   seed; 0 after none. */
int64_t renewal_backoff_s(unsigned int failures, uint64_t seed);

/*
 * RFC 3339 ("2025-01-02T04:00:00Z", fractions and offsets) as seconds since 1970;
 * a fraction is cut off, second 60 is the next minute's first.
 */
bool renewal_time(struct span text, int64_t *unix_s);

#endif
