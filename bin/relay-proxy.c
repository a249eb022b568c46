/*
 * relay-proxy: carries plain HTTP for custom domains over TLS to the app's HTTPS
 * endpoint behind its gateway, and the answers back.
 */
#include "forwarding.h"
#include "relay/onward.h"
#include "relay_config.h"
#include "relay_counters.h"

static struct serving serving;
static struct forwarding forwarding;
static struct onward onward = { .forward = &forwarding.forward, .port = 443 };
static const char *metrics;

static void options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, FORWARDING_LETTERS "Hm:pP:")) != -1) {
		switch (option) {
		case 'H':
			onward.rewrite = true;
			break;
		case 'p':
			onward.private_too = true;
			break;
		case 'P':
			onward.port = (uint16_t)prog_number("-P", optarg, 1, UINT16_MAX);
			break;
		case 'm':
			metrics = optarg;
			break;
		default:
			forwarding_option(&forwarding, &serving, option, optarg);
		}
	}
	if (optind < argc)
		prog_usage();
}

int main(int argc, char **argv)
{
	static struct config config;
	struct jail_place places[FORWARDING_PLACES];
	struct counters *counters;

	prog_init("relay-proxy", SERVING_USAGE " [-Hps] [-a anchors] [-A front] [-i idle-seconds]"
	          " [-m metrics-file] [-P port] [-t connect-seconds] [-w answer-seconds]"
	          " [-x connections] [-X idle-connections]");
	serving_init(&serving);
	forwarding_init(&forwarding);
	options(argc, argv);
	relay_config_read(&config);
	forwarding_secure(&forwarding);
	counters = relay_counters_open(metrics);
	serving.serve.kind = &httpd_kind;
	serving.serve.context = &onward.relay.app;
	serving.serve.counts = &counters->serve;
	forwarding_open(&forwarding, &serving, true);
	if (!relay_init(&onward.relay, &config, &serving.serve.loop, &forwarding.servers, counters,
	                &serving.access))
		prog_temp("start: %s", strerror(errno));
	onward_begin(&onward);
	forwarding_jail(&forwarding, &serving, places, 0);
	serving_run(&serving);
	forward_end(&forwarding.forward);
	return PROG_OK;
}
