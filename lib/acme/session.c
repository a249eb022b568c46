/* Main's side of a session: the children started, what the client wants done for it. */
#include "acme/session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "acme/hook.h"
#include "acme/session_parts.h"
#include "base/cell.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/reader.h"
#include "tls/key_agent.h"

enum {
	FRAME_MS = 5000,         /* a frame that has begun is there soon */
	AGENT_MS = 10000,        /* for key-agent to open a key */
	END_MS = 2000,           /* and a child that is done is gone */
	LINE_MAX_LEN = 1024,
	FRAME_CAP = SESSION_RESULT_MAX
};

struct session {
	const struct session_setting *setting;
	struct session_client start;
	struct child secret[SECRETS], client;
	struct hooks *hooks;
	int64_t limit; /* after this even cleaning up is over */
};

static volatile sig_atomic_t stopping;
static int64_t retry_after_s;
static const int stop_signals[] = { SIGTERM, SIGINT, SIGHUP };
enum { STOP_SIGNALS = sizeof stop_signals / sizeof *stop_signals };

static void stop(int signal_number)
{
	(void)signal_number;
	stopping = 1;
	child_run_stop(true);
}

bool session_interrupted(void)
{
	return stopping != 0;
}

int64_t session_retry_after_s(void)
{
	return retry_after_s;
}

static void catch_signals(struct sigaction *old)
{
	struct sigaction action = { .sa_handler = stop };

	stopping = 0;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < STOP_SIGNALS; i++)
		sigaction(stop_signals[i], &action, &old[i]);
}

static void restore_signals(const struct sigaction *old)
{
	for (size_t i = 0; i < STOP_SIGNALS; i++)
		sigaction(stop_signals[i], &old[i], NULL);
}

