/* name_list: the names that a request or a certificate is for, from a command line. */
#ifndef BIN_NAME_LIST_H
#define BIN_NAME_LIST_H

#include "base/prog.h"
#include "tls/names.h"

static void name_list_read(struct name_set *names, char *const *argv)
{
	for (; *argv; argv++) {
		enum name_result result = name_set_add(names, span_str(*argv));

		if (result != NAME_OK)
			prog_perm("%s: %s", prog_text(span_str(*argv)), name_strerror(result));
	}
}

#endif
