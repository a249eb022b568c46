/*
 * quote_make: quotes for tests, of any version and body, that nobody signed. Every byte that
 * says nothing about the layout counts on, so that a field taken from a wrong place is seen.
 */
#ifndef UNIT_QUOTE_MAKE_H
#define UNIT_QUOTE_MAKE_H

#include "base/builder.h"
#include "tee/quote.h"

struct quote_plan {
	uint16_t version;
	uint32_t tee;
	uint16_t body_type; /* version 5 alone */
	size_t body_len;    /* what is there, and what version 5 says */
	size_t auth_len;
	uint16_t cert_type;
	size_t cert_len;
	int wrong_outer, wrong_signature; /* added to these lengths */
	uint16_t outer_type; /* 0: as it must be */
};

static inline void quote_u16(struct builder *b, uint16_t value)
{
	builder_byte(b, (unsigned char)value);
	builder_byte(b, (unsigned char)(value >> 8));
}

static inline void quote_u32(struct builder *b, uint32_t value)
{
	quote_u16(b, (uint16_t)value);
	quote_u16(b, (uint16_t)(value >> 16));
}

static inline void quote_fill(struct builder *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		builder_byte(b, (unsigned char)(b->len * 7 + b->len / 256));
}

static inline void quote_make(struct builder *b, const struct quote_plan *plan)
{
	size_t certification = 384 + 64 + 2 + plan->auth_len + 2 + 4 + plan->cert_len;
	size_t signature = 64 + 64 + certification + (plan->version == 3 ? 0 : 6);

	quote_u16(b, plan->version);
	quote_u16(b, QUOTE_KEY_P256);
	quote_u32(b, plan->tee);
	quote_u16(b, 0x0102);
	quote_u16(b, 0x0304);
	quote_fill(b, 36);
	if (plan->version == 5) {
		quote_u16(b, plan->body_type);
		quote_u32(b, (uint32_t)plan->body_len);
	}
	quote_fill(b, plan->body_len);
	quote_u32(b, (uint32_t)((long)signature + plan->wrong_signature));
	quote_fill(b, 128);
	if (plan->version != 3) {
		quote_u16(b, plan->outer_type ? plan->outer_type : QUOTE_CERT_QE_REPORT);
		quote_u32(b, (uint32_t)((long)certification + plan->wrong_outer));
	}
	quote_fill(b, 384 + 64);
	quote_u16(b, (uint16_t)plan->auth_len);
	quote_fill(b, plan->auth_len);
	quote_u16(b, plan->cert_type);
	quote_u32(b, (uint32_t)plan->cert_len);
	quote_fill(b, plan->cert_len);
}

#endif
