/* Readers: fields in order, and that failure stays. */
#include "base/reader.h"

#include "tap.h"

static struct reader r;

static const unsigned char bytes[] = { 0x01, 0x02, 0x03, 0x84, 0x85, 0x86, 0x87, 0x08,
	                               0x09, 0x8a, 0x0b, 0x0c, 0x8d, 'x',  'y' };

/* What reads the whole of `bytes`; true when all was as it should be. */
static bool read_all(void)
{
	bool good = reader_u8(&r) == 0x01;

	good = good && reader_u16be(&r) == 0x0203;
	good = good && reader_u32be(&r) == 0x84858687;
	good = good && reader_u16le(&r) == 0x0908;
	good = good && reader_u32le(&r) == 0x8d0c0b8a;
	return span_is(reader_bytes(&r, 2), "xy") && good;
}

int main(void)
{
	reader_init(&r, span_of(bytes, sizeof bytes));
	check(reader_ok(&r) && !reader_done(&r) && reader_left(&r) == sizeof bytes, "at the start");
	check(read_all(), "every kind of field");
	check(reader_ok(&r) && reader_done(&r) && reader_left(&r) == 0, "at the end");
	check(reader_bytes(&r, 0).len == 0 && reader_done(&r), "nothing can be read at the end");
	check(reader_u8(&r) == 0 && !reader_ok(&r) && !reader_done(&r), "something cannot");

	for (size_t len = 0; len < sizeof bytes; len++) {
		reader_init(&r, span_of(bytes, len));
		check(!read_all() && !reader_ok(&r) && !reader_done(&r) && reader_left(&r) == 0,
		      "cut after %zu", len);
	}

	reader_init(&r, span_of(bytes, 3));
	check(reader_u32be(&r) == 0 && reader_u8(&r) == 0 && reader_u16be(&r) == 0 &&
	              reader_u16le(&r) == 0 && reader_u32le(&r) == 0,
	      "zeros once it failed, though bytes are left");
	check(reader_bytes(&r, 0).len == 0 && !reader_bytes(&r, 1).p, "no bytes either");

	reader_init(&r, span_of(bytes, sizeof bytes));
	reader_u8(&r);
	check(!reader_bytes(&r, SIZE_MAX).p && !reader_ok(&r), "a length that is too large");
	reader_init(&r, span_of(bytes, sizeof bytes));
	check(reader_bytes(&r, sizeof bytes).p == bytes && reader_done(&r), "all, in place");
	reader_init(&r, span_of(bytes, sizeof bytes));
	reader_fail(&r);
	check(!reader_ok(&r) && reader_u8(&r) == 0 && reader_left(&r) == 0, "failed by its user");
	reader_init(&r, span_of(NULL, 0));
	check(reader_done(&r) && reader_left(&r) == 0, "over nothing");
	return tap_end();
}
