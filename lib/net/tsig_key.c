/* Where the secret of signed DNS messages comes from: key files. */
#include <string.h>

#include "base/ascii.h"
#include "base/base64.h"
#include "net/dns_wire.h"
#include "net/tsig.h"

const char *tsig_key_strerror(enum tsig_key_result result)
{
	switch (result) {
	case TSIG_KEY_OK:
		return "a key";
	case TSIG_KEY_MALFORMED:
		return "neither a key statement nor algorithm:name:secret";
	case TSIG_KEY_ALGORITHM:
		return "its algorithm is none of hmac-sha256, hmac-sha384 and hmac-sha512";
	case TSIG_KEY_NAME:
		return "its name is not the name of a key";
	case TSIG_KEY_SECRET:
		return "its secret is not base64 of 1 to 512 bytes";
	}
	return "unknown";
}

void tsig_key_wipe(struct tsig_key *key)
{
	explicit_bzero(key, sizeof *key);
}

static struct span without_dot(struct span name)
{
	return span_head(name, name.len - (name.len > 0 && name.p[name.len - 1] == '.'));
}

static bool set_algorithm(struct tsig_key *key, struct span name)
{
	static const char *const names[] = {
		[TSIG_SHA256] = "hmac-sha256",
		[TSIG_SHA384] = "hmac-sha384",
		[TSIG_SHA512] = "hmac-sha512",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (span_is_nocase(without_dot(name), names[i])) {
			key->algorithm = (enum tsig_algorithm)i;
			return true;
		}
	return false;
}

static enum tsig_key_result make(struct tsig_key *key, struct span algorithm, struct span name,
                                 struct span secret)
{
	struct builder b;

	if (!set_algorithm(key, algorithm))
		return TSIG_KEY_ALGORITHM;
	if (!dns_name_ok(name))
		return TSIG_KEY_NAME;
	name = without_dot(name);
	for (size_t i = 0; i < name.len; i++)
		key->name[i] = (char)ascii_lower(name.p[i]);
	key->name[name.len] = 0;
	builder_init(&b, key->secret, sizeof key->secret);
	if (!base64_decode(&b, secret) || b.len == 0)
		return TSIG_KEY_SECRET;
	key->secret_len = b.len;
	return TSIG_KEY_OK;
}

static bool is_space(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Past white space and the three kinds of comments of BIND's files. */
static struct span skip(struct span s)
{
	while (s.len > 0) {
		if (is_space(s.p[0])) {
			s = span_from(s, 1);
		} else if (s.p[0] == '#' || span_starts(s, "//")) {
			s = span_from(s, span_find(s, '\n'));
		} else if (span_starts(s, "/*")) {
			for (s = span_from(s, 2); s.len > 0 && !span_starts(s, "*/");)
				s = span_from(s, 1);
			s = span_from(s, 2);
		} else {
			break;
		}
	}
	return s;
}

/* The next word, quoted or not, or one of the marks { } ; and false at the end. */
static bool next_word(struct span *rest, struct span *word)
{
	struct span s = skip(*rest);
	size_t len = 0;

	if (s.len == 0)
		return false;
	if (s.p[0] == '"') {
		s = span_from(s, 1);
		len = span_find(s, '"');
		*word = span_head(s, len);
		*rest = span_from(s, len + 1);
		return len < s.len;
	}
	while (len < s.len && !is_space(s.p[len]) && !memchr("{};\"", s.p[len], 4))
		len++;
	len += len == 0;
	*word = span_head(s, len);
	*rest = span_from(s, len);
	return true;
}

static bool expect(struct span *rest, const char *mark)
{
	struct span word;

	return next_word(rest, &word) && span_is(word, mark);
}

/* key NAME { algorithm WORD; secret WORD; }; in either order, each once. */
static enum tsig_key_result read_statement(struct tsig_key *key, struct span rest)
{
	struct span name, word = { NULL, 0 }, algorithm = { NULL, 0 }, secret = { NULL, 0 };

	if (!next_word(&rest, &name) || !expect(&rest, "{"))
		return TSIG_KEY_MALFORMED;
	while (next_word(&rest, &word) && !span_is(word, "}")) {
		struct span *value = span_is(word, "algorithm") ? &algorithm : &secret;

		if ((value == &secret && !span_is(word, "secret")) || value->p ||
		    !next_word(&rest, value) || !expect(&rest, ";"))
			return TSIG_KEY_MALFORMED;
	}
	if (!algorithm.p || !secret.p || !span_is(word, "}") || !expect(&rest, ";"))
		return TSIG_KEY_MALFORMED;
	return make(key, algorithm, name, secret);
}

static enum tsig_key_result read_line(struct tsig_key *key, struct span line)
{
	struct span algorithm, name;

	line = span_trim(span_head(line, line.len - (line.len > 0 && line.p[line.len - 1] == '\r')));
	if (!span_split(&line, ':', &algorithm) || !line.p || !span_split(&line, ':', &name) || !line.p ||
	    span_find(line, ':') < line.len)
		return TSIG_KEY_MALFORMED;
	return make(key, algorithm, name, line);
}

enum tsig_key_result tsig_key_read(struct tsig_key *key, struct span text)
{
	struct span rest = text, word, line;

	memset(key, 0, sizeof *key);
	if (text.len == 0)
		return TSIG_KEY_MALFORMED;
	if (next_word(&rest, &word) && span_is(word, "key"))
		return read_statement(key, rest);
	while (text.len > 0 && is_space(text.p[0]))
		text = span_from(text, 1);
	line = span_head(text, span_find(text, '\n'));
	if (span_starts(line, "#"))
		line = span_from(line, 1);
	return read_line(key, line);
}
