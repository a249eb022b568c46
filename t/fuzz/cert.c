/* Certificates: every span lies in the bytes, and everything that looks at them comes to an end. */
#include <stdlib.h>

#include "tls/cert.h"
#include "tls/client_limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned char room[1 << 17];

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void inside(struct span s, struct span all)
{
	must(s.len == 0 || (s.p >= all.p && s.p + s.len <= all.p + all.len));
}

static void spans(const struct cert *c)
{
	const struct span all[] = { c->tbs, c->serial, c->issuer, c->subject, c->spki, c->names, c->key_id,
		                    c->authority_key_id, c->extensions, c->signature_algorithm, c->signature };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		inside(all[i], c->der);
	must(c->tbs.len > 0 && c->spki.len > 0 && c->serial.len > 0);
}

static void names(const struct cert *c)
{
	struct span rest = c->names;
	struct cert_name name;
	struct builder b;
	bool bad;

	while (cert_next_name(&rest, &name, &bad)) {
		inside(name.value, c->names);
		must(name.kind != CERT_IP || name.value.len == 4 || name.value.len == 16);
		builder_init(&b, room, sizeof room);
		cert_name_print(&b, &name);
		must(builder_ok(&b));
	}
	must(!bad && rest.len == 0);
}

/* What a chain's certificate allows a name and an address. */
static void limits(struct span der)
{
	static struct client_check check;

	check.name = "a.example.com";
	check.is_address = false;
	client_limits(&check, der);
	check.name = NULL;
	check.is_address = true;
	for (check.ip_len = 4; check.ip_len <= 16; check.ip_len += 12)
		client_limits(&check, der);
}

/* max_len=16384 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct public_key public;
	struct builder b;
	struct cert c = { .is_ca = false };

	/* A Name alone too: few inputs become a whole certificate. */
	builder_init(&b, room, sizeof room);
	cert_print_name(&b, span_of(data, size));
	for (size_t i = 0; i < b.len; i++)
		must(room[i] >= ' ' && room[i] <= '~');
	if (cert_read_extensions(&c, span_of(data, size))) {
		inside(c.names, c.extensions);
		names(&c);
	}
	if (!cert_read(&c, span_of(data, size)))
		return 0;
	must(c.der.len == size);
	spans(&c);
	names(&c);
	builder_init(&b, room, sizeof room);
	cert_print_name(&b, c.subject);
	cert_print_name(&b, c.issuer);
	cert_common_name(c.subject);
	public_key_read(&public, c.spki);
	cert_signed_by(&c, &c);
	limits(c.der);
	return 0;
}
