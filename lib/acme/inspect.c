/* Certificates and requests, looked at in a cell. */
#include "acme/inspect.h"

#include <string.h>

#include "base/cell.h"
#include "base/reader.h"
#include "tls/pem.h"

enum { ALL_MAX = ORDER_CHAIN_MAX + 1024 };

/* What a cell is told; its answer's layout is beside each function. */
struct task {
	struct span bytes, request;
	const struct name_set *names;
	int64_t unix_now;
};

static int bad(struct builder *why, const char *what)
{
	builder_str(why, what);
	return INSPECT_BAD;
}

static void put_time(struct builder *out, int64_t t)
{
	builder_u32be(out, (uint32_t)((uint64_t)t >> 32));
	builder_u32be(out, (uint32_t)t);
}

static int64_t get_time(struct reader *r)
{
	uint64_t high = reader_u32be(r);

	return (int64_t)(high << 32 | reader_u32be(r));
}

/* The next certificate of a file; PEM_END after the last. Blocks of another kind are passed over. */
static enum pem_result next_certificate(struct span *rest, struct builder *storage,
                                        struct cert *c)
{
	struct span label, der;
	enum pem_result result;

	do
		result = pem_next(rest, &label, storage, &der);
	while (result == PEM_BLOCK && !span_is(label, "CERTIFICATE"));
	if (result != PEM_BLOCK)
		return result;
	return cert_read(c, der) ? PEM_BLOCK : PEM_BAD;
}

static enum inspect_result run(int (*work)(void *context, struct builder *result,
                                           struct builder *why),
                               struct task *task, int64_t deadline, struct builder *result,
                               struct builder *why)
{
	struct cell cell = { .deadline = deadline };

	switch (cell_run(&cell, work, task, result, why)) {
	case INSPECT_OK:
		return INSPECT_OK;
	case INSPECT_BAD:
		return INSPECT_BAD;
	default:
		return INSPECT_FAILED;
	}
}

/* "*.a.test" is good for what has one label more than "a.test". */
static bool is_for(struct span pattern, const char *name)
{
	const char *rest = strchr(name, '.');

	if (span_is_nocase(pattern, name))
		return true;
	return rest && name[0] != '*' && pattern.len > 1 && pattern.p[0] == '*' &&
	       span_is_nocase(span_from(pattern, 1), rest);
}

static bool covers_one(struct span names, const struct name_set *set, size_t i)
{
	struct cert_name name;
	bool bad = false;

	while (cert_next_name(&names, &name, &bad)) {
		if (name.kind != set->name[i].kind)
			continue;
		if (name.kind == CERT_DNS ? is_for(name.value, set->name[i].text) :
		                            span_eq(name.value, span_of(set->name[i].ip, set->name[i].ip_len)))
			return true;
	}
	return false;
}

static bool covers(struct span names, const struct name_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (!covers_one(names, set, i))
			return false;
	return true;
}

/* Begin, end, whether the names are those, or among its, the identifier behind its length, the certificate. */
static int look_at_leaf(void *context, struct builder *result, struct builder *why)
{
	static unsigned char storage[CERT_MAX];
	unsigned char id_bytes[RENEWAL_ID_MAX];
	const struct task *task = context;
	struct span rest = task->bytes;
	struct builder decoded, id;
	struct cert c;

	builder_init(&decoded, storage, sizeof storage);
	builder_init(&id, id_bytes, sizeof id_bytes);
	if (next_certificate(&rest, &decoded, &c) != PEM_BLOCK)
		return bad(why, "no certificate");
	if (!renewal_id(&id, &c))
		builder_init(&id, id_bytes, sizeof id_bytes);
	put_time(result, c.not_before);
	put_time(result, c.not_after);
	builder_byte(result, task->names && name_set_is(task->names, c.names));
	builder_byte(result, task->names && covers(c.names, task->names));
	builder_byte(result, (unsigned char)id.len);
	builder_add(result, builder_span(&id));
	builder_add(result, c.der);
	return INSPECT_OK;
}

