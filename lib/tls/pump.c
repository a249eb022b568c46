/* The engine's buffers and states, without any I/O. */
#include "tls/pump.h"

#include <string.h>

void pump_init(struct pump *p, br_ssl_engine_context *engine)
{
	*p = (struct pump){ .engine = engine };
}

int pump_error(const struct pump *p)
{
	return br_ssl_engine_last_error(p->engine);
}

enum pump_state pump_state(struct pump *p)
{
	unsigned int state = br_ssl_engine_current_state(p->engine);

	if (pump_error(p) != BR_ERR_OK)
		return PUMP_FAILED;
	/* What came before the end of the transport counts first. */
	if (state & BR_SSL_RECVAPP && !p->closing)
		return PUMP_OPEN;
	if (state & BR_SSL_CLOSED || (p->cut && p->closed))
		return PUMP_ENDED;
	if (p->cut)
		return PUMP_CUT;
	if (p->closed)
		return PUMP_ENDED;
	p->opened = p->opened || state & BR_SSL_SENDAPP;
	return p->opened ? PUMP_OPEN : PUMP_HANDSHAKE;
}

struct span pump_records(const struct pump *p)
{
	size_t len;
	unsigned char *at = br_ssl_engine_sendrec_buf(p->engine, &len);

	return span_of(at, at ? len : 0);
}

/* The engine mixes no alert into data: the close waits until all records are gone. */
static void close_when_sent(struct pump *p)
{
	if (!p->closing || p->closed || pump_records(p).len > 0)
		return;
	p->closed = true;
	br_ssl_engine_close(p->engine);
}

void pump_records_sent(struct pump *p, size_t len)
{
	if (len > 0)
		br_ssl_engine_sendrec_ack(p->engine, len);
	close_when_sent(p);
}

unsigned char *pump_room(const struct pump *p, size_t *len)
{
	unsigned char *at = br_ssl_engine_recvrec_buf(p->engine, len);

	if (!at || p->cut)
		*len = 0;
	return *len > 0 ? at : NULL;
}

/* Data is of no use to anybody once this side has said goodbye. */
static void throw_away(struct pump *p)
{
	struct span data;

	while (p->closed && (data = pump_data(p)).len > 0)
		br_ssl_engine_recvapp_ack(p->engine, data.len);
}

void pump_received(struct pump *p, size_t len)
{
	br_ssl_engine_recvrec_ack(p->engine, len);
	throw_away(p);
}

size_t pump_feed(struct pump *p, struct span records)
{
	size_t taken = 0, room;
	unsigned char *at;

	while (taken < records.len && (at = pump_room(p, &room)) != NULL) {
		struct span part = span_head(span_from(records, taken), room);

		memcpy(at, part.p, part.len);
		pump_received(p, part.len);
		taken += part.len;
	}
	return taken;
}

void pump_transport_ended(struct pump *p)
{
	p->cut = true;
}

struct span pump_data(const struct pump *p)
{
	size_t len;
	unsigned char *at = br_ssl_engine_recvapp_buf(p->engine, &len);

	return span_of(at, at ? len : 0);
}

void pump_data_used(struct pump *p, size_t len)
{
	if (len > 0)
		br_ssl_engine_recvapp_ack(p->engine, len);
}

size_t pump_write(struct pump *p, struct span data)
{
	size_t taken = 0, room;
	unsigned char *at;

	while (!p->closing && taken < data.len &&
	       (at = br_ssl_engine_sendapp_buf(p->engine, &room)) != NULL) {
		struct span part = span_head(span_from(data, taken), room);

		memcpy(at, part.p, part.len);
		br_ssl_engine_sendapp_ack(p->engine, part.len);
		taken += part.len;
	}
	return taken;
}

void pump_flush(struct pump *p)
{
	br_ssl_engine_flush(p->engine, 0);
}

void pump_close(struct pump *p)
{
	p->closing = true;
	pump_flush(p);
	close_when_sent(p);
	throw_away(p);
}
