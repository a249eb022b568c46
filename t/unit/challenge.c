/* Tokens, thumbprints, and paths that hold a token. */
#include "relay/challenge.h"

#include <string.h>

#include "tap.h"

#define PREFIX "/.well-known/acme-challenge/"

static void tokens(void)
{
	char text[CHALLENGE_TOKEN_MAX + 2];
	int taken = 0;

	for (int c = 0; c < 256; c++) {
		unsigned char one = (unsigned char)c;
		bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		             (c >= 'A' && c <= 'Z') || c == '-' || c == '_';

		if (challenge_token_ok(span_of(&one, 1)) != digit)
			check(false, "byte %d", c);
		taken += digit;
	}
	check(taken == 64, "of all bytes, the 64 digits of base64url are tokens");
	check(!challenge_token_ok(span_of(NULL, 0)), "nothing is none");
	memset(text, 'a', sizeof text);
	check(challenge_token_ok(span_of(text, 128)), "128 digits");
	check(!challenge_token_ok(span_of(text, 129)), "not 129");
	for (size_t i = 0; i < 128; i++) {
		text[i] = '.';
		if (challenge_token_ok(span_of(text, 128)))
			check(false, "a dot at %zu", i);
		text[i] = 'a';
	}
	check(!challenge_token_ok(span_str("..")) && !challenge_token_ok(span_str("a/b")) &&
	              !challenge_token_ok(span_str("a=")) && !challenge_token_ok(span_str("a+b")) &&
	              !challenge_token_ok(span_str(".token.1")) && !challenge_token_ok(span_str("a b")) &&
	              !challenge_token_ok(span_of("a\0", 2)) && !challenge_token_ok(span_str("a\n")),
	      "nothing that could leave a directory, hide in it or end a name");
}

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

static void thumbprints(void)
{
	char text[44];

	memset(text, 'T', sizeof text);
	check(challenge_thumbprint_ok(span_of(text, 43)), "43 digits");
	check(!challenge_thumbprint_ok(span_of(text, 42)) && !challenge_thumbprint_ok(span_of(text, 44)) &&
	              !challenge_thumbprint_ok(span_of(text, 0)),
	      "neither 42 nor 44");
	text[42] = '=';
	check(!challenge_thumbprint_ok(span_of(text, 43)), "no padding");
	text[42] = '+';
	check(!challenge_thumbprint_ok(span_of(text, 43)), "no base64 of the other kind");
	text[42] = '\n';
	check(!challenge_thumbprint_ok(span_of(text, 43)), "no line end");
}

int main(void)
{
	tokens();
	paths();
	thumbprints();
	return tap_end();
}
