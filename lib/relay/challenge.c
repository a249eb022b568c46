/* The VM's side of HTTP-01. */
#include "relay/challenge.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/loop.h"
#include "net/token.h"

static const char prefix[] = "/.well-known/acme-challenge/";

bool challenge_path(struct span path)
{
	return span_starts(path, prefix);
}

struct span challenge_token(struct span path)
{
	struct span token = span_from(path, sizeof prefix - 1);

	if (!challenge_path(path) || !token_ok(token))
		token.len = 0;
	return token;
}

static struct challenge *of(const struct httpd *h)
{
	return loop_owner((struct httpd_app *)(uintptr_t)h->app, struct challenge, app);
}

/* Appends the file of a checked token; false when there is none that may be sent. */
static bool read_file(int dir, struct span token, struct builder *out)
{
	char name[TOKEN_MAX + 1];
	struct builder b;
	struct stat st;
	ssize_t n = -1;
	int fd;

	builder_init(&b, name, sizeof name);
	builder_add(&b, token);
	fd = openat(dir, builder_cstr(&b), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= CHALLENGE_FILE_MAX)
		n = read(fd, out->p, CHALLENGE_FILE_MAX);
	close(fd);
	if (n < 0)
		return false;
	out->len = (size_t)n;
	return true;
}

static bool key_authorization(struct challenge *c, struct span token, struct builder *out)
{
	if (c->dir >= 0 && read_file(c->dir, token, out))
		return true;
	if (c->thumbprint.len == 0)
		return false;
	builder_add(out, token);
	builder_byte(out, '.');
	builder_add(out, c->thumbprint);
	return true;
}

static bool answer(struct httpd *h, const struct http_request *request, struct httpd_reply *reply)
{
	static unsigned char text[CHALLENGE_FILE_MAX];
	struct span token = challenge_token(request->path);
	struct builder body;

	builder_init(&body, text, sizeof text);
	if (!span_is(request->method, "GET") && !span_is(request->method, "HEAD")) {
		reply->status = 405;
		reply->allow = "GET, HEAD";
		reply->body = span_str("method not allowed\n");
	} else if (token.len > 0 && key_authorization(of(h), token, &body)) {
		reply->status = 200;
		reply->content_type = "text/plain";
		reply->no_store = true;
		reply->body = builder_span(&body);
	} else if (span_is(request->path, "/health")) {
		reply->status = 200;
		reply->body = span_str("OK");
	} else {
		reply->status = 404;
		reply->body = span_str("not found\n");
	}
	return true;
}

static const char *class_of(const struct http_request *request)
{
	if (!request)
		return "invalid";
	if (challenge_path(request->path))
		return "acme";
	return span_is(request->path, "/health") ? "health" : "other";
}

static void done(struct httpd *h, const struct http_request *request,
                 const struct httpd_reply *reply, int64_t us)
{
	static const struct span nothing = { NULL, 0 };
	struct challenge *c = of(h);

	access_line(c->access, request, class_of(request), reply->status,
	            request ? challenge_token(request->path) : nothing, us);
}

void challenge_init(struct challenge *c)
{
	c->app = (struct httpd_app){ .answer = answer, .done = done };
}
