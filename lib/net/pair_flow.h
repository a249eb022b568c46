/* pair_flow: what moves in a direction of a pair; for net/pair.h alone. */
#ifndef NET_PAIR_FLOW_H
#define NET_PAIR_FLOW_H

#include <stdbool.h>

#include "net/pair.h"

/* Sends bytes that were not read from the sender, and keeps what the receiver does not take now. */
void pair_flow_begin(struct pair *p, struct pair_flow *f, struct span bytes);

/* Moves bytes as far as it goes. False when it had its turns, and could go on. */
bool pair_flow_run(struct pair *p, struct pair_flow *f);

/* Something was taken from the sender and is not with the receiver yet. */
bool pair_flow_pending(const struct pair_flow *f);

/* Forgets that. */
void pair_flow_drop(struct pair_flow *f);

#endif
