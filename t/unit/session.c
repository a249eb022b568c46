/* Sessions with a server that is a child of the test: what comes back of them, beside results. */
#include "acme/session.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "acme/rollover.h"
#include "acme/session_parts.h"
#include "base/deadline.h"
#include "base/file.h"
#include "tap.h"

enum { LATE_MS = 10000 };

static struct session_setting setting;
static char origin[64], directory[96], key_path[64], mac_path[64], said[8192];
static unsigned char why_bytes[ACME_WHY_MAX];
static struct builder why;

/* The server: one request a connection, told by its path. */
static void answer(int fd)
{
	static const char busy[] = "HTTP/1.1 429 Too Many\r\nConnection: close\r\nContent-Length: 0\r\n";
	char text[4096], body[1024];
	size_t len = 0;
	ssize_t got;
	int n;

	while (len < sizeof text - 1 && (got = read(fd, text + len, sizeof text - 1 - len)) > 0) {
		len += (size_t)got;
		text[len] = 0;
		if (strstr(text, "\r\n\r\n"))
			break;
	}
	text[len] = 0;
	if (strncmp(text, "GET /dir ", 9) == 0) {
		n = snprintf(body, sizeof body, "{\"newNonce\":\"%s/n\",\"newAccount\":\"%s/a\",\"newOrder\":"
		             "\"%s/o\",\"revokeCert\":\"%s/r\",\"keyChange\":\"%s/k\"}",
		             origin, origin, origin, origin, origin);
		n = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: "
		             "application/json\r\nContent-Length: %d\r\n\r\n%s", n, body);
	} else if (strncmp(text, "GET /day ", 9) == 0) {
		n = snprintf(text, sizeof text, "%sRetry-After: 86400\r\n\r\n", busy);
	} else if (strncmp(text, "GET /ever ", 10) == 0) {
		n = snprintf(text, sizeof text, "%sRetry-After: 99999999999\r\n\r\n", busy);
	} else {
		n = snprintf(text, sizeof text, "HTTP/1.1 404 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
	}
	got = write(fd, text, (size_t)n);
	(void)got;
}

static pid_t serve(void)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	socklen_t size = sizeof here;
	pid_t pid;

	if (listener < 0 || bind(listener, (struct sockaddr *)&here, size) < 0 || listen(listener, 8) < 0 ||
	    getsockname(listener, (struct sockaddr *)&here, &size) < 0)
		return -1;
	snprintf(origin, sizeof origin, "http://127.0.0.1:%u", (unsigned)ntohs(here.sin_port));
	pid = fork();
	if (pid == 0) {
		alarm(60);
		while ((fd = accept(listener, NULL, NULL)) >= 0) {
			answer(fd);
			close(fd);
		}
		_exit(0);
	}
	close(listener);
	return pid;
}

static void note(void *context, enum acme_note kind, const char *line)
{
	size_t len = strlen(said);

	(void)context;
	if (kind == ACME_WARNING)
		snprintf(said + len, sizeof said - len, "%s\n", line);
}

static enum acme_result run(const char *path, enum acme_result (*work)(struct acme *a, void *context,
                                                                       struct builder *result),
                            void *context)
{
	unsigned char bytes[64];
	struct builder result;

	said[0] = 0;
	builder_init(&why, why_bytes, sizeof why_bytes - 1);
	builder_init(&result, bytes, sizeof bytes);
	snprintf(directory, sizeof directory, "%s%s", origin, path);
	setting.directory = directory;
	setting.deadline = deadline_in(LATE_MS);
	setting.note = note;
	return session_run(&setting, work, context, &result, &why);
}

static enum acme_result nothing(struct acme *a, void *context, struct builder *result)
{
	(void)a;
	(void)context;
	(void)result;
	return ACME_OK;
}

static enum acme_result get(struct acme *a, void *path, struct builder *result)
{
	struct acme_answer got;
	char url[96];

	(void)result;
	snprintf(url, sizeof url, "%s%s", origin, (const char *)path);
	return acme_get(a, span_str(url), &got);
}

static enum acme_result get_twice(struct acme *a, void *path, struct builder *result)
{
	if (get(a, path, result) == ACME_OK)
		return ACME_INTERNAL;
	acme_forget(a);
	return get(a, (char[]){ "/none" }, result);
}

static void later(void)
{
	check(run("/dir", get, (char[]){ "/day" }) == ACME_TEMP && session_retry_after_s() == 86400,
	      "the CA asks for a day");
	check(run("/dir", nothing, NULL) == ACME_OK && session_retry_after_s() == 0, "or for nothing");
	check(run("/day", nothing, NULL) == ACME_TEMP && session_retry_after_s() == 86400,
	      "before there is a directory");
	check(run("/dir", get, (char[]){ "/ever" }) == ACME_TEMP && session_retry_after_s() == UINT32_MAX,
	      "or for more than can be said");
	check(run("/dir", get_twice, (char[]){ "/day" }) == ACME_PERM && session_retry_after_s() == 0,
	      "what is over does not count");
}

