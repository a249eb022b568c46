/* root_option: -r, a root in the place of Intel's, or the end of the program. */
#ifndef BIN_ROOT_OPTION_H
#define BIN_ROOT_OPTION_H

#include <fcntl.h>

#include "base/file.h"
#include "base/prog.h"
#include "tee/trust.h"

enum { ROOT_OPTION_FILE_MAX = 16384 };

static void root_option_read(struct trust_root *root, const char *path)
{
	static unsigned char text[ROOT_OPTION_FILE_MAX];
	enum file_result r;
	size_t len;

	r = file_read(AT_FDCWD, path, text, sizeof text, &len);
	if (r != FILE_OK)
		prog_perm("-r: %s: %s", prog_text(span_str(path)), file_strerror(r));
	if (!trust_root_read(root, span_of(text, len)))
		prog_perm("-r: %s: not one certificate with a key on P-256", prog_text(span_str(path)));
}

#endif
