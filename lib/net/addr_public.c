/* Addresses of the Internet, and those that are not (RFC 6890 and IANA's registries). */
#include <netinet/in.h>
#include <string.h>

#include "net/addr.h"

struct block {
	unsigned char ip[4], bits;
};

static const struct block special_4[] = {
	{ { 0, 0, 0, 0 }, 8 },       /* this network */
	{ { 10, 0, 0, 0 }, 8 },
	{ { 100, 64, 0, 0 }, 10 },   /* shared by a provider's customers */
	{ { 127, 0, 0, 0 }, 8 },
	{ { 169, 254, 0, 0 }, 16 },  /* link-local; metadata services of clouds */
	{ { 172, 16, 0, 0 }, 12 },
	{ { 192, 0, 0, 0 }, 24 },
	{ { 192, 0, 2, 0 }, 24 },    /* documentation */
	{ { 192, 88, 99, 0 }, 24 },  /* 6to4 relays, given up */
	{ { 192, 168, 0, 0 }, 16 },
	{ { 198, 18, 0, 0 }, 15 },   /* benchmarks */
	{ { 198, 51, 100, 0 }, 24 },
	{ { 203, 0, 113, 0 }, 24 },
	{ { 224, 0, 0, 0 }, 3 },     /* multicast, reserved, broadcast */
};

static bool inside(const unsigned char *ip, const unsigned char *block, unsigned int bits)
{
	unsigned int rest = bits % 8;

	return memcmp(ip, block, bits / 8) == 0 &&
	       (rest == 0 || ((ip[bits / 8] ^ block[bits / 8]) >> (8 - rest)) == 0);
}

static bool public_4(const unsigned char *ip)
{
	for (size_t i = 0; i < sizeof special_4 / sizeof special_4[0]; i++)
		if (inside(ip, special_4[i].ip, special_4[i].bits))
			return false;
	return true;
}

static bool public_6(const unsigned char *ip)
{
	static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	static const unsigned char nat64[12] = { 0, 0x64, 0xff, 0x9b };
	static const unsigned char global[1] = { 0x20 }, ietf[3] = { 0x20, 0x01, 0x00 };
	static const unsigned char example[4] = { 0x20, 0x01, 0x0d, 0xb8 }, example_20[3] = { 0x3f, 0xff };
	static const unsigned char six_to_four[2] = { 0x20, 0x02 };

	if (inside(ip, mapped, 96) || inside(ip, nat64, 96))
		return public_4(ip + 12);
	if (inside(ip, six_to_four, 16))
		return public_4(ip + 2);
	/* 2001::/23 holds protocols' own blocks, Teredo's among them. */
	return inside(ip, global, 3) && !inside(ip, ietf, 23) && !inside(ip, example, 32) &&
	       !inside(ip, example_20, 20);
}

bool addr_public(const struct addr *a)
{
	const struct sockaddr_in *v4 = (const void *)&a->u.any;
	const struct sockaddr_in6 *v6 = (const void *)&a->u.any;

	if (addr_family(a) == AF_INET)
		return public_4((const unsigned char *)&v4->sin_addr);
	return addr_family(a) == AF_INET6 && public_6(v6->sin6_addr.s6_addr);
}
