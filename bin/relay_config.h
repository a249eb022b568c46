/* relay_config: the relay's rules from the environment, or the end of the program. */
#ifndef BIN_RELAY_CONFIG_H
#define BIN_RELAY_CONFIG_H

#include "base/prog.h"
#include "relay/config.h"

static void relay_config_read(struct config *config)
{
	const char *why, *name = config_read(config, prog_env, &why);

	if (name)
		prog_perm("%s: %s: %s", name, why, prog_text(span_str(prog_env(name))));
}

#endif
