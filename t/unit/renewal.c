/*
 * Identifiers of renewal information, answers good and bad, moments in windows
 * and lifetimes; with acceptance criterion z of ACME, as far as it is not the order's.
 */
#include "acme/renewal.h"

#include <stdlib.h>

#include "acme_outside.h"
#include "base/builder.h"
#include "tls/pem.h"

/* RFC 9773, appendix A: a serial with a leading 00, and a time that is the first there is. */
static const char example[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt\n"
	"cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS\n"
	"BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu\n"
	"7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf\n"
	"qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B\n"
	"yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb\n"
	"+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK\n"
	"-----END CERTIFICATE-----\n";

#define ID "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"
#define NOW 1800000000

static struct acme acme;
static struct outside outside;
static struct renewal_window window;
static struct cert cert;

static void identifiers(void)
{
	static unsigned char der[1024];
	unsigned char text[256], many[100] = { 0 };
	struct span rest = span_str(example), label, bytes;
	struct cert other;
	struct builder b;

	builder_init(&b, der, sizeof der);
	check(pem_next(&rest, &label, &b, &bytes) == PEM_BLOCK && cert_read(&cert, bytes),
	      "RFC 9773's certificate is read");
	builder_init(&b, text, sizeof text);
	check(renewal_id(&b, &cert) && span_is(builder_span(&b), ID),
	      "criterion z: its identifier, with the serial's leading zero");
	other = cert;
	other.authority_key_id.len = 0;
	check(!renewal_id(&b, &other), "no issuer's key identifier: none");
	other.authority_key_id = span_of(many, sizeof many);
	check(!renewal_id(&b, &other), "one too long for a URL: none");
	check(span_is(builder_span(&b), ID), "and nothing is added then");
	builder_init(&b, text, 20);
	check(!renewal_id(&b, &cert), "no room");
}

static void times(void)
{
	static const struct {
		const char *text;
		int64_t unix_s; /* -1: refused */
	} table[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2025-01-02T04:00:00Z", 1735790400 },
		{ "2025-01-02t04:00:00z", 1735790400 },
		{ "2025-01-02T04:00:00.5Z", 1735790400 },
		{ "2025-01-02T04:00:00.123456789123456789Z", 1735790400 },
		{ "2025-01-02T04:00:00+00:00", 1735790400 },
		{ "2025-01-02T04:00:00-00:00", 1735790400 },
		{ "2025-01-02T05:30:00+01:30", 1735790400 },
		{ "2025-01-01T20:00:00-08:00", 1735790400 },
		{ "2025-01-02T04:00:00.0+23:59", 1735790400 - 86340 },
		{ "2016-12-31T23:59:60Z", 1483228800 },
		{ "1990-12-31T15:59:60-08:00", 662688000 },
		{ "2024-02-29T00:00:00Z", 1709164800 },
		{ "2000-02-29T00:00:00Z", 951782400 },
		{ "2038-01-19T03:14:08Z", 2147483648 },
		{ "9999-12-31T23:59:59Z", 253402300799 },
		{ "2023-02-29T00:00:00Z", -1 },
		{ "1900-02-29T00:00:00Z", -1 },
		{ "2025-13-01T00:00:00Z", -1 },
		{ "2025-00-01T00:00:00Z", -1 },
		{ "2025-01-00T00:00:00Z", -1 },
		{ "2025-01-32T00:00:00Z", -1 },
		{ "2025-04-31T00:00:00Z", -1 },
		{ "2025-01-01T24:00:00Z", -1 },
		{ "2025-01-01T00:60:00Z", -1 },
		{ "2025-01-01T00:00:61Z", -1 },
		{ "2025-01-01T00:00:00", -1 },
		{ "2025-01-01T00:00Z", -1 },
		{ "2025-01-01", -1 },
		{ "2025-01-01 00:00:00Z", -1 },
		{ "2025-1-1T00:00:00Z", -1 },
		{ "25-01-01T00:00:00Z", -1 },
		{ "12025-01-01T00:00:00Z", -1 },
		{ "+2025-01-01T00:00:00Z", -1 },
		{ "-025-01-01T00:00:00Z", -1 },
		{ "2025-01-01T00:00:00.Z", -1 },
		{ "2025-01-01T00:00:00,5Z", -1 },
		{ "2025-01-01T00:00:00+0100", -1 },
		{ "2025-01-01T00:00:00+01", -1 },
		{ "2025-01-01T00:00:00+24:00", -1 },
		{ "2025-01-01T00:00:00+01:60", -1 },
		{ "2025-01-01T00:00:00+01:00Z", -1 },
		{ "2025-01-01T00:00:00ZZ", -1 },
		{ "2025-01-01T00:00:00Z ", -1 },
		{ " 2025-01-01T00:00:00Z", -1 },
		{ "2025-01-01T0a:00:00Z", -1 },
		{ "2025/01/01T00:00:00Z", -1 },
		{ "Thu, 01 Jan 1970 00:00:00 GMT", -1 },
		{ "1735790400", -1 },
		{ "", -1 },
	};
	static const char whole[] = "2025-01-02T05:30:00.5+01:30";
	int64_t at;

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		bool taken = renewal_time(span_str(table[i].text), &at);

		check(table[i].unix_s == -1 ? !taken : taken && at == table[i].unix_s, "time \"%s\"",
		      table[i].text);
	}
	for (size_t n = 0; n < sizeof whole - 1; n++) {
		char *cut = malloc(n ? n : 1);

		memcpy(cut, whole, n);
		if (renewal_time(span_of(cut, n), &at))
			check(false, "a time cut off after %zu bytes", n);
		free(cut);
	}
	check(!renewal_time(span_of("2025-01-02T04:00:00\0", 20), &at), "a NUL is no zone");
}

