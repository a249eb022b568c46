/* agent-cgi: answers one request to the guest agent's interface, as a CGI program. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent_machine.h"
#include "agent_source.h"
#include "base/deadline.h"
#include "base/file.h"
#include "base/io.h"
#include "base/jail.h"
#include "base/prog.h"
#include "quote_signals.h"
#include "tee/agent.h"

enum { LIMIT_MS = 60000, PLACES = AGENT_SOURCES + 1, HEAD_ROOM = 128 };

static const char *registers = RTMR_DIRECTORY, *lines = RTMR_LOG_PATH;
static struct agent_state state;
static struct agent_arguments arguments;
static struct agent_evidence evidence;
static unsigned char body[AGENT_BODY_MAX], answer[AGENT_ANSWER_MAX];

static int open_state(const char *path)
{
	const char *file = NULL;
	enum agent_state_result r;
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		prog_perm("%s: %s", prog_text(span_str(path)), strerror(errno));
	r = agent_state_read(&state, dir, &file);
	if (r != AGENT_STATE_OK)
		prog_perm("%s/%s: %s", prog_text(span_str(path)), file, agent_state_strerror(r));
	return dir;
}

/* The directory, and what the sources open when they are asked. No filter: it lives for a request. */
static void enter_jail(bool writes)
{
	struct jail_place places[PLACES] = {
		{ .dir = evidence.dir, .access = JAIL_READ | (writes ? (unsigned int)JAIL_WRITE : 0) }
	};
	struct jail jail = { .promises = JAIL_STDIO | JAIL_READ | JAIL_WRITE | JAIL_NET | JAIL_UNIX,
	                     .places = places, .n_places = 1, .unfiltered = true };

	for (size_t i = 0; i < evidence.n_sources; i++) {
		source_prepare(&evidence.sources[i]);
		jail.n_places += agent_source_place(&evidence.sources[i], &places[jail.n_places]);
	}
	if (jail_enter(&jail) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
}

/* 0: arguments are read; or a reply has been made. */
static int read_request(struct agent *a, int64_t deadline)
{
	const char *method = prog_env("REQUEST_METHOD"), *query = prog_env("QUERY_STRING");
	enum io_result r;
	size_t len = 0;

	if (!method)
		prog_perm("REQUEST_METHOD is not set: this is a CGI program");
	if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
		return agent_arguments_query(&arguments, span_str(query)) ?
		       0 : agent_refuse(a, "malformed query");
	if (strcmp(method, "POST") != 0)
		return agent_refuse(a, "the method is neither POST nor GET");
	r = io_read_end(0, body, sizeof body, &len, deadline);
	if (r == IO_TOO_LONG)
		return agent_refuse(a, "payload too large");
	if (r != IO_OK)
		prog_temp("body: %s", io_strerror(r));
	return agent_arguments_json(&arguments, span_of(body, len)) ?
	       0 : agent_refuse(a, "the body is not an object of JSON");
}

static void reply(int status, const struct builder *out)
{
	unsigned char room[HEAD_ROOM];
	struct builder head;

	builder_init(&head, room, sizeof room);
	if (status != 200)
		builder_str(&head, "Status: 400 Bad Request\n");
	builder_str(&head, "Content-Type: application/json\nCache-Control: no-store\nContent-Length: ");
	builder_number(&head, out->len);
	builder_str(&head, "\n\n");
	prog_write(builder_span(&head));
	prog_write(builder_span(out));
}

static void option(int letter)
{
	switch (letter) {
	case 'D':
		registers = optarg;
		break;
	case 'l':
		lines = optarg;
		break;
	case 's':
		agent_source_add(&evidence, optarg);
		break;
	case 'h':
		prog_help();
	default:
		prog_usage();
	}
}

/* All that is opened, before a byte of the request is read. */
static void open_all(struct agent *a, const char *dir, bool writes)
{
	static unsigned char vendor[AGENT_DMI_MAX], product[AGENT_DMI_MAX];

	evidence.dir = open_state(dir);
	a->is_simulated = faccessat(evidence.dir, "platform", F_OK, 0) == 0;
	agent_source_default(&evidence, dir, a->is_simulated);
	a->vendor = agent_machine_dmi("/sys/class/dmi/id/sys_vendor", vendor);
	a->product = agent_machine_dmi("/sys/class/dmi/id/product_name", product);
	if (a->is_simulated)
		return;
	agent_machine_logs(&evidence, lines);
	if (writes)
		agent_machine_register(a, registers, lines);
}

int main(int argc, char **argv)
{
	struct agent a = { .state = &state, .arguments = &arguments, .evidence = &evidence };
	enum agent_method method = AGENT_GET_VERSION;
	struct builder out;
	int letter, status;
	bool found;

	prog_init("agent-cgi", "[-D directory] [-l log] [-s source] dir");
	while ((letter = getopt(argc, argv, "+D:hl:s:")) != -1)
		option(letter);
	if (argc - optind != 1)
		prog_usage();
	umask(022);
	quote_signals("agent-cgi: fatal: no answer in time\n");
	found = agent_find(span_str(prog_env("PATH_INFO")), &method);
	open_all(&a, argv[optind], found && agent_writes(method));
	enter_jail(found && agent_writes(method));
	prog_alarm(LIMIT_MS + 1000);
	a.deadline = deadline_in(LIMIT_MS);
	a.now = time(NULL);
	builder_init(&out, answer, sizeof answer);
	a.out = &out;
	status = found ? read_request(&a, a.deadline) : agent_refuse(&a, "method not found");
	if (status == 0)
		status = agent_answer(&a, method);
	reply(status, &out);
	agent_state_wipe(&state);
	explicit_bzero(answer, out.len);
	return PROG_OK;
}
