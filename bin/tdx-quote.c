/* tdx-quote: a quote over given report data, from the kernel, the guest agent or a simulator. */
#include "quote_ask.h"
#include "quote_output.h"
#include "quote_signals.h"

enum { TIMEOUT_MS = 60000, GRACE_MS = 1000 };

static struct quote_options options = { .asking = { .source = "auto" }, .timeout_ms = TIMEOUT_MS };
static struct source_answer answer;

int main(int argc, char **argv)
{
	prog_init("tdx-quote", "[-a] [-j | -x] [-d hex] [-H hash] [-p prefix] [-q service]\n"
	                       "       [-s source] [-t seconds]");
	quote_options_read(&options, argc, argv);
	quote_signals("tdx-quote: fatal: no quote in time\n");
	prog_alarm(options.timeout_ms + GRACE_MS);
	options.asking.deadline = deadline_in(options.timeout_ms);
	quote_report_data(&options);
	quote_open(&options.asking);
	quote_jail(&options.asking);
	if (!quote_ask(&options.asking, &answer))
		return quote_exit_status(&options.asking);
	quote_print(&options, &answer);
	return PROG_OK;
}
