/* httpd_machine: what the files of net/httpd.h share. */
#ifndef NET_HTTPD_MACHINE_H
#define NET_HTTPD_MACHINE_H

#include "net/httpd.h"

/* A small answer as it stands on the wire. `announce`: that it stays is worth a word. */
void httpd_write_reply(struct builder *out, const struct httpd_reply *reply, bool head, bool keep,
                       bool announce);

/*
 * The same; one that cannot be written (its Location holds a control byte, its body
 * is too long) never leaves: the client gets a 500 instead, and `reply` is that.
 */
void httpd_write_safely(struct builder *out, struct httpd_reply *reply, bool head, bool keep,
                        bool announce);

/* What follows is the next head. */
void httpd_next_head(struct httpd *h, int64_t now);

/* Nothing more is sent; with `more` the client may still be sending and must not be cut off. */
void httpd_finish(struct httpd *h, bool more, int64_t now);

/* A head or a body is refused with this status; the connection ends. */
void httpd_refuse(struct httpd *h, int status, struct builder *out, int64_t now);

/*
 * A body that began, in h->chunks or with h->body_left bytes to come, is passed over;
 * then comes the next head.
 */
void httpd_pass_over(struct httpd *h, bool chunked, int64_t now);

/* A streamed answer begins; `keep`: the client lets the connection stay. */
void httpd_flow_start(struct httpd *h, const struct http_request *request, bool keep);

/* A step of it, as httpd.c has them: bytes used, and whether the next step can follow at once. */
size_t httpd_flow_step(struct httpd *h, struct span in, bool ended, struct builder *out,
                       int64_t now, bool *on);

/* Its deadline has passed. */
void httpd_flow_expired(struct httpd *h, struct span in, struct builder *out, int64_t now);

#endif
