/* Heads of responses. */
#include "net/http.h"
#include "net/http_class.h"

/* Reason phrases (RFC 9110, 15; 102 is RFC 2518's, 103 RFC 8297's, 429 and 431 are RFC 6585's, 508 is RFC 5842's). */
static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 100, "Continue" },
	{ 101, "Switching Protocols" },
	{ 102, "Processing" },
	{ 103, "Early Hints" },
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 206, "Partial Content" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 416, "Range Not Satisfiable" },
	{ 417, "Expectation Failed" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 426, "Upgrade Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
	{ 508, "Loop Detected" },
};

const char *http_reason(int status)
{
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

void http_status_line(struct builder *out, int status)
{
	builder_str(out, "HTTP/1.1 ");
	builder_number(out, (uint64_t)status);
	builder_byte(out, ' ');
	builder_str(out, http_reason(status));
	builder_str(out, "\r\n");
}

void http_field_line(struct builder *out, const char *name, struct span value)
{
	if (http_class_span(value, HTTP_CLASS_VALUE) < value.len) {
		out->overflow = true;
		return;
	}
	builder_str(out, name);
	builder_str(out, ": ");
	builder_add(out, value);
	builder_str(out, "\r\n");
}

void http_chunk_line(struct builder *out, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	unsigned int shift = 0;

	while (len >> shift > 15)
		shift += 4;
	for (;; shift -= 4) {
		builder_byte(out, (unsigned char)digits[len >> shift & 15]);
		if (shift == 0)
			break;
	}
	builder_str(out, "\r\n");
}
