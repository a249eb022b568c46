/* Report data. The digests of SHA-2 and SHA-3 are those of openssl. */
#include "tee/report_data.h"

#include "base/builder.h"
#include "base/hex.h"
#include "tap.h"

static unsigned char report_data[QUOTE_REPORT_DATA_LEN];

/* The report data begin so, and the rest is zero. */
static bool is(const char *hex)
{
	unsigned char room[QUOTE_REPORT_DATA_LEN] = { 0 };
	struct builder b;

	builder_init(&b, room, sizeof room);
	return hex_decode(&b, span_str(hex)) && memcmp(room, report_data, sizeof room) == 0;
}

static const struct row {
	const char *name, *digest; /* of "app-data:hello" */
} rows[] = {
	{ "sha512", "e39fd3dbee991d65e65cc38c6e9d664324929816279a19b495bcd3f77a62d819"
	            "49ba61282d8a732916d39bb9f6a6a16d11211c0d800b6ffc56ecf74419a7c835" },
	{ "sha256", "57d90585d4b2cce9b2818a7b2a01398d5d2d6a8cb7ca8b735acb8d3203cf8a77" },
	{ "sha384", "1a316c913dd051238ab7414cd2fbbf48e4f16c8c6c00adb2a2f975d6ce01b43f"
	            "844c6dc053262f3283ba928c7b883f60" },
	{ "sha3-256", "393205b584269b6c90c9c2ebea4f782ca50b4d13771568f83c868788dfadb821" },
	{ "sha3-384", "74ae0b2a56d9367f1678987363eb63649d4d26a00a3adf440f6aac6fd15d9580"
	              "8aeb015c138fc8e842dcbd81aaa3fe5b" },
	{ "sha3-512", "b0c3ee1f3a00e4d97dc29a8f69da29d724494ba2f3f46d8c987bccd96bd1af9e"
	              "64c73bf81c0048fd51ae8d71391b6da0c9e2c62c748fda447e996f4c45c4516c" },
	{ "keccak256", "8ed51239a438104e85ca8d86fa87fbc67c21d00b124c0ff7eceee34309f5f362" },
	{ "keccak384", "8c5fbcff05a0470bdfd593a9db68a1b165694bf1a07c7555e8d46750d802e4c5"
	               "24caf153b8874f4d1def46abc50859da" },
	{ "keccak512", "2b7e3f26c05a7787eea41af69ebb04b8d7fa57748974530ee1a430c1b547bee3"
	               "ec73472770c45b11e7420930d7daa295eb77cb5bf96b328a7513d62a99c5070e" },
};

static void padding(void)
{
	unsigned char many[QUOTE_REPORT_DATA_LEN + 1];
	bool good = true;

	memset(many, 'x', sizeof many);
	for (size_t n = 0; n <= QUOTE_REPORT_DATA_LEN; n++) {
		memset(report_data, 1, sizeof report_data);
		good = good && report_data_pad(span_of(many, n), report_data) &&
		       memcmp(report_data, many, n) == 0;
		for (size_t i = n; i < sizeof report_data; i++)
			good = good && report_data[i] == 0;
	}
	check(good, "0 to 64 bytes and zeros behind them");
	check(!report_data_pad(span_of(many, sizeof many), report_data), "65 bytes are too many");
}

int main(void)
{
	static const char *const unknown[] = { "SHA512", "sha1", "sha-256", "sha3_256", "sha3", "keccak",
		                               "sha512 ", "raw:" };
	unsigned char exact[QUOTE_REPORT_DATA_LEN];
	enum report_hash hash;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool found = report_hash_find(span_str(rows[i].name), &hash);

		check(found && strcmp(report_hash_name(hash), rows[i].name) == 0 &&
		      report_data_hash(hash, span_str(""), span_str("hello"), report_data) &&
		      is(rows[i].digest), "%s", rows[i].name);
		check(report_data_hash(hash, span_str("app-data"), span_str("hello"), report_data) &&
		      is(rows[i].digest), "%s with the prefix spelled out", rows[i].name);
		check(report_data_hash(hash, span_str("app-dat"), span_str("a:hello"), report_data) &&
		      !is(rows[i].digest), "%s with another prefix", rows[i].name);
	}
	check(report_hash_find(span_str(""), &hash) && hash == REPORT_SHA512, "SHA-512 where none is said");
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		check(!report_hash_find(span_str(unknown[i]), &hash), "no hash: %s", unknown[i]);
	check(!report_hash_find(span_of("raw\0", 4), &hash), "no hash: one with a NUL");

	memset(exact, 'y', sizeof exact);
	check(report_hash_find(span_str("raw"), &hash) &&
	      report_data_hash(hash, span_str("any"), span_of(exact, sizeof exact), report_data) &&
	      memcmp(exact, report_data, sizeof exact) == 0, "raw is the data as they are");
	check(!report_data_hash(hash, span_str(""), span_of(exact, 63), report_data) &&
	      !report_data_hash(hash, span_str(""), span_of(NULL, 0), report_data),
	      "raw is 64 bytes, not fewer");
	padding();
	return tap_end();
}
