/* The engine's buffers and states, without any I/O. */
#include "tls/pump.h"

#include <string.h>

enum { ALERT = 21 }; /* a record's type */

void pump_init(struct pump *p, br_ssl_engine_context *engine)
{
	*p = (struct pump){ .engine = engine };
}

int pump_error(const struct pump *p)
{
	return br_ssl_engine_last_error(p->engine);
}

/* Our end of data is on its way, or there is nobody to send it to. */
static bool said_goodbye(const struct pump *p)
{
	return p->closed || p->deaf || (p->last_len > 0 && p->last_sent == p->last_len);
}

bool pump_heard_end(const struct pump *p)
{
	return p->heard;
}

enum pump_state pump_state(struct pump *p)
{
	unsigned int state = br_ssl_engine_current_state(p->engine);

	if (pump_error(p) != BR_ERR_OK)
		return PUMP_FAILED;
	if (p->heard)
		return said_goodbye(p) ? PUMP_ENDED : PUMP_OPEN;
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

static struct span engine_records(const struct pump *p)
{
	size_t len;
	unsigned char *at = br_ssl_engine_sendrec_buf(p->engine, &len);

	return span_of(at, at ? len : 0);
}

/* Behind our close_notify nothing is sent, whatever the engine would like to say. */
struct span pump_records(const struct pump *p)
{
	if (p->last_len > 0)
		return span_from(span_of(p->last, p->last_len), p->last_sent);
	return engine_records(p);
}

static void drop_records(struct pump *p)
{
	struct span records;

	while (p->last_len > 0 && (records = engine_records(p)).len > 0)
		br_ssl_engine_sendrec_ack(p->engine, records.len);
}

/*
 * An engine that was told to close throws away what it receives. So it makes its
 * close_notify, which is kept, and is then put back to where it was before: it is a
 * structure of plain bytes, and with a buffer of its own for what is sent nothing else was
 * touched. What it would send from then on has a record number that is used up, and must
 * not be sent: drop_records().
 */
static void make_last(struct pump *p)
{
	br_ssl_engine_context before;
	struct span record;

	if (!p->half || p->closing || p->last_len > 0 || engine_records(p).len > 0)
		return;
	before = *p->engine;
	br_ssl_engine_close(p->engine);
	record = engine_records(p);
	if (record.len > 0 && record.len <= sizeof p->last) {
		memcpy(p->last, record.p, record.len);
		p->last_len = record.len;
		*p->engine = before;
	} else {
		p->closing = p->closed = true;
	}
	explicit_bzero(&before, sizeof before);
}

/* The engine mixes no alert into data: the close waits until all records are gone. */
static void close_when_sent(struct pump *p)
{
	if (!p->closing || p->closed || pump_records(p).len > 0)
		return;
	p->closed = true;
	br_ssl_engine_close(p->engine);
	drop_records(p);
}

void pump_records_sent(struct pump *p, size_t len)
{
	if (p->last_len > 0)
		p->last_sent += len;
	else if (len > 0)
		br_ssl_engine_sendrec_ack(p->engine, len);
	make_last(p);
	close_when_sent(p);
}

unsigned char *pump_room(const struct pump *p, size_t *len)
{
	unsigned char *at = br_ssl_engine_recvrec_buf(p->engine, len);

	if (!at || p->cut || p->heard)
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

/*
 * The last bytes of an alert. An engine that reads the other side's end answers it and is
 * closed. Where that side is still spoken to, the engine is put back to where it was before, as in
 * make_last(): it never learns, and gets nothing more to read.
 */
static void receive_alert(struct pump *p, size_t len)
{
	br_ssl_engine_context before;

	pump_flush(p);
	before = *p->engine;
	br_ssl_engine_recvrec_ack(p->engine, len);
	if (pump_error(p) == BR_ERR_OK && p->engine->shutdown_recv) {
		*p->engine = before;
		p->heard = true;
	}
	explicit_bzero(&before, sizeof before);
}

/* These bytes end a record that is an alert, or the header of the one behind it. */
static bool may_be_end(const struct pump *p, size_t len)
{
	return p->hears && p->opened && !p->closing && p->engine->ibuf != p->engine->obuf &&
	       p->engine->record_type_in == ALERT && len == p->engine->ixc;
}

void pump_received(struct pump *p, size_t len)
{
	if (may_be_end(p, len))
		receive_alert(p, len);
	else
		br_ssl_engine_recvrec_ack(p->engine, len);
	drop_records(p);
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

	while (taken < data.len && (at = pump_space(p, &room)) != NULL) {
		struct span part = span_head(span_from(data, taken), room);

		memcpy(at, part.p, part.len);
		pump_written(p, part.len);
		taken += part.len;
	}
	return taken;
}

unsigned char *pump_space(const struct pump *p, size_t *len)
{
	*len = 0;
	return p->closing || p->half ? NULL : br_ssl_engine_sendapp_buf(p->engine, len);
}

void pump_written(struct pump *p, size_t len)
{
	if (len > 0)
		br_ssl_engine_sendapp_ack(p->engine, len);
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

void pump_half_close(struct pump *p)
{
	if (p->engine->ibuf == p->engine->obuf) {
		pump_close(p);
		return;
	}
	if (p->half || p->closing)
		return;
	pump_flush(p);
	p->half = true;
	make_last(p);
}
