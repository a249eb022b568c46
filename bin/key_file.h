/*
 * key_file: a private key from a file. What is wrong with it ends the program
 * with a message.
 */
#ifndef BIN_KEY_FILE_H
#define BIN_KEY_FILE_H

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/jail.h"
#include "base/prog.h"
#include "tls/key.h"

enum { KEY_FILE_MAX = 1 << 16 }; /* bytes: a key may stand among certificates */

static inline void key_file_read(struct key *key, const char *path)
{
	static unsigned char text[KEY_FILE_MAX];
	enum key_result result;
	enum file_result r;
	size_t len;

	r = file_read(AT_FDCWD, path, text, sizeof text, &len);
	if (r != FILE_OK)
		prog_perm("%s: %s", prog_text(span_str(path)), file_strerror(r));
	result = key_read(key, span_of(text, len));
	explicit_bzero(text, sizeof text);
	if (result != KEY_OK)
		prog_perm("%s: %s", prog_text(span_str(path)), key_strerror(result));
}

/* From here on the process reads and writes what it has open, and no more. */
static inline void key_file_jail(void)
{
	struct jail jail = { .promises = JAIL_STDIO };

	if (jail_enter(&jail) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
}

#endif
