/*
 * A CA that answers anything: accounts made, changed and revoked against raw
 * answers. Requests come to an end, ask only what may be asked, and a failure
 * has a reason of printable lines.
 */
#include "acme/account.h"

#include "../unit/acme_outside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REQUESTS_MAX = 1000 };

static struct outside o;
static struct acme a;
static struct span answers;

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* The next of the answers, each of which ends with the byte 0x01; the last one stays. */
static struct span next(struct outside *self, const struct acme_request *request)
{
	struct span rest = answers, one;

	must(acme_may_ask(&a, request->url) && self->requests <= REQUESTS_MAX);
	if (answers.len == 0 || !span_split(&rest, 0x01, &one))
		return (struct span){ NULL, 0 };
	if (rest.len > 0)
		answers = rest;
	return one;
}

static enum acme_result act(unsigned int what)
{
	static const char *const contacts[] = { "mailto:a@b.test" };
	static struct account account;
	bool existed;

	switch (what % 8) {
	case 0:
		return account_new(&a, &(struct account_request){ contacts, 1, true, "kid", KEY_SHA256 },
		                   &account, &existed);
	case 1:
		return account_find(&a, &account);
	case 2:
		return account_show(&a, &account);
	case 3:
		return account_update(&a, contacts, 1, &account);
	case 4:
		return account_rollover(&a);
	case 5:
		return account_deactivate(&a);
	case 6:
		return account_revoke(&a, ACME_BY_ACCOUNT, span_str("not a certificate"), 1);
	default:
		return acme_open(&a, &o.functions, span_str(OUTSIDE_DIRECTORY_URL));
	}
}

/* The first byte says what is done and whether the account is known; max_len=16384. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool opened;
	static struct acme_directory directory;
	enum acme_result result;

	if (size == 0)
		return 0;
	if (!opened) {
		must(outside_open(&o, &a, KEY_P256));
		directory = a.directory;
		opened = true;
	}
	outside_start(&o, KEY_P256);
	o.new_account = o.account;
	o.mac_key = span_str("key");
	o.trusting = true;
	o.bytes = next;
	o.deadline_ms = 600000;
	a.outside = &o.functions;
	a.directory = directory;
	memcpy(a.directory_url, OUTSIDE_DIRECTORY_URL, sizeof OUTSIDE_DIRECTORY_URL);
	memcpy(a.account_url, OUTSIDE_ACCOUNT_URL, sizeof OUTSIDE_ACCOUNT_URL);
	if (data[0] & 8)
		a.account_url[0] = 0;
	a.nonce[0] = 0;
	acme_forget(&a);
	answers = span_of(data + 1, size - 1);
	result = act(data[0]);
	must(o.faults == 0 && result != ACME_INTERNAL);
	must(result == ACME_OK || a.why.len > 0);
	must(!a.account_url[0] || acme_may_ask(&a, span_str(a.account_url)));
	for (size_t i = 0; i < a.why.len; i++)
		must((a.why.p[i] >= ' ' && a.why.p[i] <= '~') || a.why.p[i] == '\n');
	return 0;
}
