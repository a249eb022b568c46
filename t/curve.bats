#!/usr/bin/env bats
# The elliptic curves of lib/tls/curve.h, in the hands of t/peer/curve-lines, against
# OpenSSL's, and what their secrets have an influence on. Known answers, edges and
# BearSSL are t/unit/curve's.
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup_file() {
    PEERS=$(readlink -m "${BIN:-$BATS_TEST_DIRNAME/../build/bin}/../peer")
    export PEERS
}

curve_lines() { "$PEERS/curve-lines" <<<"$1"; }

is_sanitized() { grep -q __asan_init "$PEERS/curve-secret"; }

@test "OpenSSL and ours agree on keys, ECDH, X25519 and signatures, whole and damaged" {
    run --separate-stderr "$BATS_TEST_DIRNAME/peer/curve-openssl" "$PEERS/curve-lines" 2000
    [ "$status" -eq 0 ]
    [ "$output" = '8500 of 8500 answers agree' ]
    [ -z "$stderr" ]
}

@test "a signature is the same each time, and another for another digest" {
    local key one two
    key=$(printf '%064d' 7)
    one=$(curve_lines "sign p256 $(printf '%064d' 1) $key")
    [ "$one" = "$(curve_lines "sign p256 $(printf '%064d' 1) $key")" ]
    two=$(curve_lines "sign p256 $(printf '%064d' 2) $key")
    [ "$one" != "$two" ]
    [[ $one == 30* && $two == 30* ]]
}

@test "no branch and no address depends on a secret" {
    ! is_sanitized || skip 'sanitizers and valgrind exclude each other'
    [ -e /usr/include/valgrind/memcheck.h ] || skip 'no header of valgrind'
    run --separate-stderr "$BATS_TEST_DIRNAME/peer/curve-branches" "$PEERS/curve-secret"
    [ "$status" -eq 0 ]
    [[ $output =~ ^[1-9][0-9]*' reports, 0 of them wrong'$ ]]
}

@test "a branch that does depend on one is found" {
    ! is_sanitized || skip 'sanitizers and valgrind exclude each other'
    [ -e /usr/include/valgrind/memcheck.h ] || skip 'no header of valgrind'
    run --separate-stderr "$BATS_TEST_DIRNAME/peer/curve-branches" "$PEERS/curve-secret" -b
    [ "$status" -eq 1 ]
    [[ $output == *'calculate (curve-secret.c:'* ]]
    [[ $output == *' 1 of them wrong' || $output == *' 3 of them wrong' ]]
}

@test "GMP's code for large numbers is not linked" {
    run -0 nm "$PEERS/curve-lines"
    [[ $output == *__gmpn_mul_basecase* ]]
    [[ $output != *toom* ]]
    [[ $output != *fft* ]]
}

@test "what does not use the curves has nothing of nettle or GMP" {
    local program
    [ -e "$PEERS/../bin/acme-order" ] || skip 'no programs in this build'
    for program in acme-order relay-redirect listen-on; do
        run -0 nm "$PEERS/../bin/$program"
        [[ $output != *nettle_* ]]
        [[ $output != *__gmp* ]]
    done
}

@test "README names every program that contains nettle and GMP, and no other" {
    local programs program with='' named
    # What is not optimised drops less.
    [ "${CHECK_FLAVOUR-}" != san ] || skip 'about programs that are passed on'
    programs=$(cd "$PEERS/../bin" && ls)
    for program in $programs; do
        nm "$PEERS/../bin/$program" >"$BATS_TEST_TMPDIR/symbols" || skip 'no nm'
        ! grep -qE ' (_?nettle_|__gmpn?_)' "$BATS_TEST_TMPDIR/symbols" || with+="$program "
    done
    [ -n "$with" ]
    # shellcheck disable=SC2016 # the page's backquotes
    named=$(sed -n '/^Those that calculate fast/,/Who passes/p' "$BATS_TEST_DIRNAME/../README" | sed 's/Who passes.*//' |
        grep -o '`[^`]*`' | tr -d '`' | LC_ALL=C sort | tr '\n' ' ')
    [ "$with" = "$named" ] || { printf 'with:  %s\nnamed: %s\n' "$with" "$named"; return 1; }
}
