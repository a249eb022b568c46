/*
 * acme: a client of an ACME server (RFC 8555), without any I/O.
 *
 * The client asks for what it needs from outside through the functions of
 * struct acme_outside and is handed bytes. Whoever runs it puts a connection,
 * a private key and a clock behind them; a test puts a table of answers there.
 * All bytes of an answer are hostile.
 *
 * One struct acme serves one directory and one account. The URL of a request
 * is checked before it is asked for: https, and http only when the directory's
 * own URL is http; answers are at most ACME_BODY_MAX bytes.
 */
#ifndef ACME_ACME_H
#define ACME_ACME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/json.h"
#include "base/span.h"
#include "net/http.h"
#include "net/url.h"
#include "tls/key.h"

enum {
	ACME_BODY_MAX = 262144,   /* bytes of an answer */
	ACME_TOKENS_MAX = 8192,   /* JSON tokens of an answer */
	ACME_NONCE_MAX = 256,     /* bytes of a nonce; longer ones are not used */
	ACME_BAD_NONCE_MAX = 100, /* how often one request is signed again because of its nonce */
	ACME_BUSY_MAX = 10,       /* how often one request is sent again after 429, 503 and the like */
	ACME_BUSY_WAIT_MAX_S = 3600, /* who asks for more patience than that is not waited for */
	ACME_LOST_MAX = 3,        /* how often a request that only asks is sent again when lost */
	ACME_REDIRECTS_MAX = 5,   /* of the directory */
	ACME_SKEW_MAX_S = 300,    /* a clock further off is warned of */
	ACME_WHY_MAX = 32768,     /* bytes of an explanation */
	ACME_LINE_MAX = 6144,     /* bytes of one line of it */
	ACME_THUMBPRINT_LEN = 43
};

/* How it ended; the class decides the program's exit status. */
enum acme_result {
	ACME_OK,
	ACME_NO,      /* worked, and the answer is no: there is no such account, profile ... */
	ACME_TEMP,    /* may work later: network, 5xx, rateLimited, deadline ... */
	ACME_PERM,    /* somebody must change something: unauthorized, rejectedIdentifier, malformed ... */
	ACME_INTERNAL /* a bug of ours: a message did not fit, a call in the wrong order */
};

/* The keys a request can be signed with, and what a MAC is made with. */
enum acme_key {
	ACME_ACCOUNT_KEY,
	ACME_NEW_ACCOUNT_KEY,  /* keyChange: the one to come */
	ACME_CERTIFICATE_KEY   /* revocation without an account */
};

struct acme_request {
	const char *method;  /* "GET", "HEAD", "POST" */
	struct span url;
	struct span body;    /* POST: a JWS, to be sent as application/jose+json */
	const char *accept;  /* value of an Accept field, or NULL */
};

/* What is said while it runs. */
enum acme_note {
	ACME_STEP,   /* what is done now: for who waits at a terminal */
	ACME_DETAIL, /* each request and its answer's status: for -v */
	ACME_WARNING
};

/* What a hook said (postern(7)). */
enum acme_hook_answer {
	ACME_HOOK_DONE,
	ACME_HOOK_LATER,    /* begun; "wait" says when it can be seen */
	ACME_HOOK_DECLINED, /* not its method: another may be tried */
	ACME_HOOK_FAILED
};

struct acme_outside {
	void *context;

	/*
	 * Sends `request` and gives its answer; both stay valid until the next
	 * call. `repeatable` requests (GET, HEAD, POST-as-GET: they change nothing)
	 * may be sent twice. False when there is no answer: `why` (a builder) then
	 * says so, escaped, and it is ACME_TEMP unless `*permanent` was set (an
	 * untrusted certificate, a bad URL).
	 */
	bool (*exchange)(void *context, const struct acme_request *request, bool repeatable,
	                 struct http_response *head, struct span *body, struct builder *why,
	                 bool *permanent);

