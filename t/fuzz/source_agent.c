/* A guest agent's answer: what is read of it lies where it may, and is what it should be. */
#include "tee/source_agent.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LONGEST = 8192 }; /* max_len=8192 */

static struct source_answer answer;

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void must_lie_in(struct span text, const uint8_t *data, size_t size)
{
	bool in = text.p >= data && text.p + text.len <= data + size;
	bool unpacked = text.p >= answer.text && text.p + text.len <= answer.text + sizeof answer.text;

	must(text.len == 0 || in || unpacked);
	must(span_find(text, 0) == text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char room[LONGEST];
	struct builder scratch;
	struct span error;
	const char *wrong = "";
	bool good;

	if (size > LONGEST)
		return 0;
	good = source_agent_read(span_of(data, size), &answer, &wrong);
	must(!good || !wrong);
	if (good) {
		must(answer.quote.len > 0 && answer.quote.len <= size / 2 && answer.quote.p == answer.quote_room);
		must_lie_in(answer.event_log, data, size);
		must_lie_in(answer.vm_config, data, size);
		must_lie_in(answer.attestation, data, size);
		must(answer.attestation.len % 2 == 0);
	}
	answer.attestation = span_of(NULL, 0);
	good = source_agent_read_attestation(span_of(data, size), &answer, &error, &wrong);
	if (good) {
		must(error.len == QUOTE_REPORT_DATA_LEN && answer.quote.len <= size / 2);
		must_lie_in(answer.attestation, data, size);
		must(answer.attestation.len > 0 && answer.attestation.len % 2 == 0);
	}
	builder_init(&scratch, room, sizeof room);
	error = source_agent_error(span_of(data, size), &scratch);
	must(error.len <= size && span_find(error, 0) == error.len);
	return 0;
}
