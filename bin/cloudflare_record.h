/*
 * cloudflare_record: the TXT record of a challenge in a zone at Cloudflare: added,
 * found by what it says, removed. Others at the same name stay.
 */
#ifndef BIN_CLOUDFLARE_RECORD_H
#define BIN_CLOUDFLARE_RECORD_H

#include "cloudflare.h"
#include "net/hostname.h"

enum {
	CLOUDFLARE_TTL_S = 60,      /* the least there is */
	CLOUDFLARE_STRING_MAX = 255,
	CLOUDFLARE_PAGES_MAX = 50,
	CLOUDFLARE_OWN_MAX = 8      /* records of the same name and text that are removed */
};

static bool cloudflare_same(struct json_value v, struct span name)
{
	unsigned char scratch[512];
	char text[DNS_NAME_MAX + 1];
	struct span said;
	struct builder b;

	builder_init(&b, scratch, sizeof scratch);
	if (!json_text(v, &b, &said) || said.len != name.len || name.len > DNS_NAME_MAX)
		return false;
	memcpy(text, name.p, name.len);
	text[name.len] = 0;
	return span_is_nocase(said, text);
}

/* The zone of the name, or of the nearest ancestor that is one of the token's zones. */
static void cloudflare_zone(struct cloudflare *c, struct span name, char id[CLOUDFLARE_ID_MAX + 1])
{
	struct cloudflare_url url;

	for (struct span at = name; at.len > 0; at = hostname_parent(at)) {
		struct json_value list;

		cloudflare_path(c, &url, "/zones");
		cloudflare_add(&url, "?name=", at);
		list = cloudflare_ask(c, "zones", "GET", &url, (struct span){ NULL, 0 });
		for (struct json_value v = json_first(list); v.at >= 0; v = json_next(list, v))
			if (cloudflare_same(json_member(v, "name"), at) && cloudflare_id(v, id))
				return;
	}
	prog_perm("%s: it is in no zone that the token can see", prog_text(name));
}

/* A text as a zone file has it: strings of at most 255 bytes in quotes. */
static void cloudflare_content(struct builder *out, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (i % CLOUDFLARE_STRING_MAX == 0)
			builder_str(out, i > 0 ? "\" \"" : "\"");
		if (text.p[i] == '"' || text.p[i] == '\\')
			builder_byte(out, '\\');
		builder_byte(out, text.p[i]);
	}
	builder_byte(out, '"');
}

/* The same read, or a text without quotes as it is. */
static bool cloudflare_says(struct json_value content, struct span text)
{
	static unsigned char scratch[CLOUDFLARE_RECORD_MAX], joined[CLOUDFLARE_RECORD_MAX];
	struct builder b, out;
	struct span said;
	bool quoted = false;

	builder_init(&b, scratch, sizeof scratch);
	builder_init(&out, joined, sizeof joined);
	if (!json_text(content, &b, &said))
		return false;
	if (said.len == 0 || said.p[0] != '"')
		return span_eq(said, text);
	for (size_t i = 0; i < said.len; i++) {
		if (said.p[i] == '"') {
			quoted = !quoted;
		} else if (quoted) {
			i += said.p[i] == '\\' && i + 1 < said.len;
			builder_byte(&out, said.p[i]);
		}
	}
	return !quoted && builder_ok(&out) && span_eq(builder_span(&out), text);
}

/* Adds the record; one that is there already is the same. */
static void cloudflare_put(struct cloudflare *c, const char *zone, struct span name, struct span text)
{
	static unsigned char body[CLOUDFLARE_RECORD_MAX], content[CLOUDFLARE_RECORD_MAX];
	struct cloudflare_url url;
	struct builder b, t;

	builder_init(&t, content, sizeof content);
	cloudflare_content(&t, text);
	builder_init(&b, body, sizeof body);
	builder_str(&b, "{\"type\":\"TXT\",\"name\":");
	json_write_string(&b, name);
	builder_str(&b, ",\"content\":");
	json_write_string(&b, builder_span(&t));
	builder_str(&b, ",\"ttl\":");
	builder_number(&b, CLOUDFLARE_TTL_S);
	builder_byte(&b, '}');
	cloudflare_path(c, &url, "/zones/");
	cloudflare_add(&url, "", span_str(zone));
	cloudflare_add(&url, "/dns_records", (struct span){ NULL, 0 });
	if (!builder_ok(&b) || !builder_ok(&t))
		prog_bug("the record does not fit");
	cloudflare_ask(c, "adding the record", "POST", &url, builder_span(&b));
}

/* Collects the ids of one page's records that say so; false after the last page. */
static bool cloudflare_find(struct cloudflare *c, const char *zone, struct span name, struct span text,
                            uint64_t page, char ids[][CLOUDFLARE_ID_MAX + 1], size_t *n)
{
	struct cloudflare_url url;
	struct json_value list;
	uint64_t pages = 1;

	cloudflare_path(c, &url, "/zones/");
	cloudflare_add(&url, "", span_str(zone));
	cloudflare_add(&url, "/dns_records?type=TXT&per_page=100&name=", name);
	builder_str(&url.b, "&page=");
	builder_number(&url.b, page);
	list = cloudflare_ask(c, "records", "GET", &url, (struct span){ NULL, 0 });
	for (struct json_value v = json_first(list); v.at >= 0; v = json_next(list, v))
		if (*n < CLOUDFLARE_OWN_MAX && json_is(json_member(v, "type"), "TXT") &&
		    cloudflare_same(json_member(v, "name"), name) &&
		    cloudflare_says(json_member(v, "content"), text) && cloudflare_id(v, ids[*n]))
			++*n;
	json_number(json_member(json_member(json_root(&c->json), "result_info"), "total_pages"),
	            UINT32_MAX, &pages);
	return page < pages && page < CLOUDFLARE_PAGES_MAX;
}

/* Removes the records of that name that say just this. None is no failure. */
static void cloudflare_remove(struct cloudflare *c, const char *zone, struct span name,
                              struct span text)
{
	char ids[CLOUDFLARE_OWN_MAX][CLOUDFLARE_ID_MAX + 1];
	struct cloudflare_url url;
	size_t n = 0;

	for (uint64_t page = 1; cloudflare_find(c, zone, name, text, page, ids, &n); page++)
		;
	for (size_t i = 0; i < n; i++) {
		cloudflare_path(c, &url, "/zones/");
		cloudflare_add(&url, "", span_str(zone));
		cloudflare_add(&url, "/dns_records/", span_str(ids[i]));
		cloudflare_ask(c, "removing the record", "DELETE", &url, (struct span){ NULL, 0 });
	}
}

#endif
