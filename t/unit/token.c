/* What is a token, and a thumbprint. */
#include "net/token.h"

#include <string.h>

#include "tap.h"

#define PRINT "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"

static void tokens(void)
{
	char text[TOKEN_MAX + 2];
	int taken = 0;

	for (int c = 0; c < 256; c++) {
		unsigned char one = (unsigned char)c;
		bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		             (c >= 'A' && c <= 'Z') || c == '-' || c == '_';

		if (token_ok(span_of(&one, 1)) != digit)
			check(false, "byte %d", c);
		taken += digit;
	}
	check(taken == 64, "of all bytes, the 64 digits of base64url are tokens");
	check(!token_ok(span_of(NULL, 0)), "nothing is none");
	memset(text, 'a', sizeof text);
	check(token_ok(span_of(text, 128)), "128 digits");
	check(!token_ok(span_of(text, 129)), "not 129");
	for (size_t i = 0; i < 128; i++) {
		text[i] = '.';
		if (token_ok(span_of(text, 128)))
			check(false, "a dot at %zu", i);
		text[i] = 'a';
	}
	check(!token_ok(span_str("..")) && !token_ok(span_str("a/b")) &&
	              !token_ok(span_str("a=")) && !token_ok(span_str("a+b")) &&
	              !token_ok(span_str(".token.1")) && !token_ok(span_str("a b")) &&
	              !token_ok(span_of("a\0", 2)) && !token_ok(span_str("a\n")),
	      "nothing that could leave a directory, hide in it or end a name");
}

static void thumbprints(void)
{
	char text[44];

	memset(text, 'T', sizeof text);
	check(token_thumbprint_ok(span_of(text, 43)), "43 digits");
	check(!token_thumbprint_ok(span_of(text, 42)) && !token_thumbprint_ok(span_of(text, 44)) &&
	              !token_thumbprint_ok(span_of(text, 0)),
	      "neither 42 nor 44");
	text[42] = '=';
	check(!token_thumbprint_ok(span_of(text, 43)), "no padding");
	text[42] = '+';
	check(!token_thumbprint_ok(span_of(text, 43)), "no base64 of the other kind");
	text[42] = '\n';
	check(!token_thumbprint_ok(span_of(text, 43)), "no line end");
}

/* The token, a dot and 43 digits, no more and no less. */
static void authorizations(void)
{
	static const char *const wrong[] = { "", "t", "t.", "." PRINT, "u." PRINT, "tt." PRINT, "t-" PRINT,
		                             "t." PRINT "x", "xt." PRINT, "t.." PRINT, "t." PRINT "\n" };
	size_t taken = 0;

	check(token_authorization_ok(span_str("t." PRINT), span_str("t")), "a key authorization");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		taken += token_authorization_ok(span_str(wrong[i]), span_str("t"));
	check(taken == 0, "nothing else is one");
	check(!token_authorization_ok(span_of("t." PRINT "\0", sizeof "t." PRINT), span_str("t")),
	      "no NUL at its end");
}

int main(void)
{
	tokens();
	thumbprints();
	authorizations();
	return tap_end();
}