enum inspect_result inspect_leaf(struct inspect_leaf *leaf, struct span pem,
                                 const struct name_set *names, int64_t deadline,
                                 struct builder *why)
{
	struct task task = { .bytes = pem, .names = names };
	struct builder result;
	struct reader r;
	struct span id;
	enum inspect_result outcome;

	builder_init(&result, leaf->bytes, sizeof leaf->bytes);
	outcome = run(look_at_leaf, &task, deadline, &result, why);
	if (outcome != INSPECT_OK)
		return outcome;
	reader_init(&r, builder_span(&result));
	leaf->not_before = get_time(&r);
	leaf->not_after = get_time(&r);
	leaf->named = reader_u8(&r) == 1;
	leaf->covers = reader_u8(&r) == 1;
	id = reader_bytes(&r, reader_u8(&r));
	leaf->der = reader_bytes(&r, reader_left(&r));
	if (!reader_ok(&r) || leaf->der.len == 0 || id.len >= sizeof leaf->id) {
		builder_str(why, "the process that looked at it made no sense");
		return INSPECT_FAILED;
	}
	for (size_t i = 0; i < id.len; i++)
		leaf->id[i] = id.p[i] > ' ' && id.p[i] <= '~' ? (char)id.p[i] : '?';
	leaf->id[id.len] = 0;
	return INSPECT_OK;
}

/* The length of the names, as text with a newline each, in 16 bits; they; the request. */
static int look_at_request(void *context, struct builder *result, struct builder *why)
{
	static unsigned char storage[REQUEST_MAX];
	static struct name_set names;
	const struct task *task = context;
	struct span rest = task->bytes, label, der = task->bytes;
	struct builder decoded;
	struct request request;
	size_t at;

	builder_init(&decoded, storage, sizeof storage);
	if (der.len > 0 && der.p[0] != 0x30 &&
	    (pem_next(&rest, &label, &decoded, &der) != PEM_BLOCK ||
	     (!span_is(label, "CERTIFICATE REQUEST") && !span_is(label, "NEW CERTIFICATE REQUEST"))))
		return bad(why, "no certificate request");
	if (der.len > REQUEST_MAX || !request_read(&request, der, &names))
		return bad(why, "no certificate request that can be used: malformed, not signed by its "
		                "own key, or without names");
	builder_u16be(result, 0);
	at = result->len;
	for (size_t i = 0; i < names.n; i++) {
		builder_str(result, names.name[i].text);
		builder_byte(result, '\n');
	}
	if (builder_ok(result)) {
		result->p[at - 2] = (unsigned char)((result->len - at) >> 8);
		result->p[at - 1] = (unsigned char)(result->len - at);
	}
	builder_add(result, der);
	return INSPECT_OK;
}

enum inspect_result inspect_request(struct span file, struct name_set *names, struct builder *der,
                                    int64_t deadline, struct builder *why)
{
	static unsigned char bytes[REQUEST_MAX + CERT_NAMES_MAX * 256];
	struct task task = { .bytes = file };
	struct builder result;
	struct span list, name;
	struct reader r;
	enum inspect_result outcome;

	builder_init(&result, bytes, sizeof bytes);
	outcome = run(look_at_request, &task, deadline, &result, why);
	if (outcome != INSPECT_OK)
		return outcome;
	reader_init(&r, builder_span(&result));
	list = reader_bytes(&r, reader_u16be(&r));
	while (list.len > 0 && span_split(&list, '\n', &name))
		if (name_set_add(names, name) != NAME_OK)
			reader_fail(&r);
	builder_add(der, reader_bytes(&r, reader_left(&r)));
	if (reader_ok(&r) && names->n > 0 && builder_ok(der))
		return INSPECT_OK;
	builder_str(why, "the process that looked at it made no sense");
	return INSPECT_FAILED;
}

/* The first certificate against what was asked for. */
static const char *leaf_fault(const struct cert *leaf, const struct task *task)
{
	static struct name_set unused;
	struct request request;

	if (!request_read(&request, task->request, &unused))
		return "our own request cannot be read";
	if (!span_eq(leaf->spki, request.spki))
		return "the certificate is for another key";
	if (!name_set_is(task->names, leaf->names))
		return "the certificate is not for exactly the names asked for";
	if (leaf->is_ca)
		return "the certificate is one of a CA";
	if (leaf->not_after <= leaf->not_before || leaf->not_after < task->unix_now)
		return "the certificate is not valid any more";
	return NULL;
}

