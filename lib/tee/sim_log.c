/* A simulated machine's own words: its hardware's fields, and the log of what its VM measured. */
#include "base/hex.h"
#include "tee/eventlog.h"
#include "tee/sim_parts.h"

enum { APP_ID_LEN = 20 };

/* Types of events (TCG PC Client Platform Firmware Profile, 10.4.1). */
static const uint32_t ev_separator = 4, ev_event_tag = 6, ev_platform_config_flags = 10,
                      ev_efi_variable = 0x80000001, ev_efi_application = 0x80000003,
                      ev_efi_action = 0x80000007;

/* Names in order and no white space: the form in which dstack's clients hash one. */
static const char compose[] =
	"{\"docker_compose_file\":\"services: {}\\n\",\"gateway_enabled\":false,\"kms_enabled\":false,"
	"\"manifest_version\":2,\"name\":\"TEST\",\"no_instance_id\":false,\"public_logs\":true,"
	"\"public_sysinfo\":true,\"runner\":\"docker-compose\"}";

/* What the firmware, the kernel and the initrd measured: text that stands for the real thing. */
static const struct {
	uint32_t imr;
	const uint32_t *type;
	const char *what;
} boot[] = {
	{ 0, &ev_platform_config_flags, "TEST TdxTable" },
	{ 0, &ev_efi_variable, "TEST SecureBoot" },
	{ 0, &ev_separator, "" },
	{ 1, &ev_efi_application, "TEST kernel" },
	{ 1, &ev_efi_action, "TEST Calling EFI Application from Boot Option" },
	{ 1, &ev_separator, "" },
	{ 2, &ev_event_tag, "TEST LOADED_IMAGE::LoadOptions" },
	{ 2, &ev_event_tag, "TEST Linux initrd" },
};

struct span sim_compose(void)
{
	return span_of(compose, sizeof compose - 1);
}

static void boot_event(struct builder *out, size_t i)
{
	static const unsigned char separator[4];
	struct event e = { .imr = boot[i].imr, .type = *boot[i].type,
		           .payload = *boot[i].what ? span_str(boot[i].what) : span_of(separator, 4) };
	unsigned char digest[KEY_HASH_MAX];

	key_hash(KEY_SHA384, e.payload, digest);
	builder_str(out, i > 0 ? "," : "");
	eventlog_write_event(out, &e, span_of(digest, QUOTE_MEASUREMENT_LEN));
}

static void runtime_event(struct builder *out, const char *name, struct span payload)
{
	struct event e = { .imr = QUOTE_RTMRS - 1, .type = EVENTLOG_RUNTIME, .version = 1, .runtime = true,
		           .name = span_str(name), .payload = payload };

	runtime_event_digest(e.version, e.name, e.payload, e.digest);
	builder_byte(out, ',');
	eventlog_write_event(out, &e, span_of(e.digest, sizeof e.digest));
}

void sim_log_write(const struct sim_made *made, struct builder *out)
{
	unsigned char compose_hash[KEY_HASH_MAX], os_hash[KEY_HASH_MAX], instance[APP_ID_LEN];

	key_hash(KEY_SHA256, sim_compose(), compose_hash);
	key_hash(KEY_SHA256, span_str("TEST image"), os_hash);
	sim_random(&made->seed, "instance", instance, sizeof instance);
	builder_byte(out, '[');
	for (size_t i = 0; i < sizeof boot / sizeof *boot; i++)
		boot_event(out, i);
	runtime_event(out, "system-preparing", span_str(""));
	runtime_event(out, "app-id", span_of(compose_hash, APP_ID_LEN));
	runtime_event(out, "compose-hash", span_of(compose_hash, SIM_HASH_LEN));
	runtime_event(out, "instance-id", span_of(instance, sizeof instance));
	runtime_event(out, "boot-mr-done", span_str(""));
	runtime_event(out, "os-image-hash", span_of(os_hash, SIM_HASH_LEN));
	runtime_event(out, "key-provider", span_str("{\"name\":\"none\",\"id\":\"TEST\"}"));
	runtime_event(out, "system-ready", span_str(""));
	builder_byte(out, ']');
}