	/* The SubjectPublicKeyInfo of a key. False: there is none, or who has it is gone. */
	bool (*public_key)(void *context, enum acme_key which, struct builder *spki);

	/* A JOSE signature (r || s, or RSA's) over a digest. */
	bool (*sign)(void *context, enum acme_key which, enum key_hash hash,
	             const unsigned char *digest, struct builder *signature);

	/* HMAC under the external account's key. */
	bool (*mac)(void *context, enum key_hash hash, struct span data, struct builder *mac);

	/* Waits so long; false, at once, when the deadline of the whole comes first. */
	bool (*wait)(void *context, int64_t ms);

	/* Seconds since 1970; milliseconds on a clock that only goes forward. */
	int64_t (*unix_now)(void *context);

	/* Random bytes. */
	bool (*random)(void *context, void *to, size_t len);

	/*
	 * One call of the challenge hook; may be NULL where no order is made.
	 * `token` is "" for dns-persist-01, which has none. `record` is the owner
	 * name of the TXT record for the dns- methods (the hook finds it in
	 * CHAL_RECORD), "" for the others; `auth` is then what the record must hold. What
	 * each method's `auth` is, acme/proof.h says.
	 */
	enum acme_hook_answer (*hook)(void *context, const char *verb, const char *method,
	                              const char *identifier, const char *token, const char *auth,
	                              const char *record);

	/* The order's URL, to be kept until its certificate is installed; NULL where no order is made. */
	bool (*keep_order)(void *context, struct span order_url);

	/* A line without newline, escaped; may be NULL. */
	void (*note)(void *context, enum acme_note kind, const char *line);
};

/* What the directory says (RFC 8555, 7.1.1). Absent URLs are empty. */
struct acme_directory {
	char new_nonce[URL_MAX], new_account[URL_MAX], new_order[URL_MAX], revoke_cert[URL_MAX];
	char key_change[URL_MAX], renewal_info[URL_MAX];
	char terms_of_service[URL_MAX], website[URL_MAX]; /* to be shown only; escaped */
	bool external_account_required;
	struct span caa_identities; /* source of the JSON array, in storage of the client */
	struct span profiles;       /* source of the JSON object, likewise */
	unsigned char store[16384];
};

/* The public half of one of our keys, asked for once. */
struct acme_public {
	bool known;
	struct public_key key; /* its spans point into `spki` */
	unsigned char spki[KEY_SPKI_MAX];
};

/*
 * One for a process, in static storage and never moved: about 500 kB, touched as
 * far as it is used. What is below the line is the client's own.
 */
struct acme {
	const struct acme_outside *outside;
	char directory_url[URL_MAX];      /* after redirects */
	struct acme_directory directory;
	char account_url[URL_MAX];        /* empty: not known */
	unsigned int requests;            /* sent so far */
	int64_t clock_skew_s;             /* the server's Date against ours, at the last answer */
	struct builder why;               /* what failed, one fact a line, escaped */
	char problem_type[128];           /* of the last answer that was a problem: "badNonce" ... , or "" */
	int status;                       /* of the last answer, 0: none */
	int64_t leave_alone_s;            /* the longest Retry-After of what `why` tells of; 0: none */
	struct builder text;              /* what strings with escapes are unpacked into: for
	                                     json_text(), emptied with each request */
	unsigned char payload[65536];     /* where callers may build what acme_post() sends */

	/* ---- */
	char nonce[ACME_NONCE_MAX + 1];   /* empty: none at hand */
	bool skew_warned;
	struct acme_public keys[3];
	unsigned char why_bytes[ACME_WHY_MAX];
	struct json json;                 /* the last answer, where it is JSON */
	struct json_token tokens[ACME_TOKENS_MAX];
	struct http_response head;        /* the last answer's */
	unsigned char text_bytes[65536];
	unsigned char message[65536];     /* the JWS that is sent */
	unsigned char work[65536];        /* what is signed */
};