static enum acme_result ask(const char *answer)
{
	struct outside_step steps[] = { { .method = "GET", .url = "https://ca.test/ari/" ID }, { 0 } };
	enum acme_result result;

	outside_open(&outside, &acme, KEY_P256);
	steps[0].answer = answer;
	outside_script(&outside, steps);
	result = renewal_ask(&acme, &cert, &window);
	outside_script(&outside, NULL);
	return result;
}

#define GOOD "{\"suggestedWindow\":{\"start\":\"2027-01-16T08:00:00Z\",\"end\":\"2027-01-17T08:00:00Z\"}}"

static void answers(void)
{
	static const struct {
		const char *about, *body;
	} bad[] = {
		{ "nothing", "" },
		{ "no JSON", "<html>" },
		{ "no object", "[]" },
		{ "an empty object", "{}" },
		{ "a window that is null", "{\"suggestedWindow\":null}" },
		{ "a window that is a string", "{\"suggestedWindow\":\"2027-01-16T08:00:00Z\"}" },
		{ "no end", "{\"suggestedWindow\":{\"start\":\"2027-01-16T08:00:00Z\"}}" },
		{ "no start", "{\"suggestedWindow\":{\"end\":\"2027-01-16T08:00:00Z\"}}" },
		{ "numbers", "{\"suggestedWindow\":{\"start\":1800000000,\"end\":1800000001}}" },
		{ "no times", "{\"suggestedWindow\":{\"start\":\"soon\",\"end\":\"later\"}}" },
		{ "no length", "{\"suggestedWindow\":{\"start\":\"2027-01-16T08:00:00Z\",\"end\":\"2027-01-16T08:00:00Z\"}}" },
		{ "an end before the start",
		  "{\"suggestedWindow\":{\"start\":\"2027-01-17T08:00:00Z\",\"end\":\"2027-01-16T08:00:00Z\"}}" },
		{ "a member twice",
		  "{\"suggestedWindow\":{\"start\":\"2027-01-16T08:00:00Z\",\"start\":\"2027-01-16T08:00:00Z\",\"end\":\"2027-01-17T08:00:00Z\"}}" },
		{ "a text that is too long to be a time",
		  "{\"suggestedWindow\":{\"start\":\"2027-01-16T08:00:00.000000000000000000000000000000000000000000000000000000Z\\u0020\",\"end\":\"2027-01-17T08:00:00Z\"}}" },
		{ "half a document", "{\"suggestedWindow\":{\"start\":\"2027-01-16T08:00:00Z\",\"end\":\"2027" },
	};
	static const struct {
		const char *head;
		int64_t ask_again;
	} pauses[] = {
		{ "200\n\n", NOW + RENEWAL_RETRY_DEFAULT_S },
		{ "200\nRetry-After: 21600\n\n", NOW + 21600 },
		{ "200\nRetry-After: 0\n\n", NOW + 60 },
		{ "200\nRetry-After: 59\n\n", NOW + 60 },
		{ "200\nRetry-After: 86400\n\n", NOW + 86400 },
		{ "200\nRetry-After: 86401\n\n", NOW + 86400 },
		{ "200\nRetry-After: 99999999999999999999\n\n", 0 }, /* bounded, either way */
		{ "200\nRetry-After: -5\n\n", NOW + RENEWAL_RETRY_DEFAULT_S },
		{ "200\nRetry-After: soon\n\n", NOW + RENEWAL_RETRY_DEFAULT_S },
		{ "200\nRetry-After: Fri, 15 Jan 2027 09:00:00 GMT\n\n", NOW + 3600 },
		{ "200\nRetry-After: Fri, 15 Jan 2021 09:00:00 GMT\n\n", NOW + 60 },
	};
	char text[1024];

	check(ask("200\nRetry-After: 4000\n\n" GOOD) == ACME_OK && window.start == NOW + 86400 &&
	              window.end == NOW + 2 * 86400 && window.ask_again == NOW + 4000 &&
	              !window.explanation[0],
	      "criterion z: a window, asked for without a signature");
	check(outside_seen(&outside.urls, "GET https://ca.test/ari/" ID "\n") && outside.requests == 1,
	      "with one GET of renewalInfo, a slash and the identifier");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "200\nRetry-After: 7200\n\n%s", bad[i].body);
		check(ask(text) == ACME_NO && window.start == 0 && window.end == 0 &&
		              window.ask_again == NOW + 7200 && acme.why.len > 0,
		      "criterion z: an answer with %s is no window", bad[i].about);
	}
	for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
		snprintf(text, sizeof text, "%s%s", pauses[i].head, GOOD);
		check(ask(text) == ACME_OK && (window.ask_again == pauses[i].ask_again ||
		              (!pauses[i].ask_again && window.ask_again >= NOW + 60 &&
		               window.ask_again <= NOW + 86400)),
		      "criterion l: asked again, pause %zu", i);
	}
	check(ask("404\n\n{\"type\":\"urn:ietf:params:acme:error:malformed\"}") == ACME_NO &&
	              window.end == 0 && window.ask_again == NOW + RENEWAL_RETRY_DEFAULT_S,
	      "a certificate that is not known there");
	check(ask("!!the certificate is not trusted") == ACME_NO && window.end == 0, "no trust");
	outside_open(&outside, &acme, KEY_P256);
	acme.directory.renewal_info[0] = 0;
	check(renewal_ask(&acme, &cert, &window) == ACME_NO && outside.requests == 0 &&
	              window.ask_again == NOW + RENEWAL_RETRY_DEFAULT_S,
	      "criterion z: a server without renewal information is not asked");
}

