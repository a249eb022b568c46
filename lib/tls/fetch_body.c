/* Bodies of answers, taken out of what comes. */
#include "tls/fetch_body.h"

static enum fetch_result add(struct fetch_body *in, struct span data)
{
	if (data.len > in->out->limit - in->taken)
		return FETCH_TOO_LARGE;
	in->taken += data.len;
	return data.len > 0 ? in->out->piece(in->out->context, data) : FETCH_OK;
}

static enum fetch_result take_chunks(struct fetch_body *in, struct span *bytes)
{
	while (!in->done) {
		struct span data = { NULL, 0 };
		size_t used;
		enum http_chunk_result r = http_chunks_next(&in->chunks, *bytes, &used, &data);
		enum fetch_result added;

		*bytes = span_from(*bytes, used);
		switch (r) {
		case HTTP_CHUNK_MORE:
			return FETCH_OK;
		case HTTP_CHUNK_DATA:
			added = add(in, data);
			if (added != FETCH_OK)
				return added;
			break;
		case HTTP_CHUNK_DONE:
			in->done = true;
			break;
		case HTTP_CHUNK_BAD:
			return FETCH_PROTOCOL;
		}
	}
	return FETCH_OK;
}

enum fetch_result fetch_body_take(struct fetch_body *in, struct span *bytes)
{
	struct span data = *bytes;

	switch (in->kind) {
	case HTTP_BODY_NONE:
		in->done = true;
		return FETCH_OK;
	case HTTP_BODY_CHUNKED:
		return take_chunks(in, bytes);
	case HTTP_BODY_LENGTH:
		if (in->left < data.len)
			data.len = (size_t)in->left;
		in->left -= data.len;
		in->done = in->left == 0;
		break;
	case HTTP_BODY_CLOSE:
		break;
	}
	*bytes = span_from(*bytes, data.len);
	return add(in, data);
}
