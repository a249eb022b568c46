/*
 * fortify: what Debian's libbearssl.a and libgmp.a ask glibc for and musl does
 * not have.
 *
 * The libraries are built with _FORTIFY_SOURCE: some of their copies go through
 * functions that know how large the destination is. A copy that is too large
 * ends the process, as glibc does it. GMP prints in one case that can occur
 * here, before it ends the process for want of memory: no more than the end is
 * left of that.
 */
#include <features.h>

#ifndef __GLIBC__
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__memcpy_chk(void *to, const void *from, size_t len, size_t room);
void *__memmove_chk(void *to, const void *from, size_t len, size_t room);
void *__memset_chk(void *to, int byte, size_t len, size_t room);
int __fprintf_chk(FILE *out, int flag, const char *format, ...);

void *__memcpy_chk(void *to, const void *from, size_t len, size_t room)
{
	if (len > room)
		abort();
	return memcpy(to, from, len);
}

void *__memmove_chk(void *to, const void *from, size_t len, size_t room)
{
	if (len > room)
		abort();
	return memmove(to, from, len);
}

void *__memset_chk(void *to, int byte, size_t len, size_t room)
{
	if (len > room)
		abort();
	return memset(to, byte, len);
}

int __fprintf_chk(FILE *out, int flag, const char *format, ...)
{
	(void)out;
	(void)flag;
	(void)format;
	abort();
}
#endif
