/*
 * key-agent's parts: who may, the keys of a store that changes, a connection as a machine, and
 * the way there.
 */
#include "tls/key_agent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/file.h"
#include "tap.h"
#include "tls/key_agent_keys.h"
#include "tls/key_agent_rules.h"
#include "tls/key_agent_stream.h"
#include "tls/pins.h"

enum { LIMIT_MS = 20000 };

static void test_names(void)
{
	static const struct {
		const char *name;
		bool ok;
	} table[] = {
		{ "a", true }, { "app.example.test", true }, { "_.example.test", true },
		{ "2001:db8::1", true }, { "SHA256:00", true }, { "-", true }, { "A", true },
		{ "", false }, { ".a", false }, { "..", false }, { "a/b", false }, { "a b", false },
		{ "a\n", false }, { "*", false }, { "\xc3\xa4", false }, { "a=b", false }, { "a\\", false },
	};
	char long_name[257];

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		check(key_agent_name_ok(span_str(table[i].name)) == table[i].ok, "name %zu", i);
	memset(long_name, 'a', sizeof long_name);
	check(key_agent_name_ok(span_of(long_name, 255)) && !key_agent_name_ok(span_of(long_name, 256)),
	      "255 bytes and no more");
	check(!key_agent_name_ok(span_of("a\0b", 3)), "no NUL");
}

/* --- rules */

static struct key_agent_rules rules;

static enum key_agent_rules_result read_rules(const char *text, size_t *line)
{
	rules.n = 0;
	return key_agent_rules_read(&rules, span_str(text), line);
}

static bool may(uid_t uid, gid_t gid, const char *key)
{
	static struct key_agent_peer peer;

	peer = (struct key_agent_peer){ .uid = uid, .n_groups = 2, .group = { gid, gid + 100 } };
	return key_agent_rules_allow(&rules, &peer, span_str(key));
}

static void test_rules(void)
{
	static const struct {
		const char *text;
		enum key_agent_rules_result result;
		size_t line;
	} bad[] = {
		{ "user", KEY_AGENT_RULES_MALFORMED, 1 },
		{ "user 1", KEY_AGENT_RULES_MALFORMED, 1 },
		{ "\n# a\nuser 1 a\nuser 2", KEY_AGENT_RULES_MALFORMED, 4 },
		{ "users 1 a", KEY_AGENT_RULES_MALFORMED, 1 },
		{ "User 1 a", KEY_AGENT_RULES_MALFORMED, 1 },
		{ "user nobody-has-this-name a", KEY_AGENT_RULES_NO_USER, 1 },
		{ "group nobody-has-this-name a", KEY_AGENT_RULES_NO_GROUP, 1 },
		{ "user 4294967295 a", KEY_AGENT_RULES_NO_USER, 1 },
		{ "user -1 a", KEY_AGENT_RULES_NO_USER, 1 },
		{ "user 1 a/b", KEY_AGENT_RULES_BAD_KEY, 1 },
		{ "user 1 .a", KEY_AGENT_RULES_BAD_KEY, 1 },
		{ "user 1 a*", KEY_AGENT_RULES_BAD_KEY, 1 },
		{ "user 1 **", KEY_AGENT_RULES_BAD_KEY, 1 },
		{ "user 1 *..a", KEY_AGENT_RULES_BAD_KEY, 1 },
		{ "user 1 a\r", KEY_AGENT_RULES_BAD_KEY, 1 },
		{ "user 1 a b/", KEY_AGENT_RULES_BAD_KEY, 1 },
	};
	static unsigned char many[KEY_AGENT_RULES_MAX * 9 + 9];
	size_t line;
	struct builder b;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(read_rules(bad[i].text, &line) == bad[i].result && line == bad[i].line, "bad rules %zu", i);
	check(read_rules("", &line) == KEY_AGENT_RULES_OK && rules.n == 0 && !may(0, 0, "a"),
	      "without rules nobody may anything, root neither");
	check(read_rules("# who\n\n \tuser 7  a.test\t*.b.test \nuser 8 *\ngroup 30 account\nuser root x", &line) ==
	              KEY_AGENT_RULES_OK,
	      "rules");
	check(may(7, 1, "a.test") && may(7, 1, "x.b.test") && may(7, 1, ".b.test"), "what a user may");
	check(!may(7, 1, "b.test") && !may(7, 1, "xa.test") && !may(7, 1, "a.testx") && !may(7, 1, "account") &&
	              !may(7, 1, "x.b.test.c"),
	      "and what not");
	check(may(8, 1, "anything"), "everything");
	check(!may(9, 1, "account") && may(9, 30, "account"), "a group");
	check(!may(30, 1, "account") && !may(9, 7, "a.test"), "a user's number is no group's");
	check(may(0, 0, "x") && !may(0, 0, "a.test"), "a name");
	key_agent_rules_add_user(&rules, 11);
	check(may(11, 1, "anything"), "a user");

	builder_init(&b, many, sizeof many);
	for (int i = 0; i <= KEY_AGENT_RULES_MAX; i++)
		builder_str(&b, "user 1 a\n");
	rules.n = 0;
	check(key_agent_rules_read(&rules, builder_span(&b), &line) == KEY_AGENT_RULES_FULL && line == KEY_AGENT_RULES_MAX + 1,
	      "no more rules than there is room for");
}

