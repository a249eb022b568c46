# How sources become programs. A program is found by its file (bin/x.c), a
# module of the library likewise (lib/room/x.c), a unit test (t/unit/x.c), a
# fuzz entry (t/fuzz/x.c) and a helper of a bench (t/bench/x.c) or of tests
# (t/peer/x.c) too. Only what links a further library is named here.

.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:

# libraries beyond libc, libresolv and BearSSL: LIBS_program = -lname

SAN ?= 0
MUSL ?= $(if $(filter 1,$(SAN)),0,$(if $(shell command -v musl-gcc 2>/dev/null),1,0))
ifeq ($(SAN),1)
B ?= build/san
else
B ?= build
endif
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),@:,@printf '  %-5s %s\n')

ifeq ($(MUSL),1)
CC := musl-gcc
# Kernel and dependency headers live with glibc's: looked at last, so musl's own win.
ARCH_DIR := $(shell gcc -print-multiarch 2>/dev/null)
# Nothing here unwinds a stack at run time (a debugger has -g): the tables would be a tenth of a program.
FLAVOUR := -idirafter /usr/include -idirafter /usr/include/$(ARCH_DIR) \
	-fno-asynchronous-unwind-tables -fno-unwind-tables
# A static program at a random address: musl-gcc's specs know no -static-pie, so the files that
# begin and end a program are named here.
MUSL_DIR := /usr/lib/$(patsubst %-gnu,%-musl,$(ARCH_DIR))
LINK := -static -nostartfiles -Wl,-pie,--no-dynamic-linker,-z,text \
	$(MUSL_DIR)/rcrt1.o $(MUSL_DIR)/crti.o $(shell gcc -print-file-name=crtbeginS.o)
LINK_END := $(shell gcc -print-file-name=crtendS.o) $(MUSL_DIR)/crtn.o
else
ifeq ($(origin CC),default)
CC := gcc
endif
FLAVOUR :=
LINK := -pie
endif

# Always the static library: only what a program uses of it comes in, and musl has no other. Ours
# is named again behind it for what it asks of musl in vain (base/fortify).
ARCHIVES := /usr/lib/$(shell gcc -print-multiarch 2>/dev/null)
BEARSSL ?= $(ARCHIVES)/libbearssl.a
# The fast curves, likewise: in the programs that use lib/tls/curve, and in no other.
NETTLE ?= $(ARCHIVES)/libhogweed.a $(ARCHIVES)/libnettle.a $(ARCHIVES)/libgmp.a
# secp256k1, of Ethereum's keys: in the programs that use lib/tls/k256.
SECP256K1 ?= $(ARCHIVES)/libsecp256k1.a
STATIC := $(BEARSSL) $(NETTLE) $(SECP256K1)

WARN := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wswitch-enum -Wimplicit-fallthrough \
	-Wmissing-prototypes
HARDEN := -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero
HARDEN += -fPIE
LINK += -Wl,-z,relro,-z,now,-z,noexecstack
ifeq ($(SAN),1)
HARDEN += -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LINK += -fsanitize=address,undefined
else ifeq ($(MUSL),0)
HARDEN += -D_FORTIFY_SOURCE=2
endif
# WERROR=1 is for the checks: a newer compiler's new warning breaks no build.
WERROR ?= 0
ifeq ($(WERROR),1)
WARN += -Werror
endif
# JAIL=0 leaves the system call filter out, for tools that bring their own system calls.
JAIL ?= $(if $(filter 1,$(SAN)),0,1)

# What sanitizers add makes a compiler slow: this takes half the time of -O2 -g.
CFLAGS ?= $(if $(filter 1,$(SAN)),-O1 -g1,-O2 -g)
OPTIONS := -std=c11 -D_GNU_SOURCE -DJAIL=$(JAIL) $(WARN) $(HARDEN) -Ilib -include mk/banned.h \
	-ffunction-sections -fdata-sections
GC := -Wl,--gc-sections

