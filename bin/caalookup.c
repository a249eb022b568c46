/* caalookup: a name's CAA records, where RFC 8659 looks for them. */
#include "lookup.h"

int main(int argc, char **argv)
{
	struct lookup l = { .type = DNS_CAA, .climb = true };

	prog_init("caalookup", "[-e] [-t seconds] name ...");
	lookup_options(&l, argc, argv, "eht:");
	servers_open(&l.servers);
	lookup_jail();
	return lookup_names(&l);
}