/* A signature that cannot be checked here is not known to be wrong. */
static bool can_check(const struct cert *c, const struct cert *issuer)
{
	struct public_key key;
	enum key_hash hash;
	bool is_rsa;

	return signature_algorithm_read(c->signature_algorithm, &is_rsa, &hash) &&
	       public_key_read(&key, issuer->spki);
}

/* From the leaf upwards; what is no link of that chain is passed over. */
static const char *chain_fault(const struct cert *chain, size_t n, bool *unchecked)
{
	size_t top = 0;

	for (size_t i = 1; i < n; i++) {
		if (!span_eq(chain[top].issuer, chain[i].subject))
			continue;
		if (!can_check(&chain[top], &chain[i]))
			*unchecked = true;
		else if (!cert_signed_by(&chain[top], &chain[i]))
			return "a certificate of the chain is not signed by its issuer";
		top = i;
	}
	return n > 1 && top == 0 ? "the chain is not that of the certificate" : NULL;
}

/* Whether it is early, and not all checked, the length of the first block in 32 bits, all blocks. */
static int look_at_chain(void *context, struct builder *result, struct builder *why)
{
	static unsigned char storage[ALL_MAX];
	static struct cert chain[CERT_CHAIN_MAX + 1];
	const struct task *task = context;
	struct span rest = task->bytes;
	enum pem_result got = PEM_END;
	struct builder decoded;
	bool unchecked = false;
	const char *fault;
	size_t n = 0, at;

	builder_init(&decoded, storage, sizeof storage);
	while (n <= CERT_CHAIN_MAX &&
	       (got = next_certificate(&rest, &decoded, &chain[n])) == PEM_BLOCK)
		n++;
	if (n > CERT_CHAIN_MAX)
		return bad(why, "too many certificates in the chain");
	if (got != PEM_END || n == 0)
		return bad(why, "what came is no chain of certificates");
	fault = leaf_fault(&chain[0], task);
	if (!fault)
		fault = chain_fault(chain, n, &unchecked);
	if (fault)
		return bad(why, fault);
	builder_byte(result, chain[0].not_before > task->unix_now);
	builder_byte(result, unchecked);
	builder_u32be(result, 0);
	at = result->len;
	pem_write(result, "CERTIFICATE", chain[0].der);
	for (size_t i = 0; builder_ok(result) && i < 4; i++)
		result->p[at - 4 + i] = (unsigned char)((result->len - at) >> (24 - 8 * i));
	for (size_t i = 1; i < n; i++)
		pem_write(result, "CERTIFICATE", chain[i].der);
	return INSPECT_OK;
}

enum inspect_result inspect_chain(struct span pem, struct span request,
                                  const struct name_set *names, int64_t unix_now,
                                  struct builder *fullchain, size_t *leaf_len,
                                  struct inspect_doubts *doubts, int64_t deadline,
                                  struct builder *why)
{
	static unsigned char bytes[ALL_MAX];
	struct task task = { pem, request, names, unix_now };
	struct builder result;
	struct reader r;
	enum inspect_result outcome;

	builder_init(&result, bytes, sizeof bytes);
	outcome = run(look_at_chain, &task, deadline, &result, why);
	if (outcome != INSPECT_OK)
		return outcome;
	reader_init(&r, builder_span(&result));
	doubts->early = reader_u8(&r) == 1;
	doubts->unchecked = reader_u8(&r) == 1;
	*leaf_len = reader_u32be(&r);
	if (*leaf_len == 0 || *leaf_len > reader_left(&r))
		reader_fail(&r);
	builder_add(fullchain, reader_bytes(&r, reader_left(&r)));
	if (reader_ok(&r) && builder_ok(fullchain))
		return INSPECT_OK;
	builder_str(why, "the process that looked at it made no sense");
	return INSPECT_FAILED;
}
