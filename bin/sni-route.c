/* sni-route: TLS connections sent on by the name their client asks for. */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "relay/sni.h"
#include "servers.h"
#include "serving.h"

static const char hosts_path[] = "/etc/hosts";

static struct serving serving;
static struct serve_counts counts;
static struct sni sni = { .connect_ms = SNI_CONNECT_MS, .idle_ms = SNI_IDLE_MS,
                          .total_ms = SNI_TOTAL_MS, .max_per_name = SNI_PER_NAME };
static struct routes routes;
static char base[HOSTNAME_MAX + 1], hosts_domain[HOSTNAME_MAX + 1];

static void read_domain(const char *what, char text[HOSTNAME_MAX + 1], const char *value)
{
	if (hostname_fold(text, span_str(value)).len == 0)
		prog_perm("%s: not a domain: %s", what, prog_text(span_str(value)));
}

static void options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, SERVING_LETTERS "d:D:i:m:pPt:T:")) != -1) {
		switch (option) {
		case 'd':
			read_domain("-d", base, optarg);
			break;
		case 'D':
			read_domain("-D", hosts_domain, optarg);
			break;
		case 'i':
			sni.idle_ms = prog_seconds_ms("-i", optarg, 1000000);
			break;
		case 'm':
			sni.max_per_name = prog_number("-m", optarg, 1, 1000000);
			break;
		case 'p':
			sni.private_too = true;
			break;
		case 'P':
			sni.proxy = true;
			break;
		case 't':
			sni.connect_ms = prog_seconds_ms("-t", optarg, 3600);
			break;
		case 'T':
			sni.total_ms = prog_seconds_ms("-T", optarg, 10000000);
			break;
		default:
			serving_option(&serving, option, optarg);
		}
	}
}

/* A new version of the routes' file has a mistake in it. */
static void refused(struct routes *r, const char *why, size_t line)
{
	prog_warn("%s:%zu: %s: the routes stay what they were", prog_text(span_str(r->file.name)), line, why);
}

static void open_routes(const char *path)
{
	size_t line;
	const char *why = routes_open(&routes, path, &line);
	int error = errno;

	if (why && !*why && (error == ENOMEM || error == EMFILE || error == ENFILE || error == EIO))
		prog_temp("%s: %s", prog_text(span_str(path)), strerror(error));
	if (why && line > 0)
		prog_perm("%s:%zu: %s", prog_text(span_str(path)), line, why);
	if (why)
		prog_perm("%s: %s", prog_text(span_str(path)), *why ? why : strerror(error));
	routes.refused = refused;
	sni.routes = &routes;
}

static void enter_jail(void)
{
	struct jail_place places[2];
	size_t n = 0;

	if (sni.routes)
		places[n++] = (struct jail_place){ .dir = routes.dir, .access = JAIL_READ };
	if (access(hosts_path, R_OK) == 0)
		places[n++] = (struct jail_place){ hosts_path, AT_FDCWD, JAIL_READ };
	serving_jail(&serving, JAIL_NET | JAIL_UNIX | JAIL_SPLICE | JAIL_READ, places, n);
}

int main(int argc, char **argv)
{
	static struct dns_servers servers;
	int on = 1;

	prog_init("sni-route", SERVING_USAGE " [-pP] [-d base-domain] [-D hosts-domain] [-i idle-seconds]"
	          " [-m per-name] [-t connect-seconds] [-T total-seconds] [routes]");
	serving_init(&serving);
	options(argc, argv);
	if (argc - optind > 1 || (optind == argc && !base[0]) || (hosts_domain[0] && !base[0]))
		prog_usage();
	sni.base = base;
	sni.hosts_domain = hosts_domain[0] ? hosts_domain : base;
	sni.serve = &serving.serve;
	sni.access = &serving.access;
	servers_open(&servers);
	if (optind < argc)
		open_routes(argv[optind]);
	serving.serve.driver = &sni_driver;
	serving.serve.context = &sni;
	serving.serve.fds_each = SNI_FDS_EACH;
	serving.serve.counts = &counts;
	serving_open(&serving);
	/* What comes in there inherits it; what is no TCP does not mind. */
	setsockopt(0, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (!sni_init(&sni, &servers, hosts_path))
		prog_temp("start: %s", strerror(errno));
	enter_jail();
	serving_run(&serving);
	return PROG_OK;
}
