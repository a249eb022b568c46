/* The fields that say whose a request is, where a message ends, and what comes after it. */
#include "net/http_fields.h"

#include "net/http.h"

static bool length_found(struct http_framing *f, struct span value)
{
	uint64_t len;

	if (!span_number(value, INT64_MAX, &len))
		return false;
	if (f->lengths++ > 0 && len != f->body_len)
		return false;
	f->body_len = len;
	return true;
}

bool http_framing_add(struct http_framing *f, const struct http_field *field)
{
	struct span name = field->name, value = field->value;

	switch (name.len) {
	case 10:
		if (span_is_nocase(name, "Connection")) {
			f->close = f->close || http_has_token(value, "close");
			f->keep_alive = f->keep_alive || http_has_token(value, "keep-alive");
		}
		return true;
	case 14:
		return !span_is_nocase(name, "Content-Length") || length_found(f, value);
	case 17:
		if (span_is_nocase(name, "Transfer-Encoding")) {
			f->codings++;
			f->coding = value;
		}
		return true;
	default:
		return true;
	}
}

int http_framing_body(const struct http_framing *f, int minor, enum http_body *body)
{
	*body = HTTP_BODY_NONE;
	if (f->codings > 0) {
		if (f->lengths > 0 || minor == 0)
			return 400;
		if (f->codings > 1 || !span_is_nocase(f->coding, "chunked"))
			return 501;
		*body = HTTP_BODY_CHUNKED;
	} else if (f->lengths > 0) {
		*body = HTTP_BODY_LENGTH;
	}
	return 200;
}

/* What a request says beyond that. */
struct findings {
	struct http_framing framing;
	size_t hosts;
	bool expects;
};

static bool host_found(struct http_request *request, struct findings *f, struct span value)
{
	struct span host;
	bool is_address;
	uint16_t port;

	if (f->hosts++ > 0 || !http_host_parse(value, &host, &is_address, &port))
		return false;
	/* The host of an absolute-form target stands above the field (RFC 9112, 3.2.2). */
	if (request->host.len == 0) {
		request->host = host;
		request->host_is_address = is_address;
		request->port = port;
	}
	return true;
}

/* One field; false for one that is wrong by itself. */
static bool found(struct http_request *request, struct findings *f, const struct http_field *field)
{
	struct span name = field->name, value = field->value;

	switch (name.len) {
	case 4:
		return !span_is_nocase(name, "Host") || host_found(request, f, value);
	case 6:
		if (span_is_nocase(name, "Expect"))
			f->expects = span_is_nocase(value, "100-continue");
		return true;
	default:
		return http_framing_add(&f->framing, field);
	}
}

int http_fields_judge(struct http_request *request)
{
	struct findings f = { .hosts = 0 };
	int status;

	if (request->n_fields > HTTP_FIELDS_MAX)
		return 431;
	for (size_t i = 0; i < request->n_fields; i++)
		if (!found(request, &f, &request->field[i]))
			return 400;
	if (f.hosts == 0 && request->minor > 0)
		return 400;
	status = http_framing_body(&f.framing, request->minor, &request->body);
	request->body_len = f.framing.body_len;
	request->keep_alive = http_framing_stays(&f.framing, request->minor);
	request->expect_continue = f.expects && request->minor > 0 &&
	                           (f.framing.codings > 0 || request->body_len > 0);
	return status;
}

bool http_fields_find(const struct http_field *field, size_t n_fields, const char *name, size_t n,
                      struct span *value)
{
	for (size_t i = 0; i < n_fields; i++)
		if (span_is_nocase(field[i].name, name) && n-- == 0) {
			*value = field[i].value;
			return true;
		}
	return false;
}

bool http_request_field(const struct http_request *request, const char *name, struct span *value)
{
	return http_fields_find(request->field, request->n_fields, name, 0, value);
}

bool http_has_token(struct span list, const char *token)
{
	struct span member;

	while (span_split(&list, ',', &member))
		if (span_is_nocase(span_trim(member), token))
			return true;
	return false;
}