static void test_peer(void)
{
	static struct key_agent_peer peer;
	gid_t groups[KEY_AGENT_GROUPS_MAX];
	int pair[2], n = getgroups(KEY_AGENT_GROUPS_MAX, groups);
	int tcp = socket(AF_INET, SOCK_STREAM, 0);
	bool all = true;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || tcp < 0)
		abort();
	check(key_agent_peer_read(&peer, pair[0]) && peer.uid == getuid() && peer.n_groups >= 1 &&
	              peer.group[0] == getgid(),
	      "who is at the other end");
	for (int i = 0; i < n; i++) {
		bool found = false;

		for (size_t k = 0; k < peer.n_groups; k++)
			found = found || peer.group[k] == groups[i];
		all = all && found;
	}
	check(all, "with all its groups");
	check(!key_agent_peer_read(&peer, tcp), "of a TCP socket nobody knows");
	check(!key_agent_peer_read(&peer, open("/dev/null", O_RDONLY | O_CLOEXEC)), "nor of a file");
	close(pair[0]);
	close(pair[1]);
	close(tcp);
}

/* --- keys */

static struct key_agent_keys keys;
static struct key made[4];
static char place[] = "/tmp/key_agent.XXXXXX";
static int notes;
static char said[256];

static void note(void *context, const char *name, const char *why)
{
	(void)context;
	notes++;
	snprintf(said, sizeof said, "%s: %s", name, why);
}

static bool yes(void *with, struct span key)
{
	(void)with;
	(void)key;
	return true;
}

static bool only(void *with, struct span key)
{
	return span_is(key, with);
}

static void make_keys(void)
{
	for (size_t i = 0; i < 4; i++)
		if (!key_make(&made[i], (struct key_kind){ i == 3 ? KEY_P384 : KEY_P256, i == 3 ? 384 : 256 }))
			abort();
}

/* Version `version` of a name with that key, and the name leading to it. */
static void put(const char *name, const char *version, const struct key *key)
{
	static unsigned char text[KEY_PEM_MAX];
	char path[400], to[300];
	struct builder b;

	snprintf(path, sizeof path, ".%s", name);
	mkdirat(keys.dir, path, 0755);
	snprintf(to, sizeof to, ".%s/%s", name, version);
	mkdirat(keys.dir, to, 0755);
	builder_init(&b, text, sizeof text);
	if (key)
		key_write(key, &b);
	else
		builder_str(&b, "no key\n");
	snprintf(path, sizeof path, "%s/key.pem", to);
	if (file_replace(keys.dir, path, 0600, builder_span(&b)) != FILE_OK)
		abort();
	unlinkat(keys.dir, "link", 0);
	if (symlinkat(to, keys.dir, "link") < 0 || renameat(keys.dir, "link", keys.dir, name) < 0)
		abort();
}

