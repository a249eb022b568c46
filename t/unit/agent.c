/* The guest agent's methods by their paths, its directory, what it says of a machine. */
#include "tee/agent.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "tap.h"
#include "tee/agent_key.h"
#include "tee/agent_parts.h"

static struct agent_state state;
static struct agent_evidence evidence;
static int dir;

static void methods(void)
{
	static const char *const good[] = { "/GetQuote", "/prpc/GetQuote", "/prpc/Tappd.GetQuote", "/Info",
		                            "/prpc/Tappd.TdxQuote", "/prpc/RawQuote", "/Version", "/EmitEvent" };
	static const char *const bad[] = { "", "/", "GetQuote", "/getquote", "/GetQuote/", "/GetQuote ", "//GetQuote",
		                           "/TdxQuote", "/DeriveKey", "/Tappd.GetQuote", "/prpc", "/prpc/",
		                           "/prpc/Tappd.", "/prpc/Tappd.Tappd.Info", "/prpc/Worker.Info", "/prpc/x" };
	enum agent_method method;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		check(agent_find(span_str(good[i]), &method), "%s", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!agent_find(span_str(bad[i]), &method), "none: %s", bad[i]);
	check(agent_find(span_str("/EmitEvent"), &method) && agent_writes(method), "one that writes");
	check(agent_find(span_str("/Sign"), &method) && !agent_writes(method), "one that does not");
}

static void refusals(void)
{
	unsigned char room[256];
	struct builder out;
	struct agent a = { .out = &out };

	builder_init(&out, room, sizeof room);
	builder_str(&out, "half an answer");
	check(agent_refuse(&a, "a \"reason\"\n") == 400 &&
	              span_is(builder_span(&out), "{\n  \"error\": \"a \\\"reason\\\"\\n\"\n}"), "an error is JSON");
	agent_fail(&a, "what", "why");
	check(strcmp(a.why, "what: why") == 0, "what: why");
}

static void put(const char *name, const char *text)
{
	if (file_replace(dir, name, 0600, span_str(text)) != FILE_OK)
		check(false, "%s cannot be written", name);
}

static void state_is(enum agent_state_result expected, const char *about)
{
	const char *file;
	enum agent_state_result r = agent_state_read(&state, dir, &file);

	check(r == expected, "%s: %s: %s", about, file, agent_state_strerror(r));
}

#define K "d6e88992cdeeee35fe70b5db61ab66cdb191fb9b6ec9313757ef162dd7214d5d"
#define S K K "00"
static const char keys[] = "{\"k256_key\":\"" K "\",\"k256_signature\":\"" S "\",\"ca_cert\":\"C\\nE\","
                           "\"more\":1,\"key_provider\":{\"None\":{\"key\":\"P\"}}}";

static void directory(void)
{
	static const char *const bad[] = {
		"", "[]", "{}", "{\"k256_key\":\"" K "\"}",
		"{\"k256_key\":\"" K "00\",\"k256_signature\":\"" S "\",\"ca_cert\":\"\",\"key_provider\":{\"None\":{\"key\":\"\"}}}",
		"{\"k256_key\":\"00\",\"k256_signature\":\"" S "\",\"ca_cert\":\"\",\"key_provider\":{\"None\":{\"key\":\"\"}}}",
		"{\"k256_key\":\"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\",\"k256_signature\":\"" S
		"\",\"ca_cert\":\"\",\"key_provider\":{\"None\":{\"key\":\"\"}}}",
		"{\"k256_key\":\"" K "\",\"k256_signature\":\"" K "\",\"ca_cert\":\"\",\"key_provider\":{\"None\":{\"key\":\"\"}}}",
		"{\"k256_key\":\"" K "\",\"k256_signature\":\"" S "\",\"ca_cert\":1,\"key_provider\":{\"None\":{\"key\":\"\"}}}",
		"{\"k256_key\":\"" K "\",\"k256_signature\":\"" S "\",\"ca_cert\":\"\",\"key_provider\":{\"Other\":{\"key\":\"\"}}}",
		"{\"k256_key\":\"" K "\",\"k256_signature\":\"" S "\",\"ca_cert\":\"\",\"key_provider\":{\"None\":{}}}",
		"{\"k256_key\":\"" K "\",\"k256_signature\":\"" S "\",\"ca_cert\":\"\",\"key_provider\":{\"None\":{\"key\":\"\"},\"Kms\":{}}}",
	};

	state_is(AGENT_STATE_MISSING, "no keys");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		put("appkeys.json", bad[i]);
		state_is(AGENT_STATE_MALFORMED, "malformed keys");
	}
	put("appkeys.json", "{\"k256_key\":\"" K "\",\"k256_signature\":\"" S "\",\"ca_cert\":\"\",\"key_provider\":{\"Kms\":{\"url\":\"\"}}}");
	state_is(AGENT_STATE_OK, "a provider that is far away");
	check(state.ca_key.len == 0, "has no key here");
	put("appkeys.json", keys);
	state_is(AGENT_STATE_OK, "keys alone");
	check(state.k256_key[0] == 0xd6 && span_is(state.ca_cert, "C\nE") && span_is(state.ca_key, "P"), "are read");
	check(state.app_compose.len == 0 && state.app_name.len == 0 && state.vm_config.len == 0, "no more is there");
	put("app-compose.json", "{\"name\":\"n\"}");
	put("sys-config.json", "{\"vm_config\":\"{\\\"os_image_hash\\\":\\\"0aff\\\",\\\"cpu_count\\\":1}\"}");
	state_is(AGENT_STATE_OK, "all three");
	check(span_is(state.app_name, "n") && span_is(state.app_compose, "{\"name\":\"n\"}"), "the app");
	check(span_is(state.os_image_hash, "\x0a\xff") &&
	              span_is(state.vm_config, "{\"os_image_hash\":\"0aff\",\"cpu_count\":1}"), "the machine");
	put("sys-config.json", "{\"vm_config\":\"{\"}");
	state_is(AGENT_STATE_MALFORMED, "a configuration that is none");
	put("sys-config.json", "{\"vm_config\":\"\"}");
	state_is(AGENT_STATE_OK, "an empty one");
	put("sys-config.json", "{}");
	state_is(AGENT_STATE_OK, "none");
	put("app-compose.json", "{\"name\":1}");
	state_is(AGENT_STATE_MALFORMED, "an app without a name");
	agent_state_wipe(&state);
	check(state.k256_key[0] == 0, "wiped");
}

