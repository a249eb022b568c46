/* quote_signals: how tdx-quote ends when it is told to, or when its time is over. */
#ifndef BIN_QUOTE_SIGNALS_H
#define BIN_QUOTE_SIGNALS_H

#include <signal.h>
#include <unistd.h>

#include "base/prog.h"
#include "tee/configfs.h"

/* What blocks in the kernel ends here; the entry in its directory goes with the process. */
static void quote_end(int signal_number)
{
	static const char late[] = "tdx-quote: fatal: no quote in time\n";

	configfs_abandon();
	if (signal_number == SIGALRM) {
		ssize_t n = write(2, late, sizeof late - 1);

		(void)n;
		_exit(PROG_TEMP);
	}
	_exit(128 + signal_number);
}

static void quote_signals(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM, SIGALRM };
	struct sigaction action = { .sa_handler = quote_end };

	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &action, NULL);
}

#endif
