/*
 * App address records, Host fields and the URL made of them: whatever comes
 * in, what comes out is the name of a host and a URL without a control byte.
 */
#include <stdlib.h>
#include <string.h>

#include "net/hostname.h"
#include "relay/domain.h"
#include "relay/redirect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* Takes a length byte and that many bytes off the front, as far as they go. */
static struct span take(struct span *rest)
{
	size_t len = rest->len > 0 ? rest->p[0] : 0;
	struct span piece = span_head(span_from(*rest, 1), len);

	*rest = span_from(*rest, 1 + piece.len);
	return piece;
}

static void must_be_name(struct span name)
{
	must(hostname_ok(name));
	for (size_t i = 0; i < name.len; i++)
		must((name.p[i] >= 'a' && name.p[i] <= 'z') || (name.p[i] >= '0' && name.p[i] <= '9') ||
		     name.p[i] == '-' || name.p[i] == '.');
}

/* The CNAME's target as a C string, as a search has it. */
static bool match(struct span target, unsigned int group, char gateway[HOSTNAME_MAX + 1])
{
	static struct domain_rules rules;
	static bool compiled;
	char text[256];

	if (!compiled)
		must(regcomp(&rules.allowed, "^_?\\.?((.+)\\.)?([^.]*)$", REG_EXTENDED) == 0);
	compiled = true;
	memcpy(text, target.p ? (const void *)target.p : "", target.len);
	text[target.len] = 0;
	rules.group = group;
	return domain_gateway_match(&rules, text, gateway);
}

static void fold(struct span name)
{
	char text[HOSTNAME_MAX + 1], again[HOSTNAME_MAX + 1];
	struct span folded = hostname_fold(text, name);

	must(folded.len < sizeof text && text[folded.len] == 0);
	if (folded.len == 0)
		return;
	must_be_name(folded);
	must(span_eq(hostname_fold(again, folded), folded));
}

/* Rules by a byte, then record, target, path: each after its length. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char id[HOSTNAME_LABEL_MAX + 1], gateway[HOSTNAME_MAX + 1], url[1024];
	struct span rest = span_of(data, size), record, target, path;
	unsigned int rule = size > 0 ? data[0] : 0;
	struct domain domain = { .id = id, .gateway = gateway };
	struct redirect_rules rules = { .status = 307, .port = (uint16_t)(rule & 1 ? 443 : 8080),
	                                .suffix = rule & 2 ? 's' : rule & 4 ? 'g' : 0,
	                                .port_from_record = (rule & 8) != 0 };
	struct builder out;

	rest = span_from(rest, 1);
	record = take(&rest);
	target = take(&rest);
	path = rest;
	fold(target);
	if (!domain_record_parse(record, id, &domain.port))
		return 0;
	must(domain.port > 0 && hostname_label_ok(span_str(id)));
	if (!match(target, rule >> 4, gateway))
		return 0;
	must_be_name(span_str(gateway));
	builder_init(&out, url, sizeof url);
	if (!redirect_app_host(&out, &rules, &domain))
		return 0;
	must_be_name(builder_span(&out));
	builder_init(&out, url, sizeof url);
	if (redirect_url(&out, &rules, &domain, span_str("/"), path)) {
		struct span host = span_from(builder_span(&out), sizeof "https://" - 1);

		must(span_starts(builder_span(&out), "https://"));
		must_be_name(span_head(host, span_find(host, '/')));
		must(span_eq(span_from(host, span_find(host, '/') + 1), path));
	}
	return 0;
}
