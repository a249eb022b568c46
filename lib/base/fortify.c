/*
 * fortify: what Debian's libbearssl.a asks glibc for and musl does not have.
 *
 * The library is built with _FORTIFY_SOURCE: some of its copies go through
 * functions that know how large the destination is. A copy that is too large
 * ends the process, as glibc does it.
 */
#include <features.h>

#ifndef __GLIBC__
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void *__memcpy_chk(void *to, const void *from, size_t len, size_t room);
void *__memmove_chk(void *to, const void *from, size_t len, size_t room);
void *__memset_chk(void *to, int byte, size_t len, size_t room);

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
#endif