/* An answer: valid until the next request. */
struct acme_answer {
	const struct http_response *head;
	struct span body;
	struct json_value root;    /* absent when the answer is no JSON */
	char location[URL_MAX];    /* absolute, and one we may ask; empty: none */
	int64_t retry_after_s;     /* -1: none said */
};

/*
 * Makes the client ready and fetches the directory; redirects of it are followed
 * (at most 5). `url` may be one of the words production and staging (Let's
 * Encrypt). Members that are null, of another type or unknown are passed over.
 */
enum acme_result acme_open(struct acme *a, const struct acme_outside *outside, struct span url);

/* The URL `url` or the word it is stands for; appended. False when it is neither. */
bool acme_directory_url(struct builder *out, struct span url);

/* Who signs a request and how it says so (RFC 8555, 6.2). */
enum acme_identity {
	ACME_BY_ACCOUNT,     /* kid: the account URL */
	ACME_BY_KEY,         /* jwk: the account key itself; newAccount */
	ACME_BY_CERTIFICATE, /* jwk: the certificate's key; revokeCert */
	ACME_BY_NEW_KEY      /* jwk: the account key to come, to find out whether it came */
};

/*
 * A signed request: `payload` is JSON, or empty for POST-as-GET; it may be in
 * a->payload. Takes care of nonces (badNonce is retried with the nonce of that very
 * answer, signed anew, at most ACME_BAD_NONCE_MAX times) and of answers that ask
 * for patience: 503, and 429 and rateLimited with a Retry-After, as long as the
 * deadline allows. What only asks (an empty payload) is also sent again when it
 * got lost or met a 500, 502 or 504; what changes something never is, since it
 * may have been done.
 *
 * ACME_OK for a 2xx; anything else is a problem: it is added to `why`,
 * `problem_type` says which, and the result is its class. Facts gather in `why`
 * over several requests; who goes on after a failure calls acme_forget().
 */
enum acme_result acme_post(struct acme *a, enum acme_identity identity, struct span url,
                           struct span payload, const char *accept, struct acme_answer *answer);

/* Empties `why`, and forgets leave_alone_s. */
void acme_forget(struct acme *a);

/* A server that is given up asked to be left alone so long (-1: it said nothing). */
void acme_heed(struct acme *a, int64_t retry_after_s);

/* An unsigned GET (renewalInfo), with the same patience and the same results. */
enum acme_result acme_get(struct acme *a, struct span url, struct acme_answer *answer);

/*
 * Adds to `why`: printf's format, text from outside through %s only after
 * log_hostile(). acme_fail() gives `result` back.
 */
__attribute__((format(printf, 3, 4))) enum acme_result
acme_fail(struct acme *a, enum acme_result result, const char *format, ...);

/* Tells the outside; printf's format. */
__attribute__((format(printf, 3, 4))) void acme_say(struct acme *a, enum acme_note kind,
                                                    const char *format, ...);

/*
 * A member that must be a URL we may ask: absolute or relative to `base`,
 * checked as above, into `url` (URL_MAX). False when it is absent or none.
 */
bool acme_member_url(struct acme *a, struct span base, struct json_value object, const char *name,
                     char *url);

/* The same for a reference that is no member: of an array, the target of a Link. */
bool acme_url(struct acme *a, struct span base, struct span reference, char *url);

/* The URL is one we may ask: https, or http like the directory. */
bool acme_may_ask(const struct acme *a, struct span url);

/* The public half of a key; NULL when there is none (then `why` says so). */
const struct public_key *acme_public_key(struct acme *a, enum acme_key which);

/* The account key's thumbprint (RFC 8555, 8.1), as a string of 43 characters. */
bool acme_thumbprint(struct acme *a, char thumbprint[ACME_THUMBPRINT_LEN + 1]);

/*
 * Polling: how long to wait before try number `n` (from 0), given what the
 * server said (-1: nothing). 50 ms, doubled to 5 s; a Retry-After is honoured up to
 * 60 s, and one of 0 means no less than our own pace.
 */
int64_t acme_poll_ms(unsigned int n, int64_t retry_after_s);

#endif
