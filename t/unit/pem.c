/* PEM, read and written. */
#include "tls/pem.h"

#include "tap.h"

static unsigned char storage[4096];
static struct builder b;

#define A "-----BEGIN A-----\n"
#define A_END "-----END A-----\n"

/* What a text holds: "LABEL=bytes;" for each block, then "." at its end or "!" where it is bad. */
static void holds(struct span text, const char *expected, const char *about)
{
	unsigned char said[512];
	struct span rest = text, label, bytes;
	enum pem_result result;
	struct builder all;

	builder_init(&all, said, sizeof said);
	builder_init(&b, storage, sizeof storage);
	while ((result = pem_next(&rest, &label, &b, &bytes)) == PEM_BLOCK) {
		builder_add(&all, label);
		builder_byte(&all, '=');
		builder_add(&all, bytes);
		builder_byte(&all, ';');
	}
	builder_byte(&all, result == PEM_END ? '.' : '!');
	if (!check(span_is(builder_span(&all), expected), "%s", about))
		printf("# %.*s\n", (int)all.len, said);
}

static const struct {
	const char *text, *expected, *about;
} texts[] = {
	{ "", ".", "nothing" },
	{ "some text\n", ".", "no block" },
	{ A "YWJj\n" A_END, "A=abc;.", "a block" },
	{ "-----BEGIN A-----\nYWJj\n-----END A-----", "A=abc;.", "no newline at the end" },
	{ A A_END, "A=;.", "an empty block" },
	{ A "YWJj\n" A_END A "ZA==\n" A_END, "A=abc;A=d;.", "two blocks" },
	{ "before\n" A "YWJj\n" A_END "between\n\n" A "ZA==\n" A_END "after", "A=abc;A=d;.", "text around" },
	{ "-----BEGIN A-----\r\nYWJj\r\n-----END A-----\r\n", "A=abc;.", "CRLF" },
	{ "-----BEGIN A----- \t\n YW\tJj \n-----END A-----  \n", "A=abc;.", "blanks" },
	{ A "Y\nW\nJ\nj\n" A_END, "A=abc;.", "a digit a line" },
	{ A "\n\nYWJj\n\n" A_END, "A=abc;.", "empty lines" },
	{ A "YWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJj\n" A_END,
	  "A=abcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabc;.", "a line of 80 digits" },
	{ "-----BEGIN EC PRIVATE KEY-----\nYWJj\n-----END EC PRIVATE KEY-----\n", "EC PRIVATE KEY=abc;.",
	  "a label of three words" },
	{ "----BEGIN A-----\n----END A-----\n", ".", "four hyphens are no mark" },
	{ " -----BEGIN A-----\n", ".", "a mark is at the beginning of its line" },
	{ A, "!", "no end" },
	{ A "YWJj\n", "!", "no end line" },
	{ A "YWJj\n-----END A----\n", "!", "a damaged end line" },
	{ A "YWJj\n-----END B-----\n", "!", "another end" },
	{ A "YWJj\n-----END A -----\n", "!", "a label with a blank more" },
	{ A A "YWJj\n" A_END, "!", "a block in a block" },
	{ A_END, "!", "an end alone" },
	{ A "YWJj\n" A_END A_END, "A=abc;!", "two ends" },
	{ "-----BEGIN A\nYWJj\n" A_END, "!", "a damaged first line" },
	{ "-----BEGIN -----\nYWJj\n-----END -----\n", "!", "no label" },
	{ "-----BEGIN A\tB-----\nYWJj\n-----END A\tB-----\n", "!", "a control byte in the label" },
	{ A "YWJ\n" A_END, "!", "a digit missing" },
	{ A "YW=j\n" A_END, "!", "padding inside" },
	{ A "YQ==\nYQ==\n" A_END, "!", "digits behind the padding" },
	{ A "YQ==\n=\n" A_END, "!", "padding behind the padding" },
	{ A "====\n" A_END, "!", "padding alone" },
	{ A "YR==\n" A_END, "!", "bits left over that are not zero" },
	{ A "YW*j\n" A_END, "!", "a foreign byte" },
	{ A "YW-_\n" A_END, "!", "base64url" },
	{ A "Proc-Type: 4,ENCRYPTED\n\nYWJj\n" A_END, "!", "a field" },
	{ A "YWJj\n" A_END A "YWJ!\n" A_END, "A=abc;!", "a bad one behind a good one" },
};

static void written(void)
{
	unsigned char bytes[200], text[512];
	int wrong = 0;

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(i * 7);
	for (size_t n = 0; n <= sizeof bytes; n++) {
		struct span rest, label, got, line;
		struct builder out;

		builder_init(&out, text, sizeof text);
		pem_write(&out, "SOME LABEL", span_of(bytes, n));
		rest = builder_span(&out);
		builder_init(&b, storage, sizeof storage);
		wrong += pem_next(&rest, &label, &b, &got) != PEM_BLOCK || !span_is(label, "SOME LABEL") ||
			 !span_eq(got, span_of(bytes, n)) || rest.len > 0;
		rest = builder_span(&out);
		while (span_split(&rest, '\n', &line))
			wrong += line.len > 64;
		/* Cut anywhere but before the last newline, it is no block. */
		for (size_t cut = 0; cut + 1 < out.len; cut++) {
			rest = span_head(builder_span(&out), cut);
			b.len = 0;
			wrong += pem_next(&rest, &label, &b, &got) == PEM_BLOCK;
		}
	}
	check(wrong == 0, "what is written is read, and cut at any byte it is not");
}

int main(void)
{
	struct span rest, label, bytes;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		holds(span_str(texts[i].text), texts[i].expected, texts[i].about);
	holds(span_of("-----BEGIN A-----\nYW\0Jj\n-----END A-----\n", 41), "!", "NUL inside");
	holds(span_of("\0\0\n" A "YWJj\n" A_END, 41), "A=abc;.", "NUL before");
	written();

	builder_init(&b, storage, 2);
	rest = span_str(A "YWJj\n" A_END);
	check(pem_next(&rest, &label, &b, &bytes) == PEM_BAD && !builder_ok(&b), "too little room");
	check(span_is(label, "A"), "the label of a bad block is there");
	builder_init(&b, storage, 3);
	rest = span_str(A "YWJj\n" A_END);
	check(pem_next(&rest, &label, &b, &bytes) == PEM_BLOCK && bytes.len == 3, "just enough");
	return tap_end();
}