/* Until the client says something. False: a signal came, or the time is up. */
static bool wait_for_client(const struct session *s)
{
	struct pollfd polled = { .fd = s->client.fd, .events = POLLIN };
	sigset_t blocked, before;
	int n = 0;

	sigemptyset(&blocked);
	for (size_t i = 0; i < STOP_SIGNALS; i++)
		sigaddset(&blocked, stop_signals[i]);
	/* Blocked between the look at the flag and the wait, so that none is slept through. */
	sigprocmask(SIG_BLOCK, &blocked, &before);
	while (n <= 0 && !stopping) {
		int ms = deadline_wait(s->limit, deadline_now());
		struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

		if (ms == 0)
			break;
		n = ppoll(&polled, 1, ms < 0 ? NULL : &t, &before);
		if (n < 0 && errno != EINTR)
			break;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return n > 0 && !stopping;
}

static void note(const struct session *s, struct builder *line)
{
	const char *text;

	if (line->len == 0 || !s->setting->note)
		return;
	text = builder_cstr(line);
	s->setting->note(s->setting->note_context, ACME_WARNING,
	                 text ? text : "a warning that is too long");
}

/* Publishing has until the deadline; taking back gets its time in any case. */
static int64_t hook_deadline(const struct session *s, enum hook_verb verb)
{
	return verb == HOOK_BEGIN || verb == HOOK_WAIT ? s->setting->deadline : s->limit;
}

static unsigned char call_hook(struct session *s, struct span frame)
{
	unsigned char bytes[LINE_MAX_LEN];
	enum acme_hook_answer answer;
	struct hook_call call;
	enum hook_verb verb;
	struct builder why;

	if (!s->setting->hook)
		return ACME_HOOK_DECLINED;
	builder_init(&why, bytes, sizeof bytes);
	if (!hook_read(&call, &verb, s->setting->names, frame)) {
		builder_str(&why, "a call of the hook with words that no challenge has: not made");
		answer = ACME_HOOK_FAILED;
	} else {
		answer = hooks_run(s->hooks, verb, &call, hook_deadline(s, verb), &why);
	}
	if (!stopping)
		note(s, &why);
	return (unsigned char)answer;
}

static unsigned char keep_order(const struct session *s, struct span url)
{
	const struct session_setting *setting = s->setting;

	if (url.len == 0 || url.len >= URL_MAX)
		return 0;
	for (size_t i = 0; i < url.len; i++)
		if (url.p[i] <= ' ' || url.p[i] > '~')
			return 0;
	return !setting->keep_order || setting->keep_order(setting->keep_context, url);
}

static bool take_later(struct span frame)
{
	struct reader r;

	reader_init(&r, frame);
	retry_after_s = reader_u32be(&r);
	return reader_done(&r);
}

/* Answers one frame; false when it was none that a client sends. */
static bool serve_frame(struct session *s, unsigned char kind, struct span frame,
                        struct builder *result, struct builder *why, int *verdict)
{
	unsigned char answer;

	switch (kind) {
	case SESSION_HOOK:
		answer = call_hook(s, frame);
		break;
	case SESSION_KEEP:
		answer = keep_order(s, frame);
		break;
	case SESSION_LATER:
		return take_later(frame);
	default:
		return cell_take(kind, frame, result, why, verdict);
	}
	return io_write_all(s->client.fd, span_of(&answer, 1), deadline_in(FRAME_MS)) == IO_OK;
}

static enum acme_result outcome_of(int verdict)
{
	switch (verdict) {
	case ACME_OK:
		return ACME_OK;
	case ACME_NO:
		return ACME_NO;
	case ACME_TEMP:
		return ACME_TEMP;
	case ACME_PERM:
		return ACME_PERM;
	default:
		return ACME_INTERNAL;
	}
}

static enum acme_result serve_client(struct session *s, struct builder *result, struct builder *why)
{
	static unsigned char frame[FRAME_CAP];
	unsigned char kind;
	int verdict = -1, status;
	size_t len;

	while (verdict < 0 && wait_for_client(s))
		if (cell_receive(s->client.fd, &kind, frame, sizeof frame, &len,
		                 deadline_in(FRAME_MS)) != IO_OK ||
		    !serve_frame(s, kind, span_of(frame, len), result, why, &verdict))
			break;
	if (verdict >= 0) {
		child_end(&s->client, deadline_in(END_MS), &status);
		return outcome_of(verdict);
	}
	if (stopping) {
		builder_str(why, "stopped by a signal");
		child_end(&s->client, deadline_now(), &status);
		return ACME_TEMP;
	}
	builder_str(why, "the process that talks to the CA ");
	cell_epitaph(&s->client, why);
	return ACME_TEMP;
}

/* What was begun and not ended, because the client is gone or was stopped. */
static void end_hooks(struct session *s)
{
	unsigned char bytes[LINE_MAX_LEN];
	int64_t limit = deadline_first(s->limit, deadline_in(SESSION_CLEAN_MS));
	struct builder why;

	child_run_stop(false);
	while (s->hooks->n > 0) {
		struct hook_call call = s->hooks->begun[s->hooks->n - 1];

		builder_init(&why, bytes, sizeof bytes);
		hooks_run(s->hooks, HOOK_FAILED, &call, limit, &why);
		note(s, &why);
	}
}

/* It is used all the same: once a process, somebody is told. */
static void warn_of_readers(const struct session *s, const char *path)
{
	unsigned char bytes[LINE_MAX_LEN];
	static bool warned;
	struct builder line;
	struct stat st;

	if (warned || !path || stat(path, &st) < 0 || (st.st_mode & 077) == 0)
		return;
	warned = true;
	builder_init(&line, bytes, sizeof bytes);
	log_hostile(&line, span_str(path), 512);
	builder_str(&line, ": the account's key is not its owner's alone: chmod 600");
	note(s, &line);
}

/* Key-agent is the account's signer: there is no process to start, and none to end. */
static enum acme_result open_agent(struct session *s, struct builder *why)
{
	const struct session_setting *setting = s->setting;
	enum key_agent_result result;
	struct signer signer;

	result = key_agent_open(&signer, setting->agent, span_str(setting->agent_key),
	                        deadline_first(setting->deadline, deadline_in(AGENT_MS)));
	if (result == KEY_AGENT_OK) {
		s->secret[SECRET_ACCOUNT].fd = s->start.secret[SECRET_ACCOUNT] = signer.fd;
		return ACME_OK;
	}
	builder_str(why, "the account's key ");
	log_hostile(why, span_str(setting->agent_key), KEY_AGENT_NAME_MAX);
	builder_str(why, ": ");
	builder_str(why, key_agent_strerror(result));
	return result == KEY_AGENT_NO_KEY || result == KEY_AGENT_BAD_NAME ? ACME_PERM : ACME_TEMP;
}

static enum acme_result start_secrets(struct session *s, struct builder *why)
{
	const struct session_setting *setting = s->setting;
	const char *const paths[SECRETS] = {
		[SECRET_ACCOUNT] = setting->agent_key ? NULL : setting->account_key,
		[SECRET_NEW_ACCOUNT] = setting->new_account_key,
		[SECRET_CERTIFICATE] = setting->certificate_key,
		[SECRET_MAC] = setting->mac_key,
	};
	enum acme_result agent = ACME_OK;

	if (setting->agent_key)
		agent = open_agent(s, why);
	if (agent != ACME_OK)
		return agent;
	warn_of_readers(s, paths[SECRET_ACCOUNT]);
	for (size_t i = 0; i < SECRETS; i++) {
		enum acme_result result;

		if (!paths[i])
			continue;
		result = session_signer(&s->secret[i], paths[i], i == SECRET_MAC, setting->deadline,
		                        why);
		if (result != ACME_OK) {
			s->secret[i].pid = 0;
			return result;
		}
		s->start.secret[i] = s->secret[i].fd;
	}
	return ACME_OK;
}

static bool start_client(struct session *s, struct builder *why)
{
	bool good = child_start(&s->client, session_client, &s->start);

	if (!good) {
		builder_str(why, "fork: ");
		builder_str(why, strerror(errno));
	}
	/* The signers' sockets are the client's now: they end when it does. */
	for (size_t i = 0; i < SECRETS; i++) {
		if (s->secret[i].fd >= 0) {
			close(s->secret[i].fd);
			s->secret[i].fd = -1;
		}
	}
	return good;
}

static void end_secrets(struct session *s)
{
	int status;

	for (size_t i = 0; i < SECRETS; i++) {
		if (s->secret[i].pid > 0)
			child_end(&s->secret[i], deadline_in(END_MS), &status);
		else if (s->secret[i].fd >= 0)
			close(s->secret[i].fd);
	}
}

enum acme_result session_run(const struct session_setting *setting,
                             enum acme_result (*work)(struct acme *a, void *context,
                                                      struct builder *result),
                             void *context, struct builder *result, struct builder *why)
{
	static struct hooks hooks;
	struct session s = { .setting = setting, .hooks = &hooks };
	struct sigaction old[STOP_SIGNALS];
	enum acme_result outcome;

	s.start = (struct session_client){ setting, work, context, result->cap - result->len, { 0 } };
	for (size_t i = 0; i < SECRETS; i++) {
		s.start.secret[i] = -1;
		s.secret[i] = (struct child){ 0, -1 };
	}
	hooks_open(&hooks, setting->hook, setting->hook && setting->begun_dir > 0 ? setting->begun_dir : -1);
	s.limit = setting->deadline > INT64_MAX - SESSION_CLEAN_MS ?
	                  DEADLINE_NEVER :
	                  setting->deadline + SESSION_CLEAN_MS;
	retry_after_s = 0;
	catch_signals(old);
	outcome = start_secrets(&s, why);
	if (outcome == ACME_OK)
		outcome = start_client(&s, why) ? serve_client(&s, result, why) : ACME_TEMP;
	end_hooks(&s);
	end_secrets(&s);
	restore_signals(old);
	return outcome;
}
