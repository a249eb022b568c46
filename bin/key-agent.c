/* key-agent: holds private keys, and signs with them for whom it may. */
#include <fcntl.h>
#include <sys/socket.h>

#include "key_agent_options.h"
#include "base/log.h"
#include "tls/key_agent_stream.h"

static struct serving serving;
static struct serve_counts counts;
static struct key_agent_keys keys;
static struct key_agent_rules rules;
static struct clients users; /* connections of each user */

static void log_line(const struct key_agent_peer *peer, struct span key, const char *what)
{
	struct builder *line = access_begin(&serving.access);

	if (!line)
		return;
	builder_number(line, peer->uid);
	builder_byte(line, ' ');
	log_hostile(line, key, KEY_AGENT_NAME_MAX);
	builder_byte(line, ' ');
	builder_str(line, what);
	access_end(&serving.access);
}

static bool enter(struct key_agent *a, const struct stream *s, void **held)
{
	static struct key_agent_peer peer;
	struct client *client = NULL;

	(void)a;
	if (!key_agent_peer_read(&peer, conn_fd(s)) ||
	    !clients_enter_key(&users, span_of(&peer.uid, sizeof peer.uid),
	                       serving.serve.max_per_client, &client))
		return false;
	*held = client;
	return true;
}

static bool allowed(void *peer, struct span key)
{
	return key_agent_rules_allow(&rules, peer, key);
}

static const struct signer_secrets *open_key(struct key_agent *a, const struct stream *s, void *held,
                                             struct span name)
{
	static struct key_agent_peer peer;
	const struct key_agent_key *key = NULL;

	(void)a;
	(void)held;
	if (!key_agent_peer_read(&peer, conn_fd(s)))
		return NULL;
	key = key_agent_keys_open(&keys, name, allowed, &peer);
	log_line(&peer, key ? span_str(key->name) : name, key ? "opened" : "refused");
	return key ? &key->secrets : NULL;
}

static void leave(struct key_agent *a, void *held, const struct signer_secrets *secrets)
{
	(void)a;
	if (secrets)
		key_agent_keys_close(&keys, (const struct key_agent_key *)(const void *)secrets);
	clients_leave(&users, held);
}

static void note(void *context, const char *name, const char *why)
{
	(void)context;
	prog_warn("warning: %s: %s", prog_text(span_str(name)), why);
}

static void read_options(int argc, char **argv)
{
	const char *store = NULL;
	bool ruled = false;
	int option;

	while ((option = getopt(argc, argv, SERVING_LETTERS "a:d:k:p:")) != -1) {
		if (option == 'a' || option == 'k')
			key_agent_key_option(&keys, option, optarg);
		else if (option == 'd')
			store = optarg;
		else if (option == 'p')
			key_agent_rules_option(&rules, optarg);
		else
			serving_option(&serving, option, optarg);
		ruled = ruled || option == 'p';
	}
	if (optind != argc)
		prog_usage();
	if (!store && keys.n == 0)
		store = prog_env("CERTDIR");
	if (!store && keys.n == 0)
		prog_perm("no keys: neither -a, -d, -k nor CERTDIR is given");
	if (store)
		keys.dir = key_agent_open_store(store);
	if (!ruled)
		key_agent_rules_add_user(&rules, geteuid());
}

static void read_store(void)
{
	size_t n;

	if (keys.dir >= 0 && !key_agent_keys_scan(&keys, &n))
		prog_perm("the store: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	static struct key_agent agent = { enter, open_key, leave };
	struct jail_place place = { .access = JAIL_READ };

	prog_init("key-agent", SERVING_USAGE "\n"
	                       "       [-a name=file] [-d store] [-k name=file] [-p rules]");
	serving_init(&serving);
	serving.serve.max_connections = KEY_AGENT_CONNECTIONS;
	serving.serve.max_per_client = KEY_AGENT_PER_USER;
	key_agent_keys_init(&keys, -1);
	keys.note = note;
	read_options(argc, argv);
	key_agent_keep_memory(&keys, true);
	if (!clients_init(&users))
		prog_temp("random bytes: %s", strerror(errno));
	serving.serve.kind = &key_agent_kind;
	serving.serve.context = &agent;
	serving.serve.counts = &counts;
	serving_open(&serving);
	key_agent_keep_memory(&keys, false);
	place.dir = keys.dir;
	serving_jail(&serving, keys.dir >= 0 ? JAIL_READ : JAIL_STDIO, &place, keys.dir >= 0);
	read_store();
	serving_run(&serving);
	key_agent_keys_wipe(&keys);
	return PROG_OK;
}
