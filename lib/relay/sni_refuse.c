/* The end of a connection that is a refusal. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay/sni_conn.h"

/* Reads what still comes, so that closing does not take the alert away with it. True at its end. */
bool sni_drained(struct sni_conn *c)
{
	static unsigned char waste[4096];
	ssize_t n;

	do
		n = recv(c->in, waste, sizeof waste, MSG_DONTWAIT);
	while (n > 0);
	return n == 0 || errno != EAGAIN;
}

/* The last words to the client. */
static void part(struct sni_conn *c, struct span bytes)
{
	struct loop *loop = sni_loop(c);

	if (c->state == SNI_HELLO)
		sni_strike(c);
	c->state = SNI_LINGER;
	if (!c->socket) {
		if (write(c->out, bytes.p, bytes.len) < 0) {
			/* Nobody is there to be told. */
		}
		sni_hang_up(c);
		return;
	}
	send(c->out, bytes.p, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	shutdown(c->out, SHUT_WR);
	if (sni_drained(c) || !sni_watch(c) || !loop_timer_set(loop, &c->timer, loop->now + SNI_LINGER_MS))
		sni_hang_up(c);
}

void sni_refuse_name(struct sni_conn *c, struct span name, const char *word, enum hello_alert alert)
{
	unsigned char bytes[HELLO_ALERT_LEN];
	struct builder b;

	sni_say(c, name, word);
	builder_init(&b, bytes, sizeof bytes);
	hello_alert(&b, alert);
	part(c, builder_span(&b));
}

void sni_refuse(struct sni_conn *c, const char *word, enum hello_alert alert)
{
	sni_refuse_name(c, span_str(c->name), word, alert);
}

/* Not a hello. What speaks HTTP here is told so in its language. */
void sni_refuse_bytes(struct sni_conn *c, struct span bytes, enum hello_result result)
{
	static const char http[] = "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\n"
	                           "Connection: close\r\n\r\nThis port is for TLS (https).\n";
	size_t letters = 0;

	if (result == HELLO_NOT_TLS) {
		sni_say(c, span_of(NULL, 0), "not-tls");
		while (letters < bytes.len && bytes.p[letters] >= 'A' && bytes.p[letters] <= 'Z')
			letters++;
		part(c, letters > 2 && letters < bytes.len && bytes.p[letters] == ' '
		                ? span_str(http) : span_of(http, 0));
		return;
	}
	sni_refuse(c, hello_name(result), HELLO_DECODE_ERROR);
}
