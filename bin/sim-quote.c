/* sim-quote: a quote of a simulated machine over given report data. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/io.h"
#include "base/jail.h"
#include "base/prog.h"
#include "sim_quote_options.h"

enum { LIMIT_MS = 60000 };

static struct sim_quote sim;
static unsigned char report_data[QUOTE_REPORT_DATA_LEN + 1];
static unsigned char quote[SIM_QUOTE_MAX], text[2 * SIM_QUOTE_MAX + 1];

static void open_machine(const char *path)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum sim_result r;
	const char *file;

	if (dir < 0)
		prog_perm("%s: %s", prog_text(span_str(path)), strerror(errno));
	r = sim_quote_open(&sim, dir, &file);
	if (r != SIM_OK)
		prog_perm("%s/%s: %s", prog_text(span_str(path)), file,
		          r == SIM_UNREADABLE ? strerror(errno) : sim_strerror(r));
	close(dir);
}

static void read_log(const char *path)
{
	static unsigned char log[SIM_LOG_MAX];
	static struct json_token tokens[SIM_LOG_TOKENS];
	enum file_result r;
	struct json doc;
	size_t len, at = 0;

	if (!sim.is_tdx)
		prog_perm("-e: a machine with SGX has no RTMRs");
	r = file_read(AT_FDCWD, path, log, sizeof log, &len);
	if (r != FILE_OK)
		prog_perm("%s: %s", prog_text(span_str(path)), file_strerror(r));
	if (!json_read(&doc, span_of(log, len), tokens, SIM_LOG_TOKENS))
		prog_perm("%s: not JSON", prog_text(span_str(path)));
	if (sim_quote_log(&sim, json_root(&doc), &at) != SIM_OK)
		prog_perm("%s: event %zu: %s", prog_text(span_str(path)), at, sim_strerror(SIM_LOG));
}

static void apply(const struct wish *wish)
{
	enum sim_result r;

	if (wish->version || wish->body) {
		r = sim_quote_version(&sim, wish->version ? wish->version : sim.version, wish->body);
		if (r != SIM_OK)
			prog_perm("%s", sim_strerror(r));
	}
	if (wish->log)
		read_log(wish->log);
	for (size_t i = 0; i < wish->n_fields; i++) {
		r = sim_quote_field(&sim, span_str(wish->fields[i]));
		if (r != SIM_OK)
			prog_perm("-m: %s: %s", prog_text(span_str(wish->fields[i])), sim_strerror(r));
	}
	if (wish->seed && !sim_quote_seed(&sim, span_str(wish->seed)))
		prog_temp("-S: no key could be made");
}

static struct span read_data(const char *hex)
{
	enum io_result r;
	struct builder b;
	size_t len = 0;

	builder_init(&b, report_data, QUOTE_REPORT_DATA_LEN);
	if (hex) {
		if (!hex_decode(&b, span_str(hex)))
			prog_perm("-d: not hexadecimal of %d bytes at most", QUOTE_REPORT_DATA_LEN);
		return builder_span(&b);
	}
	r = io_read_end(0, report_data, QUOTE_REPORT_DATA_LEN, &len, deadline_in(LIMIT_MS));
	if (r == IO_TOO_LONG)
		prog_perm("stdin: more than %d bytes of report data", QUOTE_REPORT_DATA_LEN);
	if (r != IO_OK && r != IO_END)
		prog_temp("stdin: %s", io_strerror(r));
	return span_of(report_data, len);
}

static void enter_jail(void)
{
	struct jail jail = { .promises = JAIL_STDIO };

	if (jail_enter(&jail) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
}

static void print(struct span data, bool print_hex)
{
	struct builder b, t;

	builder_init(&b, quote, sizeof quote);
	if (!sim_quote_write(&sim, data, &b))
		prog_bug("the quote does not fit");
	sim_quote_wipe(&sim);
	builder_init(&t, text, sizeof text);
	hex_encode(&t, builder_span(&b));
	builder_byte(&t, '\n');
	prog_write(print_hex ? builder_span(&t) : builder_span(&b));
}

int main(int argc, char **argv)
{
	struct wish wish = { .hex = NULL };

	prog_init("sim-quote", "[-x] [-b body] [-d hex] [-e log] [-m field=hex] ... [-S seed] [-V version] dir");
	read_options(&wish, argc, argv);
	if (argc - optind != 1 || (wish.seed && !*wish.seed))
		prog_usage();
	prog_alarm(LIMIT_MS);
	open_machine(argv[optind]);
	apply(&wish);
	enter_jail();
	print(read_data(wish.hex), wish.print_hex);
	return PROG_OK;
}
