/* The directory of a guest agent, read. */
#include "tee/agent_state.h"

#include <errno.h>

#include "base/file.h"
#include "base/hex.h"

const char *agent_state_strerror(enum agent_state_result result)
{
	switch (result) {
	case AGENT_STATE_OK:
		return "no error";
	case AGENT_STATE_MISSING:
		return "no such file";
	case AGENT_STATE_UNREADABLE:
		return strerror(errno);
	case AGENT_STATE_MALFORMED:
		return "malformed";
	}
	return "unknown error";
}

/* One file; an empty span when it is missing. */
static enum agent_state_result read_file(int dir, const char *name, unsigned char *room, size_t cap,
                                         struct span *text)
{
	size_t len = 0;
	enum file_result r = file_read(dir, name, room, cap, &len);

	*text = span_of(room, r == FILE_OK ? len : 0);
	if (r == FILE_OK)
		return AGENT_STATE_OK;
	if (r == FILE_TOO_LARGE)
		errno = EFBIG;
	return r == FILE_MISSING ? AGENT_STATE_MISSING : AGENT_STATE_UNREADABLE;
}

static bool read_hex(struct json_value v, unsigned char *to, size_t len)
{
	struct builder out, none;
	struct span text;

	builder_init(&none, NULL, 0);
	builder_init(&out, to, len);
	return json_text(v, &none, &text) && hex_decode(&out, text) && out.len == len;
}

/* The provider's own form of the CA's key: {"None": {"key": ...}}. One that is far away has none. */
static bool read_provider(struct agent_state *s, struct json_value provider)
{
	static const char *const kinds[] = { "None", "Local", "Tpm" };

	s->ca_key = span_str("");
	if (json_count(provider) != 1)
		return false;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct json_value v = json_member(provider, kinds[i]);

		if (json_type(v) != JSON_ABSENT)
			return json_text(json_member(v, "key"), &s->text, &s->ca_key);
	}
	return json_type(json_member(provider, "Kms")) == JSON_OBJECT;
}

static bool read_keys(struct agent_state *s, struct span text)
{
	unsigned char public[K256_PUBLIC_LEN];
	struct json_value root;
	struct json doc;

	if (!json_read(&doc, text, s->tokens, AGENT_STATE_TOKENS))
		return false;
	root = json_root(&doc);
	return read_hex(json_member(root, "k256_key"), s->k256_key, sizeof s->k256_key) &&
	       k256_public(s->k256_key, public) &&
	       read_hex(json_member(root, "k256_signature"), s->k256_signature,
	                sizeof s->k256_signature) &&
	       json_text(json_member(root, "ca_cert"), &s->text, &s->ca_cert) &&
	       read_provider(s, json_member(root, "key_provider"));
}

static bool read_compose(struct agent_state *s)
{
	struct json doc;

	s->app_name = span_str("");
	if (s->app_compose.len == 0)
		return true;
	return json_read(&doc, s->app_compose, s->tokens, AGENT_STATE_TOKENS) &&
	       json_text(json_member(json_root(&doc), "name"), &s->text, &s->app_name);
}

/* vm_config is JSON in a string of its own, or nothing. */
static bool read_vm_config(struct agent_state *s)
{
	struct json doc;
	struct json_value v;
	struct span hex;
	size_t at;

	if (s->vm_config.len == 0)
		return true;
	if (!json_read(&doc, s->vm_config, s->tokens, AGENT_STATE_TOKENS))
		return false;
	v = json_member(json_root(&doc), "os_image_hash");
	if (json_type(v) == JSON_ABSENT)
		return true;
	if (!json_text(v, &s->text, &hex))
		return false;
	at = s->text.len;
	if (!hex_decode(&s->text, hex))
		return false;
	s->os_image_hash = span_from(builder_span(&s->text), at);
	return true;
}

static bool read_config(struct agent_state *s, struct span text)
{
	struct json doc;
	struct json_value v;

	s->vm_config = s->os_image_hash = span_str("");
	if (text.len == 0)
		return true;
	if (!json_read(&doc, text, s->tokens, AGENT_STATE_TOKENS))
		return false;
	v = json_member(json_root(&doc), "vm_config");
	if (json_type(v) == JSON_ABSENT)
		return true;
	return json_text(v, &s->text, &s->vm_config) && read_vm_config(s);
}

enum agent_state_result agent_state_read(struct agent_state *s, int dir, const char **file)
{
	struct span keys, config;
	enum agent_state_result r;

	builder_init(&s->text, s->text_room, sizeof s->text_room);
	*file = "appkeys.json";
	r = read_file(dir, *file, s->keys_room, sizeof s->keys_room, &keys);
	if (r != AGENT_STATE_OK)
		return r;
	if (!read_keys(s, keys))
		return AGENT_STATE_MALFORMED;
	*file = "app-compose.json";
	r = read_file(dir, *file, s->compose_room, sizeof s->compose_room, &s->app_compose);
	if (r == AGENT_STATE_UNREADABLE)
		return r;
	if (!read_compose(s))
		return AGENT_STATE_MALFORMED;
	*file = "sys-config.json";
	r = read_file(dir, *file, s->config_room, sizeof s->config_room, &config);
	if (r == AGENT_STATE_UNREADABLE)
		return r;
	return read_config(s, config) ? AGENT_STATE_OK : AGENT_STATE_MALFORMED;
}

void agent_state_wipe(struct agent_state *s)
{
	explicit_bzero(s->k256_key, sizeof s->k256_key);
	explicit_bzero(s->keys_room, sizeof s->keys_room);
	explicit_bzero(s->text_room, s->text.len);
}
