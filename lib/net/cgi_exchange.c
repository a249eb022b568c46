/* The life of a CGI program as the server sees it: its pipes, its end, its log. */
#include "net/cgi_exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/log.h"

enum { ERRORS_PIECE = 4096 };

struct cgi_exchange *cgi_exchange_take(struct cgi_serve *s)
{
	struct cgi_exchange *e = s->free;

	if (!e)
		return NULL;
	s->free = e->next;
	*e = (struct cgi_exchange){ .tag = CGI_TAG_EXCHANGE, .server = s, .in_fd = -1, .out_fd = -1,
	                            .errors_fd = -1, .start_us = deadline_now_us() };
	e->in.fd = e->out.fd = e->errors.fd = -1;
	return e;
}

static void shut(struct cgi_exchange *e, struct loop_watch *w, int *fd)
{
	if (*fd < 0)
		return;
	loop_forget(e->server->loop, w);
	close(*fd);
	*fd = -1;
}

void cgi_exchange_close_input(struct cgi_exchange *e)
{
	shut(e, &e->in, &e->in_fd);
}

void cgi_exchange_close_output(struct cgi_exchange *e)
{
	shut(e, &e->out, &e->out_fd);
}

void cgi_exchange_free(struct cgi_exchange *e)
{
	struct cgi_serve *s = e->server;

	cgi_exchange_close_input(e);
	cgi_exchange_close_output(e);
	shut(e, &e->errors, &e->errors_fd);
	loop_timer_clear(s->loop, &e->timer);
	free(e->kept);
	free(e->environment);
	e->kept = e->environment = NULL;
	e->next = s->free;
	s->free = e;
}

/* What is there of a line of its standard error, with the request's id in front. */
static void log_line(struct cgi_exchange *e)
{
	struct access *a = e->server->access;

	if (a->on && e->line_len > 0) {
		builder_add(&a->lines, span_of(e->where, e->id_len));
		builder_str(&a->lines, ": ");
		log_hostile(&a->lines, span_of(e->line, e->line_len), e->line_len);
		builder_byte(&a->lines, '\n');
		if (a->lines.cap - a->lines.len < ACCESS_LINE_MAX)
			a->flush(a);
	}
	e->line_len = 0;
}

/* A line that is too long becomes several. */
static void log_errors(struct cgi_exchange *e, struct span text)
{
	for (size_t i = 0; i < text.len && e->errors_len < CGI_ERRORS_MAX; i++, e->errors_len++) {
		if (text.p[i] != '\n')
			e->line[e->line_len++] = text.p[i];
		if (text.p[i] == '\n' || e->line_len == sizeof e->line)
			log_line(e);
	}
	if (e->errors_len == CGI_ERRORS_MAX) {
		static const char more[] = "(and more on standard error, which is left out)";

		log_line(e);
		memcpy(e->line, more, sizeof more - 1);
		e->line_len = sizeof more - 1;
		log_line(e);
		e->errors_len++;
	}
}

/* What is there of its standard error, once: how much, 0 at its end, -1 when there is nothing now. */
static ssize_t take_errors(struct cgi_exchange *e)
{
	static unsigned char text[ERRORS_PIECE];
	ssize_t n = read(e->errors_fd, text, sizeof text);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? -1 : 0;
	log_errors(e, span_of(text, (size_t)n));
	return n;
}

static void errors_ready(struct loop_watch *w, uint32_t events)
{
	struct cgi_exchange *e = loop_owner(w, struct cgi_exchange, errors);

	(void)events;
	if (take_errors(e) == 0)
		shut(e, &e->errors, &e->errors_fd);
}

static void out_ready(struct loop_watch *w, uint32_t events)
{
	struct cgi_exchange *e = loop_owner(w, struct cgi_exchange, out);

	e->readable = true;
	e->hung_up = e->hung_up || events & (EPOLLHUP | EPOLLERR);
	if (e->h)
		httpd_go_on(e->h);
}

static void in_ready(struct loop_watch *w, uint32_t events)
{
	struct cgi_exchange *e = loop_owner(w, struct cgi_exchange, in);

	if (events & EPOLLERR)
		cgi_exchange_close_input(e);
	if (e->h)
		httpd_go_on(e->h);
}

/* A pipe, of which our end does not block. */
static bool open_pipe(int ends[2], int ours)
{
	return pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[ours], F_SETFL, O_NONBLOCK) == 0;
}

