/* Hostile bytes made fit for a log line. */
#include "base/log.h"

#include "base/hex.h"

static void escape(struct builder *out, struct span bytes, size_t cap, unsigned char lowest)
{
	size_t n = bytes.len < cap ? bytes.len : cap, plain = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = bytes.p[i];

		if (c >= lowest && c < 0x7f && c != '\\')
			continue;
		builder_add(out, span_of(bytes.p + plain, i - plain));
		builder_str(out, "\\x");
		hex_encode(out, span_of(&c, 1));
		plain = i + 1;
	}
	builder_add(out, span_of(bytes.p + plain, n - plain));
	if (bytes.len > cap)
		builder_str(out, "...");
}

void log_hostile(struct builder *out, struct span bytes, size_t cap)
{
	if (bytes.len > 0)
		escape(out, bytes, cap, ' ');
}

void log_field(struct builder *out, struct span bytes, size_t cap)
{
	if (bytes.len == 0)
		builder_byte(out, '-');
	else
		escape(out, bytes, cap, ' ' + 1);
}