static const char *pin_of(const struct key *key)
{
	static unsigned char text[128];
	struct builder b;

	builder_init(&b, text, sizeof text - 1);
	key_agent_pin(&b, span_of(key->spki, key->spki_len));
	return builder_cstr(&b);
}

static const struct key_agent_key *get(const char *name)
{
	return key_agent_keys_open(&keys, span_str(name), yes, NULL);
}

/* Opened and closed again: the place may be free by now, its public key is compared before. */
static bool is(const char *name, const struct key *key)
{
	const struct key_agent_key *k = get(name);
	bool same = k && k->key.spki_len == key->spki_len &&
	            memcmp(k->key.spki, key->spki, key->spki_len) == 0;

	if (k)
		key_agent_keys_close(&keys, k);
	return same;
}

/* The private scalar is anywhere among the keys. */
static bool in_memory(const struct key *key)
{
	return memmem(&keys, sizeof keys, key->u.ec.x, 32) != NULL;
}

static void test_store(void)
{
	const struct key_agent_key *held;
	size_t n;

	put("a.test", "1", &made[0]);
	put("b.test", "1", &made[3]);
	put("broken.test", "1", NULL);
	mkdirat(keys.dir, "empty.test", 0755);
	check(key_agent_keys_scan(&keys, &n) && n == 2, "two keys");
	check(notes == 1 && strcmp(said, "broken.test: not a private key") == 0, "and one that is none: %s", said);
	check(is("a.test", &made[0]) && is("b.test", &made[3]), "by name");
	check(is(pin_of(&made[0]), &made[0]) && is(pin_of(&made[3]), &made[3]), "by pin");
	check(!get("c.test") && !get("broken.test") && !get("empty.test") && !get(pin_of(&made[1])), "no others");
	check(notes == 1, "who asks for those makes no log");
	check(!get(".a.test") && !get("../a.test") && !get("") && !get("a.test/."), "nor what is no name");

	held = get("a.test");
	check(held && held->secrets.use == SIGNER_TLS && held->secrets.key == &held->key, "a TLS key");
	put("a.test", "2", &made[1]);
	check(is("a.test", &made[1]) && is(pin_of(&made[1]), &made[1]), "a link that was switched counts at once");
	check(!get(pin_of(&made[0])), "the version before is not to be had any more");
	check(memcmp(held->key.spki, made[0].spki, made[0].spki_len) == 0 && in_memory(&made[0]),
	      "who has it goes on with it");
	key_agent_keys_close(&keys, held);
	check(!in_memory(&made[0]) && in_memory(&made[1]), "then it is wiped");

	put("a.test", "3", &made[2]);
	check(is(pin_of(&made[2]), &made[2]) && !in_memory(&made[1]), "a new one is found by its pin, too");
	put("a.test", "4", NULL);
	check(is("a.test", &made[2]) && is("a.test", &made[2]) && is(pin_of(&made[2]), &made[2]),
	      "one that cannot be read leaves the one before");
	check(notes == 2 && strcmp(said, "a.test: not a private key") == 0, "and is spoken of once: %d", notes);
	unlinkat(keys.dir, "a.test", 0);
	check(!get("a.test") && !in_memory(&made[2]), "a name that is gone is gone, and wiped");
	check(!key_agent_keys_open(&keys, span_str("b.test"), only, "a.test") &&
	              !key_agent_keys_open(&keys, span_str(pin_of(&made[3])), only, "a.test"),
	      "who may not use a key does not get it by name nor by pin");
	if (symlinkat(".b.test/1", keys.dir, "further.test") < 0)
		abort();
	held = key_agent_keys_open(&keys, span_str(pin_of(&made[3])), only, "further.test");
	check(held && strcmp(held->name, "further.test") == 0, "a further name of the same key is one to be allowed");
	if (held)
		key_agent_keys_close(&keys, held);
}