static void bytes(struct builder *out, const char *name, const unsigned char *value, size_t len)
{
	builder_str(out, name);
	builder_byte(out, '=');
	hex_encode(out, span_of(value, len));
	builder_byte(out, '\n');
}

static void number(struct builder *out, const char *name, uint32_t value)
{
	unsigned char little[2] = { (unsigned char)value, (unsigned char)(value >> 8) };

	bytes(out, name, little, sizeof little);
}

/* A measurement that is the hash of a text which says what it stands for. */
static void measured(struct builder *out, const char *name, enum key_hash hash, const char *what)
{
	unsigned char digest[KEY_HASH_MAX];

	key_hash(hash, span_str(what), digest);
	bytes(out, name, digest, key_hash_len(hash));
}

static void td_write(const struct sim_made *made, struct builder *out)
{
	static const unsigned char attributes[8] = { 0, 0, 0, 0x10 }; /* SEPT_VE_DISABLE */
	static const unsigned char xfam[8] = { 0xe7, 0x02, 0x06 };

	bytes(out, "tee_tcb_svn", made->tee_tcb_svn, SIM_SVNS);
	bytes(out, "tee_tcb_svn_2", made->tee_tcb_svn_2, SIM_SVNS);
	bytes(out, "td_attributes", attributes, sizeof attributes);
	bytes(out, "xfam", xfam, sizeof xfam);
	measured(out, "mr_seam", KEY_SHA384, "TEST TDX module");
	measured(out, "mr_td", KEY_SHA384, "TEST TD");
}

static void sgx_write(const struct sim_made *made, struct builder *out)
{
	static const unsigned char attributes[16] = { 5, 0, 0, 0, 0, 0, 0, 0, 3 }; /* INITTED, MODE64BIT */

	bytes(out, "cpu_svn", made->cpu_svn, SIM_SVNS);
	bytes(out, "attributes", attributes, sizeof attributes);
	measured(out, "mr_enclave", KEY_SHA256, "TEST enclave");
	measured(out, "mr_signer", KEY_SHA256, "TEST enclave signer");
	number(out, "isv_prod_id", 1);
	number(out, "isv_svn", 1);
}

void sim_platform_write(const struct sim_made *made, struct builder *out)
{
	static const unsigned char attributes[16] = { 0x15, 0, 0, 0, 0, 0, 0, 0, 0xe7 };
	const struct sim_pki *pki = made->pki;
	unsigned char user_data[20] = { 0 }, auth[32];

	sim_random(&made->seed, "qe id", user_data, 16);
	for (size_t i = 0; i < sizeof auth; i++)
		auth[i] = (unsigned char)i;
	builder_str(out, "# A TEST machine, simulated; see sim-pki(1).\n");
	builder_str(out, pki->is_sgx ? "tee=sgx\n" : "tee=tdx\n");
	bytes(out, "user_data", user_data, sizeof user_data);
	number(out, "qe_svn", pki->qe_svn);
	number(out, "pce_svn", pki->pce_svn);
	if (pki->is_sgx)
		sgx_write(made, out);
	else
		td_write(made, out);
	bytes(out, "qe_cpu_svn", made->cpu_svn, SIM_SVNS);
	bytes(out, "qe_attributes", attributes, sizeof attributes);
	measured(out, "qe_mr_enclave", KEY_SHA256, "TEST quoting enclave");
	bytes(out, "qe_mr_signer", made->qe_signer, sizeof made->qe_signer);
	number(out, "qe_isv_prod_id", pki->is_sgx ? 1 : 2);
	number(out, "qe_isv_svn", pki->qe_svn);
	bytes(out, "qe_auth", auth, sizeof auth);
}
