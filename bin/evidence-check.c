/* evidence-check: whether the keys of a TLS endpoint are inside a VM that is wanted. */
#include "evidence_take.h"

enum { GRACE_MS = 1000 };

static struct attest attest;
static struct evidence_options options = { .attest = &attest };
static struct evidence_get get;
static struct evidence_keys keys;

/* Each endpoint has a key that is vouched for, for this very name. */
static bool check_endpoints(void)
{
	bool good = true;

	for (char **name = options.endpoints; name && *name; name++) {
		struct evidence_endpoint e = evidence_endpoint(*name);
		unsigned char pins[EVIDENCE_KEYS_MAX][KEY_PIN_LEN];
		size_t n = evidence_keys_of(&keys, e.name, pins);
		bool live = n > 0 && evidence_live(&get, &e, (const unsigned char (*)[KEY_PIN_LEN])pins, n);

		evidence_say("live", e.name, live ? "yes" : n > 0 ? "other-key" : "no-certificate");
		good = good && live;
	}
	return good;
}

int main(int argc, char **argv)
{
	const char *why;
	bool live;

	prog_init("evidence-check", EVIDENCE_USAGE);
	evidence_options_read(&options, argc, argv);
	prog_alarm(options.timeout_ms + GRACE_MS);
	options.deadline = deadline_in(options.timeout_ms);
	evidence_get_open(&get, &options);
	evidence_get_jail(&get);
	why = options.gateway ? evidence_take_gateway(&keys, &get) : evidence_take_directory(&keys, &get);
	evidence_say("evidence", span_str(why ? "reject" : "accept"), why ? why : "");
	if (why)
		return PROG_NO;
	evidence_keys_say(&keys);
	live = check_endpoints();
	return live ? PROG_OK : PROG_NO;
}
