/* The chunked transfer coding. */
#include "net/http.h"
#include "net/http_class.h"

enum { OVERHEAD_MAX = 16384 };

/* What the next byte belongs to. */
enum state {
	SIZE_FIRST, /* the first digit of a chunk's size */
	SIZE,       /* further digits, or what ends them */
	BLANK,      /* white space before an extension's semicolon */
	EXTENSION,
	SIZE_LF, /* a size line's LF */
	DATA,    /* `left` bytes of body, at least one */
	DATA_CR,
	DATA_LF,
	TRAILER_FIRST, /* the first byte of a trailer field, or the last CR of all */
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF,
	LAST_LF,
	DONE,
	BAD
};

static int hex_value(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A digit of the size: sixteen of them fit, zeros in front counted. */
static enum state digit(struct http_chunks *c, unsigned char byte)
{
	int value = hex_value(byte);

	if (value < 0 || c->digits++ == 2 * sizeof c->left)
		return BAD;
	c->left = c->left << 4 | (uint64_t)value;
	return SIZE;
}

/* After the size or white space behind it: an extension, or more white space. */
static enum state blank(struct http_chunks *c, unsigned char byte)
{
	c->overhead++;
	if (byte == ';')
		return EXTENSION;
	return byte == ' ' || byte == '\t' ? BLANK : BAD;
}

/* The state after `byte`, which is not body. */
static enum state step(struct http_chunks *c, unsigned char byte)
{
	switch ((enum state)c->state) {
	case SIZE_FIRST:
		c->digits = 0;
		return digit(c, byte);
	case SIZE:
		if (hex_value(byte) >= 0)
			return digit(c, byte);
		return byte == '\r' ? SIZE_LF : blank(c, byte);
	case BLANK:
		return blank(c, byte);
	case EXTENSION:
		if (byte == '\r')
			return SIZE_LF;
		c->overhead++;
		return http_class_has(byte, HTTP_CLASS_VALUE) ? EXTENSION : BAD;
	case SIZE_LF:
		if (byte != '\n')
			return BAD;
		return c->left > 0 ? DATA : TRAILER_FIRST;
	case DATA_CR:
		return byte == '\r' ? DATA_LF : BAD;
	case DATA_LF:
		return byte == '\n' ? SIZE_FIRST : BAD;
	case TRAILER_FIRST:
		if (byte == '\r')
			return LAST_LF;
		c->overhead++;
		return http_class_has(byte, HTTP_CLASS_TOKEN) ? TRAILER_NAME : BAD;
	case TRAILER_NAME:
		c->overhead++;
		if (byte == ':')
			return TRAILER_VALUE;
		return http_class_has(byte, HTTP_CLASS_TOKEN) ? TRAILER_NAME : BAD;
	case TRAILER_VALUE:
		c->overhead++;
		if (byte == '\r')
			return TRAILER_LF;
		return http_class_has(byte, HTTP_CLASS_VALUE) ? TRAILER_VALUE : BAD;
	case TRAILER_LF:
		return byte == '\n' ? TRAILER_FIRST : BAD;
	case LAST_LF:
		return byte == '\n' ? DONE : BAD;
	case DATA:
	case DONE:
	case BAD:
		break;
	}
	return BAD;
}

enum http_chunk_result http_chunks_next(struct http_chunks *c, struct span bytes, size_t *used,
                                        struct span *data)
{
	size_t at = 0;

	*data = (struct span){ NULL, 0 };
	while (at < bytes.len && c->state < DONE && c->state != DATA) {
		c->state = (int)step(c, bytes.p[at++]);
		if (c->overhead > OVERHEAD_MAX)
			c->state = BAD;
	}
	if (c->state == DATA && at < bytes.len) {
		struct span rest = span_from(bytes, at);

		*data = rest.len < c->left ? rest : span_head(rest, (size_t)c->left);
		c->left -= data->len;
		if (c->left == 0)
			c->state = DATA_CR;
		*used = at + data->len;
		return HTTP_CHUNK_DATA;
	}
	*used = at;
	if (c->state == BAD)
		return HTTP_CHUNK_BAD;
	return c->state == DONE ? HTTP_CHUNK_DONE : HTTP_CHUNK_MORE;
}
