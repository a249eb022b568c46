/* Users, groups and names of keys. */
#include "tls/key_agent_rules.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>

enum { WHO_MAX = 256 };

const char *key_agent_rules_strerror(enum key_agent_rules_result result)
{
	switch (result) {
	case KEY_AGENT_RULES_OK:
		return "success";
	case KEY_AGENT_RULES_MALFORMED:
		return "not \"user WHO KEY ...\" or \"group WHO KEY ...\"";
	case KEY_AGENT_RULES_NO_USER:
		return "no such user";
	case KEY_AGENT_RULES_NO_GROUP:
		return "no such group";
	case KEY_AGENT_RULES_BAD_KEY:
		return "not a name keys can have";
	case KEY_AGENT_RULES_FULL:
		return "too many rules";
	}
	return "unknown";
}

/* The next word of a line; false at its end. */
static bool next_word(struct span *line, struct span *word)
{
	size_t n = 0;

	*line = span_trim(*line);
	while (n < line->len && line->p[n] != ' ' && line->p[n] != '\t')
		n++;
	*word = span_head(*line, n);
	*line = span_from(*line, n);
	return n > 0;
}

/* A number that all bits are set in stands for "no change" in system calls, and for nobody here. */
static bool find_number(struct span who, uint32_t *id)
{
	uint64_t number;

	if (!span_number(who, UINT32_MAX - 1, &number))
		return false;
	*id = (uint32_t)number;
	return true;
}

static enum key_agent_rules_result find_who(struct key_agent_rule *rule, struct span who)
{
	char name[WHO_MAX];
	const struct passwd *user;
	const struct group *group;

	if (find_number(who, &rule->id))
		return KEY_AGENT_RULES_OK;
	if (who.len >= sizeof name || memchr(who.p, 0, who.len))
		return KEY_AGENT_RULES_MALFORMED;
	memcpy(name, who.p, who.len);
	name[who.len] = 0;
	if (rule->is_group) {
		group = getgrnam(name);
		rule->id = group ? group->gr_gid : 0;
		return group ? KEY_AGENT_RULES_OK : KEY_AGENT_RULES_NO_GROUP;
	}
	user = getpwnam(name);
	rule->id = user ? user->pw_uid : 0;
	return user ? KEY_AGENT_RULES_OK : KEY_AGENT_RULES_NO_USER;
}

/* One rule of the table for one key of a line. */
static enum key_agent_rules_result add(struct key_agent_rules *rules, struct key_agent_rule *rule,
                                       struct span key)
{
	struct span rest;

	rule->is_end = span_starts(key, "*");
	if (rule->is_end)
		key = span_from(key, 1);
	/* The end of a name may begin with what a name does not begin with. */
	rest = rule->is_end && span_starts(key, ".") ? span_from(key, 1) : key;
	if (key.len > KEY_AGENT_NAME_MAX ||
	    (!key_agent_name_ok(rest) && !(rule->is_end && rest.len == 0)))
		return KEY_AGENT_RULES_BAD_KEY;
	if (rules->n == KEY_AGENT_RULES_MAX)
		return KEY_AGENT_RULES_FULL;
	rule->len = key.len;
	memcpy(rule->key, key.p, key.len);
	rules->rule[rules->n++] = *rule;
	return KEY_AGENT_RULES_OK;
}

static enum key_agent_rules_result read_line(struct key_agent_rules *rules, struct span line)
{
	struct key_agent_rule rule = { .len = 0 };
	enum key_agent_rules_result result;
	struct span kind, who, key;

	if (!next_word(&line, &kind) || kind.p[0] == '#')
		return KEY_AGENT_RULES_OK;
	rule.is_group = span_is(kind, "group");
	if ((!rule.is_group && !span_is(kind, "user")) || !next_word(&line, &who) ||
	    !next_word(&line, &key))
		return KEY_AGENT_RULES_MALFORMED;
	result = find_who(&rule, who);
	while (result == KEY_AGENT_RULES_OK) {
		result = add(rules, &rule, key);
		if (!next_word(&line, &key))
			break;
	}
	return result;
}

enum key_agent_rules_result key_agent_rules_read(struct key_agent_rules *rules, struct span text,
                                                 size_t *line)
{
	enum key_agent_rules_result result = KEY_AGENT_RULES_OK;
	struct span one;

	*line = 0;
	if (text.len == 0)
		return KEY_AGENT_RULES_OK;
	while (result == KEY_AGENT_RULES_OK && span_split(&text, '\n', &one)) {
		++*line;
		result = read_line(rules, one);
	}
	return result;
}

void key_agent_rules_add_user(struct key_agent_rules *rules, uid_t uid)
{
	if (rules->n < KEY_AGENT_RULES_MAX)
		rules->rule[rules->n++] = (struct key_agent_rule){ .id = uid, .is_end = true };
}

bool key_agent_peer_read(struct key_agent_peer *peer, int fd)
{
	struct ucred who;
	socklen_t len = sizeof who, room = sizeof peer->group - sizeof *peer->group;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0)
		return false;
	/* Of what is no Unix socket the kernel says that it is nobody's. */
	if (who.uid == (uid_t)-1) {
		errno = EINVAL;
		return false;
	}
	peer->uid = who.uid;
	peer->group[0] = who.gid;
	peer->n_groups = 1;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer->group + 1, &room) == 0)
		peer->n_groups += room / sizeof *peer->group;
	return true;
}

static bool is_who(const struct key_agent_rule *rule, const struct key_agent_peer *peer)
{
	if (!rule->is_group)
		return rule->id == peer->uid;
	for (size_t i = 0; i < peer->n_groups; i++)
		if (rule->id == peer->group[i])
			return true;
	return false;
}

static bool is_key(const struct key_agent_rule *rule, struct span key)
{
	struct span wanted = span_of(rule->key, rule->len);

	if (!rule->is_end)
		return span_eq(key, wanted);
	return key.len >= wanted.len && span_eq(span_from(key, key.len - wanted.len), wanted);
}

bool key_agent_rules_allow(const struct key_agent_rules *rules, const struct key_agent_peer *peer,
                           struct span key)
{
	for (size_t i = 0; i < rules->n; i++)
		if (is_who(&rules->rule[i], peer) && is_key(&rules->rule[i], key))
			return true;
	return false;
}