PROGRAMS := $(patsubst bin/%.c,%,$(wildcard bin/*.c))
MODULES := $(patsubst lib/%.c,%,$(wildcard lib/*/*.c))
UNITS := $(patsubst t/unit/%.c,%,$(wildcard t/unit/*.c))
FUZZES := $(patsubst t/fuzz/%.c,%,$(wildcard t/fuzz/*.c))
PEERS := $(patsubst t/peer/%.c,%,$(wildcard t/peer/*.c))
BENCHES := $(patsubst t/bench/%.c,%,$(wildcard t/bench/*.c))
# ACME=0 leaves ACME out: its programs, its code, and what tls-serve has of it.
ACME ?= 1
ifeq ($(ACME),0)
OPTIONS += -DACME=0
PROGRAMS := $(filter-out acme-%,$(PROGRAMS))
MODULES := $(filter-out acme/%,$(MODULES))
UNITS := $(filter-out $(patsubst t/unit/%.c,%,$(shell grep -l '"acme' t/unit/*.c)),$(UNITS))
FUZZES := $(filter-out $(patsubst t/fuzz/%.c,%,$(shell grep -l '"acme' t/fuzz/*.c)),$(FUZZES))
endif
ARCHIVE := $(B)/libpostern.a

all: $(PROGRAMS:%=$(B)/bin/%)
tests: $(UNITS:%=$(B)/unit/%) $(PEERS:%=$(B)/peer/%)
fuzz: $(FUZZES:%=$(B)/fuzz/%)
bench: $(BENCHES:%=$(B)/bench/%)

# Objects depend on the flags they were built with; that a warning is an error makes no other
# object, and who installs what the checks have built builds nothing again.
FLAGS := $(CC) $(filter-out -Werror,$(OPTIONS)) $(CFLAGS) $(CPPFLAGS) $(FLAVOUR) $(LINK) $(LDFLAGS)
$(B)/flags: force
	@mkdir -p $(B)
	@printf '%s\n' '$(FLAGS)' | cmp -s - $@ || printf '%s\n' '$(FLAGS)' >$@

$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(OPTIONS) $(CFLAGS) $(CPPFLAGS) $(FLAVOUR) -MMD -MP -c -o $@ $<

# Made anew each time, so that a module that went away leaves it too.
$(ARCHIVE): $(MODULES:%=$(B)/obj/lib/%.o)
	$(say) AR $@
	@rm -f $@
	$(Q)ar rcs $@ $^

$(B)/bin/%: $(B)/obj/bin/%.o $(ARCHIVE)
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(HARDEN) $(CFLAGS) $(LINK) $(GC) $(LDFLAGS) -o $@ $^ $(LIBS_$*) $(STATIC) $(ARCHIVE) -lresolv $(LINK_END)

$(B)/unit/%: $(B)/obj/t/unit/%.o $(ARCHIVE)
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(HARDEN) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS_$*) $(STATIC) $(ARCHIVE) -lresolv $(LINK_END)

$(B)/peer/%: $(B)/obj/t/peer/%.o $(ARCHIVE)
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(HARDEN) $(CFLAGS) $(LINK) $(GC) $(LDFLAGS) -o $@ $^ $(STATIC) $(ARCHIVE) -lresolv $(LINK_END)

$(B)/bench/%: $(B)/obj/t/bench/%.o $(ARCHIVE)
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(HARDEN) $(CFLAGS) $(LINK) $(GC) $(LDFLAGS) -o $@ $^ $(STATIC) $(ARCHIVE) -lresolv $(LINK_END)

# libFuzzer is clang's: the library is built again with it, for all fuzz entries once. What
# libFuzzer calls has no prototype.
FUZZ_CC ?= clang
FUZZ_OPTIONS := -std=c11 -D_GNU_SOURCE -DJAIL=0 $(WARN) -Wno-missing-prototypes -Ilib -include mk/banned.h -O1 -g1 \
	-fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_ARCHIVE := $(B)/libpostern-fuzz.a

$(B)/fuzz.flags: force
	@mkdir -p $(B)
	@printf '%s\n' '$(FUZZ_CC) $(FUZZ_OPTIONS)' | cmp -s - $@ || \
		printf '%s\n' '$(FUZZ_CC) $(FUZZ_OPTIONS)' >$@

$(B)/fuzz.obj/%.o: %.c $(B)/fuzz.flags
	@mkdir -p $(@D)
	$(say) FUZZ $<
	$(Q)$(FUZZ_CC) $(FUZZ_OPTIONS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(FUZZ_ARCHIVE): $(MODULES:%=$(B)/fuzz.obj/lib/%.o)
	$(say) AR $@
	@rm -f $@
	$(Q)ar rcs $@ $^

$(B)/fuzz/%: $(B)/fuzz.obj/t/fuzz/%.o $(FUZZ_ARCHIVE)
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(FUZZ_CC) $(FUZZ_OPTIONS) -fsanitize=fuzzer -o $@ $^ $(LIBS_$*) $(STATIC) -lresolv

clean:
	rm -rf build

.PHONY: all tests fuzz bench clean install force
.SECONDARY:
-include $(patsubst %,$(B)/fuzz.obj/%.d,$(MODULES:%=lib/%) $(FUZZES:%=t/fuzz/%))
-include $(patsubst %,$(B)/obj/%.d,$(MODULES:%=lib/%) $(PROGRAMS:%=bin/%) $(UNITS:%=t/unit/%) $(PEERS:%=t/peer/%) $(BENCHES:%=t/bench/%))