static void losses(void)
{
	static const struct outside_step steps[] = {
		{ "GET", "https://ca.test/ari/" ID, .answer = "!the connection was reset", .times = 200 },
		{ 0 },
	};

	outside_open(&outside, &acme, KEY_P256);
	outside.deadline_ms = 100;
	outside_script(&outside, steps);
	check(renewal_ask(&acme, &cert, &window) == ACME_TEMP && window.end == 0 &&
	              window.ask_again == NOW + RENEWAL_RETRY_FAILED_S,
	      "no answer: later");
}

static void explanations(void)
{
	static const struct {
		const char *member, *shown;
	} table[] = {
		{ "\"https://ca.test/why\"", "https://ca.test/why" },
		{ "\"http://ca.test/why\"", "http://ca.test/why" },
		{ "\"https:\\/\\/ca.test\\/why\"", "https://ca.test/why" },
		{ "\"javascript:alert(1)\"", "" },
		{ "\"https://ca.test/\\u001b[31m\"", "" },
		{ "\"why\"", "" },
		{ "17", "" },
		{ "null", "" },
	};
	char text[1024];

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		snprintf(text, sizeof text,
		         "200\n\n{\"explanationURL\":%s,\"new\":[1],\"suggestedWindow\":{"
		         "\"start\":\"2027-01-16T08:00:00Z\",\"end\":\"2027-01-17T08:00:00Z\",\"x\":{}}}",
		         table[i].member);
		check(ask(text) == ACME_OK && strcmp(window.explanation, table[i].shown) == 0,
		      "explanation %s", table[i].member);
	}
}

static void moments(void)
{
	struct renewal_window w = { .start = NOW, .end = NOW + 86400 };
	int64_t first = renewal_moment(&w, 7), low = INT64_MAX, high = 0;
	int halves[2] = { 0, 0 };

	for (uint64_t seed = 0; seed < 10000; seed++) {
		int64_t at = renewal_moment(&w, seed);

		low = at < low ? at : low;
		high = at > high ? at : high;
		halves[at >= NOW + 43200]++;
	}
	check(low >= NOW && high < NOW + 86400, "every moment is in the window");
	check(low < NOW + 864 && high > NOW + 86400 - 864 && halves[0] > 4700 && halves[1] > 4700,
	      "and they are spread over all of it");
	check(renewal_moment(&w, 7) == first, "the same seed, the same moment");
	w.end += 100;
	check(renewal_moment(&w, 7) - first >= 0 && renewal_moment(&w, 7) - first <= 100,
	      "a window that grows a little moves it a little");
	w.start -= 1000000;
	w.end -= 1000100;
	check(renewal_moment(&w, 7) == first - 1000000, "a window that moves takes it along");
	w.start = 100;
	w.end = 200;
	check(renewal_moment(&w, 7) <= 200, "criterion z: a window in the past is a moment in the past");
	w = (struct renewal_window){ .start = -62135596800, .end = 253402300799 };
	for (uint64_t seed = 0; seed < 1000; seed++)
		if (renewal_moment(&w, seed) < w.start || renewal_moment(&w, seed) > w.end)
			check(false, "the widest window, seed %llu", (unsigned long long)seed);
}

