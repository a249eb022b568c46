/* agent_json: members of an object of JSON under way, with the comma before them where one belongs. */
#ifndef TEE_AGENT_JSON_H
#define TEE_AGENT_JSON_H

#include "base/builder.h"
#include "base/span.h"

/* The name and the colon; with bytes in hexadecimal behind them; with a text. */
void agent_put(struct builder *out, const char *name);
void agent_put_hex(struct builder *out, const char *name, struct span bytes);
void agent_put_text(struct builder *out, const char *name, struct span text);

#endif