static void made(void)
{
	static const char id[] = "20 bytes of an app id";
	static unsigned char text[16384];
	static struct agent_ca ca;
	unsigned char root[K256_PUBLIC_LEN], found[K256_PUBLIC_LEN], public[K256_PUBLIC_LEN], digest[K256_DIGEST_LEN];
	struct builder out;

	builder_init(&out, text, sizeof text - 1);
	check(agent_state_make(&out, span_of(id, 20), "TEST", 1800000000, root), "keys are made");
	text[out.len] = '\0';
	put("appkeys.json", (char *)text);
	put("app-compose.json", "{\"name\":\"n\"}");
	state_is(AGENT_STATE_OK, "and read");
	k256_public(state.k256_key, public);
	agent_issued_digest(span_of(id, 20), public, digest);
	check(k256_recover(digest, state.k256_signature, found) && memcmp(found, root, sizeof root) == 0,
	      "the root's signature leads to the root");
	check(agent_ca_open(&ca, &state) == AGENT_CA_OK && ca.cert.is_ca &&
	              span_is(cert_common_name(ca.cert.subject), "TEST"), "a CA");
	key_wipe(&ca.key);
	state.ca_key = span_str("");
	check(agent_ca_open(&ca, &state) == AGENT_CA_ELSEWHERE, "one whose key is elsewhere");
	state.ca_key = state.ca_cert;
	check(agent_ca_open(&ca, &state) == AGENT_CA_MALFORMED, "one whose key is none");
}

/* A body whose fields are 1, 2, ...: what is hashed, and in which order. */
static void measurements(void)
{
	static unsigned char field[8][QUOTE_MEASUREMENT_LEN];
	unsigned char digest[AGENT_HASH_LEN], room[AGENT_APP_INFO_MAX], all[8 * QUOTE_MEASUREMENT_LEN], expected[KEY_HASH_MAX];
	struct quote_td *td = &evidence.quote.td;
	struct builder out;

	for (size_t i = 0; i < 8; i++)
		memset(field[i], i < 5 ? (int)i + 1 : 0, sizeof field[i]);
	td->mr_td = span_of(field[0], sizeof field[0]);
	for (int i = 0; i < QUOTE_RTMRS; i++)
		td->rtmr[i] = span_of(field[1 + i], sizeof field[1 + i]);
	td->mr_config_id = span_of(field[5], sizeof field[5]);
	td->mr_owner = span_of(field[6], sizeof field[6]);
	td->mr_owner_config = span_of(field[7], sizeof field[7]);
	memcpy(all, field, sizeof all);
	agent_aggregated(td, digest);
	key_hash(KEY_SHA256, span_of(all, 5 * QUOTE_MEASUREMENT_LEN), expected);
	check(memcmp(digest, expected, sizeof digest) == 0, "without what is zero");
	field[6][0] = 1;
	memcpy(all, field, sizeof all);
	agent_aggregated(td, digest);
	key_hash(KEY_SHA256, span_of(all, sizeof all), expected);
	check(memcmp(digest, expected, sizeof digest) == 0, "with all of it");

	evidence.app_id = span_str("id");
	builder_init(&out, room, sizeof room);
	agent_app_info(&out, &evidence, span_str(""));
	check(builder_ok(&out) && span_starts(builder_span(&out), "\x99\xc4\x02id\xc4") &&
	              out.p[5 + 1] == 0 && out.p[out.len - 1] == 0x90, "app info is an array of nine");
}

int main(void)
{
	char path[] = "/tmp/agent-unit-XXXXXX";

	dir = mkdtemp(path) ? open(path, O_RDONLY | O_DIRECTORY) : -1;
	check(dir >= 0, "a directory");
	methods();
	refusals();
	directory();
	made();
	measurements();
	unlinkat(dir, "appkeys.json", 0);
	unlinkat(dir, "app-compose.json", 0);
	unlinkat(dir, "sys-config.json", 0);
	rmdir(path);
	return tap_end();
}
