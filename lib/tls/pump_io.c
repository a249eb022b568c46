/* The engine over a descriptor, under a deadline. */
#include <errno.h>
#include <string.h>

#include "base/deadline.h"
#include "base/io.h"
#include "tls/pump.h"

static enum pump_result result_of(enum io_result r)
{
	switch (r) {
	case IO_OK:
		return PUMP_OK;
	case IO_END:
		return PUMP_SHORT;
	case IO_TIMEOUT:
		return PUMP_TIMEOUT;
	case IO_ERROR:
		/* The other side has closed its socket. */
		return errno == EPIPE || errno == ECONNRESET ? PUMP_SHORT : PUMP_SYSTEM;
	case IO_TOO_LONG:
		break;
	}
	return PUMP_SYSTEM;
}

/*
 * A peer that takes no more may have said why, or have ended properly: reading goes
 * on, as if the records had been sent.
 */
static enum pump_result send_records(struct pump *p, int fd, int64_t deadline)
{
	struct span records;

	while ((records = pump_records(p)).len > 0) {
		enum pump_result r = PUMP_OK;

		if (!p->deaf)
			r = result_of(io_write_all(fd, records, deadline));
		if (r != PUMP_OK && r != PUMP_SHORT)
			return r;
		p->deaf = p->deaf || r == PUMP_SHORT;
		pump_records_sent(p, records.len);
	}
	return PUMP_OK;
}

/* There is nothing to be done but to receive, and that cannot be: with one buffer for both ways. */
static enum pump_result stuck(struct pump *p)
{
	enum pump_state state = pump_state(p);

	if (pump_records(p).len > 0 || pump_data(p).len > 0 ||
	    (state != PUMP_OPEN && state != PUMP_HANDSHAKE))
		return PUMP_OK;
	errno = EPROTO;
	return PUMP_SYSTEM;
}

/* Whatever comes, once. */
static enum pump_result receive(struct pump *p, int fd, int64_t deadline)
{
	size_t room, len;
	unsigned char *at = pump_room(p, &room);
	enum io_result r;

	if (!at)
		return stuck(p);
	/* A peer whose bytes never end and never say anything is held to the time all the same. */
	if (deadline_now() >= deadline)
		return PUMP_TIMEOUT;
	r = io_read(fd, at, room, &len, deadline);
	if (r == IO_OK)
		pump_received(p, len);
	else if (result_of(r) == PUMP_SHORT)
		pump_transport_ended(p);
	else
		return result_of(r);
	return PUMP_OK;
}

/* What a state that nothing can be read or written in comes to; PUMP_OK when it is another. */
static enum pump_result over(enum pump_state state)
{
	switch (state) {
	case PUMP_HANDSHAKE:
	case PUMP_OPEN:
		return PUMP_OK;
	case PUMP_ENDED:
		return PUMP_END;
	case PUMP_CUT:
		return PUMP_SHORT;
	case PUMP_FAILED:
		break;
	}
	return PUMP_REFUSED;
}

enum pump_result pump_handshake(struct pump *p, int fd, int64_t deadline)
{
	for (;;) {
		enum pump_result r = send_records(p, fd, deadline);

		if (r == PUMP_OK)
			r = over(pump_state(p));
		if (r == PUMP_OK && pump_state(p) == PUMP_OPEN)
			return PUMP_OK;
		if (r == PUMP_OK)
			r = receive(p, fd, deadline);
		if (r != PUMP_OK)
			return r;
	}
}

enum pump_result pump_read(struct pump *p, int fd, void *buf, size_t cap, size_t *len,
                           int64_t deadline)
{
	*len = 0;
	for (;;) {
		struct span data = pump_data(p);
		enum pump_result r;

		if (data.len > 0) {
			data = span_head(data, cap);
			memcpy(buf, data.p, data.len);
			pump_data_used(p, data.len);
			*len = data.len;
			return PUMP_OK;
		}
		r = over(pump_state(p));
		if (r == PUMP_OK)
			r = send_records(p, fd, deadline);
		if (r == PUMP_OK)
			r = receive(p, fd, deadline);
		if (r != PUMP_OK)
			return r;
	}
}

/* Nothing is read after these. */
static enum pump_result send_last(struct pump *p, int fd, int64_t deadline)
{
	enum pump_result r = send_records(p, fd, deadline);

	return r == PUMP_OK && p->deaf ? PUMP_SHORT : r;
}

enum pump_result pump_write_all(struct pump *p, int fd, struct span data, bool flush,
                                int64_t deadline)
{
	for (;;) {
		enum pump_result r = send_records(p, fd, deadline);
		size_t taken;

		if (r == PUMP_OK)
			r = over(pump_state(p));
		if (r == PUMP_OK && p->deaf)
			r = PUMP_SHORT;
		if (r != PUMP_OK)
			return r;
		if (data.len == 0)
			break;
		taken = pump_write(p, data);
		data = span_from(data, taken);
		if (taken == 0 && pump_records(p).len == 0) {
			errno = EPROTO;
			return PUMP_SYSTEM;
		}
	}
	if (!flush)
		return PUMP_OK;
	pump_flush(p);
	return send_last(p, fd, deadline);
}

enum pump_result pump_end(struct pump *p, int fd, int64_t deadline)
{
	/* Whoever ended it first need not have waited for our end of it. */
	if (pump_state(p) == PUMP_ENDED && pump_records(p).len == 0)
		return PUMP_OK;
	pump_close(p);
	return send_last(p, fd, deadline);
}
