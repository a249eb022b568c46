/* Buffers that engines share. */
#include "tls/buffers.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER = 5 };

union buffer {
	union buffer *next;
	unsigned char bytes[BR_SSL_BUFSIZE_BIDI];
};
static union buffer *spare;
static size_t n_spare;

unsigned char *buffers_take(void)
{
	union buffer *b = spare;

	if (!b) {
		b = malloc(sizeof *b);
		return b ? b->bytes : NULL;
	}
	spare = b->next;
	n_spare--;
	return b->bytes;
}

/* What it held was somebody's plaintext, and will be written over by the next. */
void buffers_give(unsigned char *buffer)
{
	union buffer *b = (void *)buffer;

	if (!b)
		return;
	if (n_spare == BUFFERS_SPARE) {
		explicit_bzero(b, sizeof *b);
		free(b);
		return;
	}
	b->next = spare;
	spare = b;
	n_spare++;
}

/*
 * Between records BearSSL has nothing in a buffer: it waits for the five bytes of a header at the
 * start of the one, and writes into the other from its start on. Its further pointers into
 * them are set anew before each use.
 */
bool buffers_reclaim(br_ssl_engine_context *engine)
{
	unsigned char *buffer = engine->ibuf;
	size_t len;

	if (br_ssl_engine_recvrec_buf(engine, &len) != engine->ibuf || len != HEADER ||
	    br_ssl_engine_sendrec_buf(engine, &len) || br_ssl_engine_recvapp_buf(engine, &len))
		return false;
	engine->ibuf = engine->obuf = engine->hbuf_in = engine->hbuf_out = engine->saved_hbuf_out = NULL;
	buffers_give(buffer);
	return true;
}

bool buffers_lend(br_ssl_engine_context *engine)
{
	unsigned char *buffer;

	if (engine->ibuf)
		return true;
	buffer = buffers_take();
	if (!buffer)
		return false;
	engine->ibuf = buffer;
	engine->obuf = buffer + engine->ibuf_len;
	return true;
}
