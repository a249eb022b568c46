/*
 * tls-serve: the server's end of TLS. The plaintext goes to a program that is started for each
 * connection, on its descriptors 0 and 1, or to an upstream.
 */
#include <sys/prctl.h>

#include "serve_identity.h"
#include "serve_options.h"
#include "serve_program.h"
#include "servers.h"

static const char hosts_path[] = "/etc/hosts";

static struct serving serving;
static struct serve_counts counts;
static struct attest attest;
static struct serve_options options = { .attest = &attest };
static struct server server;
static struct front_upstream upstream;
static struct starter starter = { .fd = -1 };
static struct front front = { .handshake_ms = FRONT_HANDSHAKE_MS, .connect_ms = FRONT_CONNECT_MS,
	                      .idle_ms = FRONT_IDLE_MS, .total_ms = FRONT_TOTAL_MS };

static void read_clients(void)
{
	static struct anchors anchors;
	enum anchors_result r;

	server.clients = (enum server_clients)options.clients;
	server.pins = options.pins.n > 0 ? &options.pins : NULL;
	attest_open(&attest);
	if (attest.policy_file) {
		server.judge = attest_leaf;
		server.judge_with = &attest;
		attest.again = true;
	}
	if (!options.anchors)
		return;
	r = anchors_read(&anchors, options.anchors);
	if (r != ANCHORS_OK)
		prog_perm("-a: %s: %s", prog_text(span_str(options.anchors)), anchors_strerror(r));
	server.anchors = &anchors;
}

/* What one process a connection would keep would be nobody's. */
static void make_sessions(void)
{
	if (options.sessions == 0 || !serve_listens() || server.clients != SERVER_ANYBODY)
		return;
	server.sessions = sessions_make(options.sessions, SERVE_SESSION_S);
	if (!server.sessions)
		prog_temp("sessions: %s", strerror(errno));
}

/* Who is asked for its address; NULL: nobody. */
static const struct dns_servers *open_upstream(void)
{
	static struct dns_servers servers;

	serve_upstream(&upstream, options.upstream);
	front.upstream = &upstream;
	if (!upstream.literal)
		servers_open(&servers);
	return upstream.literal ? NULL : &servers;
}

static void open_program(void)
{
	const struct starter_work work = { .become = serve_become, .with = options.program,
		                           .once = !serving.serve.listening };

	if (!starter_start(&starter, &work))
		prog_temp("start: %s", strerror(errno));
	front.starter = &starter;
}

/* There are keys in it, of sessions at least: no core dump, and no tracer among the programs. */
static void keep_memory(void)
{
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		prog_temp("PR_SET_DUMPABLE: %s", strerror(errno));
}

static void enter_jail(int challenges)
{
	bool local = front.upstream && upstream.literal && addr_family(&upstream.addr) == AF_UNIX;
	unsigned int promises = JAIL_STDIO;
	struct jail_place places[4];
	size_t n = 0;

	if (server.certs)
		places[n++] = (struct jail_place){ .dir = server.certs->dir, .access = JAIL_READ };
	if (challenges >= 0)
		places[n++] = (struct jail_place){ .dir = challenges, .access = JAIL_READ };
	if (attest.policy_file)
		places[n++] = (struct jail_place){ .dir = attest.dir_fd, .access = JAIL_READ };
	if (front.upstream && !upstream.literal && access(hosts_path, R_OK) == 0)
		places[n++] = (struct jail_place){ hosts_path, AT_FDCWD, JAIL_READ };
	if (n > 0)
		promises |= JAIL_READ;
	if (front.upstream && !local)
		promises |= JAIL_NET;
	if (local || !front.upstream || (server.certs && server.certs->agent))
		promises |= JAIL_UNIX;
	if (!front.upstream)
		promises |= JAIL_PASS;
	serving_jail(&serving, promises, places, n);
}

int main(int argc, char **argv)
{
	int challenges;

	prog_init("tls-serve", SERVE_USAGE);
	serving_init(&serving);
	attest_init(&attest);
	serve_options_read(&options, &front, &serving, argc, argv);
	read_clients();
	server.protocols = options.protocols.name;
	server.n_protocols = options.protocols.n;
	challenges = serve_identity_open(&server, &options);
	make_sessions();
	front.serve = &serving.serve;
	front.access = &serving.access;
	front.server = &server;
	front.trusted = options.trusted.n > 0 ? &options.trusted : NULL;
	serving.serve.driver = &front_driver;
	serving.serve.context = &front;
	serving.serve.fds_each = FRONT_FDS_EACH;
	serving.serve.counts = &counts;
	serve_note_files();
	serving_open(&serving);
	keep_memory();
	if (options.program)
		open_program();
	if (!front_init(&front, options.program ? NULL : open_upstream(), hosts_path))
		prog_temp("start: %s", strerror(errno));
	enter_jail(challenges);
	serving_run(&serving);
	starter_end(&starter);
	sessions_free(server.sessions);
	return PROG_OK;
}
