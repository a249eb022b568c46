/*
 * cgi_page: the least a CGI program can be. It writes an answer that never changes to
 * descriptor 1 and ends. What a request costs more than this is the server's.
 */
#include <unistd.h>

static const char answer[] =
	"Content-Type: text/plain\r\n"
	"Content-Length: 13\r\n"
	"\r\n"
	"Hello, world\n";

int main(void)
{
	return write(1, answer, sizeof answer - 1) == (ssize_t)sizeof answer - 1 ? 0 : 1;
}
