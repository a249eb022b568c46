/*
 * key_agent_rules: who may use which keys of key-agent.
 *
 * A file of lines, each `user WHO KEY ...` or `group WHO KEY ...`: WHO is a name or a number, KEY
 * a key's name, or `*` and the end of names, which may be empty. Blank lines and those that begin
 * with '#' are passed over. What no line allows is not allowed, to root neither.
 */
#ifndef TLS_KEY_AGENT_RULES_H
#define TLS_KEY_AGENT_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/span.h"
#include "tls/key_agent.h"

enum { KEY_AGENT_RULES_MAX = 256, KEY_AGENT_GROUPS_MAX = 256 };

struct key_agent_rules {
	size_t n;
	struct key_agent_rule {
		bool is_group, is_end; /* of a group, else a user; an end of names */
		uint32_t id;
		size_t len;
		char key[KEY_AGENT_NAME_MAX];
	} rule[KEY_AGENT_RULES_MAX];
};

enum key_agent_rules_result {
	KEY_AGENT_RULES_OK,
	KEY_AGENT_RULES_MALFORMED,
	KEY_AGENT_RULES_NO_USER,
	KEY_AGENT_RULES_NO_GROUP,
	KEY_AGENT_RULES_BAD_KEY, /* no name a key can have */
	KEY_AGENT_RULES_FULL
};
const char *key_agent_rules_strerror(enum key_agent_rules_result result);

/* Adds the rules of a file. `*line` is the number of the one where it stopped. */
enum key_agent_rules_result key_agent_rules_read(struct key_agent_rules *rules, struct span text,
                                                 size_t *line);

/* Adds one for a user and all keys. */
void key_agent_rules_add_user(struct key_agent_rules *rules, uid_t uid);

/* Who is at the other end of a socket, as the kernel says: when it connected. */
struct key_agent_peer {
	uid_t uid;
	size_t n_groups;
	gid_t group[KEY_AGENT_GROUPS_MAX]; /* its own, then the supplementary ones, as far as there is room */
};

/* False (errno) when it is no Unix socket. */
bool key_agent_peer_read(struct key_agent_peer *peer, int fd);

bool key_agent_rules_allow(const struct key_agent_rules *rules, const struct key_agent_peer *peer,
                           struct span key);

#endif
