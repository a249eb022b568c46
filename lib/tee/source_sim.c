/* A simulated machine. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "tee/source_parts.h"

enum source_result source_sim_open(struct source *s)
{
	const char *file = NULL;
	enum sim_result r;

	s->fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->fd < 0) {
		source_say(s, NULL, strerror(errno));
		return source_errno(errno);
	}
	r = sim_quote_open(&s->sim, s->fd, &file);
	if (r == SIM_OK)
		return SOURCE_OK;
	source_say(s, file, sim_strerror(r));
	close(s->fd);
	s->fd = -1;
	return r == SIM_MISSING ? SOURCE_ABSENT : r == SIM_UNREADABLE ? SOURCE_SYSTEM : SOURCE_NONSENSE;
}

/* The log of the machine, where it has one. */
static bool read_log(struct source *s, struct source_answer *answer)
{
	enum file_result r;
	size_t len;

	if (!s->sim.has_log)
		return true;
	r = file_read(s->fd, "eventlog.json", answer->text, sizeof answer->text, &len);
	if (r != FILE_OK) {
		source_say(s, "eventlog.json", file_strerror(r));
		return false;
	}
	answer->event_log = span_of(answer->text, len);
	return true;
}

enum source_result source_sim_quote(struct source *s, struct span report_data,
                                    struct source_answer *answer)
{
	struct builder b;

	builder_init(&b, answer->quote_room, sizeof answer->quote_room);
	if (!sim_quote_write(&s->sim, report_data, &b)) {
		source_say(s, NULL, "no quote could be made");
		return SOURCE_SYSTEM;
	}
	answer->quote = builder_span(&b);
	return read_log(s, answer) ? SOURCE_OK : SOURCE_SYSTEM;
}
