/*
 * cgi: what the Common Gateway Interface (RFC 3875) makes of a request and of a
 * program's answer, as bytes: no descriptor, no process.
 */
#ifndef NET_CGI_H
#define NET_CGI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "net/http.h"

enum {
	CGI_ENV_MAX = 57344,                   /* bytes of an environment: what a head can make of it */
	CGI_VARIABLES_MAX = HTTP_FIELDS_MAX + 24
};

/*
 * Decodes a request's path (it begins with '/') into `out`. Returns 200, or
 *
 *   400  a malformed "%", a NUL or another control byte, a segment "." or ".."
 *   404  an encoded slash, whose meaning would not survive; a path that is no path ("*")
 *
 * Empty segments and those that begin with a dot are left to cgi_segment().
 */
int cgi_path(struct span path, struct builder *out);

/*
 * The end of the prefix of a decoded path that is one segment longer than the `at`
 * bytes before it, which end before a '/': 0 of "/a/b" is 2, 2 is 4. False
 * when there is no further segment, or one that names no program: empty, or with a dot in front.
 */
bool cgi_segment(struct span path, size_t at, size_t *end);

/* Of a connection and a request, what is not in the request's head. */
struct cgi_facts {
	struct span remote_addr; /* textual, without port; "unix" for a Unix socket */
	uint16_t remote_port;    /* 0: none */
	struct span server_addr; /* for a request without a host */
	uint16_t server_port;
	struct span id;          /* of the request, as the log has it */
	bool authorization;      /* the Authorization field is passed on too */
};

/*
 * Appends the request's variables, each "NAME=value" and a NUL: those of RFC 3875 but for
 * SCRIPT_NAME and PATH_INFO, which depend on the program; REQUEST_URI, REMOTE_PORT,
 * UNIQUE_ID; and the header fields as HTTP_*.
 *
 * A field becomes a variable when its name is made of letters, digits and hyphens alone,
 * so that no two names become one. Never passed on are Proxy (HTTP_PROXY would be
 * taken for the variable that names a proxy), what says how this message was framed
 * or routed (Connection and the fields it names, Keep-Alive, Transfer-Encoding, TE, Trailer, Upgrade,
 * Expect, Proxy-...), Content-Length and Content-Type, which have variables of
 * their own, and Authorization unless `authorization`. Fields of one name are
 * joined by ", ", Cookie by "; ".
 *
 * A chunked body has no CONTENT_LENGTH.
 */
void cgi_environment(struct builder *out, const struct http_request *request,
                     const struct cgi_facts *facts);

/*
 * Makes of an environment that a GET came with that of one for `target`, a path with an
 * optional query: for a local redirect. What says anything of a body is left out.
 */
void cgi_environment_again(struct builder *out, struct span environment, struct span target);

/*
 * The variable is one that cgi_environment() makes: of its names, not empty, its value without
 * NUL (the text ends before one).
 */
bool cgi_variable_ok(struct span variable);

enum cgi_kind {
	CGI_DOCUMENT, /* an answer, with or without a body */
	CGI_LOCAL,    /* Location is a path of ours: the answer is what that path gives */
	CGI_CLIENT    /* Location is for the client: 302 when nothing else is said */
};

/* The head of a program's answer; the spans point into it. */
struct cgi_head {
	enum cgi_kind kind;
	int status;              /* 200 to 599 */
	struct span location;
	bool has_length;
	uint64_t length;         /* Content-Length */
	size_t n_fields;         /* those to be sent on, Content-Type and Location among them */
	struct http_field field[HTTP_FIELDS_MAX];
};

/*
 * Looks for the head of an answer (RFC 3875, section 6) at the front of `bytes`; lines end in
 * LF or CRLF. Returns 0 when it is not all there yet, 200 with `*used` bytes, or 502:
 * a malformed line, NUL or other control bytes, none of Content-Type, Location and
 * Status, one of these or Content-Length twice, a status that is no final one,
 * Transfer-Encoding, a local redirect with other fields, more than HTTP_HEAD_MAX bytes or
 * HTTP_FIELDS_MAX fields. `*scanned` is as for http_request_parse().
 *
 * Not sent on are fields that are the server's or the connection's business:
 * Connection, Keep-Alive, Proxy-Connection, TE, Trailer, Upgrade, Date, Status,
 * Content-Length (it is in `length`), and X-CGI-*.
 */
int cgi_head_parse(struct span bytes, size_t *scanned, struct cgi_head *head, size_t *used);

#endif
