/* cnamelookup: a name's CNAME records. */
#include "lookup.h"

int main(int argc, char **argv)
{
	struct lookup l = { .type = DNS_CNAME };

	prog_init("cnamelookup", "[-t seconds] name ...");
	lookup_options(&l, argc, argv, "ht:");
	servers_open(&l.servers);
	lookup_jail();
	return lookup_names(&l);
}
