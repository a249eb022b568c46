/* The kernel's two ways to a quote. */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "tee/configfs.h"
#include "tee/source_parts.h"

enum { CONF_MAX = 4096, REPORT_DATA_AT = 128 };

/* What the device takes and gives (linux/tdx-guest.h). The C libraries differ about a request's type. */
struct tdx_report {
	unsigned char report_data[QUOTE_REPORT_DATA_LEN], report[QGS_REPORT_LEN];
};
#define GET_REPORT _IOWR('T', 1, struct tdx_report)

enum source_result source_configfs_open(struct source *s)
{
	s->fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->fd >= 0)
		return SOURCE_OK;
	source_say(s, NULL, strerror(errno));
	return source_errno(errno);
}

enum source_result source_configfs_quote(struct source *s, struct span report_data,
                                         struct source_answer *answer, int64_t deadline)
{
	struct configfs_files files = configfs_directory(&s->fd);
	struct configfs_why why;
	size_t len;

	switch (configfs_quote(&files, report_data, answer->quote_room, sizeof answer->quote_room, &len,
	                       &why, deadline)) {
	case CONFIGFS_OK:
		answer->quote = span_of(answer->quote_room, len);
		return SOURCE_OK;
	case CONFIGFS_PROVIDER:
		source_say(s, NULL, "reports there are not of TDX");
		return SOURCE_ABSENT;
	case CONFIGFS_NONSENSE:
		source_say(s, why.attribute, "not what the kernel gives");
		return SOURCE_NONSENSE;
	case CONFIGFS_MOVED:
		source_say(s, NULL, "generation: what was written is not what was there to be read");
		return SOURCE_TIMEOUT;
	case CONFIGFS_ERROR:
		break;
	}
	source_say(s, why.attribute ? why.attribute : "mkdir", strerror(why.error));
	if (why.error == EBUSY || why.error == EINTR || why.error == EIO || why.error == EAGAIN)
		return SOURCE_TIMEOUT;
	return source_errno(why.error);
}

/* Where the quote service is; false: nobody says. */
static bool find_service(struct source *s, struct qgs_place *place)
{
	unsigned char text[CONF_MAX];
	enum file_result r;
	size_t len;

	if (s->service) {
		*place = *s->service;
		return true;
	}
	*place = (struct qgs_place){ .is_vsock = true, .cid = QGS_HOST_CID };
	r = file_read(AT_FDCWD, SOURCE_QGS_CONF, text, sizeof text, &len);
	if (r != FILE_OK)
		source_say(s, SOURCE_QGS_CONF, file_strerror(r));
	else if (!qgs_conf_port(span_of(text, len), &place->port))
		source_say(s, SOURCE_QGS_CONF, "no port in it");
	else
		return true;
	return false;
}

int source_device_file(const char *path)
{
	return open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

static enum source_result make_report(struct source *s, struct span report_data)
{
	struct tdx_report report = { .report = { 0 } };
	int fd = s->device >= 0 ? s->device : source_device_file(s->path), error;
	long r;

	if (fd < 0) {
		source_say(s, NULL, strerror(errno));
		return source_errno(errno);
	}
	memcpy(report.report_data, report_data.p, report_data.len);
	do
		r = syscall(SYS_ioctl, fd, GET_REPORT, &report);
	while (r < 0 && errno == EINTR);
	error = errno;
	if (fd != s->device)
		close(fd);
	if (r < 0) {
		source_say(s, "TDX_CMD_GET_REPORT0", strerror(error));
		return error == ENOTTY ? SOURCE_ABSENT : source_errno(error);
	}
	memcpy(s->tdreport, report.report, sizeof s->tdreport);
	if (span_eq(span_of(s->tdreport + REPORT_DATA_AT, QUOTE_REPORT_DATA_LEN), report_data))
		return SOURCE_OK;
	source_say(s, NULL, "a TD report over other report data");
	return SOURCE_OTHER;
}

enum source_result source_device_open(struct source *s, struct span report_data, int64_t deadline)
{
	enum source_result r = make_report(s, report_data);
	struct qgs_place place;

	if (r != SOURCE_OK)
		return r;
	if (!find_service(s, &place))
		return SOURCE_ABSENT;
	if (qgs_connect(&place, deadline, &s->fd))
		return SOURCE_OK;
	s->fd = -1;
	source_say(s, "quote service", strerror(errno));
	return errno == ETIMEDOUT ? SOURCE_TIMEOUT : SOURCE_SYSTEM;
}

enum source_result source_device_quote(struct source *s, struct source_answer *answer,
                                       int64_t deadline)
{
	static const enum source_result results[] = {
		[QGS_OK] = SOURCE_OK,           [QGS_CLOSED] = SOURCE_SYSTEM,
		[QGS_TIMEOUT] = SOURCE_TIMEOUT, [QGS_LENGTH] = SOURCE_NONSENSE,
		[QGS_VERSION] = SOURCE_NONSENSE, [QGS_TYPE] = SOURCE_NONSENSE,
		[QGS_SIZE] = SOURCE_NONSENSE,   [QGS_ERROR] = SOURCE_REFUSED,
		[QGS_LENGTHS] = SOURCE_NONSENSE, [QGS_SYSTEM] = SOURCE_SYSTEM,
	};
	enum qgs_result r;
	uint32_t error = 0;
	char number[32];

	_Static_assert(sizeof answer->body >= QGS_MESSAGE_MAX, "room for an answer");
	r = qgs_ask(s->fd, s->tdreport, answer->body, &answer->quote, &error, deadline);
	source_say(s, "quote service", qgs_strerror(r));
	if (r == QGS_ERROR) {
		snprintf(number, sizeof number, "error 0x%x", (unsigned int)error);
		source_say(s, "quote service", number);
	}
	return results[r];
}
