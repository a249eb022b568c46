/* PEM: lines between two lines of hyphens. */
#include "tls/pem.h"

#include "base/base64.h"

/* 64 digits. */
enum { LINE_BYTES = 48 };

static const char begin_mark[] = "-----BEGIN ", end_mark[] = "-----END ", dashes[] = "-----";

/* The next line without CR, LF and trailing blanks; false at the end of the text. */
static bool next_line(struct span *rest, struct span *line)
{
	if (rest->len == 0 || !span_split(rest, '\n', line))
		return false;
	while (line->len > 0 && (line->p[line->len - 1] == '\r' || line->p[line->len - 1] == ' ' ||
	                         line->p[line->len - 1] == '\t'))
		line->len--;
	return true;
}

/* The label of a line that begins with `mark` and ends in hyphens; empty for another line. */
static struct span label_of(struct span line, const char *mark)
{
	struct span label = span_of(NULL, 0);

	if (span_starts(line, mark))
		label = span_from(line, strlen(mark));
	if (label.len <= strlen(dashes) ||
	    !span_is(span_from(label, label.len - strlen(dashes)), dashes))
		return span_of(NULL, 0);
	label.len -= strlen(dashes);
	for (size_t i = 0; i < label.len; i++)
		if (label.p[i] < ' ' || label.p[i] > '~')
			return span_of(NULL, 0);
	return label;
}

/* Base64 whose groups of four go on from line to line. */
struct digits {
	unsigned char group[4];
	size_t n;
	bool ended; /* by padding */
};

static bool decode_line(struct digits *d, struct span line, struct builder *out)
{
	for (size_t i = 0; i < line.len; i++) {
		if (line.p[i] == ' ' || line.p[i] == '\t')
			continue;
		if (d->ended)
			return false;
		d->group[d->n++] = line.p[i];
		if (d->n < sizeof d->group)
			continue;
		d->n = 0;
		d->ended = d->group[3] == '=';
		if (!base64_decode(out, span_of(d->group, sizeof d->group)))
			return false;
	}
	return true;
}

/* What is behind the first line, to the end line of the same label. */
static bool read_block(struct span *rest, struct span label, struct digits *digits,
                       struct builder *out)
{
	struct span line;

	while (next_line(rest, &line)) {
		if (span_starts(line, end_mark))
			return span_eq(label_of(line, end_mark), label) && digits->n == 0 && builder_ok(out);
		if (!decode_line(digits, line, out))
			return false;
	}
	return false;
}

enum pem_result pem_next(struct span *rest, struct span *label, struct builder *out,
                         struct span *bytes)
{
	struct digits digits = { .n = 0 };
	size_t start = out->len;
	struct span line;
	bool whole;

	*label = span_of(NULL, 0);
	do {
		if (!next_line(rest, &line))
			return PEM_END;
		if (span_starts(line, end_mark))
			return PEM_BAD;
	} while (!span_starts(line, begin_mark));
	*label = label_of(line, begin_mark);
	if (label->len == 0)
		return PEM_BAD;
	whole = read_block(rest, *label, &digits, out);
	explicit_bzero(&digits, sizeof digits); /* the end of a key, perhaps */
	*bytes = span_of(out->p + start, out->len - start);
	return whole ? PEM_BLOCK : PEM_BAD;
}

static void write_mark(struct builder *out, const char *mark, const char *label)
{
	builder_str(out, mark);
	builder_str(out, label);
	builder_str(out, dashes);
	builder_byte(out, '\n');
}

void pem_write(struct builder *out, const char *label, struct span bytes)
{
	write_mark(out, begin_mark, label);
	while (bytes.len > 0) {
		base64_encode(out, span_head(bytes, LINE_BYTES));
		builder_byte(out, '\n');
		bytes = span_from(bytes, LINE_BYTES);
	}
	write_mark(out, end_mark, label);
}
