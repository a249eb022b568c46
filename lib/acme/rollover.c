/* A new key for an account, at all of its CAs. */
#include "acme/rollover.h"

#include <errno.h>
#include <string.h>

#include "acme/errand.h"
#include "base/log.h"

enum { RESULT_MAX = 2 * URL_MAX };

/* What the CAs said, together. */
struct tally {
	size_t changed, refused, unclear;
	bool again; /* one of them may answer otherwise another time */
};

static void say(struct builder *why, const char *directory, struct builder *reason)
{
	struct span rest = builder_span(reason), line;

	while (rest.len > 0 && span_split(&rest, '\n', &line)) {
		builder_str(why, directory);
		builder_str(why, ": ");
		builder_add(why, line);
		builder_byte(why, '\n');
	}
}

/* One CA that is gone for good would keep all others from a new key: how to get rid of it. */
static void say_way_out(struct builder *why, const struct home *home, size_t i)
{
	if (home->n < 2)
		return;
	builder_str(why, "if that CA is gone for good, remove the line \"");
	builder_str(why, home->at[i].directory);
	builder_byte(why, ' ');
	builder_str(why, home->at[i].account);
	builder_str(why, "\" from ");
	log_hostile(why, span_head(span_str(home->key), strlen(home->key) - strlen(HOME_KEY)), 512);
	builder_str(why, HOME_ACCOUNTS "\n");
}

/* One conversation with CA number `i`. */
static enum acme_result talk(const struct home *home, size_t i,
                             const struct session_setting *setting, bool roll,
                             struct builder *result, struct builder *why)
{
	static unsigned char reason_bytes[ACME_WHY_MAX];
	struct session_setting s = *setting;
	struct builder reason;
	enum acme_result outcome;

	s.directory = home->at[i].directory;
	s.account_url = home->at[i].account;
	s.account_key = home->key;
	s.new_account_key = roll ? home->new_key : NULL;
	builder_init(&reason, reason_bytes, sizeof reason_bytes);
	outcome = session_run(&s, roll ? errand_rollover : errand_can_roll, NULL, result, &reason);
	if (outcome != ACME_OK) {
		say(why, s.directory, &reason);
		say_way_out(why, home, i);
	}
	return outcome;
}

enum acme_result rollover_check(const struct home *home, const struct session_setting *setting,
                                struct builder *why)
{
	unsigned char bytes[RESULT_MAX];
	struct builder result;

	for (size_t i = 0; i < home->n; i++) {
		enum acme_result outcome;

		builder_init(&result, bytes, sizeof bytes);
		outcome = talk(home, i, setting, false, &result, why);
		if (outcome != ACME_OK)
			return outcome;
	}
	return ACME_OK;
}

static void tell(const struct home *home, size_t i, const struct session_setting *setting,
                 struct tally *tally, struct builder *why)
{
	unsigned char bytes[RESULT_MAX];
	enum acme_result outcome;
	struct span url, text;
	struct builder result;

	builder_init(&result, bytes, sizeof bytes);
	outcome = talk(home, i, setting, true, &result, why);
	if (outcome == ACME_OK)
		tally->changed++;
	else if (errand_split(builder_span(&result), &url, &text) && span_is(text, "old\n"))
		tally->refused++;
	else
		tally->unclear++;
	tally->again |= outcome == ACME_TEMP || outcome == ACME_INTERNAL;
}

static enum acme_result fail(struct builder *why, const char *what)
{
	builder_str(why, what);
	builder_str(why, ": ");
	builder_str(why, strerror(errno));
	builder_byte(why, '\n');
	return ACME_TEMP;
}

enum acme_result rollover_finish(struct home *home, const struct session_setting *setting,
                                 struct builder *why)
{
	struct tally tally = { 0 };

	if (home->n == 0) {
		builder_str(why, "there is a " HOME_NEW_KEY ", and no account that it could be of\n");
		return ACME_PERM;
	}
	for (size_t i = 0; i < home->n; i++)
		tell(home, i, setting, &tally, why);
	if (tally.again)
		return tally.changed + tally.unclear == 0 ? ACME_NO : ACME_TEMP;
	if (tally.refused + tally.unclear == 0)
		return home_take_new_key(home) ? ACME_OK : fail(why, HOME_NEW_KEY);
	if (tally.changed + tally.unclear == 0)
		return home_drop_new_key(home) ? ACME_PERM : fail(why, HOME_NEW_KEY);
	builder_str(why, "the new key is the account's at some of its CAs: both are kept\n");
	return ACME_PERM;
}
