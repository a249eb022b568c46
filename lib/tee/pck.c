/* The extension of PCK certificates: items of an OBJECT IDENTIFIER and a value each. */
#include "tee/pck.h"

#include <string.h>

#include "tls/der.h"

/* 1.2.840.113741.1.13.1; its items have one or two bytes more. */
static const unsigned char oid_sgx[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 1, 13, 1 };

/* Items of the extension, and of the SEQUENCEs among them. */
enum { PPID = 1, TCB, PCE_ID, FMSPC, SGX_TYPE, INSTANCE, CONFIGURATION };
enum { PCE_SVN = PCK_COMPONENTS + 1, CPU_SVN };
enum { DYNAMIC = 1, CACHED_KEYS, SMT };
enum { ENUMERATED = 0x0a };

/* A reader behind the OBJECT IDENTIFIER of the next item, which must be this one (`sub` 0: none). */
static struct reader enter(struct reader *list, uint8_t item, uint8_t sub)
{
	struct reader r = der_enter(list, DER_SEQUENCE);
	unsigned char oid[sizeof oid_sgx + 2];
	size_t len = sizeof oid_sgx;

	memcpy(oid, oid_sgx, len);
	oid[len++] = item;
	if (sub > 0)
		oid[len++] = sub;
	if (!span_eq(der_read(&r, DER_OID), span_of(oid, len)))
		reader_fail(&r);
	return r;
}

/* The item is over. */
static void leave(struct reader *list, const struct reader *item)
{
	if (!reader_done(item))
		reader_fail(list);
}

static struct span read_octets(struct reader *list, uint8_t item, uint8_t sub, size_t len)
{
	struct reader r = enter(list, item, sub);
	struct span s = der_read(&r, DER_OCTET_STRING);

	if (s.len != len)
		reader_fail(&r);
	leave(list, &r);
	return s;
}

static unsigned int number(struct span s, unsigned int max, struct reader *r)
{
	unsigned int n = 0;

	if (s.len > 2)
		reader_fail(r);
	for (size_t i = 0; i < s.len && reader_ok(r); i++)
		n = n << 8 | s.p[i];
	if (n > max)
		reader_fail(r);
	return reader_ok(r) ? n : 0;
}

static unsigned int read_number(struct reader *list, uint8_t item, uint8_t sub, unsigned int max)
{
	struct reader r = enter(list, item, sub);
	unsigned int n = number(der_read_unsigned(&r), max, &r);

	leave(list, &r);
	return n;
}

static bool read_boolean(struct reader *list, uint8_t item, uint8_t sub)
{
	struct reader r = enter(list, item, sub);
	bool truth = der_read_boolean(&r);

	leave(list, &r);
	return truth;
}

static void read_tcb(struct pck *pck, struct reader *list)
{
	struct reader item = enter(list, TCB, 0), tcb = der_enter(&item, DER_SEQUENCE);

	for (int i = 0; i < PCK_COMPONENTS; i++)
		pck->svn[i] = (uint8_t)read_number(&tcb, TCB, (uint8_t)(i + 1), UINT8_MAX);
	pck->pce_svn = (uint16_t)read_number(&tcb, TCB, PCE_SVN, UINT16_MAX);
	pck->cpu_svn = read_octets(&tcb, TCB, CPU_SVN, PCK_COMPONENTS);
	leave(&item, &tcb);
	leave(list, &item);
}

static void read_type(struct pck *pck, struct reader *list)
{
	struct reader item = enter(list, SGX_TYPE, 0);

	pck->sgx_type = (uint8_t)number(der_read(&item, ENUMERATED), 2, &item);
	leave(list, &item);
}

static void read_platform(struct pck *pck, struct reader *list)
{
	struct reader item, configuration;

	pck->has_platform = true;
	pck->instance = read_octets(list, INSTANCE, 0, PCK_INSTANCE_LEN);
	item = enter(list, CONFIGURATION, 0);
	configuration = der_enter(&item, DER_SEQUENCE);
	pck->dynamic_platform = read_boolean(&configuration, CONFIGURATION, DYNAMIC);
	pck->cached_keys = read_boolean(&configuration, CONFIGURATION, CACHED_KEYS);
	pck->smt = read_boolean(&configuration, CONFIGURATION, SMT);
	leave(&item, &configuration);
	leave(list, &item);
}

bool pck_read_extension(struct pck *pck, struct span value)
{
	struct reader all, list;

	*pck = (struct pck){ .pce_svn = 0 };
	reader_init(&all, value);
	list = der_enter(&all, DER_SEQUENCE);
	pck->ppid = read_octets(&list, PPID, 0, PCK_PPID_LEN);
	read_tcb(pck, &list);
	pck->pce_id = read_octets(&list, PCE_ID, 0, PCK_ID_LEN);
	pck->fmspc = read_octets(&list, FMSPC, 0, PCK_FMSPC_LEN);
	read_type(pck, &list);
	if (reader_left(&list) > 0)
		read_platform(pck, &list);
	return reader_done(&list) && reader_done(&all);
}

bool pck_read(struct pck *pck, const struct cert *cert)
{
	struct span value;
	bool critical;

	return cert_extension(cert, span_of(oid_sgx, sizeof oid_sgx), &critical, &value) &&
	       pck_read_extension(pck, value);
}
