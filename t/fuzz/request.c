/* Requests made elsewhere: names that are taken are ones we would ask for ourselves. */
#include <stdlib.h>

#include "tls/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct name_set names, again;

static void must(bool truth)
{
	if (!truth)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request r;
	bool good;

	names.n = again.n = 0;
	good = request_read(&r, span_of(data, size), &names);
	must(names.n <= CERT_NAMES_MAX && (!good || names.n > 0));
	for (size_t i = 0; i < names.n; i++) {
		must(name_set_add(&again, span_str(names.name[i].text)) == NAME_OK);
		must(again.name[i].kind == names.name[i].kind);
		must(span_is(span_str(again.name[i].text), names.name[i].text));
	}
	return 0;
}
