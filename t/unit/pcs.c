/* Intel's service: URLs, chains in header fields, lists in two forms. */
#include "tee/pcs.h"

#include <string.h>

#include "net/url.h"
#include "tap.h"

static unsigned char storage[4096];
static struct builder b;

#define TDX { .tdx = true, .fmspc = { 0xb0, 0xc0, 0x6f, 0, 0, 0 } }
#define SGX { .processor = true, .fmspc = { 0, 0x90, 0x6e, 0xd5, 0, 0 } }

static void urls(void)
{
	static const struct {
		const char *base, *root_crl;
		struct pcs_platform platform;
		enum pcs_update update;
		enum pcs_part part;
		const char *url;
	} t[] = {
		{ PCS_INTEL, "", TDX, PCS_UNSAID, PCS_TCB_INFO,
		  PCS_INTEL "/tdx/certification/v4/tcb?fmspc=b0c06f000000" },
		{ PCS_INTEL, "", TDX, PCS_EARLY, PCS_TCB_INFO,
		  PCS_INTEL "/tdx/certification/v4/tcb?fmspc=b0c06f000000&update=early" },
		{ PCS_INTEL, "", SGX, PCS_STANDARD, PCS_TCB_INFO,
		  PCS_INTEL "/sgx/certification/v4/tcb?fmspc=00906ed50000&update=standard" },
		{ PCS_INTEL, "", TDX, PCS_NUMBERED, PCS_TCB_INFO,
		  PCS_INTEL "/tdx/certification/v4/tcb?fmspc=b0c06f000000&tcbEvaluationDataNumber=4294967295" },
		{ PCS_INTEL, "", TDX, PCS_UNSAID, PCS_QE_IDENTITY,
		  PCS_INTEL "/tdx/certification/v4/qe/identity" },
		{ PCS_INTEL, "", SGX, PCS_EARLY, PCS_QE_IDENTITY,
		  PCS_INTEL "/sgx/certification/v4/qe/identity?update=early" },
		{ PCS_INTEL, "", TDX, PCS_NUMBERED, PCS_QE_IDENTITY,
		  PCS_INTEL "/tdx/certification/v4/qe/identity?tcbEvaluationDataNumber=4294967295" },
		{ PCS_INTEL, "", TDX, PCS_EARLY, PCS_PCK_CRL,
		  PCS_INTEL "/sgx/certification/v4/pckcrl?ca=platform&encoding=der" },
		{ PCS_INTEL, "", SGX, PCS_UNSAID, PCS_PCK_CRL,
		  PCS_INTEL "/sgx/certification/v4/pckcrl?ca=processor&encoding=der" },
		{ PCS_INTEL, "", TDX, PCS_UNSAID, PCS_ROOT_CRL, PCS_INTEL_ROOT_CRL },
		{ "HTTPS://API.TrustedServices.Intel.com/", "", TDX, PCS_UNSAID, PCS_ROOT_CRL, PCS_INTEL_ROOT_CRL },
		{ "https://api.trustedservices.intel.com.example", "", TDX, PCS_UNSAID, PCS_ROOT_CRL,
		  "https://api.trustedservices.intel.com.example/sgx/certification/v4/rootcacrl" },
		{ "https://pccs.example:8081//", "", TDX, PCS_UNSAID, PCS_ROOT_CRL,
		  "https://pccs.example:8081/sgx/certification/v4/rootcacrl" },
		{ "http://[::1]:80/a/b", "", TDX, PCS_UNSAID, PCS_TCB_INFO,
		  "http://[::1]:80/a/b/tdx/certification/v4/tcb?fmspc=b0c06f000000" },
		{ "https://pccs.example", "http://crl.example/r?x", TDX, PCS_UNSAID, PCS_ROOT_CRL,
		  "http://crl.example/r?x" },
		{ PCS_INTEL, "http://crl.example/r", TDX, PCS_UNSAID, PCS_ROOT_CRL, "http://crl.example/r" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct pcs_wish wish = { .platform = t[i].platform, .update = t[i].update,
			                 .evaluation = UINT32_MAX, .root_crl = span_str(t[i].root_crl) };
		struct url url;

		builder_init(&b, storage, sizeof storage);
		pcs_url(&b, span_str(t[i].base), &wish, t[i].part);
		check(builder_ok(&b) && span_is(builder_span(&b), t[i].url) && url_parse(&url, builder_span(&b)),
		      "%s of %s: %.*s", pcs_part_name(t[i].part), t[i].base, (int)b.len, storage);
	}
}

static void chains(void)
{
	static const struct {
		const char *value, *pem; /* NULL: refused */
	} t[] = {
		{ "-----BEGIN%20CERTIFICATE-----%0AMII%2BC%2f%3D%3D%0A", "-----BEGIN CERTIFICATE-----\nMII+C/==\n" },
		{ "MII+C/==", "MII+C/==" },
		{ "a b", "a b" },
		{ "%0D%0a%09", "\r\n\t" },
		{ "%25%32%30", "%20" },
		{ "", NULL },
		{ "%", NULL },
		{ "a%2", NULL },
		{ "a%", NULL },
		{ "%2g", NULL },
		{ "%g2", NULL },
		{ "% 20", NULL },
		{ "%-1", NULL },
		{ "%00", NULL },
		{ "a%1Bb", NULL },
		{ "%7f", NULL },
		{ "%C3%A4", NULL },
		{ "\x80", NULL },
	};
	struct builder small;
	unsigned char room[4];

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		bool good;

		builder_init(&b, storage, sizeof storage);
		builder_str(&b, "\x01");
		good = pcs_pem(&b, span_str(t[i].value));
		check(good == (t[i].pem != NULL) &&
		              (!good || span_is(span_from(builder_span(&b), 1), t[i].pem)),
		      "chain %zu: %s", i, t[i].value);
	}
	builder_init(&small, room, sizeof room);
	check(pcs_pem(&small, span_str("%41%42%43%44")), "what just fits");
	builder_init(&small, room, sizeof room);
	check(!pcs_pem(&small, span_str("%41%42%43%44E")) && !builder_ok(&small), "and one byte more");
}

static void lists(void)
{
	static const struct {
		const char *body;
		size_t len;
		const char *der; /* NULL: refused */
	} t[] = {
		{ "300100", 6, "\x30\x01\x00" },
		{ "30Ff00\r\n ", 9, "\x30\xff\x00" },
		{ "0\x03xyz", 5, "0\x03xyz" },
		{ "0\x03xy\n", 5, "0\x03xy\n" },
		{ "", 0, NULL },
		{ " \n", 2, NULL },
		{ "30010", 5, NULL },
		{ "3001zz", 6, NULL },
		{ "30 01 00", 8, NULL },
		{ "\"300100\"", 8, NULL },
		{ "<html>", 6, NULL },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		bool good;

		builder_init(&b, storage, sizeof storage);
		good = pcs_crl(&b, span_of(t[i].body, t[i].len));
		check(good == (t[i].der != NULL) &&
		              (!good || span_eq(builder_span(&b), span_of(t[i].der, b.len))),
		      "list %zu", i);
	}
}

int main(void)
{
	urls();
	chains();
	lists();
	return tap_end();
}
