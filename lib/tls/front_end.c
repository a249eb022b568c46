/* The end of a connection for the client's eyes. */
#include <sys/socket.h>

#include "base/deadline.h"
#include "tls/front_conn.h"

/* All is said: what still comes is read, so that closing does not take our last words away with it. */
static void part(struct front_conn *c)
{
	struct loop *loop = front_loop(c);

	if (c->state <= FRONT_HANDSHAKE)
		front_strike(c);
	c->state = FRONT_LINGER;
	front_close(c, &c->plain);
	front_shut(c, &c->far);
	loop_timer_clear(loop, &c->timer);
	c->linger = loop->now + FRONT_LINGER_MS;
	if (!c->far.socket || front_drained(&c->far) || !front_watch(c, &c->far) || !front_set_timer(c))
		front_hang_up(c);
}

/* Nobody waits for a client that takes nothing. */
static void last_words(struct front_conn *c, struct span bytes)
{
	if (bytes.len > 0)
		front_write(&c->far, bytes);
	part(c);
}

void front_refuse(struct front_conn *c, const char *word, enum hello_alert alert)
{
	unsigned char bytes[HELLO_ALERT_LEN];
	struct builder b;

	front_say(c, word, span_of(NULL, 0));
	builder_init(&b, bytes, sizeof bytes);
	hello_alert(&b, alert);
	last_words(c, builder_span(&b));
}

/* What speaks HTTP here is told so in its language. */
void front_refuse_bytes(struct front_conn *c, struct span bytes, enum hello_result result)
{
	static const char http[] = "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\n"
	                           "Connection: close\r\n\r\nThis port is for TLS (https).\n";
	size_t letters = 0;

	if (result != HELLO_NOT_TLS) {
		front_refuse(c, hello_name(result), HELLO_DECODE_ERROR);
		return;
	}
	front_say(c, c->from_front ? "bad-proxy-header" : "not-tls", span_of(NULL, 0));
	while (letters < bytes.len && bytes.p[letters] >= 'A' && bytes.p[letters] <= 'Z')
		letters++;
	last_words(c, letters > 2 && letters < bytes.len && bytes.p[letters] == ' ' ? span_str(http)
	                                                                          : span_of(NULL, 0));
}

void front_end(struct front_conn *c, const char *word)
{
	front_say(c, word, span_of(NULL, 0));
	if (c->state == FRONT_HELLO) {
		front_hang_up(c);
		return;
	}
	if (c->tls->ssl.eng.ibuf) {
		pump_close(&c->pump);
		front_flush(c);
	}
	part(c);
}

void front_break(struct front_conn *c, const char *word)
{
	front_say(c, word, span_of(NULL, 0));
	front_flush(c);
	part(c);
}

void front_failed(struct front_conn *c)
{
	unsigned char text[128];
	struct builder why;

	builder_init(&why, text, sizeof text);
	if (c->tls->unsigned_key)
		builder_str(&why, "the key did not sign");
	else if (server_why(c->tls))
		builder_str(&why, server_why(c->tls));
	else
		pump_print_error(&why, pump_error(&c->pump));
	front_say(c, "failed", builder_span(&why));
	front_flush(c);
	part(c);
}
