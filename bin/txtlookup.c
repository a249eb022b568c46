/* txtlookup: a name's TXT records. */
#include "lookup.h"

int main(int argc, char **argv)
{
	struct lookup l = { .type = DNS_TXT };

	prog_init("txtlookup", "[-t seconds] name ...");
	lookup_options(&l, argc, argv, "ht:");
	servers_open(&l.servers);
	lookup_jail();
	return lookup_names(&l);
}
