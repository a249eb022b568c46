/* ClientHello: records, the message, its extensions. */
#include "net/hello.h"

#include "base/reader.h"

enum {
	RECORD_HEADER = 5,
	RECORD_MAX = 16384,
	HANDSHAKE_RECORD = 22,
	ALERT_RECORD = 21,
	MESSAGE_HEADER = 4,
	CLIENT_HELLO = 1,
	RANDOM_LEN = 32,
	SESSION_ID_MAX = 32,
	EXTENSION_NAME = 0,
	EXTENSION_ALPN = 16,
	EXTENSION_VERSIONS = 43
};

const char *hello_name(enum hello_result result)
{
	switch (result) {
	case HELLO_OK:
		return "hello";
	case HELLO_MORE:
		return "cut";
	case HELLO_NOT_TLS:
		return "not-tls";
	case HELLO_MALFORMED:
		return "malformed";
	case HELLO_TOO_LARGE:
		return "too-large";
	}
	return "unknown";
}

/* server_name: a list of which only host_name is defined; one of each kind. */
static void read_names(struct hello *h, struct span data)
{
	struct reader r, list;

	reader_init(&r, data);
	reader_init(&list, reader_bytes(&r, reader_u16be(&r)));
	if (!reader_done(&r) || reader_left(&list) == 0)
		reader_fail(&list);
	while (reader_left(&list) > 0) {
		uint8_t type = reader_u8(&list);
		struct span name = reader_bytes(&list, reader_u16be(&list));

		if (type != 0)
			continue;
		if (h->has_name || name.len == 0)
			reader_fail(&list);
		h->has_name = true;
		h->name = name;
	}
	h->has_name = h->has_name && reader_ok(&list);
}

/* A list of names with a byte of length each; empty when it is not one. */
static struct span read_alpn(struct span data)
{
	struct reader r, list;
	struct span all;

	reader_init(&r, data);
	all = reader_bytes(&r, reader_u16be(&r));
	if (!reader_done(&r))
		return span_of(NULL, 0);
	reader_init(&list, all);
	while (reader_left(&list) > 0)
		if (reader_bytes(&list, reader_u8(&list)).len == 0)
			reader_fail(&list);
	return reader_ok(&list) ? all : span_of(NULL, 0);
}

static struct span read_versions(struct span data)
{
	struct reader r;
	struct span all;

	reader_init(&r, data);
	all = reader_bytes(&r, reader_u8(&r));
	return reader_done(&r) && all.len % 2 == 0 ? all : span_of(NULL, 0);
}

/* One extension; false when it is one that is understood and wrong, or there again. */
static bool read_extension(struct hello *h, uint16_t type, struct span data)
{
	switch (type) {
	case EXTENSION_NAME:
		if (h->has_name)
			return false;
		read_names(h, data);
		return h->has_name;
	case EXTENSION_ALPN:
		if (h->alpn.len > 0)
			return false;
		h->alpn = read_alpn(data);
		return h->alpn.len > 0;
	case EXTENSION_VERSIONS:
		if (h->versions.len > 0)
			return false;
		h->versions = read_versions(data);
		return h->versions.len > 0;
	default:
		return true;
	}
}

/* The message behind its header, all of it. */
static enum hello_result read_message(struct hello *h, struct span body)
{
	struct reader r, extensions;
	struct span suites;

	reader_init(&r, body);
	h->version = reader_u16be(&r);
	reader_bytes(&r, RANDOM_LEN);
	if (reader_bytes(&r, reader_u8(&r)).len > SESSION_ID_MAX)
		return HELLO_MALFORMED;
	suites = reader_bytes(&r, reader_u16be(&r));
	if (suites.len == 0 || suites.len % 2 != 0 || reader_bytes(&r, reader_u8(&r)).len == 0)
		return HELLO_MALFORMED;
	/* Before TLS 1.2 there need be no extensions at all. */
	if (reader_done(&r))
		return h->version >> 8 == 3 ? HELLO_OK : HELLO_MALFORMED;
	reader_init(&extensions, reader_bytes(&r, reader_u16be(&r)));
	if (!reader_done(&r) || h->version >> 8 != 3)
		return HELLO_MALFORMED;
	while (reader_left(&extensions) > 0) {
		uint16_t type = reader_u16be(&extensions);
		struct span data = reader_bytes(&extensions, reader_u16be(&extensions));

		if (!reader_ok(&extensions) || !read_extension(h, type, data))
			return HELLO_MALFORMED;
	}
	return reader_ok(&extensions) ? HELLO_OK : HELLO_MALFORMED;
}

