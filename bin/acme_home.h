/* acme_home: the account's directory, its key, and changes of the key. */
#ifndef BIN_ACME_HOME_H
#define BIN_ACME_HOME_H

#include <sys/file.h>

#include "acme/home.h"
#include "acme/keeper.h"
#include "acme/rollover.h"
#include "acme_options.h"

#define ACME_KEY_CHANGE "change of the account's key"

/*
 * A change of the key that an earlier run began and did not end. Where it fails and the old
 * key is still good everywhere, there is no reason not to go on with that.
 */
static inline void acme_roll_on(struct acme_options *o, struct home *home)
{
	static unsigned char bytes[2 * ACME_WHY_MAX];
	struct session_setting setting = acme_session(o);
	enum acme_result rolled;
	struct builder why;

	if (!o->quiet)
		prog_warn("going on with a change of the account's key");
	builder_init(&why, bytes, sizeof bytes);
	rolled = rollover_finish(home, &setting, &why);
	if (rolled == ACME_OK)
		return;
	if (rolled != ACME_NO && home->rolling)
		acme_end(rolled, ACME_KEY_CHANGE, "not done yet", &why);
	prog_warn("warning: the account keeps its old key%s: %s", home->rolling ? " for now" : "",
	          acme_explain(ACME_KEY_CHANGE, "the change of its key failed", &why));
}

/* The account's directory; a rollover that was begun and not ended is ended first. */
static inline void acme_home(struct acme_options *o, struct home *home, bool alone, bool make)
{
	enum home_result result;

	acme_needed(o->account, "-a nor ACME_ACCOUNT");
	result = home_open(home, o->account, alone, make);
	if (result == HOME_OK && home->rolling && !alone) {
		close(home->dir);
		result = home_open(home, o->account, true, false);
	}
	if (result == HOME_BUSY || result == HOME_ERROR)
		prog_temp("%s: %s", prog_text(span_str(o->account)), home_strerror(result));
	if (result != HOME_OK)
		prog_perm("%s: %s%s", prog_text(span_str(o->account)), home_strerror(result),
		          result == HOME_MISSING ? ": make an account with acme-account new" : "");
	if (home->agent_key[0] && (!o->agent || !*o->agent))
		prog_perm("%s: the account's key is in key-agent (" HOME_AGENT_KEY
		          "), and KEYAGENT does not say where that is", prog_text(span_str(o->account)));
	if (!home->rolling)
		return;
	acme_roll_on(o, home);
	if (!alone)
		flock(home->dir, LOCK_SH);
}

/* Who signs for the account: its file or key-agent. */
static inline void acme_account_key(const struct acme_options *o, const struct home *home,
                                    struct session_setting *setting)
{
	setting->account_key = home->key;
	if (!home->agent_key[0])
		return;
	setting->agent = o->agent;
	setting->agent_key = home->agent_key;
}

/* Makes a key's file in it unless that is there. */
static inline void acme_make_key(const struct acme_options *o, const struct home *home,
                                 const char *file, struct key_kind kind)
{
	struct keeper keeper = { .dir = home->dir, .file = file, .kind = kind, .from_dir = -1,
		                 .deadline = o->deadline };
	unsigned char why_bytes[1024];
	struct builder none = { 0 }, why;
	enum keeper_result result;

	builder_init(&why, why_bytes, sizeof why_bytes - 1);
	result = keeper_run(&keeper, &none, &why);
	if (result != KEEPER_OK)
		acme_end(result == KEEPER_TEMP ? ACME_TEMP : ACME_PERM, o->account, "no key", &why);
}

/*
 * Changes it at every CA, from an account that is open alone. The new key is on the disk
 * before a CA hears of it.
 */
static inline void acme_change_key(struct acme_options *o, struct home *home, struct key_kind kind)
{
	static unsigned char why_bytes[2 * ACME_WHY_MAX];
	struct session_setting setting = acme_session(o);
	enum acme_result result = ACME_OK;
	struct builder why;

	builder_init(&why, why_bytes, sizeof why_bytes);
	/* Where there is one CA alone, what it refuses is undone. */
	if (home->n > 1)
		result = rollover_check(home, &setting, &why);
	if (result == ACME_OK) {
		acme_make_key(o, home, HOME_NEW_KEY, kind);
		result = rollover_finish(home, &setting, &why);
	}
	if (result != ACME_OK)
		acme_end(result == ACME_NO ? ACME_TEMP : result, ACME_KEY_CHANGE, "not done", &why);
	if (!o->quiet)
		prog_warn("%s: the account has a new key", prog_text(span_str(o->account)));
}

#endif
