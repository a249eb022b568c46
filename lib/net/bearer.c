/* A token from a file. */
#include "net/bearer.h"

#include <string.h>

#include "base/ascii.h"
#include "base/file.h"

/* RFC 6750, 2.1: b64token. */
static bool is_token(struct span text)
{
	size_t n = 0;

	while (n < text.len && (ascii_alnum(text.p[n]) || memchr("-._~+/", text.p[n], 6)))
		n++;
	if (n == 0)
		return false;
	while (n < text.len && text.p[n] == '=')
		n++;
	return n == text.len;
}

/* The file as it is now. NULL, or what is wrong with it; nothing is left of what was there before. */
static const char *load(struct bearer *b)
{
	enum file_result r;
	struct span line;
	size_t len;

	explicit_bzero(b->text, sizeof b->text);
	b->len = 0;
	r = file_read(b->file.dir, b->file.name, b->text, sizeof b->text, &len);
	if (r == FILE_ERROR)
		return "";
	if (r != FILE_OK)
		return file_strerror(r);
	line = span_of(b->text, len);
	line.len -= line.len > 0 && line.p[line.len - 1] == '\n';
	line.len -= line.len > 0 && line.p[line.len - 1] == '\r';
	if (line.len > BEARER_MAX || !is_token(line))
		return "not a line with a token";
	b->len = line.len;
	return NULL;
}

const char *bearer_open(struct bearer *b, const char *path)
{
	return watched_open(&b->file, path) ? load(b) : "";
}

bool bearer_get(struct bearer *b, int64_t now, struct span *token)
{
	if (now >= b->look) {
		b->look = now + BEARER_LOOK_MS;
		/* One that could not be read is tried again, whether it has changed or not. */
		if (watched_changed(&b->file) || b->len == 0)
			load(b);
	}
	*token = span_of(b->text, b->len);
	return b->len > 0;
}