/* ACME_NO: no answer, and it may be better another time. */
static enum acme_result send_method(struct acme *a, void *method, struct builder *result)
{
	struct acme_request request = { .method = method, .url = span_str(a->directory.new_nonce) };
	unsigned char bytes[1024];
	struct http_response head;
	struct builder because;
	bool permanent = false;
	struct span body;

	(void)result;
	builder_init(&because, bytes, sizeof bytes);
	if (a->outside->exchange(a->outside->context, &request, false, &head, &body, &because, &permanent))
		return ACME_OK;
	return permanent ? ACME_PERM : ACME_NO;
}

static enum acme_result send_url(struct acme *a, void *url, struct builder *result)
{
	snprintf(a->directory.new_nonce, sizeof a->directory.new_nonce, "%s", (const char *)url);
	return send_method(a, (char[]){ "GET" }, result);
}

static void for_good(void)
{
	check(run("/dir", send_method, (char[]){ "GET" }) == ACME_OK, "a request");
	check(run("/dir", send_method, (char[]){ "G T" }) == ACME_PERM, "one that is none is none tomorrow");
	check(run("/dir", send_url, (char[]){ "gopher://127.0.0.1/" }) == ACME_PERM, "nor is another protocol");
	check(run("/dir", send_url, (char[]){ "http://127.0.0.1:1/" }) == ACME_NO, "a server may be back");
}

static void make_key(mode_t mode)
{
	static struct key key;
	unsigned char bytes[KEY_PEM_MAX];
	struct builder pem;

	builder_init(&pem, bytes, sizeof bytes);
	if (!key_make(&key, (struct key_kind){ KEY_P256, 256 }))
		check(false, "the test's own key");
	key_write(&key, &pem);
	if (file_replace(AT_FDCWD, key_path, mode, builder_span(&pem)) != FILE_OK)
		check(false, "the test's own file");
}

static void open_keys(void)
{
	setting.account_key = key_path;
	make_key(0600);
	check(run("/dir", nothing, NULL) == ACME_OK && said[0] == 0, "a key that is its owner's alone");
	make_key(0640);
	check(run("/dir", nothing, NULL) == ACME_OK && strstr(said, key_path) && strstr(said, "chmod 600"),
	      "one that is not is told of, and used");
	check(run("/dir", nothing, NULL) == ACME_OK && said[0] == 0, "once");
	make_key(0600);
	setting.account_key = NULL;
}

static void mac_keys(void)
{
	static const struct {
		const char *text;
		enum acme_result result;
	} cases[] = {
		{ "-_8aAQI\n", ACME_OK }, { " +/8aAQI=\r\n", ACME_OK }, { "\t-/8aAQI", ACME_OK },
		{ "", ACME_PERM }, { "-_8aAQI==", ACME_PERM }, { "-_8a AQI", ACME_PERM },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum acme_result result;
		struct child child;
		int status;

		file_replace(AT_FDCWD, mac_path, 0600, span_str(cases[i].text));
		builder_init(&why, why_bytes, sizeof why_bytes - 1);
		result = session_signer(&child, mac_path, true, deadline_in(LATE_MS), &why);
		check(result == cases[i].result, "a MAC's key in spelling %zu", i);
		if (result == ACME_OK)
			child_end(&child, deadline_in(0), &status);
	}
}

static void dead_ca(void)
{
	static struct home home;
	const char *text;

	snprintf(home.key, sizeof home.key, "%s", key_path);
	snprintf(home.at[0].directory, URL_MAX, "http://127.0.0.1:1/dir");
	snprintf(home.at[0].account, URL_MAX, "http://127.0.0.1:1/acct/7");
	setting.deadline = deadline_in(2000);
	for (home.n = 1; home.n <= 2; home.n++) {
		builder_init(&why, why_bytes, sizeof why_bytes - 1);
		check(rollover_check(&home, &setting, &why) == ACME_TEMP, "a CA that does not answer");
		text = builder_cstr(&why);
		check(text && !strstr(text, "remove the line") == (home.n == 1),
		      "it is told how to do without it where there are others");
	}
	check(text && strstr(text, "\"http://127.0.0.1:1/dir http://127.0.0.1:1/acct/7\" from /tmp/") &&
	      strstr(text, "/accounts\n"), "by which line of which file");
}

int main(void)
{
	char place[] = "/tmp/postern-session-XXXXXX";
	pid_t server = serve();

	if (server <= 1 || !mkdtemp(place))
		return 1;
	snprintf(key_path, sizeof key_path, "%s/key.pem", place);
	snprintf(mac_path, sizeof mac_path, "%s/mac", place);
	later();
	for_good();
	open_keys();
	mac_keys();
	dead_ca();
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	unlink(key_path);
	unlink(mac_path);
	check(rmdir(place) == 0, "nothing else was made");
	return tap_end();
}
