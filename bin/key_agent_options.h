/*
 * key_agent_options: which keys key-agent has, and for whom; and how its memory is kept to itself.
 * What is wrong ends the program with a message.
 */
#ifndef BIN_KEY_AGENT_OPTIONS_H
#define BIN_KEY_AGENT_OPTIONS_H

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "key_file.h"
#include "serving.h"
#include "tls/key_agent_keys.h"
#include "tls/key_agent_rules.h"

enum { KEY_AGENT_CONNECTIONS = 4096, KEY_AGENT_PER_USER = 1024, KEY_AGENT_RULES_SIZE = 65536 };

/* -a and -k: a name, '=', a file. */
static inline void key_agent_key_option(struct key_agent_keys *keys, int option, const char *value)
{
	struct span rest = span_str(value), name;
	static struct key key;

	if (!span_split(&rest, '=', &name) || rest.len == 0 || !key_agent_name_ok(name))
		prog_perm("-%c: not name=file: %s", option, prog_text(span_str(value)));
	key_file_read(&key, (const char *)rest.p);
	if (!key_agent_keys_add(keys, name, option == 'a' ? SIGNER_JWS : SIGNER_TLS, &key))
		prog_perm("-%c: a second key of that name, or too many: %s", option, prog_text(name));
	key_wipe(&key);
}

/* -p: a file of rules. */
static inline void key_agent_rules_option(struct key_agent_rules *rules, const char *path)
{
	static unsigned char text[KEY_AGENT_RULES_SIZE];
	enum key_agent_rules_result result;
	enum file_result r;
	size_t len, line;

	r = file_read(AT_FDCWD, path, text, sizeof text, &len);
	if (r != FILE_OK)
		prog_perm("-p: %s: %s", prog_text(span_str(path)), file_strerror(r));
	result = key_agent_rules_read(rules, span_of(text, len), &line);
	if (result != KEY_AGENT_RULES_OK)
		prog_perm("-p: %s: line %zu: %s", prog_text(span_str(path)), line,
		          key_agent_rules_strerror(result));
}

static inline int key_agent_open_store(const char *path)
{
	int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		prog_perm("%s: %s", prog_text(span_str(path)), strerror(errno));
	return dir;
}

/*
 * No core dump, no tracer, no swap. Where all memory is more than may be locked, the keys are
 * tried alone. A process that is forked has nothing locked: each does it for itself.
 */
static inline void key_agent_keep_memory(const struct key_agent_keys *keys, bool warn)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		prog_temp("PR_SET_DUMPABLE: %s", strerror(errno));
	madvise((void *)((uintptr_t)keys & ~(uintptr_t)4095), sizeof *keys, MADV_DONTDUMP);
	if (mlockall(MCL_CURRENT | MCL_ONFAULT) < 0 && mlock2(keys, sizeof *keys, MLOCK_ONFAULT) < 0 && warn)
		prog_warn("warning: memory is not locked (RLIMIT_MEMLOCK): %s", strerror(errno));
}

#endif
