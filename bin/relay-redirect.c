/*
 * relay-redirect: answers plain HTTP for custom domains with a redirect to
 * the app's HTTPS endpoint behind its gateway.
 */
#include "net/httpd.h"
#include "relay/relay.h"
#include "relay_config.h"
#include "relay_counters.h"
#include "servers.h"
#include "serving.h"

static struct relay relay;
static struct serving serving;

int main(int argc, char **argv)
{
	static struct config config;
	static struct dns_servers servers;
	const char *file = NULL;
	struct counters *counters;
	int option;

	prog_init("relay-redirect", SERVING_USAGE " [-m metrics-file]");
	serving_init(&serving);
	while ((option = getopt(argc, argv, SERVING_LETTERS "m:")) != -1) {
		if (option == 'm')
			file = optarg;
		else
			serving_option(&serving, option, optarg);
	}
	if (optind < argc)
		prog_usage();
	relay_config_read(&config);
	servers_open(&servers);
	counters = relay_counters_open(file);
	serving.serve.kind = &httpd_kind;
	serving.serve.context = &relay.app;
	serving.serve.counts = &counters->serve;
	serving_open(&serving);
	if (!relay_init(&relay, &config, &serving.serve.loop, &servers, counters,
	                &serving.access))
		prog_temp("start: %s", strerror(errno));
	serving_jail(&serving, JAIL_NET, NULL, 0);
	serving_run(&serving);
	return PROG_OK;
}
