/* Paths that hold a token. */
#include "relay/challenge.h"

#include "tap.h"

#define PREFIX "/.well-known/acme-challenge/"

static void paths(void)
{
	static const struct {
		const char *path, *token; /* NULL: not below the challenges' at all */
	} table[] = {
		{ PREFIX "abc", "abc" },
		{ PREFIX "-_", "-_" },
		{ PREFIX "", "" },
		{ PREFIX "a/", "" },
		{ PREFIX "/a", "" },
		{ PREFIX "a/b", "" },
		{ PREFIX "..", "" },
		{ PREFIX "../a", "" },
		{ PREFIX "%61", "" },
		{ PREFIX "a.txt", "" },
		{ "/.well-known/acme-challenge", NULL },
		{ "/.well-known/acme-challengeX/abc", NULL },
		{ "//.well-known/acme-challenge/abc", NULL },
		{ "/x/.well-known/acme-challenge/abc", NULL },
		{ "/.well-known//acme-challenge/abc", NULL },
		{ "/.Well-Known/acme-challenge/abc", NULL },
		{ "/.well-known/%61cme-challenge/abc", NULL },
		{ "*", NULL },
		{ "/", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct span path = span_str(table[i].path);

		check(challenge_path(path) == (table[i].token != NULL) &&
		              span_is(challenge_token(path), table[i].token ? table[i].token : ""),
		      "%s", table[i].path);
	}
	check(challenge_token(span_of(PREFIX "a\0b", sizeof PREFIX + 2)).len == 0, "a NUL is no digit");
}

int main(void)
{
	paths();
	return tap_end();
}
