/* Keys in another process: the way there. */
#include "tls/key_agent.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "net/sock.h"
#include "tls/pins.h"

enum { BACKLOG_MS = 10 };

const char *key_agent_strerror(enum key_agent_result result)
{
	switch (result) {
	case KEY_AGENT_OK:
		return "success";
	case KEY_AGENT_NO_KEY:
		return "key-agent has no such key for this process";
	case KEY_AGENT_GONE:
		return "no key-agent there";
	case KEY_AGENT_TIMEOUT:
		return "key-agent does not answer";
	case KEY_AGENT_BAD_NAME:
		return "not a name key-agent's keys can have";
	}
	return "unknown";
}

static bool is_name_byte(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '.' || c == '_' || c == '-' || c == ':';
}

bool key_agent_name_ok(struct span name)
{
	if (name.len == 0 || name.len > KEY_AGENT_NAME_MAX || name.p[0] == '.')
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!is_name_byte(name.p[i]))
			return false;
	return true;
}

static bool address(struct addr *at, const char *path)
{
	struct span text = span_str(path);

	*at = (struct addr){ .mode = -1 };
	if (span_starts(text, "unix:"))
		text = span_from(text, 5);
	if (text.len == 0 || text.len > KEY_AGENT_PATH_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	at->u.local.sun_family = AF_UNIX;
	memcpy(at->u.local.sun_path, text.p, text.len);
	at->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + text.len + 1);
	return true;
}

static enum key_agent_result ask_for(struct signer *s, struct span name)
{
	unsigned char request_bytes[1 + KEY_AGENT_NAME_MAX], spki_bytes[KEY_SPKI_MAX];
	struct builder request, spki;

	builder_init(&request, request_bytes, sizeof request_bytes);
	builder_init(&spki, spki_bytes, sizeof spki_bytes);
	builder_byte(&request, KEY_AGENT_OPEN);
	builder_add(&request, name);
	errno = 0;
	if (signer_ask(s, builder_span(&request), KEY_SPKI_MAX, &spki))
		return KEY_AGENT_OK;
	if (s->result == SIGNER_REFUSED)
		return KEY_AGENT_NO_KEY;
	return s->result == SIGNER_LATE ? KEY_AGENT_TIMEOUT : KEY_AGENT_GONE;
}

/* A Unix socket's backlog that is full is no queue: who finds it so comes again. */
static enum key_agent_result connect_to(struct signer *s, const struct addr *at, int64_t deadline)
{
	for (;;) {
		enum sock_result r = sock_connect(at, 1, 0, deadline, &s->fd);

		if (r == SOCK_DONE)
			return KEY_AGENT_OK;
		if (r == SOCK_TIMEOUT)
			return KEY_AGENT_TIMEOUT;
		if (errno != EAGAIN)
			return KEY_AGENT_GONE;
		poll(NULL, 0, BACKLOG_MS);
		if (deadline_now() >= deadline)
			return KEY_AGENT_TIMEOUT;
	}
}

enum key_agent_result key_agent_open(struct signer *s, const char *path, struct span name,
                                     int64_t deadline)
{
	enum key_agent_result result;
	struct addr at;

	*s = (struct signer){ .fd = -1, .deadline = deadline };
	if (!key_agent_name_ok(name))
		return KEY_AGENT_BAD_NAME;
	if (!address(&at, path))
		return KEY_AGENT_GONE;
	result = connect_to(s, &at, deadline);
	if (result == KEY_AGENT_OK)
		result = ask_for(s, name);
	if (result != KEY_AGENT_OK)
		key_agent_close(s);
	return result;
}

void key_agent_close(struct signer *s)
{
	int error = errno;

	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	errno = error;
}

void key_agent_pin(struct builder *name, struct span spki)
{
	unsigned char pin[KEY_PIN_LEN];

	key_pin(spki, pin);
	pins_print(name, pin);
}