static void test_added(void)
{
	const struct key_agent_key *held;

	check(key_agent_keys_add(&keys, span_str("account"), SIGNER_JWS, &made[0]), "a key that is given");
	check(!key_agent_keys_add(&keys, span_str("account"), SIGNER_JWS, &made[1]), "not twice");
	check(!key_agent_keys_add(&keys, span_str("a/b"), SIGNER_JWS, &made[1]), "not without a name");
	held = get("account");
	check(held && held->secrets.use == SIGNER_JWS, "is there for what it is for");
	key_agent_keys_close(&keys, held);
	check(is(pin_of(&made[0]), &made[0]), "by pin as well");
	put("account", "1", &made[1]);
	check(is("account", &made[0]), "a store's of the same name is not looked at");
	key_agent_keys_wipe(&keys);
	check(!in_memory(&made[0]) && !in_memory(&made[3]), "in the end all are wiped");
}

static void test_full(void)
{
	static struct key_agent_keys full;
	char name[32];
	bool all = true;

	key_agent_keys_init(&full, -1);
	for (int i = 0; i < KEY_AGENT_KEYS_MAX; i++) {
		snprintf(name, sizeof name, "k%d", i);
		/* A thousand keys, a quarter of a million comparisons of names. */
		all = all && key_agent_keys_add(&full, span_str(name), SIGNER_TLS, &made[0]);
	}
	check(all && !key_agent_keys_add(&full, span_str("more"), SIGNER_TLS, &made[0]), "as many as there is room for");
	check(!key_agent_keys_open(&full, span_str("more"), yes, NULL), "and no store");
}

/* --- a connection */

static struct signer_secrets secrets;
static int entered, opened, left;
static bool closed_door;

static bool enter(struct key_agent *a, const struct stream *s, void **held)
{
	(void)a;
	(void)s;
	entered++;
	*held = &entered;
	return !closed_door;
}

static const struct signer_secrets *open_key(struct key_agent *a, const struct stream *s, void *held,
                                             struct span name)
{
	(void)a;
	(void)s;
	opened += held == &entered;
	return span_is(name, "a.test") ? &secrets : NULL;
}

static void leave(struct key_agent *a, void *held, const struct signer_secrets *what)
{
	(void)a;
	left += held == &entered && (!what || what == &secrets);
}

static struct key_agent agent = { enter, open_key, leave };

static bool agent_stream_over(struct stream *s, struct builder *out)
{
	return key_agent_kind.step(s, span_of("x", 1), true, out, 1000) == 1 && out->len == 0 &&
	       s->want == STREAM_CLOSE;
}

/* What is answered to these bytes, `grain` at a time; the stream's wish at the end. */
static enum stream_want talk(struct span in, size_t grain, bool end, struct builder *out)
{
	static unsigned char storage[STREAM_OUT_MIN];
	struct stream *s = calloc(1, key_agent_kind.size);
	size_t seen = 0, used = 0;
	enum stream_want want;

	if (!s)
		abort();
	key_agent_kind.start(s, &agent, 1000);
	while (seen < in.len && s->want == STREAM_READ) {
		seen = in.len - seen < grain ? in.len : seen + grain;
		for (;;) {
			struct span have = span_of(in.p + used, seen - used);
			struct builder b;
			size_t n;

			builder_init(&b, storage, sizeof storage);
			n = key_agent_kind.step(s, have, end && seen == in.len, &b, 1000);
			builder_add(out, builder_span(&b));
			used += n;
			if (n == 0 || used == seen || s->want != STREAM_READ)
				break;
		}
	}
	if (seen == in.len && used == seen && end && s->want == STREAM_READ) {
		struct builder b;

		builder_init(&b, storage, sizeof storage);
		key_agent_kind.step(s, span_of(NULL, 0), true, &b, 1000);
	}
	want = s->want;
	if (want == STREAM_LINGER) {
		struct builder b;

		builder_init(&b, storage, sizeof storage);
		check(agent_stream_over(s, &b), "who was refused and has ended is done with");
	}
	if (want == STREAM_READ && used < in.len && s->deadline != 1000 + KEY_AGENT_BEGIN_MS)
		check(false, "a frame that has begun has a deadline");
	key_agent_kind.gone(s);
	free(s);
	return want;
}

