/* The processes with the keys: a file read, then a socket and nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "acme/jose.h"
#include "acme/session_parts.h"
#include "base/cell.h"
#include "base/deadline.h"
#include "base/file.h"
#include "base/jail.h"
#include "base/log.h"
#include "tls/signer.h"

enum { START_MS = 10000, WHY_MAX = 1024 };

struct secret {
	const char *path;
	bool is_mac;
};

static enum acme_result fail(struct builder *why, const char *path, const char *what,
                             enum acme_result result)
{
	log_hostile(why, span_str(path), 512);
	builder_str(why, ": ");
	builder_str(why, what);
	return result;
}

static enum acme_result read_secret(const struct secret *s, struct key *key, struct builder *mac,
                                    struct span text, struct builder *why)
{
	enum key_result result;

	if (s->is_mac)
		return jose_mac_key(mac, text) ? ACME_OK :
		                                 fail(why, s->path, "not a key in base64url", ACME_PERM);
	result = key_read(key, text);
	return result == KEY_OK ? ACME_OK : fail(why, s->path, key_strerror(result), ACME_PERM);
}

static enum acme_result open_secret(const struct secret *s, struct key *key, struct builder *mac,
                                    struct builder *why)
{
	static const struct jail nothing;
	static unsigned char text[KEY_PEM_MAX];
	enum acme_result result;
	enum file_result got;
	size_t len;

	got = file_read(AT_FDCWD, s->path, text, sizeof text, &len);
	if (got != FILE_OK)
		return fail(why, s->path, file_strerror(got),
		            got == FILE_ERROR && errno != EACCES ? ACME_TEMP : ACME_PERM);
	if (jail_enter(&nothing) == JAIL_FAILED)
		result = fail(why, "jail", strerror(errno), ACME_TEMP);
	else
		result = read_secret(s, key, mac, span_of(text, len), why);
	explicit_bzero(text, sizeof text);
	return result;
}

static int signer(void *context, int fd)
{
	static struct key key;
	static unsigned char mac_bytes[JOSE_MAC_KEY_MAX];
	unsigned char why_bytes[WHY_MAX];
	const struct secret *s = context;
	struct signer_secrets secrets = { .key = s->is_mac ? NULL : &key };
	struct builder mac, why;
	enum acme_result result;
	bool good = false;

	/* A ^C goes to everybody at the terminal; what then happens is for main to say. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	cell_keep(&fd, 1);
	builder_init(&mac, mac_bytes, sizeof mac_bytes);
	builder_init(&why, why_bytes, sizeof why_bytes);
	result = open_secret(s, &key, &mac, &why);
	secrets.mac = builder_span(&mac);
	if (cell_report(fd, (unsigned char)result, NULL, &why, deadline_in(START_MS)) == IO_OK &&
	    result == ACME_OK)
		good = signer_serve(&secrets, fd);
	key_wipe(&key);
	explicit_bzero(mac_bytes, sizeof mac_bytes);
	return !good;
}

enum acme_result session_signer(struct child *child, const char *path, bool is_mac,
                                int64_t deadline, struct builder *why)
{
	struct secret s = { path, is_mac };
	unsigned char frame[WHY_MAX], kind;
	struct builder none = { 0 };
	int verdict = -1, status;
	size_t len;

	if (!child_start(child, signer, &s))
		return fail(why, "fork", strerror(errno), ACME_TEMP);
	deadline = deadline_first(deadline, deadline_in(START_MS));
	while (verdict < 0) {
		if (cell_receive(child->fd, &kind, frame, sizeof frame, &len, deadline) == IO_OK &&
		    cell_take(kind, span_of(frame, len), &none, why, &verdict))
			continue;
		builder_str(why, "the process for ");
		log_hostile(why, span_str(path), 512);
		builder_byte(why, ' ');
		cell_epitaph(child, why);
		return ACME_TEMP;
	}
	if (verdict == ACME_OK)
		return ACME_OK;
	child_end(child, deadline, &status);
	return verdict == ACME_TEMP ? ACME_TEMP : ACME_PERM;
}
