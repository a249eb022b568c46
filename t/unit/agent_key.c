/* Keys derived from an app's: against what node's HKDF and noble's curves made of the same. */
#include "tee/agent_key.h"

#include "base/hex.h"
#include "tap.h"

static struct agent_state state;
static unsigned char room[8192];
static struct builder b;

static struct span bytes_of(const char *hex)
{
	size_t at = b.len;

	if (!hex_decode(&b, span_str(hex)))
		check(false, "not hexadecimal: %s", hex);
	return span_from(builder_span(&b), at);
}

static const char app_key[] = "d6e88992cdeeee35fe70b5db61ab66cdb191fb9b6ec9313757ef162dd7214d5d";
static const char app_public[] = "02818494263695e8839122dbd88e281d7380622999df4e60a14befa0f2d096fc7c";

static const struct {
	enum agent_algorithm algorithm;
	const char *path, *purpose, *secret, *public, *signature;
} known[] = {
	{ AGENT_K256, "", "", "aa221ae548b5a8f52fcb8687cfd873712f6a1232b2717e5ee3d58ab74f21905b",
	  "027458ba47c31272b5076edebdc1ecdaedef806b10d76dd0a209cbd1fa14a3f9cf",
	  "64ce2f1b381d04f7404fda78bdc942c314d89b7069d97eea1897e51b249dd3b1"
	  "700995cbf7efe7ff04195dd6e31f153b702eeeeaffc5941510739dc39b9bd9cf01" },
	{ AGENT_ED25519, "", "", "aa221ae548b5a8f52fcb8687cfd873712f6a1232b2717e5ee3d58ab74f21905b",
	  "c44343eb0e365d78ce908790834a24621e489af0e91cf2f123daf28cf74aed20",
	  "4210633c6792b54f99eda1b2a9c7e1f6507c02c01bcabf230d35dc4c00a6b090"
	  "2fccd45b383e8f3035c0fcdcba534b80f8849a5b5849257bc71d9f838620cd3e00" },
	{ AGENT_K256, "a/b", "signing", "94855132d46eb62eb3e3d5d1bec821510e77f02251b0b89f3c700ff16691c595",
	  "02d8470c90bd97e32f25e7e70088175f1e64453154739b6f529e22fdf34fc59eb4",
	  "0d4fb9cf86e52eebd993efcc29199d8ae67c2ef250f3b905810b6f85ec8f45a6"
	  "4ac5679f10f54413a1938d0099f675cee1e3d2b3671b4a7cc8002d81cba65b5601" },
	{ AGENT_ED25519, "a/b", "signing", "94855132d46eb62eb3e3d5d1bec821510e77f02251b0b89f3c700ff16691c595",
	  "b0dec0e58d8930f64c70fae05a1fe0f81912616f706642589212291094752e1b",
	  "d3a1c666b51a70e775c4ee6ead595e35713fe06c18c0c72925e356140eeffa7b"
	  "10623766efb833d8b1a2b1748fbdc328da8caf7dcb0de85d3d01c015a646a00701" },
	{ AGENT_K256_PREHASHED, "vms", "signing",
	  "1091a4d6721f6a719ca57320e4975f7e237649131111ee1c5032f661dc1cfef2",
	  "036105f01d1fd781568f7c208b087b1c4f522601410ed7e9c7870d573de7c46d54",
	  "51ec279eb0da3fb45335c2fd6badaf701905bf35f229912976c4ae3c9d649cf9"
	  "7f964473f2dce7118743bad84a6df707d11c9b5f0b38379204e14fd2c7baddba01" },
};

static void keys(void)
{
	struct agent_key key;

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		builder_init(&b, room, sizeof room);
		check(agent_key_make(&key, &state, span_str(known[i].path), span_str(known[i].purpose),
		                     known[i].algorithm), "key %zu", i);
		check(span_eq(span_of(key.secret, sizeof key.secret), bytes_of(known[i].secret)), "its secret");
		check(span_eq(span_of(key.public, key.public_len), bytes_of(known[i].public)), "public key");
		check(span_eq(span_of(key.signature, sizeof key.signature), bytes_of(known[i].signature)),
		      "what vouches for it");
	}
}

static void issued(void)
{
	unsigned char id[20], digest[K256_DIGEST_LEN];

	memset(id, 0xab, sizeof id);
	builder_init(&b, room, sizeof room);
	agent_issued_digest(span_of(id, sizeof id), bytes_of(app_public).p, digest);
	check(span_eq(span_of(digest, sizeof digest),
	              bytes_of("f99149d79a1bcf8a548a1ca5880262fde07cbc29102be9c01cc6512db6296507")),
	      "what the root signs");
}