static void lifetimes(void)
{
	static const struct {
		const char *about;
		int64_t life_s;
		int64_t left_s;
	} table[] = {
		{ "90 days: a third", 90 * 86400, 30 * 86400 },
		{ "47 days", 47 * 86400, 47 * 86400 / 3 },
		{ "398 days", 398 * 86400, 398 * 86400 / 3 },
		{ "11 days: a third", 11 * 86400, 11 * 86400 / 3 },
		{ "10 days and a second: a third", 864001, 288000 },
		{ "10 days: half", 864000, 432000 },
		{ "six days", 6 * 86400, 3 * 86400 },
		{ "160 hours", 160 * 3600, 80 * 3600 },
		{ "an hour", 3600, 1800 },
		{ "a minute", 60, 30 },
		{ "a second", 1, 0 },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		int64_t end = NOW + table[i].life_s - 1, low = INT64_MAX, high = 0;

		for (uint64_t seed = 0; seed < 2000; seed++) {
			int64_t at = renewal_by_lifetime(NOW, end, seed);

			low = at < low ? at : low;
			high = at > high ? at : high;
		}
		check(high <= end + 1 - table[i].left_s &&
		              high >= end + 1 - table[i].left_s - table[i].life_s / 500 - 1 &&
		              low >= end + 1 - table[i].left_s - table[i].life_s / 50,
		      "lifetime of %s", table[i].about);
	}
	check(renewal_by_lifetime(NOW, NOW - 1, 3) == NOW && renewal_by_lifetime(NOW, NOW - 99, 3) == NOW,
	      "a lifetime that is none: at once");
}

static void both(void)
{
	struct renewal_window w = { .start = NOW + 100, .end = NOW + 200 };
	bool by_window;

	check(renewal_due(&w, NOW, NOW + 86399, 5, &by_window) == renewal_moment(&w, 5) && by_window,
	      "due in the window");
	check(renewal_due(NULL, NOW, NOW + 86399, 5, &by_window) ==
	                      renewal_by_lifetime(NOW, NOW + 86399, 5) && !by_window,
	      "without a window by the lifetime");
	w = (struct renewal_window){ 0 };
	check(renewal_due(&w, NOW, NOW + 86399, 5, &by_window) ==
	                      renewal_by_lifetime(NOW, NOW + 86399, 5) && !by_window,
	      "criterion z: an empty window is none");
	w = (struct renewal_window){ .start = NOW + 86400, .end = NOW + 99999999 };
	check(renewal_due(&w, NOW, NOW + 86399, 5, &by_window) < NOW + 86399 && !by_window,
	      "nor is one when the certificate is over");
	w = (struct renewal_window){ .start = 1000, .end = 2000 };
	check(renewal_due(&w, NOW, NOW + 86399, 5, &by_window) < 2000 && by_window,
	      "revoked: a window in the past is now");
}

static void backoff(void)
{
	int64_t last = 0;

	check(renewal_backoff_s(0, 1) == 0, "no failure, no pause");
	for (unsigned int n = 1; n < 30; n++) {
		int64_t base = n < 12 ? (int64_t)60 << (n - 1) : 86400, low = INT64_MAX, high = 0;

		base = base < 86400 ? base : 86400;
		for (uint64_t seed = 0; seed < 500; seed++) {
			int64_t pause = renewal_backoff_s(n, seed);

			low = pause < low ? pause : low;
			high = pause > high ? pause : high;
		}
		if (low < base * 3 / 4 || high > base * 5 / 4 || high <= low ||
		    high < last)
			check(false, "pause after %u failures: %lld to %lld", n, (long long)low,
			      (long long)high);
		last = base;
	}
	check(renewal_backoff_s(1, 9) >= 45 && renewal_backoff_s(1, 9) <= 75, "a minute at first");
	check(renewal_backoff_s(4000000000, 9) <= 108000 && renewal_backoff_s(4000000000, 9) >= 64800,
	      "a day at most");
	check(renewal_backoff_s(5, 9) == renewal_backoff_s(5, 9), "the same for the same seed");
}

int main(void)
{
	identifiers();
	times();
	answers();
	losses();
	explanations();
	moments();
	lifetimes();
	both();
	backoff();
	return tap_end();
}