static bool watch_all(struct cgi_exchange *e)
{
	struct loop *loop = e->server->loop;

	e->in.ready = in_ready;
	e->out.ready = out_ready;
	e->errors.ready = errors_ready;
	return loop_add(loop, &e->out, e->out_fd, EPOLLIN | EPOLLET) &&
	       loop_add(loop, &e->errors, e->errors_fd, EPOLLIN) &&
	       (e->in_fd < 0 || loop_add(loop, &e->in, e->in_fd, EPOLLOUT | EPOLLET));
}

/* Opens the pipes; theirs in `fd`. */
static bool open_pipes(struct cgi_exchange *e, bool input, int fd[3])
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, errors[2] = { -1, -1 };
	bool good = (!input || open_pipe(in, 1)) && open_pipe(out, 0) && open_pipe(errors, 0);

	e->in_fd = in[1];
	e->out_fd = out[0];
	e->errors_fd = errors[0];
	fd[0] = in[0];
	fd[1] = out[1];
	fd[2] = errors[1];
	return good && watch_all(e);
}

static void send_signal(struct cgi_exchange *e, int signal)
{
	struct cgi_serve *s = e->server;

	cgi_keeper_signal(&s->keeper, (uint32_t)(e - s->slots), signal);
	e->told = true;
	/* Should the order not have come through, there is another one. */
	loop_timer_set(s->loop, &e->timer, deadline_in(CGI_KILL_MS));
}

static void time_up(struct loop_timer *t)
{
	struct cgi_exchange *e = loop_owner(t, struct cgi_exchange, timer);

	if (e->running)
		send_signal(e, e->told ? SIGKILL : SIGTERM);
}

void cgi_exchange_stop(struct cgi_exchange *e)
{
	if (e->running && !e->told)
		send_signal(e, SIGTERM);
}

int cgi_exchange_start(struct cgi_exchange *e, struct span path, struct span environment,
                       bool input, bool tell)
{
	struct cgi_serve *s = e->server;
	uint32_t slot = (uint32_t)(e - s->slots);
	enum cgi_result r = CGI_LATER;
	int fd[3];

	e->heard = !input;
	e->timer.expired = time_up;
	e->environment = malloc(environment.len);
	if (e->environment) {
		memcpy(e->environment, environment.p, environment.len);
		e->environment_len = environment.len;
	}
	if (open_pipes(e, input, fd) && e->environment)
		r = cgi_keeper_order(&s->keeper, slot, path, environment, fd, tell);
	for (int i = 0; i < 3; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	e->running = r == CGI_OK;
	e->asked = tell && e->running;
	if (r == CGI_GONE)
		cgi_serve_gone(s);
	return r == CGI_OK ? 0 : 503;
}

void cgi_exchange_leave(struct cgi_exchange *e, int status)
{
	struct cgi_serve *s = e->server;

	if (status > 0)
		access_add(s->access, span_of(e->host, e->host_len), "cgi", status,
		           span_of(e->where, e->where_len), deadline_now_us() - e->start_us);
	e->h->waiting = NULL;
	e->h = NULL;
	/* To one that was told to end, what it has of a body must not look like all of it. */
	if (!e->told)
		cgi_exchange_close_input(e);
	cgi_exchange_close_output(e);
	free(e->kept);
	free(e->environment);
	e->kept = e->environment = NULL;
	if (!e->running)
		cgi_exchange_free(e);
	else if (!e->told)
		loop_timer_set(s->loop, &e->timer, e->total_by);
}

void cgi_exchange_news(struct cgi_exchange *e, const struct cgi_news *news)
{
	struct cgi_serve *s = e->server;

	if (!e->running)
		return;
	if (news->started) {
		e->asked = false;
		if (e->h) {
			e->h->go_ahead = true;
			httpd_go_on(e->h);
		}
		return;
	}
	e->running = e->asked = false;
	e->signal = news->signal;
	loop_timer_clear(s->loop, &e->timer);
	while (e->errors_fd >= 0 && e->errors_len <= CGI_ERRORS_MAX && take_errors(e) > 0)
		;
	log_line(e);
	shut(e, &e->errors, &e->errors_fd);
	if (!e->h) {
		cgi_exchange_free(e);
	} else {
		if (e->failure == 0 && news->status > 0)
			e->failure = news->status;
		e->readable = true;
		httpd_go_on(e->h);
	}
	cgi_serve_turn(s);
}
