/* Sources of quotes: their names, an agent's answers, and what is not there. */
#include "tee/source.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/jail.h"
#include "tap.h"
#include "tee/source_agent.h"

static struct source s;
static struct source_answer answer;
static unsigned char report_data[QUOTE_REPORT_DATA_LEN];

static void names(void)
{
	static const struct {
		const char *name, *printed;
		enum source_kind kind;
	} good[] = {
		{ "configfs", "configfs:/sys/kernel/config/tsm/report", SOURCE_CONFIGFS },
		{ "configfs:/x/y", "configfs:/x/y", SOURCE_CONFIGFS },
		{ "device", "device:/dev/tdx_guest", SOURCE_DEVICE },
		{ "device:rel", "device:rel", SOURCE_DEVICE },
		{ "sim:/tmp/a:b", "sim:/tmp/a:b", SOURCE_SIM },
		{ "sim:\n", "sim:\\x0a", SOURCE_SIM },
		{ "agent:unix:/var/run/dstack.sock", "agent:unix:/var/run/dstack.sock", SOURCE_AGENT },
		{ "agent:http://127.0.0.1:8090", "agent:http://127.0.0.1:8090", SOURCE_AGENT },
		{ "agent:http://[::1]:8090/", "agent:http://[::1]:8090", SOURCE_AGENT },
		{ "agent:http://agent", "agent:http://agent", SOURCE_AGENT },
	};
	static const char *const bad[] = {
		"", "auto", "agent", "agent:", "agent:unix:", "agent:unix:rel", "agent:unix:/a:660", "agent:/a",
		"agent:https://a", "agent:http://", "agent:http://a/b", "agent:http://a/?b", "agent:http://u@a",
		"agent:127.0.0.1:80", "sim", "sim:", "device:", "configfs:", "configfsx", "Configfs",
	};
	unsigned char room[256];
	struct builder b;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		builder_init(&b, room, sizeof room);
		check(source_parse(&s, good[i].name) && s.kind == good[i].kind, "a source: %zu", i);
		source_print(&b, &s);
		check(span_is(builder_span(&b), good[i].printed), "and its name");
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!source_parse(&s, bad[i]), "no source: %s", bad[i]);
	check(source_parse_agent(&s, "/run/a.sock") && s.is_local && source_promises(&s) == JAIL_UNIX,
	      "the path of a socket");
	check(source_parse_agent(&s, "http://a:1") && !s.is_local && source_promises(&s) == JAIL_NET, "a server");
	check(!source_parse_agent(&s, "run/a.sock") && !source_parse_agent(&s, ""), "neither");
}

static bool reads(const char *body, const char *wrong)
{
	const char *what = "nothing";
	bool good = source_agent_read(span_str(body), &answer, &what);

	return good ? !wrong : wrong && (what ? strcmp(what, wrong) == 0 : !*wrong);
}

static void answers(void)
{
	static const struct {
		const char *body, *wrong; /* NULL: good; "": no object */
	} rows[] = {
		{ "{\"quote\":\"00ff\"}", NULL },
		{ "{\"quote\":\"0x00ff\"}", NULL },
		{ "{\"quote\":\"00FF\",\"event_log\":null,\"vm_config\":null,\"attestation\":null}", NULL },
		{ "{\"quote\":\"00ff\",\"more\":{\"a\":[1,2]}}", NULL },
		{ "", "" },
		{ "[]", "" },
		{ "\"00ff\"", "" },
		{ "{\"quote\":\"00ff\"", "" },
		{ "{\"quote\":\"00ff\",\"quote\":\"00\"}", "" },
		{ "{}", "quote" },
		{ "{\"quote\":null}", "quote" },
		{ "{\"quote\":\"\"}", "quote" },
		{ "{\"quote\":\"0x\"}", "quote" },
		{ "{\"quote\":\"0\"}", "quote" },
		{ "{\"quote\":\"0g\"}", "quote" },
		{ "{\"quote\":[0]}", "quote" },
		{ "{\"quote\":17}", "quote" },
		{ "{\"quote\":\"00\\u0000\"}", "quote" },
		{ "{\"quote\":\"00\",\"event_log\":[]}", "event_log" },
		{ "{\"quote\":\"00\",\"event_log\":\"\\u0000\"}", "event_log" },
		{ "{\"quote\":\"00\",\"event_log\":\"\\ud800\"}", "event_log" },
		{ "{\"quote\":\"00\",\"vm_config\":{}}", "vm_config" },
		{ "{\"quote\":\"00\",\"attestation\":1}", "attestation" },
		{ "{\"quote\":\"00\",\"attestation\":\"0\"}", "attestation" },
		{ "{\"quote\":\"00\",\"attestation\":\"AB\"}", "attestation" },
		{ "{\"quote\":\"00\",\"attestation\":\"0\\n\"}", "attestation" },
	};
	static const char whole[] = "{\"quote\":\"00ff\",\"event_log\":\"[{\\\"imr\\\":0}]\",\"report_data\":\"\","
	                            "\"vm_config\":\"{}\",\"attestation\":\"00ab\"}";
	const char *wrong;
	bool refused = true;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check(reads(rows[i].body, rows[i].wrong), "an answer: %s", rows[i].body);
	check(reads(whole, NULL) && span_eq(answer.quote, span_of("\0\xff", 2)) &&
	      span_is(answer.event_log, "[{\"imr\":0}]") && span_is(answer.vm_config, "{}") &&
	      span_is(answer.attestation, "00ab"), "all that there is");
	for (size_t n = 0; n + 1 < sizeof whole; n++)
		refused = refused && !source_agent_read(span_of(whole, n), &answer, &wrong);
	check(refused, "cut at every byte");
	check(reads("{\"quote\":\"00\"}", NULL) && answer.event_log.len == 0 && answer.attestation.len == 0,
	      "nothing is left of an answer before");
}

