/*
 * ascii: what a byte is, whatever the locale says. Bytes above 127 are
 * nothing in particular.
 */
#ifndef BASE_ASCII_H
#define BASE_ASCII_H

#include <stdbool.h>

static inline bool ascii_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static inline unsigned char ascii_lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
}

static inline bool ascii_alnum(unsigned char c)
{
	unsigned char l = ascii_lower(c);

	return ascii_digit(c) || (l >= 'a' && l <= 'z');
}

/* C0 controls and DEL. */
static inline bool ascii_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

#endif