static void test_stream(void)
{
	static const struct {
		const char *name;
		struct {
			const char *p;
			size_t len;
		} in;
		enum stream_want want;
		size_t answers; /* bytes */
	} table[] = {
#define BYTES(literal) { literal, sizeof(literal) - 1 }
		{ "nothing", BYTES(""), STREAM_CLOSE, 0 },
		{ "an empty frame", BYTES("\0\0"), STREAM_CLOSE, 0 },
		{ "a frame too long", BYTES("\2\1"), STREAM_CLOSE, 0 },
		{ "half a length", BYTES("\0"), STREAM_CLOSE, 0 },
		{ "a frame that is cut", BYTES("\0\7\4a.tes"), STREAM_CLOSE, 0 },
		{ "a request before a name", BYTES("\0\1\1"), STREAM_CLOSE, 0 },
		{ "no name", BYTES("\0\1\4"), STREAM_CLOSE, 0 },
		{ "another name", BYTES("\0\7\4b.test"), STREAM_LINGER, 3 },
		{ "and what follows that", BYTES("\0\7\4b.test\0\7\4a.test"), STREAM_LINGER, 3 },
		{ "the key", BYTES("\0\7\4a.test"), STREAM_CLOSE, 2 + 1 + 91 },
		{ "and its public half", BYTES("\0\7\4a.test\0\1\1"), STREAM_CLOSE, 2 * (2 + 1 + 91) },
		{ "a second name", BYTES("\0\7\4a.test\0\7\4a.test"), STREAM_CLOSE, 2 + 1 + 91 },
		{ "what it is not for",
		  BYTES("\0\7\4a.test\0\x23\2\0\0................................\0\1\1"), STREAM_CLOSE,
		  2 * (2 + 1 + 91) + 3 },
		{ "an unknown request", BYTES("\0\7\4a.test\0\1\6"), STREAM_CLOSE, 2 + 1 + 91 },
		{ "a MAC", BYTES("\0\7\4a.test\0\3\3\0x"), STREAM_CLOSE, 2 + 1 + 91 + 3 },
	};
	static unsigned char text[4096], again[4096];
	struct builder out, pieces;

	secrets = (struct signer_secrets){ .key = &made[0], .use = SIGNER_TLS };
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct span in = span_of(table[i].in.p, table[i].in.len);
		enum stream_want want;

		builder_init(&out, text, sizeof text);
		builder_init(&pieces, again, sizeof again);
		want = talk(in, 4096, true, &out);
		check(in.len == 0 || (want == table[i].want && out.len == table[i].answers),
		      "%s: %zu bytes of answers", table[i].name, out.len);
		check(talk(in, 1, true, &pieces) == want && span_eq(builder_span(&out), builder_span(&pieces)),
		      "%s: byte by byte", table[i].name);
	}
	check(entered == left && entered > 0 && opened > 0, "whoever came has left: %d, %d", entered, left);
	builder_init(&out, text, sizeof text);
	check(talk(span_of("\0\7\4a.t", 6), 1, false, &out) == STREAM_READ, "a frame that has begun is waited for");
	closed_door = true;
	left = 0;
	check(talk(span_of("\0\7\4a.test", 9), 9, true, &out) == STREAM_CLOSE && out.len == 0 && left == 0,
	      "who is not let in is not heard");
}

/* --- the way there */

/* An agent for one connection: takes what it is sent and answers with `answer`. */
static pid_t serve(const char *path, struct span answer)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unsigned char bytes[256];
	pid_t pid;

	snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 1) < 0 || (pid = fork()) < 0)
		abort();
	if (pid == 0) {
		int c = accept(fd, NULL, NULL);

		if (read(c, bytes, sizeof bytes) != 9 || memcmp(bytes, "\0\7\4a.test", 9) != 0)
			_exit(1);
		if (answer.len > 0 && write(c, answer.p, answer.len) < 0)
			_exit(2);
		/* Without an answer it waits for the other side to give up. */
		if (!answer.p && read(c, bytes, 1) != 0)
			_exit(3);
		_exit(0);
	}
	close(fd);
	return pid;
}

