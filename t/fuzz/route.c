/* Routes and gateways' names for apps: what is taken is a backend somebody can be connected to. */
#include <stdlib.h>
#include <string.h>

#include "relay/domain.h"
#include "relay/routes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_of(data, size);
	char id[HOSTNAME_LABEL_MAX + 1], suffix, again[HOSTNAME_MAX + 1];
	struct route route;
	uint16_t port;

	if (route_parse(&route, all)) {
		if (route.literal)
			must(addr_family(&route.addr) == AF_UNIX || addr_port(&route.addr) == route.port);
		else
			must(hostname_fold(again, span_str(route.host)).len > 0 && strcmp(again, route.host) == 0);
	}
	if (domain_app_parse(all, id, &port, &suffix)) {
		must(port > 0 && strlen(id) > 0 && strlen(id) <= HOSTNAME_LABEL_MAX);
		must(suffix == 0 || suffix == 's' || suffix == 'g');
		must(hostname_label_ok(span_str(id)));
	}
	return 0;
}