static void p256(void)
{
	struct key one, same, other;

	check(agent_derive_p256(state.k256_key, span_str("a"), &one) &&
	              agent_derive_p256(state.k256_key, span_str("a"), &same) &&
	              agent_derive_p256(state.k256_key, span_str("b"), &other), "keys on P-256");
	check(span_eq(span_of(one.spki, one.spki_len), span_of(same.spki, same.spki_len)), "the same");
	check(!span_eq(span_of(one.spki, one.spki_len), span_of(other.spki, other.spki_len)),
	      "another for another path");
	/* Clients hash this encoding: its form is an interface. */
	builder_init(&b, room, sizeof room);
	key_write(&one, &b);
	check(span_starts(builder_span(&b), "-----BEGIN PRIVATE KEY-----\n"
	                  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg"), "as PKCS #8 with its public key");
}

static void signatures(void)
{
	static const struct {
		enum agent_algorithm algorithm;
		const char *data, *signature;
	} made[] = {
		{ AGENT_K256, "data", "828e45abe64dd77849581c4e39881f64c6c756118838182d72eb2c2b9c4d60ed"
		  "47c7c823975a8bb7500c06a5a9809d8fbd07100f2a3103ba6fb5b0831b16e431" },
		{ AGENT_K256_PREHASHED, "\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7",
		  "766690bd9d4d156e03bc420841139488d592a35406f8cfb6a7ad38d8e2af81a7"
		  "13fb90edb906fc218791708db088c8585fcb9a55a4cdc3d3428148fd1531bb73" },
		{ AGENT_ED25519, "data", "6bd04039e03ba0e4b09c66f23b37cb8de924b992036109794f4baa1e5d7415f0"
		  "ba6667cbc1051860fcc7b5b3335ca4c247c54340c5ad4e410d75198d516bcd00" },
	};
	unsigned char signature[AGENT_SIGNATURE_LEN];
	struct agent_key key;

	for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
		struct span data = span_str(made[i].data), expected, public;

		builder_init(&b, room, sizeof room);
		expected = bytes_of(made[i].signature);
		agent_key_make(&key, &state, span_str("vms"), span_str("signing"), made[i].algorithm);
		public = span_of(key.public, key.public_len);
		check(agent_sign(&key, made[i].algorithm, data, signature) &&
		              span_eq(span_of(signature, sizeof signature), expected), "signature %zu", i);
		check(agent_verify(made[i].algorithm, public, data, expected) == K256_VALID, "it holds");
		check(agent_verify(made[i].algorithm, public, span_str("datb"), expected) == K256_INVALID,
		      "not over other data");
		check(agent_verify(made[i].algorithm, span_head(public, 31), data, expected) == K256_MALFORMED,
		      "half a key");
		check(agent_verify(made[i].algorithm, public, data, span_head(expected, 63)) == K256_MALFORMED,
		      "half a signature");
	}
	check(!agent_sign(&key, AGENT_K256_PREHASHED, span_str("31 bytes, of which none is one"), signature),
	      "a digest of another length is not signed");
}

/* Digests of other lengths: longer ones are cut, shorter ones are numbers. */
static void odd_digests(void)
{
	unsigned char digest[40] = { 0 }, signature[AGENT_SIGNATURE_LEN];
	struct agent_key key;
	struct span public, made = span_of(signature, sizeof signature);

	agent_key_make(&key, &state, span_str("vms"), span_str(""), AGENT_K256);
	public = span_of(key.public, key.public_len);
	memset(digest + 12, 9, sizeof digest - 12);
	check(agent_sign(&key, AGENT_K256_PREHASHED, span_of(digest, 32), signature), "signed");
	for (size_t n = 0; n <= sizeof digest; n++)
		check((agent_verify(AGENT_K256_PREHASHED, public, span_of(digest, n), made) == K256_VALID) ==
		              (n >= 32), "its first %zu bytes", n);
	for (size_t n = 0; n <= 32; n++)
		check((agent_verify(AGENT_K256_PREHASHED, public, span_of(digest + n, 32 - n), made) ==
		              K256_VALID) == (n <= 12), "without %zu bytes in front", n);
	memset(digest, 0, 20);
	check(agent_sign(&key, AGENT_K256_PREHASHED, span_of(digest, 32), signature) &&
	              agent_verify(AGENT_K256_PREHASHED, public, span_of(digest + 16, 16), made) == K256_VALID &&
	              agent_verify(AGENT_K256_PREHASHED, public, span_of(digest + 17, 15), made) == K256_INVALID,
	      "16 bytes at least");
}

static void names(void)
{
	static const char *const bad[] = { "", "SECP256K1", "secp256k1 ", "rsa", "ed25519_prehashed", "k256_prehashed" };
	enum agent_algorithm algorithm = AGENT_ED25519;

	check(agent_algorithm_find(span_str("k256"), &algorithm) && algorithm == AGENT_K256, "k256");
	check(agent_algorithm_find(span_str("secp256k1"), &algorithm) && algorithm == AGENT_K256, "secp256k1");
	check(agent_algorithm_find(span_str("secp256k1_prehashed"), &algorithm) &&
	              algorithm == AGENT_K256_PREHASHED, "secp256k1_prehashed");
	check(agent_algorithm_find(span_str("ed25519"), &algorithm) && algorithm == AGENT_ED25519, "ed25519");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!agent_algorithm_find(span_str(bad[i]), &algorithm), "not %s", bad[i]);
}

int main(void)
{
	builder_init(&b, room, sizeof room);
	memcpy(state.k256_key, bytes_of(app_key).p, sizeof state.k256_key);
	keys();
	issued();
	p256();
	signatures();
	odd_digests();
	names();
	return tap_end();
}
