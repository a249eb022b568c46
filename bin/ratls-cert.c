/* ratls-cert: a self-signed certificate that carries a quote which binds its key. */
#include "quote_signals.h"
#include "ratls_log.h"
#include "ratls_signer.h"

enum { GRACE_MS = 1000 };

static struct ratls_options options = { .days = RATLS_DAYS, .timeout_ms = RATLS_TIMEOUT_MS,
	                                .asking = { .source = "auto" } };
static struct source_answer answer;
static struct child signer;

/* The signer has said why, if there was anything to be said. */
static int end_signer(void)
{
	int status;

	switch (child_end(&signer, DEADLINE_NEVER, &status)) {
	case CHILD_EXITED:
		return status;
	case CHILD_KILLED:
		prog_temp("the process with the key was ended by signal %d", status);
	case CHILD_TIMEOUT:
	case CHILD_ERROR:
		break;
	}
	prog_temp("wait: %s", strerror(errno));
}

/* The public half of the key makes the report data. */
static void take_report_data(struct ratls_options *o)
{
	unsigned char spki[KEY_SPKI_MAX], kind;
	size_t len;

	if (cell_receive(signer.fd, &kind, spki, sizeof spki, &len, o->asking.deadline) != IO_OK)
		exit(end_signer());
	if (kind != RATLS_SPKI || !ratls_report_data(o->form, span_of(spki, len), o->nonce, o->asking.report_data))
		prog_bug("no report data");
}

static void print_report_data(void)
{
	unsigned char text[2 * QUOTE_REPORT_DATA_LEN + 1];
	struct builder b;

	builder_init(&b, text, sizeof text);
	hex_encode(&b, span_of(options.asking.report_data, QUOTE_REPORT_DATA_LEN));
	builder_byte(&b, '\n');
	prog_write(builder_span(&b));
}

static void give(enum ratls_frame kind, struct span bytes)
{
	if (cell_send(signer.fd, kind, bytes, options.asking.deadline) != IO_OK)
		exit(end_signer());
}

int main(int argc, char **argv)
{
	struct span log;

	prog_init("ratls-cert", RATLS_USAGE);
	ratls_options_read(&options, argc, argv);
	if (!child_start(&signer, ratls_sign, &options))
		prog_temp("fork: %s", strerror(errno));
	quote_signals("ratls-cert: fatal: no quote in time\n");
	prog_alarm(options.timeout_ms + GRACE_MS);
	options.asking.deadline = deadline_in(options.timeout_ms);
	take_report_data(&options);
	if (options.report_only) {
		print_report_data();
		return end_signer();
	}
	log = ratls_files(&options, &answer.quote);
	if (!options.quote)
		quote_open(&options.asking);
	options.asking.promises = JAIL_WAIT;
	quote_jail(&options.asking);
	if (!options.quote && !quote_ask(&options.asking, &answer))
		return quote_exit_status(&options.asking);
	give(RATLS_QUOTE, ratls_quote(answer.quote));
	give(RATLS_LOG, ratls_log(&options, log.len > 0 ? log : answer.event_log));
	return end_signer();
}
