/* Tokens in files: which are one, and what becomes of them when the file changes. */
#include "net/bearer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "tap.h"

static char directory[] = "/tmp/bearer.XXXXXX", path[sizeof directory + 8];

static void put(const char *text)
{
	if (file_replace(AT_FDCWD, path, 0600, span_str(text)) != FILE_OK)
		abort();
}

static const struct {
	const char *text, *token; /* NULL: none */
} cases[] = {
	{ "abc", "abc" }, { "abc\n", "abc" }, { "abc\r\n", "abc" }, { "aZ09-._~+/==\n", "aZ09-._~+/==" },
	{ "a=\n", "a=" }, { "", NULL }, { "\n", NULL }, { "=\n", NULL }, { "a=b\n", NULL }, { "a b\n", NULL },
	{ " a\n", NULL }, { "a\n\n", NULL }, { "a\nb\n", NULL }, { "a\rX: y\n", NULL }, { "a\tb", NULL },
	{ "Bearer a", NULL }, { "\xc3\xa9", NULL }, { "a,b", NULL },
};

int main(void)
{
	static char large[BEARER_MAX + 2];
	static struct bearer b;
	struct span token;
	int64_t now = 0;

	if (!mkdtemp(directory))
		return 1;
	snprintf(path, sizeof path, "%s/token", directory);
	check(bearer_open(&b, path) != NULL, "no file is no token");
	put("first\n");
	check(!bearer_open(&b, path) && bearer_get(&b, now, &token) && span_is(token, "first"), "a token");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool good;

		put(cases[i].text);
		now += BEARER_LOOK_MS;
		good = bearer_get(&b, now, &token);
		check(good == (cases[i].token != NULL) && (!good || span_is(token, cases[i].token)), "case %zu", i);
	}
	for (size_t i = 0; i < BEARER_MAX + 1; i++)
		large[i] = 'a';
	put(large);
	check(!bearer_get(&b, now += BEARER_LOOK_MS, &token), "too long a token is none");
	large[BEARER_MAX] = 0;
	put(large);
	check(bearer_get(&b, now += BEARER_LOOK_MS, &token) && token.len == BEARER_MAX, "as long as it may be");
	put("next\n");
	check(bearer_get(&b, now + BEARER_LOOK_MS - 1, &token) && token.len == BEARER_MAX, "it is not looked at all the time");
	check(bearer_get(&b, now += BEARER_LOOK_MS, &token) && span_is(token, "next"), "but after a second");
	unlink(path);
	check(bearer_get(&b, now += BEARER_LOOK_MS, &token) && span_is(token, "next"), "while there is no file, it stays");
	rmdir(directory);
	return tap_end();
}
