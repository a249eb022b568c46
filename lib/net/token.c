/* Tokens and thumbprints of ACME challenges. */
#include "net/token.h"

#include "base/base64.h"

static bool digits(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!base64_url_digit(text.p[i]))
			return false;
	return true;
}

bool token_ok(struct span token)
{
	return token.len > 0 && token.len <= TOKEN_MAX && digits(token);
}

bool token_thumbprint_ok(struct span text)
{
	return text.len == TOKEN_THUMBPRINT_LEN && digits(text);
}

bool token_authorization_ok(struct span text, struct span token)
{
	return text.len > token.len && span_eq(span_head(text, token.len), token) &&
	       text.p[token.len] == '.' && token_thumbprint_ok(span_from(text, token.len + 1));
}
