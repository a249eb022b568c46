/* A simulated machine, read from its directory. */
#include <string.h>

#include "base/file.h"
#include "tee/sim_quote.h"

static unsigned char text[SIM_LOG_MAX];
static struct json_token tokens[SIM_LOG_TOKENS];

static enum sim_result read_file(int dir, const char *path, void *buf, size_t cap, size_t *len)
{
	switch (file_read(dir, path, buf, cap, len)) {
	case FILE_OK:
		return SIM_OK;
	case FILE_MISSING:
		return SIM_MISSING;
	case FILE_TOO_LARGE:
	case FILE_WRONG_KIND:
		return SIM_MALFORMED;
	case FILE_EXISTS:
	case FILE_ERROR:
		break;
	}
	return SIM_UNREADABLE;
}

static enum sim_result read_key(int dir, const char *path, struct key *key)
{
	unsigned char pem[KEY_PEM_MAX];
	enum sim_result r;
	size_t len;

	r = read_file(dir, path, pem, sizeof pem, &len);
	if (r == SIM_OK && (key_read(key, span_of(pem, len)) != KEY_OK || key->type != KEY_P256))
		r = SIM_MALFORMED;
	explicit_bzero(pem, sizeof pem);
	return r;
}

static enum sim_result read_chain(struct sim_quote *sim, int dir)
{
	enum sim_result r = read_file(dir, "pck_chain.pem", sim->chain, SIM_CHAIN_MAX, &sim->chain_len);

	if (r == SIM_OK)
		sim->chain[sim->chain_len++] = '\0';
	return r;
}

/* "tee=tdx" or "tee=sgx" stands before the fields. */
static enum sim_result read_line(struct sim_quote *sim, struct span line, bool *has_tee)
{
	if (line.len == 0 || line.p[0] == '#')
		return SIM_OK;
	if (*has_tee)
		return sim_quote_field(sim, line);
	sim->is_tdx = span_is(line, "tee=tdx");
	*has_tee = sim->is_tdx || span_is(line, "tee=sgx");
	return *has_tee ? SIM_OK : SIM_MALFORMED;
}

static enum sim_result read_platform(struct sim_quote *sim, int dir)
{
	unsigned char file[SIM_PLATFORM_MAX];
	struct span rest, line;
	bool has_tee = false;
	enum sim_result r;
	size_t len;

	r = read_file(dir, "platform", file, sizeof file, &len);
	if (r != SIM_OK)
		return r;
	rest = span_of(file, len);
	while (span_split(&rest, '\n', &line))
		if (read_line(sim, line, &has_tee) != SIM_OK)
			return SIM_MALFORMED;
	return has_tee ? sim_quote_version(sim, sim->is_tdx ? 4 : 3, 0) : SIM_MALFORMED;
}

static enum sim_result read_log(struct sim_quote *sim, int dir)
{
	struct json doc;
	enum sim_result r;
	size_t len, at;

	r = read_file(dir, "eventlog.json", text, sizeof text, &len);
	if (r == SIM_MISSING)
		return SIM_OK;
	if (r != SIM_OK)
		return r;
	sim->has_log = true;
	if (!json_read(&doc, span_of(text, len), tokens, SIM_LOG_TOKENS))
		return SIM_LOG;
	return sim_quote_log(sim, json_root(&doc), &at);
}

enum sim_result sim_quote_open(struct sim_quote *sim, int dir, const char **file)
{
	enum sim_result r;

	*sim = (struct sim_quote){ .version = 0 };
	*file = "platform";
	r = read_platform(sim, dir);
	if (r == SIM_OK) {
		*file = "pck_chain.pem";
		r = read_chain(sim, dir);
	}
	if (r == SIM_OK) {
		*file = "pck.key";
		r = read_key(dir, *file, &sim->pck);
	}
	if (r == SIM_OK) {
		*file = "attestation.key";
		r = read_key(dir, *file, &sim->attestation);
	}
	if (r == SIM_OK && sim->is_tdx) {
		*file = "eventlog.json";
		r = read_log(sim, dir);
	}
	if (r != SIM_OK)
		sim_quote_wipe(sim);
	return r;
}
