/*
 * The filter, in the kernel's classic packet filter language:
 *
 *   architecture is ours                        else kill
 *   call is one of the hot ones                 allow
 *   call has checks                             its checks
 *   call's bit in the word for call / 32        allow, else kill
 *
 * A process a connection pays for loading it each time, and what it pays for
 * is the number of instructions and how far the kernel gets in working out
 * beforehand which calls are always allowed. It does not know the shift, so
 * it stops there: the hot calls are worked out and later cost nothing, for the
 * others no time is lost.
 *
 * Jumps only go forward, so the program is put together from its end: where a
 * jump goes is known when it is made.
 */
#include "base/jail_filter.h"

#if JAIL
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/jail_calls.h"

#if defined __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the filter is not known for this architecture: build with JAIL=0"
#endif

/* A jump reaches 255 instructions: a program that long is known to fit. */
enum { PROGRAM_MAX = 256, WORDS = 16 };

struct program {
	struct sock_filter code[PROGRAM_MAX];
	unsigned int top; /* the first instruction so far */
	bool full;
	unsigned int allow, kill; /* where these stand */
};

static unsigned int emit(struct program *p, unsigned int code, unsigned int yes, unsigned int no,
                         uint32_t k)
{
	if (p->top == 0) {
		p->full = true;
		return 0;
	}
	p->top--;
	p->code[p->top] = (struct sock_filter){ (uint16_t)code, (uint8_t)yes, (uint8_t)no, k };
	return p->top;
}

/* A comparison with k; `yes` and `no` are where it goes on. */
static unsigned int jump(struct program *p, unsigned int comparison, uint32_t k, unsigned int yes,
                         unsigned int no)
{
	return emit(p, BPF_JMP | comparison | BPF_K, yes - p->top, no - p->top, k);
}

static unsigned int load(struct program *p, size_t offset)
{
	return emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

/* The low or high word of an argument; both architectures are little-endian. */
static unsigned int load_argument(struct program *p, unsigned int argument, bool high)
{
	return load(p, offsetof(struct seccomp_data, args) + 8 * argument + (high ? 4 : 0));
}

/* One check, after which it goes on at `otherwise` when it does not pass. */
static unsigned int check(struct program *p, const struct jail_check *c, unsigned int otherwise)
{
	switch ((enum jail_test)c->test) {
	case JAIL_TEST_CLEAR:
		jump(p, BPF_JSET, c->value, otherwise, p->allow);
		break;
	case JAIL_TEST_SET:
		jump(p, BPF_JSET, c->value, p->allow, otherwise);
		break;
	case JAIL_TEST_EQUAL:
		jump(p, BPF_JEQ, c->value, p->allow, otherwise);
		break;
	case JAIL_TEST_NULL:
		jump(p, BPF_JEQ, 0, p->allow, otherwise);
		jump(p, BPF_JEQ, 0, load_argument(p, c->argument, true), otherwise);
		break;
	case JAIL_TEST_NEVER:
		return emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS);
	}
	return load_argument(p, c->argument, false);
}

static bool allowed(const uint32_t *bits, uint16_t call)
{
	return bits[call / 32] >> call % 32 & 1;
}

/* What the promises allow without a check, a bit a call. */
static void collect(uint32_t *bits, unsigned int promises)
{
	for (size_t i = 0; i < jail_calls_n; i++) {
		const struct jail_calls *c = &jail_calls[i];

		if ((c->promise & promises) != c->promise)
			continue;
		for (size_t k = 0; k < c->n; k++)
			bits[c->call[k] / 32] |= UINT32_C(1) << c->call[k] % 32;
	}
}

/* The calls with checks: each goes to the first of its own, the others on to `next`. */
static void checked_calls(struct program *p, const uint32_t *bits, unsigned int promises)
{
	unsigned int start[32], n = 0, next;
	uint16_t call[32];
	unsigned int after = p->top;

	for (size_t i = jail_checks_n; i-- > 0;) {
		const struct jail_check *c = &jail_checks[i];
		bool known = n > 0 && call[n - 1] == c->call;

		if ((c->promise & promises) != c->promise || allowed(bits, c->call))
			continue;
		if (!known && n == sizeof call / sizeof *call) {
			p->full = true;
			return;
		}
		start[known ? n - 1 : n] = check(p, c, known ? start[n - 1] : p->kill);
		if (!known)
			call[n++] = c->call;
	}
	next = after;
	for (unsigned int i = 0; i < n; i++)
		next = jump(p, BPF_JEQ, call[i], start[i], next);
}

/* The bit of the call in X, its word's number in A: one test a word that has any. */
static void allowed_words(struct program *p, const uint32_t *bits)
{
	unsigned int next = p->kill;

	for (uint32_t i = WORDS; i-- > 0;) {
		if (bits[i] == 0)
			continue;
		jump(p, BPF_JSET, bits[i], p->allow, p->kill);
		next = jump(p, BPF_JEQ, i, emit(p, BPF_MISC | BPF_TXA, 0, 0, 0), next);
	}
	emit(p, BPF_ALU | BPF_RSH | BPF_K, 0, 0, 5);
}

static void build(struct program *p, unsigned int promises)
{
	uint32_t bits[WORDS] = { 0 };

	p->top = PROGRAM_MAX;
	p->full = false;
	p->allow = emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
	p->kill = emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS);
	collect(bits, promises);
	allowed_words(p, bits);
	checked_calls(p, bits, promises);
	load(p, offsetof(struct seccomp_data, nr));
	/* X = 1 << call % 32 */
	emit(p, BPF_MISC | BPF_TAX, 0, 0, 0);
	emit(p, BPF_ALU | BPF_LSH | BPF_X, 0, 0, 0);
	emit(p, BPF_LD | BPF_IMM, 0, 0, 1);
	emit(p, BPF_MISC | BPF_TAX, 0, 0, 0);
	emit(p, BPF_ALU | BPF_AND | BPF_K, 0, 0, 31);
	for (size_t i = jail_hot_n; i-- > 0;)
		if (allowed(bits, jail_hot[i]))
			jump(p, BPF_JEQ, jail_hot[i], p->allow, p->top);
	load(p, offsetof(struct seccomp_data, nr));
	jump(p, BPF_JEQ, ARCHITECTURE, p->top, p->kill);
	load(p, offsetof(struct seccomp_data, arch));
}

bool jail_filter_load(unsigned int promises)
{
	struct program p;
	struct sock_fprog program;

	build(&p, promises);
	if (p.full) {
		errno = E2BIG;
		return false;
	}
	program = (struct sock_fprog){ (unsigned short)(PROGRAM_MAX - p.top), p.code + p.top };
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}
#endif