static void test_open(void)
{
	static const struct {
		const char *name;
		struct {
			const char *p;
			size_t len;
		} answer;
		enum key_agent_result result;
	} table[] = {
		{ "the key", BYTES("\0\2\0x"), KEY_AGENT_OK },
		{ "no such key", BYTES("\0\1\1"), KEY_AGENT_NO_KEY },
		{ "the end", BYTES(""), KEY_AGENT_GONE },
		{ "no answer", { NULL, 0 }, KEY_AGENT_TIMEOUT },
		{ "half an answer", BYTES("\0\2\0"), KEY_AGENT_GONE },
		{ "no public key", BYTES("\0\1\0"), KEY_AGENT_GONE },
		{ "another answer", BYTES("\0\2\2x"), KEY_AGENT_GONE },
		{ "one too long", BYTES("\xff\xff"), KEY_AGENT_GONE },
	};
	char path[64], uri[80];
	struct signer s;

	snprintf(path, sizeof path, "%s/socket", place);
	snprintf(uri, sizeof uri, "unix:%s", path);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		pid_t pid = serve(path, span_of(table[i].answer.p, table[i].answer.len));
		int64_t limit = table[i].result == KEY_AGENT_TIMEOUT ? 50 : LIMIT_MS;
		enum key_agent_result r =
			key_agent_open(&s, i % 2 ? uri : path, span_str("a.test"), deadline_in(limit));
		int status;

		check(r == table[i].result && (s.fd >= 0) == (r == KEY_AGENT_OK), "%s: %s", table[i].name,
		      key_agent_strerror(r));
		check(s.fd < 0 || fcntl(s.fd, F_GETFD) & FD_CLOEXEC, "close-on-exec");
		key_agent_close(&s);
		key_agent_close(&s);
		check(waitpid(pid, &status, 0) == pid && status == 0, "%s: was asked as it should be", table[i].name);
	}
	check(key_agent_open(&s, path, span_str("a.test"), deadline_in(LIMIT_MS)) == KEY_AGENT_GONE, "nobody there");
	unlink(path);
	check(key_agent_open(&s, path, span_str("a.test"), deadline_in(LIMIT_MS)) == KEY_AGENT_GONE &&
	              errno == ENOENT,
	      "nothing there");
	check(key_agent_open(&s, path, span_str("a b"), deadline_in(LIMIT_MS)) == KEY_AGENT_BAD_NAME, "a bad name");
	memset(said, 'x', 200);
	said[108] = 0;
	check(key_agent_open(&s, said, span_str("a"), deadline_in(LIMIT_MS)) == KEY_AGENT_GONE &&
	              key_agent_open(&s, "", span_str("a"), deadline_in(LIMIT_MS)) == KEY_AGENT_GONE,
	      "a path that is none");
}

static void remove_all(void)
{
	static const char *const files[] = {
		".a.test/1/key.pem", ".a.test/2/key.pem", ".a.test/3/key.pem", ".a.test/4/key.pem",
		".b.test/1/key.pem", ".broken.test/1/key.pem", ".account/1/key.pem", "b.test",
		"broken.test", "further.test", "account",
	};
	static const char *const dirs[] = {
		".a.test/1", ".a.test/2", ".a.test/3", ".a.test/4", ".a.test", ".b.test/1", ".b.test",
		".broken.test/1", ".broken.test", ".account/1", ".account", "empty.test",
	};

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		unlinkat(keys.dir, files[i], 0);
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		unlinkat(keys.dir, dirs[i], AT_REMOVEDIR);
	check(rmdir(place) == 0, "nothing is left");
}

int main(void)
{
	if (!mkdtemp(place))
		return 1;
	key_agent_keys_init(&keys, open(place, O_PATH | O_DIRECTORY | O_CLOEXEC));
	keys.note = note;
	make_keys();
	test_names();
	test_rules();
	test_peer();
	test_store();
	test_added();
	test_full();
	test_stream();
	test_open();
	remove_all();
	return tap_end();
}
