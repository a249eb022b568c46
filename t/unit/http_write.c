/* Heads of responses, and the classes of bytes against their definitions. */
#include <string.h>

#include "net/http.h"
#include "net/http_class.h"
#include "tap.h"

static unsigned char storage[256];
static struct builder b;

static bool is(const char *text)
{
	return builder_ok(&b) && span_is(builder_span(&b), text);
}

static void date(time_t when, const char *text)
{
	builder_init(&b, storage, sizeof storage);
	http_date(&b, when);
	check(is(text), "%s", text);
}

static void field(struct span value, const char *about, bool good)
{
	builder_init(&b, storage, sizeof storage);
	http_field_line(&b, "A", value);
	check(builder_ok(&b) == good && (good || builder_span(&b).len == 0), "%s", about);
}

static void classes(void)
{
	static const char token[] = "!#$%&'*+-.^_`|~", name[] = "-._~!$&'()*+,;=";
	bool good = true;

	for (int i = 0; i < 256; i++) {
		unsigned char c = (unsigned char)i;
		bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool visible = c > ' ' && c < 0x7f;

		good = good &&
		       http_class_has(c, HTTP_CLASS_TOKEN) == (alnum || (c && strchr(token, c))) &&
		       http_class_has(c, HTTP_CLASS_NAME) == (alnum || (c && strchr(name, c))) &&
		       http_class_has(c, HTTP_CLASS_TARGET) == (visible && c != '#') &&
		       http_class_has(c, HTTP_CLASS_VALUE) ==
		               (visible || c == ' ' || c == '\t' || c >= 0x80);
	}
	check(good, "the table says what the grammar says of every byte");
}

int main(void)
{
	date(784111777, "Sun, 06 Nov 1994 08:49:37 GMT");
	date(0, "Thu, 01 Jan 1970 00:00:00 GMT");
	date(951782400, "Tue, 29 Feb 2000 00:00:00 GMT");
	date(4102444799, "Thu, 31 Dec 2099 23:59:59 GMT");
	date(-1, "Wed, 31 Dec 1969 23:59:59 GMT");
	date(253402300799, "Fri, 31 Dec 9999 23:59:59 GMT");
	builder_init(&b, storage, sizeof storage);
	http_date(&b, 253402300800);
	check(!builder_ok(&b), "no year of five digits");
	builder_init(&b, storage, sizeof storage);
	http_date(&b, INT64_MAX);
	check(!builder_ok(&b), "no moment out of all reckoning");

	builder_init(&b, storage, sizeof storage);
	http_status_line(&b, 307);
	http_field_line(&b, "Location", span_str("https://a.test/"));
	check(is("HTTP/1.1 307 Temporary Redirect\r\nLocation: https://a.test/\r\n"), "a redirect");
	builder_init(&b, storage, sizeof storage);
	http_status_line(&b, 299);
	check(is("HTTP/1.1 299 Unknown\r\n"), "a status not known");
	for (int status = 400; status <= 505; status++)
		if (status == 400 || status == 408 || status == 414 || status == 431 || status == 501 ||
		    status == 502 || status == 503 || status == 505)
			check(strcmp(http_reason(status), "Unknown") != 0, "%d %s", status,
			      http_reason(status));

	field(span_str(""), "an empty value", true);
	field(span_str("a\tb \xc3\xa9"), "tab and high bytes", true);
	field(span_str("a\r\nB: c"), "no second field", false);
	field(span_str("a\n"), "no LF", false);
	field(span_str("a\r"), "no CR", false);
	field(span_of("a\0", 2), "no NUL", false);
	field(span_str("\x7f"), "no DEL", false);
	field(span_str("\x1b"), "no ESC", false);
	classes();
	return tap_end();
}