/* The message as far as it came: in place when one record has it all so far, else in the store. */
struct message {
	unsigned char *store;
	struct span bytes;
	size_t records;
};

/* Adds what a record brought. */
static void add_fragment(struct message *m, struct span fragment)
{
	if (m->records++ == 0) {
		m->bytes = span_head(fragment, HELLO_MESSAGE_MAX);
		return;
	}
	fragment = span_head(fragment, HELLO_MESSAGE_MAX - m->bytes.len);
	if (m->records == 2)
		memcpy(m->store, m->bytes.p, m->bytes.len);
	memcpy(m->store + m->bytes.len, fragment.p, fragment.len);
	m->bytes = span_of(m->store, m->bytes.len + fragment.len);
}

/* What the header of the message says, as far as it is there. */
static enum hello_result look_at_message(const struct message *m, size_t *len)
{
	struct span b = m->bytes;

	*len = 0;
	if (b.len > 0 && b.p[0] != CLIENT_HELLO)
		return HELLO_MALFORMED;
	if (b.len < MESSAGE_HEADER)
		return HELLO_MORE;
	*len = MESSAGE_HEADER + ((size_t)b.p[1] << 16 | (size_t)b.p[2] << 8 | b.p[3]);
	if (*len > HELLO_MESSAGE_MAX)
		return HELLO_TOO_LARGE;
	return b.len < *len ? HELLO_MORE : HELLO_OK;
}

/* The header of a record, of which at least a byte is there. */
static enum hello_result look_at_record(struct span bytes, bool first, size_t *len)
{
	enum hello_result wrong = first ? HELLO_NOT_TLS : HELLO_MALFORMED;

	if (bytes.p[0] != HANDSHAKE_RECORD || (bytes.len > 1 && bytes.p[1] != 3))
		return wrong;
	if (bytes.len < RECORD_HEADER)
		return HELLO_MORE;
	*len = (size_t)bytes.p[3] << 8 | bytes.p[4];
	return *len == 0 || *len > RECORD_MAX ? HELLO_MALFORMED : HELLO_OK;
}

enum hello_result hello_read(struct hello *h, struct span bytes, unsigned char *store)
{
	struct message m = { .store = store };
	enum hello_result result = HELLO_MORE;
	size_t at = 0, record, len;

	*h = (struct hello){ .len = 0 };
	bytes = span_head(bytes, HELLO_STREAM_MAX);
	while (at < bytes.len) {
		struct span rest = span_from(bytes, at);

		result = look_at_record(rest, at == 0, &record);
		if (result != HELLO_OK)
			break;
		add_fragment(&m, span_head(span_from(rest, RECORD_HEADER), record));
		at += RECORD_HEADER + record;
		result = look_at_message(&m, &len);
		if (result != HELLO_MORE)
			break;
	}
	if (result == HELLO_MORE && bytes.len == HELLO_STREAM_MAX)
		return HELLO_TOO_LARGE;
	if (result != HELLO_OK)
		return result;
	h->len = at < bytes.len ? at : bytes.len;
	return read_message(h, span_head(span_from(m.bytes, MESSAGE_HEADER), len - MESSAGE_HEADER));
}

bool hello_next_alpn(struct span *list, struct span *name)
{
	if (list->len == 0 || list->p[0] >= list->len)
		return false;
	*name = span_head(span_from(*list, 1), list->p[0]);
	*list = span_from(*list, 1 + name->len);
	return true;
}

bool hello_alpn(const struct hello *h, const char *name)
{
	struct span list = h->alpn, offered;

	while (hello_next_alpn(&list, &offered))
		if (span_is(offered, name))
			return true;
	return false;
}

void hello_alert(struct builder *out, enum hello_alert alert)
{
	const unsigned char record[HELLO_ALERT_LEN] = { ALERT_RECORD, 3, 3, 0, 2, 2,
	                                                (unsigned char)alert };

	builder_add(out, span_of(record, sizeof record));
}