/* Hexadecimal of more than a quote may have. */
static void long_quote(void)
{
	static unsigned char text[2 * QUOTE_MAX + 64];
	const char *wrong;
	struct builder b;

	for (int over = 0; over < 2; over++) {
		builder_init(&b, text, sizeof text);
		builder_str(&b, "{\"quote\":\"");
		for (int i = 0; i < QUOTE_MAX + over; i++)
			builder_str(&b, "ab");
		builder_str(&b, "\"}");
		check(builder_ok(&b) && source_agent_read(builder_span(&b), &answer, &wrong) == !over,
		      "a quote of %d bytes", QUOTE_MAX + over);
	}
}

static void errors(void)
{
	unsigned char room[64];
	struct builder scratch;

	builder_init(&scratch, room, sizeof room);
	check(span_is(source_agent_error(span_str("{\n  \"error\": \"no \\u0041\"\n}"), &scratch), "no A"), "an error");
	check(source_agent_error(span_str("<html>"), &scratch).len == 0 &&
	      source_agent_error(span_str("{\"error\":1}"), &scratch).len == 0 &&
	      source_agent_error(span_str(""), &scratch).len == 0, "none");
}

static enum source_result open_it(const char *name)
{
	return source_parse(&s, name) ? source_open(&s, report_data, deadline_in(1000)) : SOURCE_OK;
}

static void not_there(void)
{
	char dir[] = "/tmp/source-XXXXXX", name[64];

	check(open_it("configfs:/nonexistent/report") == SOURCE_ABSENT && s.why[0], "no directory");
	check(open_it("configfs:/dev/null") == SOURCE_ABSENT, "a device in its place");
	check(open_it("device:/nonexistent/tdx") == SOURCE_ABSENT && s.why[0], "no device");
	check(open_it("device:/dev/null") == SOURCE_ABSENT, "another device");
	check(open_it("agent:unix:/nonexistent/sock") == SOURCE_ABSENT, "no socket");
	check(open_it("agent:unix:/dev/null") == SOURCE_ABSENT && strcmp(s.why, "not a socket") == 0,
	      "a device in its place");
	check(open_it("sim:/nonexistent") == SOURCE_ABSENT, "no machine");
	if (!mkdtemp(dir))
		return;
	snprintf(name, sizeof name, "sim:%s", dir);
	check(open_it(name) == SOURCE_ABSENT && s.fd == -1, "a directory that is no machine");
	snprintf(name, sizeof name, "configfs:%s", dir);
	check(open_it(name) == SOURCE_OK &&
	      source_quote(&s, report_data, &answer, deadline_in(1000)) == SOURCE_ABSENT && s.fd == -1,
	      "a directory that is not the kernel's");
	check(rmdir(dir) == 0, "in which nothing is left");
}

int main(void)
{
	names();
	answers();
	long_quote();
	errors();
	not_there();
	for (enum source_result r = SOURCE_OK; r <= SOURCE_SYSTEM; r++)
		check(source_strerror(r)[0], "a word for %d", (int)r);
	return tap_end();
}
