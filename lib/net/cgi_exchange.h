/*
 * cgi_exchange: one request, the program that answers it, and the pipes between; for
 * the files of net/cgi_serve.h alone.
 */
#ifndef NET_CGI_EXCHANGE_H
#define NET_CGI_EXCHANGE_H

#include "net/cgi.h"
#include "net/cgi_serve.h"

/* What h->waiting points to. */
enum cgi_tag { CGI_TAG_EXCHANGE, CGI_TAG_WAITER };

enum { CGI_HOST_ROOM = HTTP_HOST_MAX + 1, CGI_WHERE_ROOM = 256, CGI_LINE_ROOM = 240 };

/*
 * A slot. It is in use until the program ended and the client has its answer, whichever is
 * later.
 */
struct cgi_exchange {
	enum cgi_tag tag;
	struct cgi_serve *server;
	struct cgi_exchange *next; /* while free */
	struct httpd *h;           /* NULL: answered, or gone */
	bool running;              /* the keeper has it */
	bool asked;                /* and tells when it was started, which is waited for */
	bool told;                 /* it was told to end */
	bool heard;                /* the whole body, or nobody is interested in it */
	bool readable, hung_up;    /* its output: there is some; its end was announced */
	bool ended;                /* its output */
	bool let;                  /* and its own end is not waited for */
	bool cut;                  /* the answer cannot become whole */
	int failure;               /* 0, or the status the client gets instead of an answer */
	int status;                /* of the answer, for the log; 0: none yet */
	int signal;                /* that ended it */
	unsigned int redirects;
	struct loop_watch in, out, errors; /* .fd -1: closed */
	int in_fd, out_fd, errors_fd;
	struct loop_timer timer;   /* to be told, or killed */
	int64_t start_us, total_by;
	uint64_t body;             /* bytes of it so far */
	size_t scanned, kept_len;
	unsigned char *kept;       /* of the answer's head, HTTP_HEAD_MAX bytes of room; NULL: none */
	unsigned char *environment;
	size_t environment_len, errors_len, line_len;
	size_t host_len, where_len, id_len;
	unsigned char host[CGI_HOST_ROOM];
	unsigned char where[CGI_WHERE_ROOM]; /* id and path */
	unsigned char line[CGI_LINE_ROOM];   /* of standard error, not logged yet */
};

/* A slot that is free, or NULL; and back. */
struct cgi_exchange *cgi_exchange_take(struct cgi_serve *s);
void cgi_exchange_free(struct cgi_exchange *e);

/* The status that a request of this decoded path, with this environment, is answered with at once; 0: it runs. */
int cgi_exchange_start(struct cgi_exchange *e, struct span path, struct span environment,
                       bool input, bool tell);

/* The client has no more to do with it. Logged with `status`, or not at all with 0. */
void cgi_exchange_leave(struct cgi_exchange *e, int status);

/* The program is to end, soon. */
void cgi_exchange_stop(struct cgi_exchange *e);

/* Its pipes, each closed when it is open. */
void cgi_exchange_close_input(struct cgi_exchange *e);
void cgi_exchange_close_output(struct cgi_exchange *e);

/* What the keeper says. */
void cgi_exchange_news(struct cgi_exchange *e, const struct cgi_news *news);

/* Three functions of net/httpd.h's application. */
size_t cgi_exchange_body(struct httpd *h, struct span data, bool last);
enum httpd_progress cgi_exchange_give(struct httpd *h, struct builder *out);
void cgi_exchange_late(struct httpd *h);

/* A slot became free: who waits has a turn. */
void cgi_serve_turn(struct cgi_serve *s);

/* The keeper is not there any more: the end. */
void cgi_serve_gone(struct cgi_serve *s);

#endif
